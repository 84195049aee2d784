#pragma once

#include <boost/json/object.hpp>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::resources {

/// What names one object: kind, namespace (empty for cluster-scoped kinds) and name.
struct ObjectKey {
    std::string kind{};
    std::string ns{};
    std::string name{};

    friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;
};

/// "Workload/postfix" or "Mailbox/example.test/alice".
std::string to_text(const ObjectKey& key);

/// The object that owns another; the owned one goes when the owner goes.
struct OwnerReference {
    std::string kind{};
    std::string name{};
    std::string uid{};

    friend bool operator==(const OwnerReference&, const OwnerReference&) = default;
};

/// Who last wrote this object by which means. Ownership is per object: the `Apply` entry owns it.
struct ManagedFields {
    std::string manager{};    ///< "file:<dir>", "git:<source>", "cli", "platform" …
    std::string operation{};  ///< "Apply" or "Update"
    std::string time{};       ///< RFC 3339, UTC
    /// Names of the labels and annotations that it gave, sorted: what it gives no longer goes.
    std::vector<std::string> labels{};
    std::vector<std::string> annotations{};

    friend bool operator==(const ManagedFields&, const ManagedFields&) = default;
};

/// Kubernetes' ObjectMeta, the parts that Vectis uses.
struct Metadata {
    std::string name{};
    std::string ns{};  ///< `namespace` on the wire
    std::string uid{};
    std::int64_t generation = 0;
    std::string resource_version{};
    std::string creation_timestamp{};  ///< RFC 3339, UTC
    std::string deletion_timestamp{};  ///< empty: not being deleted
    boost::json::object labels{};
    boost::json::object annotations{};
    std::vector<std::string> finalizers{};
    std::vector<OwnerReference> owner_references{};
    std::vector<ManagedFields> managed_fields{};

    friend bool operator==(const Metadata&, const Metadata&) = default;
};

/// One resource. `spec` is the accepted JSON, unknown fields included; the structs of a kind are
/// views of it.
struct Object {
    std::string api_version{};
    std::string kind{};
    Metadata metadata{};
    boost::json::object spec{};
    boost::json::object status{};

    friend bool operator==(const Object&, const Object&) = default;
};

ObjectKey key_of(const Object& object);

bool is_being_deleted(const Object& object);

/// The manager whose `Apply` owns the object, or empty.
std::string applied_by(const Object& object);

/// Whether a manager declares: a folder or a Git source, in whose name nobody else may speak.
bool is_declaring(std::string_view manager);

/// The manager that declared the object before and no longer does, or empty. The entry of a
/// declaring manager is an `Apply` as long as it declares the object, and an `Update` afterwards.
std::string left_by(const Object& object);

/// Wire form (Kubernetes). `status` is left out when empty.
boost::json::object to_json(const Object& object);

/// The reverse of `to_json`; lenient, for what is stored. Absent members keep their defaults.
Object from_json(const boost::json::object& json);

}  // namespace vectis::resources
