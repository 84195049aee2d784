#pragma once

#include "docker-client/types.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The engine's JSON (Docker Engine API 1.41 and later) to our values and back. Pure; what is
/// missing keeps its default.
namespace vectis::docker::wire {

boost::json::object encode_container(const ContainerSpec& spec, bool has_many_endpoints);
boost::json::object encode_endpoint(const Endpoint& endpoint);
boost::json::object encode_network(const NetworkSpec& spec);
boost::json::object encode_labels(const Labels& labels);
std::string encode_restart_policy(RestartPolicy policy);
/// `filters` parameter that asks for all of these labels, not yet percent-encoded.
std::string label_filter(const Labels& labels);

ContainerSummary decode_summary(const boost::json::value& value);
Container decode_container(const boost::json::value& value);
Network decode_network(const boost::json::value& value);
Volume decode_volume(const boost::json::value& value);
Image decode_image(const boost::json::value& value);
Progress decode_progress(const boost::json::value& value);
Event decode_event(const boost::json::value& value);
/// What went wrong, out of a line of a progress stream; empty if the line is no error.
std::string decode_error(const boost::json::value& value);
/// The exit code out of GET /exec/{id}/json; nothing while the command runs.
std::optional<std::int64_t> decode_exec(const boost::json::value& value);

/// RFC 3339, "2026-11-23T20:27:12.123456789Z"; Time{} for the engine's "never" and for what is
/// malformed.
Time decode_time(std::string_view text);
/// "1.41" → 41; 0 if it is no such version.
int minor_of(std::string_view version);

/// Members by name, forgiving: an empty value if absent or of another type.
std::string text_at(const boost::json::value& value, std::string_view name);
std::int64_t number_at(const boost::json::value& value, std::string_view name);
const boost::json::value& member(const boost::json::value& value, std::string_view name);

}  // namespace vectis::docker::wire
