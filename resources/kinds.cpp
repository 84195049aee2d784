#include "resources/alias/alias.hpp"
#include "resources/certificate/certificate.hpp"
#include "resources/checks.hpp"
#include "resources/database/database.hpp"
#include "resources/domain/domain.hpp"
#include "resources/issuer/issuer.hpp"
#include "resources/kind.hpp"
#include "resources/mailbox/mailbox.hpp"
#include "resources/mapset/mapset.hpp"
#include "resources/network/network.hpp"
#include "resources/platform/platform.hpp"
#include "resources/secret/secret.hpp"
#include "resources/spec_functions.hpp"
#include "resources/volume/volume.hpp"
#include "resources/workload/workload.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace vectis::resources {

extern template SpecFunctions spec_functions<AliasSpec>();
extern template SpecFunctions spec_functions<CertificateSpec>();
extern template SpecFunctions spec_functions<DatabaseSpec>();
extern template SpecFunctions spec_functions<DomainSpec>();
extern template SpecFunctions spec_functions<IssuerSpec>();
extern template SpecFunctions spec_functions<MailboxSpec>();
extern template SpecFunctions spec_functions<MapSetSpec>();
extern template SpecFunctions spec_functions<NetworkSpec>();
extern template SpecFunctions spec_functions<PlatformSpec>();
extern template SpecFunctions spec_functions<SecretSpec>();
extern template SpecFunctions spec_functions<VolumeSpec>();
extern template SpecFunctions spec_functions<WorkloadSpec>();

