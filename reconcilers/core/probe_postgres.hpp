#pragma once

#include "reconcilers/core/probe_stream.hpp"
#include "reconcilers/core/prober.hpp"

#include <string>

namespace vectis::reconcilers {

/// Logs in and selects; throws ProbeFailure.
std::string probe_postgres(const ProbeTarget& target, const ProbeStream::Limits& limits);

}  // namespace vectis::reconcilers
