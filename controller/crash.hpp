#pragma once

namespace vectis::controller {

/// Thrown by the simulation in the place of an effect: the controller is lost here. Not a
/// std::exception, so that no code that handles failures handles this one.
struct SimulatedCrash {};

}  // namespace vectis::controller
