#pragma once

#include "api/backends.hpp"
#include "api/http.hpp"
#include "api/resource_api.hpp"

#include <optional>
#include <string>

namespace vectis::api {

/// Why `manager` may not change what is stored; empty if it may. Objects that a folder declares are
/// changed there, and the answer names file and line as far as they are known.
std::string objection(
    const Backends& backends, const resources::Object& stored, const std::string& manager
);

/// What is wrong with the parameters that all writes share: another `dryRun` than All, a
/// `fieldManager` that speaks in the name of a folder.
std::optional<Response> parameter_problem(const Request& request);

/// POST. All of these validate strictly, answer with the object as it is afterwards and write
/// nothing with `dryRun=All`.
Response create_one(const Backends& backends, const ResourcePath& path, const Request& request);

/// PUT; the resourceVersion in the body, if there is one, is a precondition.
Response update_one(const Backends& backends, const ResourcePath& path, const Request& request);

/// PATCH: server-side apply (application/apply-patch+yaml, with fieldManager and perhaps force) or
/// JSON merge patch.
Response patch_one(const Backends& backends, const ResourcePath& path, const Request& request);

/// DELETE, with the preconditions and dryRun of metav1.DeleteOptions. What a folder declares is
/// refused.
Response delete_one(const Backends& backends, const ResourcePath& path, const Request& request);

}  // namespace vectis::api
