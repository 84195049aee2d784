#include "api/resource_write.hpp"

#include "api/resource_read.hpp"
#include "api/status_error.hpp"
#include "resources/yaml.hpp"

#include <boost/json/parse.hpp>

#include <optional>
#include <variant>
#include <vector>

namespace vectis::api {
namespace json = boost::json;
namespace {

using controller::StoreReason;
using controller::StoreRefusal;
using resources::FieldError;
using resources::Object;
using resources::ObjectKey;

constexpr std::string_view apply_type = "application/apply-patch+yaml";
constexpr std::string_view merge_type = "application/merge-patch+json";

/// Either what was asked, or the answer that refuses it.
template <class T>
using Parsed = std::variant<T, Response>;

Parsed<json::object> parse_json(const std::string& body) {
    boost::system::error_code error;
    const json::value value = json::parse(body, error);
    if (error) return status_error(400, "BadRequest", "the body is no JSON: " + error.message());
    if (!value.is_object())
        return status_error(400, "BadRequest", "the body must be a JSON object");
    return value.as_object();
}

Parsed<json::object> parse_yaml_body(const std::string& body) {
    if (!body.empty() && body.front() == '{') return parse_json(body);
    resources::ParsedYaml parsed = resources::parse_yaml(body, "body");
    if (!parsed.errors.empty())
        return status_error(400, "BadRequest", resources::to_text(parsed.errors.front()));
    if (parsed.documents.size() != 1)
        return status_error(400, "BadRequest", "the body must be one YAML document");
    return std::move(parsed.documents.front().value);
}

/// The object of a body after strict validation, with the namespace and name of the path filled in.
Parsed<Object> accept(const ResourcePath& path, json::object body) {
    json::value& metadata = body["metadata"];
    if (metadata.is_null()) metadata = json::object{};
    if (metadata.is_object()) {
        json::object& fields = metadata.as_object();
        if (!path.ns.empty() && !fields.contains("namespace")) fields["namespace"] = path.ns;
        if (!path.name.empty() && !fields.contains("name")) fields["name"] = path.name;
    }
    std::vector<FieldError> errors = path.kind->validate(body);
    const Object object = resources::from_json(body);
    ObjectKey key = resources::key_of(object);
    if (!path.name.empty() && object.metadata.name != path.name)
        errors.push_back({.path = "/metadata/name", .message = "differs from the name in the URL"});
    if (!path.ns.empty() && object.metadata.ns != path.ns)
        errors.push_back(
            {.path = "/metadata/namespace", .message = "differs from the namespace in the URL"}
        );
    key.kind = std::string(path.kind->name);
    if (!errors.empty()) return status_error(errors, key);
    return object;
}

bool is_dry_run(const Request& request) {
    return request.query.contains("dryRun");
}

Response bad_dry_run() {
    return status_error(400, "BadRequest", "dryRun must be 'All', or left out");
}

std::string manager_in(const Request& request) {
    return request.parameter("fieldManager");
}

Response answer(
    const controller::StoreResult<Object>& result, const ObjectKey& key, int good = 200
) {
    if (!result) return status_error(result.error(), key);
    return json_response(resources::to_json(*result), good);
}

Response refuse(StoreReason reason, const std::string& message, const ObjectKey& key) {
    return status_error(StoreRefusal(reason, message), key);
}

Response not_found(const ResourcePath& path) {
    return refuse(
        StoreReason::not_found,
        std::string(path.kind->plural) + " \"" + path.name + "\" not found",
        key_of(path)
    );
}

/// Writes `wanted` over `stored` unless someone else owns it.
Response replace(
    const Backends& backends,
    const ResourcePath& path,
    const Request& request,
    const Object& stored,
    Object wanted
) {
    const ObjectKey key = key_of(path);
    const bool spec_differs = wanted.spec != stored.spec;
    if (const std::string reason = objection(backends, stored, manager_in(request));
        spec_differs && !reason.empty())
        return refuse(StoreReason::conflict, reason, key);
    // Finalizers, owners and managers are written by reconcilers and by apply, not by this door.
    wanted.metadata.owner_references = stored.metadata.owner_references;
    wanted.metadata.managed_fields = stored.metadata.managed_fields;
    wanted.metadata.finalizers = stored.metadata.finalizers;
    if (!is_dry_run(request)) return answer(store_of(backends, path).update(wanted), key);
    Object preview = stored;
    preview.spec = wanted.spec;
    preview.metadata.labels = wanted.metadata.labels;
    preview.metadata.annotations = wanted.metadata.annotations;
    return json_response(resources::to_json(preview));
}

/// RFC 7386.
void merge_patch(json::value& target, const json::value& patch) {
    if (!patch.is_object()) {
        target = patch;
        return;
    }
    if (!target.is_object()) target = json::object{};
    json::object& fields = target.as_object();
    for (const auto& [name, value] : patch.as_object()) {
        if (value.is_null())
            fields.erase(name);
        else
            merge_patch(fields[name], value);
    }
}

Response merge_one(const Backends& backends, const ResourcePath& path, const Request& request) {
    Parsed<json::object> patch = parse_json(request.body);
    if (auto* refusal = std::get_if<Response>(&patch)) return std::move(*refusal);
    const std::optional<Object> stored = store_of(backends, path).get(key_of(path));
    if (!stored) return not_found(path);
    json::value merged = resources::to_json(*stored);
    merge_patch(merged, std::get<json::object>(patch));
    if (!merged.is_object())
        return status_error(400, "BadRequest", "the patch must be a JSON object");
    Parsed<Object> wanted = accept(path, merged.as_object());
    if (auto* refusal = std::get_if<Response>(&wanted)) return std::move(*refusal);
    return replace(backends, path, request, *stored, std::get<Object>(wanted));
}

Response preview_apply(const std::optional<Object>& stored, const Object& wanted) {
    if (!stored) return json_response(resources::to_json(wanted), 201);
    Object preview = *stored;
    preview.spec = wanted.spec;
    for (const auto& [name, value] : wanted.metadata.labels) preview.metadata.labels[name] = value;
    for (const auto& [name, value] : wanted.metadata.annotations)
        preview.metadata.annotations[name] = value;
    return json_response(resources::to_json(preview));
}

/// In Kubernetes' words: a client shows the fields, and how to force.
Response apply_conflict(
    const ObjectKey& key, const std::string& other, const std::vector<std::string>& fields
) {
    const std::string with = "conflict with \"" + other + '"';
    std::string message = "Apply failed with " + std::to_string(fields.size()) +
                          (fields.size() == 1 ? " conflict: " : " conflicts: ") + with + ':';
    json::array causes;
    for (const std::string& field : fields) {
        message += (causes.empty() ? " " : ", ") + field;
        causes.push_back(
            json::object{{"reason", "FieldManagerConflict"}, {"field", field}, {"message", with}}
        );
    }
    return status_error(StoreRefusal(StoreReason::conflict, message), key, std::move(causes));
}

Response apply_one(const Backends& backends, const ResourcePath& path, const Request& request) {
    const std::string manager = manager_in(request);
    if (manager.empty())
        return status_error(
            400, "BadRequest", "the parameter 'fieldManager' is required for apply"
        );
    const bool is_forced = request.flag("force");
    Parsed<json::object> body = parse_yaml_body(request.body);
    if (auto* refusal = std::get_if<Response>(&body)) return std::move(*refusal);
    Parsed<Object> wanted = accept(path, std::move(std::get<json::object>(body)));
    if (auto* refusal = std::get_if<Response>(&wanted)) return std::move(*refusal);
    const Object& object = std::get<Object>(wanted);
    const ObjectKey key = key_of(path);
    controller::Store& store = store_of(backends, path);
    const std::optional<Object> stored = store.get(key);
    const std::string reason = stored ? objection(backends, *stored, manager) : std::string{};
    if (!reason.empty()) return refuse(StoreReason::conflict, reason, key);
    if (stored && !is_forced) {
        const std::vector<std::string> fields =
            controller::contested_fields(*stored, object, manager);
        if (!fields.empty()) return apply_conflict(key, resources::applied_by(*stored), fields);
    }
    if (is_dry_run(request)) return preview_apply(stored, object);
    const controller::ApplyOutcome outcome = controller::apply(
        backends.stores,
        backends.clock,
        manager,
        {object},
        {.retry = controller::Retry::yes,
         .yields =
             [is_forced](const std::string& other) {
                 // What is declared does not give way to force.
                 return controller::is_gone(other) ||
                        (is_forced && !resources::is_declaring(other));
             }}
    );
    if (!outcome.conflicts.empty())
        return refuse(StoreReason::conflict, outcome.conflicts.front(), key);
    if (!outcome.refused.empty()) return status_error(outcome.refused.front().why, key);
    const std::optional<Object> applied = store.get(key);
    return applied ? json_response(resources::to_json(*applied), stored ? 200 : 201)
                   : not_found(path);
}

/// "Network/a is declared in /site/a.yaml:4", or empty if nobody but `manager` declares it.
std::string declared_text(
    const Backends& backends, const Object& stored, const std::string& manager
) {
    const std::string owner = resources::applied_by(stored);
    if (!resources::is_declaring(owner) || owner == manager || controller::is_gone(owner))
        return {};
    const ObjectKey key = resources::key_of(stored);
    const std::string place = backends.declared_at ? backends.declared_at(key) : std::string{};
    return resources::to_text(key) + " is declared " +
           (place.empty() ? "by " + owner : "in " + place);
}

struct DeleteOptions {
    controller::Preconditions preconditions{};
    bool is_dry_run = false;
};

/// metav1.DeleteOptions; kubectl says in them, and not in the target, that nothing is to be
/// deleted.
Parsed<DeleteOptions> delete_options(const Request& request) {
    DeleteOptions out{.is_dry_run = is_dry_run(request)};
    if (request.body.empty()) return out;
    Parsed<json::object> body = parse_json(request.body);
    if (auto* refusal = std::get_if<Response>(&body)) return std::move(*refusal);
    const json::value options(std::get<json::object>(body));
    boost::system::error_code error;
    const auto text_at = [&](const char* pointer) {
        const json::value* value = options.find_pointer(pointer, error);
        return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
    };
    out.preconditions = {text_at("/preconditions/uid"), text_at("/preconditions/resourceVersion")};
    const json::value* dry_run = options.as_object().if_contains("dryRun");
    if (dry_run == nullptr || dry_run->is_null()) return out;
    if (!dry_run->is_array()) return bad_dry_run();
    for (const json::value& stage : dry_run->as_array()) {
        if (stage != json::value("All")) return bad_dry_run();
        out.is_dry_run = true;
    }
    return out;
}

}  // namespace

std::string objection(const Backends& backends, const Object& stored, const std::string& manager) {
    if (const std::string declared = declared_text(backends, stored, manager); !declared.empty())
        return declared + ": change it there";
    if (resources::is_being_deleted(stored))
        return resources::to_text(resources::key_of(stored)) +
               " is being deleted: wait until it is gone";
    return {};
}

std::optional<Response> parameter_problem(const Request& request) {
    if (request.query.contains("dryRun") && request.parameter("dryRun") != "All")
        return bad_dry_run();
    const std::string manager = manager_in(request);
    if (manager.size() > 128)
        return status_error(400, "BadRequest", "a fieldManager has at most 128 bytes");
    // Files and Git are declared on the controller's side; nobody may speak in their name.
    if (resources::is_declaring(manager))
        return status_error(
            400, "BadRequest", "a fieldManager must not begin with 'file:' or 'git:'"
        );
    return std::nullopt;
}

Response create_one(const Backends& backends, const ResourcePath& path, const Request& request) {
    Parsed<json::object> body = request.content_type.starts_with("application/yaml")
                                    ? parse_yaml_body(request.body)
                                    : parse_json(request.body);
    if (auto* refusal = std::get_if<Response>(&body)) return std::move(*refusal);
    Parsed<Object> parsed = accept(path, std::move(std::get<json::object>(body)));
    if (auto* refusal = std::get_if<Response>(&parsed)) return std::move(*refusal);
    Object wanted = std::get<Object>(parsed);
    const ObjectKey key = resources::key_of(wanted);
    // What only the store and the reconcilers give is not taken from outside.
    wanted.metadata = {
        .name = key.name,
        .ns = key.ns,
        .labels = wanted.metadata.labels,
        .annotations = wanted.metadata.annotations
    };
    wanted.status = {};
    if (const std::string manager = manager_in(request); !manager.empty()) {
        wanted.metadata.managed_fields.push_back(
            {manager, "Update", controller::format_time(backends.clock.now())}
        );
    }
    controller::Store& store = store_of(backends, path);
    if (!is_dry_run(request)) return answer(store.create(wanted), key, 201);
    if (store.get(key))
        return refuse(
            StoreReason::already_exists,
            std::string(path.kind->plural) + " \"" + key.name + "\" already exists",
            key
        );
    return json_response(resources::to_json(wanted), 201);
}

Response update_one(const Backends& backends, const ResourcePath& path, const Request& request) {
    Parsed<json::object> body = parse_json(request.body);
    if (auto* refusal = std::get_if<Response>(&body)) return std::move(*refusal);
    Parsed<Object> wanted = accept(path, std::move(std::get<json::object>(body)));
    if (auto* refusal = std::get_if<Response>(&wanted)) return std::move(*refusal);
    const std::optional<Object> stored = store_of(backends, path).get(key_of(path));
    if (!stored) return not_found(path);
    return replace(backends, path, request, *stored, std::get<Object>(wanted));
}

Response patch_one(const Backends& backends, const ResourcePath& path, const Request& request) {
    if (request.content_type.starts_with(apply_type)) return apply_one(backends, path, request);
    if (request.content_type.starts_with(merge_type)) return merge_one(backends, path, request);
    return status_error(
        415,
        "UnsupportedMediaType",
        "a patch must be " + std::string(apply_type) + " or " + std::string(merge_type)
    );
}

Response delete_one(const Backends& backends, const ResourcePath& path, const Request& request) {
    const ObjectKey key = key_of(path);
    Parsed<DeleteOptions> options = delete_options(request);
    if (auto* refusal = std::get_if<Response>(&options)) return std::move(*refusal);
    const DeleteOptions& wanted = std::get<DeleteOptions>(options);
    controller::Store& store = store_of(backends, path);
    const std::optional<Object> stored = store.get(key);
    if (!stored) return not_found(path);
    // It would come back, empty, when its folder is read again.
    if (const std::string declared = declared_text(backends, *stored, {}); !declared.empty())
        return refuse(
            StoreReason::conflict,
            declared + ": remove it there and declare the folder again, then delete what is left",
            key
        );
    if (wanted.is_dry_run) return json_response(resources::to_json(*stored));
    return answer(store.remove(key, wanted.preconditions), key);
}

}  // namespace vectis::api