namespace {

namespace json = boost::json;

enum class NameForm { label, domain, local_part };

/// The parts of a kind that its validation needs; one static row for each.
struct Row {
    std::string_view kind;
    std::string_view api_version;
    bool is_namespaced;
    NameForm form;
    SpecFunctions (*functions)();
};

constexpr Row rows[] = {
    {"Platform", platform_group, false, NameForm::label, spec_functions<PlatformSpec>},
    {"Network", platform_group, false, NameForm::label, spec_functions<NetworkSpec>},
    {"Volume", platform_group, false, NameForm::label, spec_functions<VolumeSpec>},
    {"Secret", platform_group, true, NameForm::label, spec_functions<SecretSpec>},
    {"Issuer", platform_group, false, NameForm::label, spec_functions<IssuerSpec>},
    {"Certificate", platform_group, false, NameForm::label, spec_functions<CertificateSpec>},
    {"Workload", platform_group, false, NameForm::label, spec_functions<WorkloadSpec>},
    {"Database", platform_group, false, NameForm::label, spec_functions<DatabaseSpec>},
    {"MapSet", platform_group, false, NameForm::label, spec_functions<MapSetSpec>},
    {"Domain", mail_group, false, NameForm::domain, spec_functions<DomainSpec>},
    {"Mailbox", mail_group, true, NameForm::local_part, spec_functions<MailboxSpec>},
    {"Alias", mail_group, true, NameForm::local_part, spec_functions<AliasSpec>},
};

std::string_view text_at(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return {value->as_string().data(), value->as_string().size()};
}

std::string name_problem(NameForm form, std::string_view name) {
    switch (form) {
        case NameForm::label:
            return is_label(name) ? ""
                                  : "must be lower-case letters, digits and dashes, at most 63";
        case NameForm::domain:
            return is_domain_name(name) ? "" : "must be a domain in lower case such as example.com";
        case NameForm::local_part:
            return is_local_part(name)
                       ? ""
                       : "must be a local part in lower case: a-z 0-9 . _ ' -, at most 64";
    }
    return {};
}

void check_texts(
    const json::object& metadata, std::string_view name, std::vector<FieldError>& errors
) {
    const json::value* values = metadata.if_contains(name);
    if (values == nullptr) return;
    const std::string path = "/metadata/" + std::string(name);
    if (!values->is_object() || values->as_object().size() > 64) {
        errors.push_back({.path = path, .message = "must be a mapping of at most 64 texts"});
        return;
    }
    for (const auto& [key, value] : values->as_object()) {
        if (!value.is_string())
            errors.push_back(
                {.path = path + '/' + pointer_token(key),
                 .message = "must be a text; put it in quotes"}
            );
    }
}

void check_metadata(const Row& row, const json::value& value, std::vector<FieldError>& errors) {
    if (!value.is_object()) {
        errors.push_back({.path = "/metadata", .message = "is required: a mapping with a name"});
        return;
    }
    const json::object& metadata = value.as_object();
    constexpr std::string_view known[] = {
        "name",
        "namespace",
        "labels",
        "annotations",
        "uid",
        "generation",
        "resourceVersion",
        "creationTimestamp",
        "deletionTimestamp",
        "finalizers",
        "ownerReferences",
        "managedFields"
    };
    for (const auto& [name, member] : metadata) {
        if (std::find(std::begin(known), std::end(known), std::string_view(name)) !=
            std::end(known))
            continue;
        const std::string near = nearest(name, known);
        errors.push_back(
            {.path = "/metadata/" + pointer_token(name),
             .message = "unknown field '" + std::string(name) + "'" +
                        (near.empty() ? "" : "; did you mean '" + near + "'?")}
        );
    }
    const std::string_view name = text_at(metadata, "name");
    if (const std::string problem = name_problem(row.form, name); !problem.empty())
        errors.push_back({.path = "/metadata/name", .message = problem});
    const std::string_view ns = text_at(metadata, "namespace");
    if (!row.is_namespaced && metadata.contains("namespace")) {
        errors.push_back(
            {.path = "/metadata/namespace",
             .message = std::string(row.kind) + " has no namespace; leave it out"}
        );
    }
    const bool is_mail = row.api_version == mail_group;
    if (row.is_namespaced && is_mail && !is_domain_name(ns))
        errors.push_back(
            {.path = "/metadata/namespace", .message = "must be the mail domain, in lower case"}
        );
    if (row.is_namespaced && !is_mail && !is_domain_name(ns) && !is_label(ns))
        errors.push_back(
            {.path = "/metadata/namespace", .message = "is required: vectis, or a mail domain"}
        );
    check_texts(metadata, "labels", errors);
    check_texts(metadata, "annotations", errors);
}

std::vector<FieldError> validate_object(const Row& row, const json::object& object) {
    std::vector<FieldError> errors;
    constexpr std::string_view known[] = {"apiVersion", "kind", "metadata", "spec", "status"};
    for (const auto& [name, member] : object) {
        if (std::find(std::begin(known), std::end(known), std::string_view(name)) !=
            std::end(known))
            continue;
        const std::string near = nearest(name, known);
        errors.push_back(
            {.path = '/' + pointer_token(name),
             .message = "unknown field '" + std::string(name) + "'" +
                        (near.empty() ? "" : "; did you mean '" + near + "'?")}
        );
    }
    if (text_at(object, "apiVersion") != row.api_version)
        errors.push_back(
            {.path = "/apiVersion", .message = "must be " + std::string(row.api_version)}
        );
    const json::value* metadata = object.if_contains("metadata");
    check_metadata(row, metadata == nullptr ? json::value{} : *metadata, errors);
    const json::value* spec = object.if_contains("spec");
    const std::vector<FieldError> problems = row.functions().validate(
        spec == nullptr || spec->is_null() ? json::value(json::object{}) : *spec
    );
    errors.insert(errors.end(), problems.begin(), problems.end());
    return errors;
}

template <std::size_t I>
std::vector<FieldError> validate_row(const json::object& object) {
    return validate_object(rows[I], object);
}

template <std::size_t I>
json::object schema_row() {
    return detail::object_schema(rows[I].api_version, rows[I].kind, rows[I].functions().schema());
}

struct Names {
    std::string_view plural;
    std::string_view singular;
    std::vector<std::string_view> short_names;
    std::vector<PrinterColumn> columns;
};

template <std::size_t I>
Kind make_kind(Names names) {
    return {
        rows[I].api_version,
        rows[I].kind,
        names.plural,
        names.singular,
        std::move(names.short_names),
        rows[I].is_namespaced,
        rows[I].api_version == mail_group ? Home::mail : Home::platform,
        validate_row<I>,
        schema_row<I>,
        std::move(names.columns)
    };
}

std::vector<PrinterColumn> with_state(std::vector<PrinterColumn> columns) {
    columns.insert(columns.begin(), {"READY", "condition:Ready"});
    columns.push_back({"REASON", "reason:Ready"});
    return columns;
}

std::vector<Kind> make_kinds() {
    std::vector<Kind> out;
    out.push_back(make_kind<0>(
        {"platforms", "platform", {"plat"}, with_state({{"HOSTNAME", "/spec/hostname"}})}
    ));
    out.push_back(
        make_kind<1>({"networks", "network", {"net"}, with_state({{"INTERNAL", "/spec/internal"}})})
    );
    out.push_back(make_kind<2>({"volumes", "volume", {"vol"}, with_state({})}));
    out.push_back(make_kind<3>({"secrets", "secret", {}, with_state({{"TYPE", "/spec/type"}})}));
    out.push_back(
        make_kind<4>({"issuers", "issuer", {}, with_state({{"NOT-AFTER", "/status/notAfter"}})})
    );
    out.push_back(make_kind<5>(
        {"certificates", "certificate", {"cert"}, with_state({{"NOT-AFTER", "/status/notAfter"}})}
    ));
    out.push_back(make_kind<6>(
        {"workloads",
         "workload",
         {"wl"},
         with_state({{"CONTAINER", "/status/container"}, {"RESTARTS", "/status/restarts"}})}
    ));
    out.push_back(make_kind<7>({"databases", "database", {"db"}, with_state({})}));
    out.push_back(
        make_kind<8>({"mapsets", "mapset", {"maps"}, with_state({{"WORKLOAD", "/spec/workload"}})})
    );
    out.push_back(
        make_kind<9>({"domains", "domain", {"dom"}, with_state({{"ACTIVE", "/spec/active"}})})
    );
    out.push_back(make_kind<10>(
        {"mailboxes", "mailbox", {"mbx"}, with_state({{"ADDRESS", "/status/address"}})}
    ));
    out.push_back(make_kind<11>(
        {"aliases", "alias", {"al"}, with_state({{"DESTINATIONS", "/spec/destinations"}})}
    ));
    return out;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return out;
}

}  // namespace

