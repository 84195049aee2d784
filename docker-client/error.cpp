#include "docker-client/error.hpp"

namespace vectis::docker {

void throw_exception_from_error(const Refusal& refusal, const boost::source_location&) {
    throw std::runtime_error(refusal.message());
}

}  // namespace vectis::docker
