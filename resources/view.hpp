#pragma once

#include <boost/json/object.hpp>

namespace vectis::resources {

/// The struct of a kind as a view of a stored spec: lenient, unknown fields ignored, defaults for
/// what is absent or malformed. Each kind's header declares its own specialisation.
template <class Spec>
Spec view(const boost::json::object& spec);

}  // namespace vectis::resources