std::span<const Kind> kinds() {
    static const std::vector<Kind> all = make_kinds();
    return all;
}

const Kind* find_kind(std::string_view name) {
    const std::string wanted = lower(name);
    for (const Kind& kind : kinds()) {
        if (lower(kind.name) == wanted || kind.plural == wanted || kind.singular == wanted)
            return &kind;
        if (std::find(kind.short_names.begin(), kind.short_names.end(), wanted) !=
            kind.short_names.end())
            return &kind;
    }
    return nullptr;
}

namespace detail {

json::object object_schema(std::string_view api_version, std::string_view kind, json::object spec) {
    const json::object text{{"type", "string"}};
    const json::object texts{{"type", "object"}, {"additionalProperties", text}};
    json::object metadata{
        {"type", "object"},
        {"required", json::array{"name"}},
        {"properties",
         json::object{
             {"name", text}, {"namespace", text}, {"labels", texts}, {"annotations", texts}
         }}
    };
    return {
        {"$schema", "https://json-schema.org/draft/2020-12/schema"},
        {"title", kind},
        {"type", "object"},
        {"required", json::array{"apiVersion", "kind", "metadata"}},
        {"properties",
         json::object{
             {"apiVersion", json::object{{"const", api_version}}},
             {"kind", json::object{{"const", kind}}},
             {"metadata", std::move(metadata)},
             {"spec", std::move(spec)}
         }},
    };
}

}  // namespace detail
}  // namespace vectis::resources
