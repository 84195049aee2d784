#pragma once

#include "api/backends.hpp"
#include "api/http.hpp"
#include "api/resource_api.hpp"

namespace vectis::api {

/// GET of a collection: a list, a Table, or with `watch=1` a stream of changes.
Response list_or_watch(const Backends& backends, const ResourcePath& path, const Request& request);

/// GET of one object, as JSON or as a Table of one row.
Response get_one(const Backends& backends, const ResourcePath& path, const Request& request);

resources::ObjectKey key_of(const ResourcePath& path);
controller::Store& store_of(const Backends& backends, const ResourcePath& path);

}  // namespace vectis::api
