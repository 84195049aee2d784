#include "api/product_api.hpp"

#include "api/resource_write.hpp"
#include "api/status_error.hpp"
#include "api/summary.hpp"
#include "resources/kind.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vectis::api {
namespace json = boost::json;
namespace {

Response not_allowed() {
    return status_error(405, "MethodNotAllowed", "the method is not allowed here");
}

std::optional<json::object> body_of(const Request& request) {
    boost::system::error_code error;
    json::value value = json::parse(request.body, error);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.as_object());
}

bool bool_at(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_bool() && value->as_bool();
}

json::array texts(const std::vector<std::string>& list) {
    json::array out;
    for (const std::string& text : list) out.emplace_back(text);
    return out;
}

json::object to_json(const SourceState& source) {
    json::array left;
    for (const resources::ObjectKey& key : source.left) left.emplace_back(resources::to_text(key));
    return {
        {"path", source.path},
        {"message", source.message},
        {"objects", source.objects},
        {"changed", source.changed},
        {"pending", texts(source.pending)},
        {"left", std::move(left)}
    };
}

// ---- plan
// -----------------------------------------------------------------------------------------------------------------

/// {"apply": [objects], "remove": [{kind, namespace, name}], "manager"}; the errors say what is
/// wrong with it.
std::optional<controller::DesiredChange> change_in(
    const json::object& body, std::vector<resources::FieldError>& errors
) {
    controller::DesiredChange change;
    if (const json::value* manager = body.if_contains("manager");
        manager != nullptr && manager->is_string())
        change.manager = std::string(manager->as_string());
    const json::value* apply = body.if_contains("apply");
    const json::value* remove = body.if_contains("remove");
    if ((apply != nullptr && !apply->is_array()) || (remove != nullptr && !remove->is_array()))
        return std::nullopt;
    for (const json::value& item : apply == nullptr ? json::array{} : apply->as_array()) {
        if (!item.is_object()) return std::nullopt;
        resources::Object object = resources::from_json(item.as_object());
        const resources::Kind* kind = resources::find_kind(object.kind);
        if (kind == nullptr) return std::nullopt;
        for (resources::FieldError& error : kind->validate(item.as_object()))
            errors.push_back(std::move(error));
        change.apply.push_back(std::move(object));
    }
    for (const json::value& item : remove == nullptr ? json::array{} : remove->as_array()) {
        if (!item.is_object()) return std::nullopt;
        const resources::Object object = resources::from_json(json::object{
            {"kind", item.as_object().contains("kind") ? item.as_object().at("kind") : ""},
            {"metadata", item}
        });
        change.remove.push_back(resources::key_of(object));
    }
    return change;
}

/// Why the manager that the body names could not apply the change; empty if it could, or if none is
/// named.
std::string conflict_of(const Backends& backends, const controller::DesiredChange& change) {
    if (change.manager.empty()) return {};
    std::string out;
    for (const resources::Object& object : change.apply) {
        const resources::ObjectKey key = resources::key_of(object);
        try {
            const std::optional<resources::Object> stored = backends.stores.of(key).get(key);
            const std::string reason =
                stored ? objection(backends, *stored, change.manager) : std::string{};
            if (!reason.empty()) out += (out.empty() ? "" : "\n") + reason;
        } catch (const controller::StoreError&) {
            // Postgres is away: what is in it can be seen when it is back.
        }
    }
    return out;
}

Response plan_request(const Backends& backends, const Request& request) {
    if (request.method != "POST") return not_allowed();
    const std::optional<json::object> body = body_of(request);
    if (!body) return status_error(400, "BadRequest", "the body must be a JSON object");
    std::vector<resources::FieldError> errors;
    const std::optional<controller::DesiredChange> change = change_in(*body, errors);
    if (!change)
        return status_error(
            400,
            "BadRequest",
            "'apply' must be a list of objects of known kinds, 'remove' a list of keys"
        );
    if (!errors.empty()) return status_error(errors, {.kind = "Plan", .ns = {}, .name = "plan"});
    if (const std::string conflict = conflict_of(backends, *change); !conflict.empty())
        return status_error(409, "Conflict", conflict);
    const controller::PlanOutcome outcome = backends.planner.plan(*change);
    if (!outcome.refused.empty()) {
        std::string refusals;
        for (const std::string& refusal : outcome.refused)
            refusals += (refusals.empty() ? "" : "\n") + refusal;
        return status_error(409, "Conflict", refusals);
    }
    json::array actions;
    for (const controller::PlannedAction& action : outcome.actions) {
        actions.push_back(json::object{
            {"kind", action.object.kind},
            {"namespace", action.object.ns},
            {"name", action.object.name},
            {"action", action.text},
            {"cause", action.cause}
        });
    }
    return json_response(json::object{
        {"kind", "Plan"}, {"actions", std::move(actions)}, {"notes", texts(outcome.notes)}
    });
}

