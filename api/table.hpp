#pragma once

#include "controller/clock.hpp"
#include "resources/kind.hpp"
#include "resources/object.hpp"

#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <string_view>

namespace vectis::api {

/// What a Table row carries besides its cells, as `includeObject` names it.
enum class IncludeObject { none, metadata, whole };

/// True if the client asks for `application/json;as=Table` before plain JSON.
bool wants_table(std::string_view accept);

IncludeObject include_object_from(std::string_view parameter);

/// metav1.Table: the name, the kind's columns and the age.
boost::json::object to_table(
    const resources::Kind& kind,
    std::span<const resources::Object> objects,
    IncludeObject include,
    controller::Time now
);

/// "45s", "12m", "3h", "5d": as kubectl prints ages.
std::string age_text(controller::Duration age);

}  // namespace vectis::api
