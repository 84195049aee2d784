#include "resources/object.hpp"

#include "resources/access.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <string_view>

namespace vectis::resources {
namespace json = boost::json;
namespace {

json::object object_at(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_object()) return {};
    return value->as_object();
}

const json::array& array_at(const json::object& object, std::string_view name) {
    static const json::array none;
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_array() ? value->as_array() : none;
}

void put_text(json::object& object, std::string_view name, const std::string& text) {
    if (!text.empty()) object[name] = text;
}

/// As Kubernetes writes sets of fields: {"f:labels": {"f:tier": {}}}.
json::object fields_to_json(const ManagedFields& entry) {
    json::object metadata;
    const auto put = [&](std::string_view member, const std::vector<std::string>& names) {
        json::object fields;
        for (const std::string& name : names) fields["f:" + name] = json::object{};
        if (!fields.empty()) metadata[member] = std::move(fields);
    };
    put("f:labels", entry.labels);
    put("f:annotations", entry.annotations);
    return metadata;
}

std::vector<std::string> names_at(const json::object& metadata, std::string_view member) {
    constexpr std::string_view prefix = "f:";
    std::vector<std::string> out;
    for (const auto& [name, value] : object_at(metadata, member)) {
        const std::string_view text(name);
        if (text.starts_with(prefix)) out.emplace_back(text.substr(prefix.size()));
    }
    return out;
}

json::object manager_to_json(const ManagedFields& entry) {
    json::object out{
        {"manager", entry.manager}, {"operation", entry.operation}, {"time", entry.time}
    };
    if (json::object fields = fields_to_json(entry); !fields.empty()) {
        out["fieldsType"] = "FieldsV1";
        out["fieldsV1"] = json::object{{"f:metadata", std::move(fields)}};
    }
    return out;
}

ManagedFields manager_from_json(const json::object& in) {
    const json::object metadata = object_at(object_at(in, "fieldsV1"), "f:metadata");
    return {
        text_at(in, "manager"),
        text_at(in, "operation"),
        text_at(in, "time"),
        names_at(metadata, "f:labels"),
        names_at(metadata, "f:annotations")
    };
}

json::object metadata_to_json(const Metadata& metadata) {
    json::object out;
    out["name"] = metadata.name;
    put_text(out, "namespace", metadata.ns);
    put_text(out, "uid", metadata.uid);
    if (metadata.generation != 0) out["generation"] = metadata.generation;
    put_text(out, "resourceVersion", metadata.resource_version);
    put_text(out, "creationTimestamp", metadata.creation_timestamp);
    put_text(out, "deletionTimestamp", metadata.deletion_timestamp);
    if (!metadata.labels.empty()) out["labels"] = metadata.labels;
    if (!metadata.annotations.empty()) out["annotations"] = metadata.annotations;
    json::array finalizers(metadata.finalizers.begin(), metadata.finalizers.end());
    if (!finalizers.empty()) out["finalizers"] = std::move(finalizers);
    json::array owners;
    for (const OwnerReference& owner : metadata.owner_references) {
        owners.push_back({{"kind", owner.kind}, {"name", owner.name}, {"uid", owner.uid}});
    }
    if (!owners.empty()) out["ownerReferences"] = std::move(owners);
    json::array managers;
    for (const ManagedFields& entry : metadata.managed_fields)
        managers.push_back(manager_to_json(entry));
    if (!managers.empty()) out["managedFields"] = std::move(managers);
    return out;
}

Metadata metadata_from_json(const json::object& in) {
    Metadata out;
    out.name = text_at(in, "name");
    out.ns = text_at(in, "namespace");
    out.uid = text_at(in, "uid");
    if (const json::value* generation = in.if_contains("generation");
        generation != nullptr && generation->is_int64()) {
        out.generation = generation->as_int64();
    }
    out.resource_version = text_at(in, "resourceVersion");
    out.creation_timestamp = text_at(in, "creationTimestamp");
    out.deletion_timestamp = text_at(in, "deletionTimestamp");
    out.labels = object_at(in, "labels");
    out.annotations = object_at(in, "annotations");
    for (const json::value& finalizer : array_at(in, "finalizers")) {
        if (finalizer.is_string()) out.finalizers.emplace_back(finalizer.as_string());
    }
    for (const json::value& owner : array_at(in, "ownerReferences")) {
        if (!owner.is_object()) continue;
        const json::object& o = owner.as_object();
        out.owner_references.push_back({text_at(o, "kind"), text_at(o, "name"), text_at(o, "uid")});
    }
    for (const json::value& entry : array_at(in, "managedFields")) {
        if (entry.is_object()) out.managed_fields.push_back(manager_from_json(entry.as_object()));
    }
    return out;
}

}  // namespace

std::string to_text(const ObjectKey& key) {
    std::string out = key.kind + '/';
    if (!key.ns.empty()) out += key.ns + '/';
    return out + key.name;
}

ObjectKey key_of(const Object& object) {
    return {object.kind, object.metadata.ns, object.metadata.name};
}

bool is_being_deleted(const Object& object) {
    return !object.metadata.deletion_timestamp.empty();
}

std::string applied_by(const Object& object) {
    for (const ManagedFields& entry : object.metadata.managed_fields) {
        if (entry.operation == "Apply") return entry.manager;
    }
    return {};
}

bool is_declaring(std::string_view manager) {
    return manager.starts_with("file:") || manager.starts_with("git:");
}

std::string left_by(const Object& object) {
    for (const ManagedFields& entry : object.metadata.managed_fields) {
        if (entry.operation == "Update" && is_declaring(entry.manager)) return entry.manager;
    }
    return {};
}

json::object to_json(const Object& object) {
    json::object out;
    out["apiVersion"] = object.api_version;
    out["kind"] = object.kind;
    out["metadata"] = metadata_to_json(object.metadata);
    out["spec"] = object.spec;
    if (!object.status.empty()) out["status"] = object.status;
    return out;
}

Object from_json(const json::object& in) {
    return {
        text_at(in, "apiVersion"),
        text_at(in, "kind"),
        metadata_from_json(object_at(in, "metadata")),
        object_at(in, "spec"),
        object_at(in, "status"),
    };
}

}  // namespace vectis::resources
