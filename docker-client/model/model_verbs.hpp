#pragma once

#include "docker-client/model/model_engine.hpp"

#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

/// How every verb of the model engine runs: for its own sources only.
namespace vectis::docker {

[[noreturn]] inline void throw_unknown(
    std::string_view verb, std::string_view target, const std::string& why
) {
    throw EngineError(
        EngineError::Outcome::unknown, std::string(verb) + " '" + std::string(target) + "': " + why
    );
}

template <class Body>
auto ModelEngine::locked(Body body) {
    const Time now = time_();
    const std::lock_guard lock(mutex_);
    daemon_.advance(now);
    auto result = body(daemon_);
    events_.append(daemon_.take_events());
    changed_.notify_all();
    return result;
}

template <class Body>
auto ModelEngine::read(const Step& step, const Call& call, Body body) {
    const Fault fault = before(step, Access::read, call);
    if (fault.kind == Fault::Kind::stale) {
        const std::lock_guard lock(mutex_);
        return body(remembered_ ? *remembered_ : std::as_const(daemon_));
    }
    if (fault.kind != Fault::Kind::none) throw_unknown(step.verb, step.target, fault.message);
    return locked([&](const ModelDaemon& daemon) { return body(daemon); });
}

/// `body` gets the daemon and `args`, and refers to nothing else: a late request runs it on copies
/// after the caller left.
template <class Body, class... Args>
auto ModelEngine::write(const Step& step, const Call& call, Body body, const Args&... args) {
    using Answer = std::invoke_result_t<Body, ModelDaemon&, const Args&...>;
    const Fault fault = before(step, Access::write, call);
    if (fault.kind == Fault::Kind::refuse) return Answer(Refusal(fault.reason, fault.message));
    if (fault.kind == Fault::Kind::late) {
        const std::lock_guard lock(mutex_);
        late_.push_back([body, kept = std::tuple<Args...>(args...)](ModelDaemon& daemon) {
            std::apply(
                [&](const Args&... copies) { static_cast<void>(body(daemon, copies...)); }, kept
            );
        });
        throw_unknown(step.verb, step.target, fault.message);
    }
    Answer answer = locked([&](ModelDaemon& daemon) { return body(daemon, args...); });
    if (fault.kind == Fault::Kind::unknown_after)
        throw_unknown(step.verb, step.target, fault.message);
    return answer;
}

}  // namespace vectis::docker
