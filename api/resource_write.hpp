#pragma once

#include "api/backends.hpp"
#include "api/http.hpp"
#include "api/resource_api.hpp"

namespace vectis::api {

/// POST. All of these validate strictly, answer with the object as it is afterwards and write
/// nothing with `dryRun=All`.
Response create_one(const Backends& backends, const ResourcePath& path, const Request& request);

/// PUT; the resourceVersion in the body, if there is one, is a precondition.
Response update_one(const Backends& backends, const ResourcePath& path, const Request& request);

/// PATCH: server-side apply (application/apply-patch+yaml, with fieldManager) or JSON merge patch.
Response patch_one(const Backends& backends, const ResourcePath& path, const Request& request);

/// DELETE, with the preconditions of metav1.DeleteOptions.
Response delete_one(const Backends& backends, const ResourcePath& path, const Request& request);

}  // namespace vectis::api
