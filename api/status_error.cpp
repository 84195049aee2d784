#include "api/status_error.hpp"

#include "resources/kind.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <utility>

namespace vectis::api {
namespace json = boost::json;
namespace {

json::object details_of(const resources::ObjectKey& key) {
    const resources::Kind* kind = resources::find_kind(key.kind);
    json::object details{
        {"name", key.name}, {"kind", kind == nullptr ? std::string_view(key.kind) : kind->plural}
    };
    if (kind != nullptr)
        details["group"] = kind->api_version.substr(0, kind->api_version.find('/'));
    return details;
}

struct Code {
    int status = 500;
    std::string_view reason{};
};

Code code_of(controller::StoreReason reason) {
    switch (reason) {
        case controller::StoreReason::not_found:
            return {404, "NotFound"};
        case controller::StoreReason::already_exists:
            return {409, "AlreadyExists"};
        case controller::StoreReason::conflict:
            return {409, "Conflict"};
        case controller::StoreReason::refused:
            return {409, "Conflict"};
        case controller::StoreReason::expired:
            return {410, "Expired"};
    }
    return {500, "InternalError"};
}

/// "/spec/ports/0/hostPort" → "spec.ports[0].hostPort", as Kubernetes names fields.
std::string field_of(std::string_view pointer) {
    std::string out;
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const std::string_view token = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(token.size());
        const bool is_index = !token.empty() && std::all_of(token.begin(), token.end(), [](char c) {
            return c >= '0' && c <= '9';
        });
        if (is_index)
            out += '[' + std::string(token) + ']';
        else
            out += (out.empty() ? "" : ".") + std::string(token);
    }
    return out;
}

}  // namespace

json::object status_object(int code, std::string_view reason, std::string_view message) {
    return {
        {"kind", "Status"},
        {"apiVersion", "v1"},
        {"metadata", json::object{}},
        {"status", code < 400 ? "Success" : "Failure"},
        {"message", message},
        {"reason", reason},
        {"code", code},
    };
}

Response status_error(int code, std::string_view reason, std::string_view message) {
    return json_response(status_object(code, reason, message), code);
}

std::string_view reason_of(const controller::StoreRefusal& refusal) {
    return code_of(refusal.reason()).reason;
}

Response status_error(
    const controller::StoreRefusal& refusal, const resources::ObjectKey& key, json::array causes
) {
    const Code code = code_of(refusal.reason());
    json::object status = status_object(code.status, code.reason, refusal.message());
    json::object details = details_of(key);
    if (!causes.empty()) details["causes"] = std::move(causes);
    status["details"] = std::move(details);
    return json_response(status, code.status);
}

Response status_error(
    std::span<const resources::FieldError> errors, const resources::ObjectKey& key
) {
    std::string message = key.kind + " \"" + key.name + "\" is invalid";
    json::array causes;
    for (const resources::FieldError& error : errors) {
        const std::string field = field_of(error.path);
        message += (causes.empty() ? ": " : "; ") + field + ": " + error.message;
        causes.push_back(json::object{
            {"reason", "FieldValueInvalid"}, {"field", field}, {"message", error.message}
        });
    }
    json::object status = status_object(422, "Invalid", message);
    json::object details = details_of(key);
    details["causes"] = std::move(causes);
    status["details"] = std::move(details);
    return json_response(status, 422);
}

}  // namespace vectis::api