// ---- logs
// -----------------------------------------------------------------------------------------------------------------

/// Follows a log through the stream's own buffer; the first piece decides nothing, so a missing
/// workload is found out before.
Response logs_request(const Backends& backends, const Request& request) {
    if (request.method != "GET") return not_allowed();
    controller::LogRequest wanted{
        .workload = request.parameter("workload"), .follow = request.flag("follow")
    };
    if (wanted.workload.empty())
        return status_error(400, "BadRequest", "the parameter 'workload' is required");
    if (const std::string tail = request.parameter("tail"); !tail.empty()) {
        const auto [end, error] =
            std::from_chars(tail.data(), tail.data() + tail.size(), wanted.tail_lines);
        if (error != std::errc() || end != tail.data() + tail.size() || wanted.tail_lines < 0)
            return status_error(400, "BadRequest", "the parameter 'tail' is no number of lines");
    }
    const resources::ObjectKey key{"Workload", {}, wanted.workload};
    if (!backends.stores.platform.get(key))
        return status_error(
            controller::StoreRefusal(
                controller::StoreReason::not_found, "workload \"" + wanted.workload + "\" not found"
            ),
            key
        );
    Stream stream = [&queries = backends.queries,
                     wanted](const Writer& write, std::stop_token stop) {
        std::stop_source ended;
        const std::stop_callback forward(stop, [&] { ended.request_stop(); });
        const bool has_log = queries.logs(
            wanted,
            [&](std::string_view piece) {
                if (!write(piece)) ended.request_stop();
            },
            ended.get_token()
        );
        if (!has_log) write("workload " + wanted.workload + " has no container\n");
    };
    return {
        .status = 200,
        .content_type = "text/plain; charset=utf-8",
        .body = {},
        .stream = std::move(stream)
    };
}

// ---- credentials, sources, down
// --------------------------------------------------------------------------------------------

Response credentials_request(const Backends& backends, const Request& request) {
    if (request.method != "GET") return not_allowed();
    json::array items;
    for (const controller::Credential& credential : backends.queries.credentials()) {
        items.push_back(json::object{
            {"service", credential.service},
            {"host", credential.host},
            {"port", credential.port},
            {"tls", credential.tls},
            {"user", credential.user},
            {"password", credential.password}
        });
    }
    return json_response(json::object{{"kind", "CredentialList"}, {"items", std::move(items)}});
}

Response invalid_declaration(const std::vector<resources::FieldError>& errors) {
    json::array causes;
    for (const resources::FieldError& error : errors) {
        causes.push_back(json::object{
            {"reason", "FieldValueInvalid"},
            {"field", error.path},
            {"message", resources::to_text(error)}
        });
    }
    json::object status = status_object(
        422, "Invalid", "the folder was not accepted: " + resources::to_text(errors.front())
    );
    status["details"] = json::object{{"causes", std::move(causes)}};
    return json_response(status, 422);
}

/// Each refusal with file and line, and that the rest is applied.
Response refused_declaration(const Backends& backends, const DeclareOutcome& outcome) {
    json::array causes;
    std::string message;
    for (const controller::RefusedObject& refused : outcome.refused) {
        const std::string place = backends.declared_at ? backends.declared_at(refused.key) : "";
        const std::string text = (place.empty() ? "" : place + ": ") + refused.why.message();
        message += text + '\n';
        causes.push_back(json::object{
            {"reason", reason_of(refused.why)},
            {"field", resources::to_text(refused.key)},
            {"message", text}
        });
    }
    message += "the other " + std::to_string(outcome.source.objects) + " objects of " +
               outcome.source.path + " are applied, " + std::to_string(outcome.source.changed) +
               " of them changed";
    json::object status = status_object(409, "Conflict", message);
    status["details"] = json::object{{"causes", std::move(causes)}};
    return json_response(status, 409);
}

