#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vectis::docker {

/// Time as the engine tells it, UTC.
using Time = std::chrono::sys_time<std::chrono::nanoseconds>;
using Labels = std::map<std::string, std::string>;

enum class ContainerState { created, running, paused, restarting, removing, exited, dead };
enum class RestartPolicy { no, always, unless_stopped, on_failure };

/// One network of a container: what to ask for at create or connect, and what inspect shows.
struct Endpoint {
    std::string network_id{};
    std::vector<std::string> aliases{};  ///< sorted; the engine's own short id alias is left out
    std::string address{};  ///< asked for: fixed IPv4 or empty; shown: the address in use
    std::string gateway{};

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct PortBinding {
    std::uint16_t container_port = 0;
    std::string host_address{};
    std::uint16_t host_port = 0;  ///< 0 at create: the engine picks one

    friend auto operator<=>(const PortBinding&, const PortBinding&) = default;
};

struct Mount {
    enum class Type { volume, bind, tmpfs };
    Type type = Type::volume;
    std::string source{};  ///< volume name or host path
    std::string target{};
    bool read_only = false;
    bool no_copy = false;  ///< do not fill a new volume from the image
    std::int64_t tmpfs_size_bytes = 0;
    int tmpfs_mode = 01777;

    friend auto operator<=>(const Mount&, const Mount&) = default;
};

/// Who keeps what a container prints. Without a type the engine's own choice.
struct LogDriver {
    std::string type{};
    std::map<std::string, std::string> options{};

    friend bool operator==(const LogDriver&, const LogDriver&) = default;
};

/// POST /containers/create, the parts that Vectis uses.
struct ContainerSpec {
    std::string name{};
    std::string image{};
    std::vector<std::string> entrypoint{};
    std::vector<std::string> command{};
    std::string user{};
    std::map<std::string, std::string> environment{};
    Labels labels{};
    std::vector<Mount> mounts{};
    std::vector<PortBinding> ports{};
    std::map<std::string, Endpoint> networks{
    };  ///< by name. Below API 1.44 create connects the first, then connect the others
    std::vector<std::string> cap_drop{};
    std::vector<std::string> cap_add{};
    std::vector<std::string> security_options{};
    std::vector<std::string> dns{};
    std::vector<std::string> dns_options{};
    std::vector<std::string> extra_hosts{};  ///< "name:address"
    bool read_only_root = false;
    bool init = false;
    RestartPolicy restart_policy = RestartPolicy::no;
    std::int64_t memory_bytes = 0;
    std::int64_t nano_cpus = 0;
    std::int64_t pids_limit = 0;
    std::string stop_signal{};
    std::optional<std::chrono::seconds> stop_timeout{};
    std::string hostname{};
    LogDriver log{};

    friend bool operator==(const ContainerSpec&, const ContainerSpec&) = default;
};

/// One row of GET /containers/json.
struct ContainerSummary {
    std::string id{};
    std::string name{};  ///< without the leading slash
    std::string image{};
    std::string image_id{};
    ContainerState state = ContainerState::created;
    Labels labels{};
    std::map<std::string, std::string> networks{};  ///< network name → address

    friend bool operator==(const ContainerSummary&, const ContainerSummary&) = default;
};

/// GET /containers/{id}/json.
struct Container {
    std::string id{};
    std::string name{};
    std::string image{};  ///< as asked for at create
    std::string image_id{};
    Labels labels{};
    ContainerState state = ContainerState::created;
    std::int64_t exit_code = 0;
    std::string error{};
    bool oom_killed = false;
    Time created_at{};
    Time started_at{};
    Time finished_at{};
    std::int64_t restart_count = 0;
    RestartPolicy restart_policy = RestartPolicy::no;
    std::map<std::string, Endpoint> networks{};
    std::vector<Mount> mounts{};
    std::vector<PortBinding> ports{};  ///< in effect: with the port that the engine picked
    std::int64_t memory_bytes = 0;
    std::int64_t nano_cpus = 0;
    std::int64_t pids_limit = 0;

    friend bool operator==(const Container&, const Container&) = default;
};

struct NetworkSpec {
    std::string name{};
    bool internal = false;
    std::string subnet{};
    Labels labels{};
};

struct Network {
    std::string id{};
    std::string name{};
    bool internal = false;
    std::string driver{};
    std::string subnet{};
    std::string gateway{};
    Labels labels{};
    std::map<std::string, std::string> containers{};  ///< container id → name; only from inspect

    friend bool operator==(const Network&, const Network&) = default;
};

struct VolumeSpec {
    std::string name{};
    Labels labels{};
};

struct Volume {
    std::string name{};
    std::string driver{};
    Labels labels{};
    std::string created_at{};  ///< as the engine writes it; tells a re-made volume from the old one

    friend bool operator==(const Volume&, const Volume&) = default;
};

struct Image {
    std::string id{};
    std::vector<std::string> tags{};
    Labels labels{};
    std::int64_t size_bytes = 0;

    friend bool operator==(const Image&, const Image&) = default;
};

/// POST /build with the classic builder.
struct BuildSpec {
    std::string context{};  ///< bytes of a tar
    std::string tag{};
    std::map<std::string, std::string> arguments{};
    Labels labels{};
    bool no_cache = false;
};

/// One line of a pull, build or import.
struct Progress {
    std::string id{};      ///< layer
    std::string status{};  ///< "Downloading", "Step 2/5 : RUN …"
    std::int64_t current_bytes = 0;
    std::int64_t total_bytes = 0;
};

struct ExecSpec {
    std::vector<std::string> command{};
    std::string user{};
};

struct ExecResult {
    std::int64_t exit_code = 0;
    std::string output{};  ///< stdout
    std::string error_output{};
};

struct LogOptions {
    bool follow = false;
    int tail_lines = -1;  ///< -1: all
    bool timestamps = false;
    std::optional<Time> since{};
};

enum class StreamKind { out, error };

/// GET /events, one line. `attributes` holds the labels of the object for containers.
struct Event {
    std::string type{};    ///< container, network, volume, image
    std::string action{};  ///< start, die, destroy, connect …
    std::string id{};
    Labels attributes{};
    Time time{};
};

struct EngineVersion {
    std::string version{};      ///< "20.10.24"
    std::string api_version{};  ///< negotiated, "1.41"
};

}  // namespace vectis::docker
