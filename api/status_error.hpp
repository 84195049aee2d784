#pragma once

#include "api/http.hpp"
#include "controller/store.hpp"
#include "resources/field_error.hpp"
#include "resources/object.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <string_view>

namespace vectis::api {

/// Kubernetes' metav1.Status.
boost::json::object status_object(int code, std::string_view reason, std::string_view message);

Response status_error(int code, std::string_view reason, std::string_view message);

/// What the store says no with, in Kubernetes' word: "AlreadyExists", "Conflict" …
std::string_view reason_of(const controller::StoreRefusal& refusal);

/// What the store says no with: 404, 409, 422 or 410, with the object and the causes in `details`.
Response status_error(
    const controller::StoreRefusal& refusal,
    const resources::ObjectKey& key,
    boost::json::array causes = {}
);

/// 422 Invalid; each error is a cause with its field.
Response status_error(
    std::span<const resources::FieldError> errors, const resources::ObjectKey& key
);

}  // namespace vectis::api