Response declare_request(const Backends& backends, const Request& request) {
    const std::optional<json::object> body = body_of(request);
    const json::value* path = body ? body->if_contains("path") : nullptr;
    if (path == nullptr || !path->is_string() || !path->as_string().starts_with('/'))
        return status_error(400, "BadRequest", "'path' must be an absolute path");
    const json::value* takes_over = body->if_contains("takeOver");
    const bool is_forced = takes_over != nullptr && takes_over->is_bool() && takes_over->as_bool();
    const DeclareOutcome outcome = backends.declare(
        std::string(path->as_string()),
        is_forced ? controller::Conflicts::take_over : controller::Conflicts::refuse
    );
    if (!outcome.errors.empty()) return invalid_declaration(outcome.errors);
    if (!outcome.conflicts.empty()) {
        std::string message;
        for (const std::string& conflict : outcome.conflicts) message += conflict + '\n';
        message += "or take over what is declared elsewhere: vectis up --force-conflicts";
        return status_error(409, "Conflict", message);
    }
    if (!outcome.refused.empty()) return refused_declaration(backends, outcome);
    return json_response(to_json(outcome.source));
}

/// DELETE ?path=FOLDER: what it declared is nobody's from then on, and can be deleted.
Response release_request(const Backends& backends, const Request& request) {
    const std::string path = request.parameter("path");
    if (!path.starts_with('/'))
        return status_error(400, "BadRequest", "'path' must be an absolute path");
    const controller::ApplyOutcome outcome = backends.release(path);
    if (outcome.refused.empty())
        return json_response(json::object{
            {"path", path}, {"released", static_cast<std::int64_t>(outcome.objects.size())}
        });
    const controller::RefusedObject& first = outcome.refused.front();
    return status_error(first.why, first.key);
}

Response sources_request(const Backends& backends, const Request& request) {
    if (request.method == "POST" && backends.declare) return declare_request(backends, request);
    if (request.method == "DELETE" && backends.release) return release_request(backends, request);
    if (request.method != "GET") return not_allowed();
    json::array items;
    for (const SourceState& source :
         backends.sources ? backends.sources() : std::vector<SourceState>{})
        items.push_back(to_json(source));
    return json_response(json::object{{"kind", "SourceList"}, {"items", std::move(items)}});
}

Response down_request(const Backends& backends, const Request& request) {
    if (request.method != "POST" || !backends.down) return not_allowed();
    const std::optional<json::object> body = body_of(request);
    if (!body) return status_error(400, "BadRequest", "the body must be a JSON object");
    const DownProgress progress = backends.down(
        {.removes_volumes = bool_at(*body, "volumes"), .removes_images = bool_at(*body, "images")}
    );
    return json_response(json::object{
        {"done", progress.is_done},
        {"remaining", texts(progress.remaining)},
        {"problems", texts(progress.problems)},
        {"blocked", progress.is_blocked}
    });
}

Response status_request(const Backends& backends, const Request& request) {
    if (request.method != "GET") return not_allowed();
    std::vector<SourceState> sources =
        backends.sources ? backends.sources() : std::vector<SourceState>{};
    json::object summary = summarize(backends, sources);
    json::array list;
    for (const SourceState& source : sources) list.push_back(to_json(source));
    summary["sources"] = std::move(list);
    return json_response(summary);
}

}  // namespace

Response product_request(const Backends& backends, std::string_view name, const Request& request) {
    try {
        if (name == "status") return status_request(backends, request);
        if (name == "plan") return plan_request(backends, request);
        if (name == "logs") return logs_request(backends, request);
        if (name == "credentials") return credentials_request(backends, request);
        if (name == "sources") return sources_request(backends, request);
        if (name == "down") return down_request(backends, request);
    } catch (const controller::StoreError& error) {
        return status_error(503, "ServiceUnavailable", error.what());
    }
    return status_error(404, "NotFound", "the server could not find the requested resource");
}

}  // namespace vectis::api
