#pragma once

#include "docker-client/error.hpp"
#include "docker-client/transport.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace vectis::docker {

/// The engine's "no" out of a response: its reason by status and text, its message out of
/// {"message"} or the start of what a proxy sent instead.
Refusal refusal_of(const HttpResponse& response);
/// The same for an error that stands in a stream after a 200.
Refusal refusal_of(std::string_view message);

/// Throws EngineError if the body is no JSON.
boost::json::value parse_body(const HttpResponse& response);
/// The "Id" of a thing just made. Throws EngineError if there is none.
std::string id_of(const HttpResponse& response);

inline bool is_success(const HttpResponse& response) {
    return response.status >= 200 && response.status < 300;
}

/// Whether the thing asked for does not exist, as opposed to the address: a proxy in front of the
/// engine, and an engine that lacks a feature, say 404 as well.
bool is_missing(const HttpResponse& response);

/// Whether the text stands in a response that is no success.
bool refuses_with(const HttpResponse& response, std::string_view text);

/// What a verb that can be repeated did: the given status and 2xx are fine.
Result<Effect> effect_of(const HttpResponse& response, int unchanged_status);

/// Runs what follows a request that had an effect: whatever fails from there on, it is not true any
/// more that nothing has happened.
template <class Step>
auto after_effect(Step step) {
    try {
        return step();
    } catch (const EngineError& error) {
        throw EngineError(EngineError::Outcome::unknown, error.what());
    }
}

/// A value in a query, or a segment of a path (the unreserved characters of RFC 3986 stay).
std::string percent_encode(std::string_view text);

/// Seconds and nanoseconds, "1796078832.000000123", as `since` wants them.
std::string to_query(Time time);

}  // namespace vectis::docker
