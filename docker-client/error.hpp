#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace vectis::docker {

/// Why the engine said no.
enum class RefusalReason {
    not_found,    ///< 404
    conflict,     ///< 409: name in use, wrong state
    invalid,      ///< 400
    forbidden,    ///< 403
    port_in_use,  ///< 500 "port is already allocated" / "address already in use"
    no_space,     ///< "no space left on device"
    failed,       ///< any other definite no: 500, errorDetail in a stream
};

/// "The answer is no", as a value. Not an aggregate, so that Result<T> works on Boost 1.81.
class Refusal {
public:
    Refusal() = default;
    Refusal(RefusalReason reason, std::string message)
        : reason_(reason), message_(std::move(message)) {}

    RefusalReason reason() const { return reason_; }
    const std::string& message() const { return message_; }

private:
    RefusalReason reason_ = RefusalReason::failed;
    std::string message_;
};

[[noreturn]] void throw_exception_from_error(
    const Refusal& refusal, const boost::source_location& location
);

template <class T>
using Result = boost::system::result<T, Refusal>;

/// "Could not ask": the engine did not answer.
class EngineError : public std::runtime_error {
public:
    /// Whether the request may have had an effect.
    enum class Outcome {
        not_sent,  ///< no connection, no permission: certainly nothing happened
        unknown,   ///< time-out, reset, cancelled after sending: observe again, never retry blindly
    };
    EngineError(Outcome outcome, const std::string& message)
        : std::runtime_error(message), outcome_(outcome) {}

    Outcome outcome() const { return outcome_; }

private:
    Outcome outcome_;
};

}  // namespace vectis::docker
