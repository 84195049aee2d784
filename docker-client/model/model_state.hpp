#pragma once

#include "docker-client/tar.hpp"
#include "docker-client/types.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vectis::docker {

/// One file, folder or link in a volume or in a container's writable layer.
struct StoredEntry {
    TarEntry::Type type = TarEntry::Type::file;
    std::string content{};  ///< of a file; target of a link
    int mode = 0644;
    std::int64_t uid = 0;
    std::int64_t gid = 0;

    friend bool operator==(const StoredEntry&, const StoredEntry&) = default;
};

/// By path, without leading or trailing slash.
using StoredEntries = std::map<std::string, StoredEntry>;

struct StoredVolume {
    Volume volume{};
    StoredEntries entries{};
    bool anonymous = false;
    bool content_known =
        true;  ///< false: loaded from a real engine, `entries` holds only what was written since

    friend bool operator==(const StoredVolume&, const StoredVolume&) = default;
};

struct StoredNetwork {
    Network network{};
    bool fixed_subnet =
        false;  ///< declared by the user: only then may containers ask for an address

    friend bool operator==(const StoredNetwork&, const StoredNetwork&) = default;
};

struct StoredContainer {
    Container shown{};                                   ///< what inspect answers
    std::map<std::string, std::string> asked_address{};  ///< by network name
    std::vector<PortBinding> asked_ports{};
    StoredEntries files{};      ///< written outside of volumes
    std::string stop_signal{};  ///< only if asked for at create
    bool read_only_root = false;
    bool started_before = false;
    bool manually_stopped =
        false;  ///< `unless-stopped` leaves it alone after a restart of the engine
    bool restart_cancelled =
        false;  ///< stopped or killed by a verb: the restart policy rests until the next start
    std::chrono::milliseconds backoff{0};
    std::optional<Time> due{};  ///< when a running program exits, or a restarting one runs again

    friend bool operator==(const StoredContainer&, const StoredContainer&) = default;
};

/// What the program of an image does once started.
struct Behaviour {
    std::chrono::milliseconds start_delay{0};                ///< until it serves
    bool never_ready = false;                                ///< runs, but never serves
    std::optional<std::chrono::milliseconds> exits_after{};  ///< by itself, after each start
    std::int64_t exit_code = 0;                              ///< of that exit
    bool ignores_stop = false;                               ///< has to be killed: exit code 137

    friend bool operator==(const Behaviour&, const Behaviour&) = default;
};

/// Everything that a simulated Docker daemon keeps on its disk: a value that can be copied,
/// compared and put back. The ring of events is not in here, because a real daemon loses it with
/// its process.
struct ModelState {
    std::map<std::string, StoredContainer> containers{};  ///< by id
    std::map<std::string, std::string> container_ids{};   ///< by name
    std::map<std::string, StoredNetwork> networks{};      ///< by name
    std::map<std::string, StoredVolume> volumes{};        ///< by name
    std::map<std::string, Image> images{};                ///< by id
    std::map<std::string, Image> registry{};              ///< what can be pulled, by reference
    bool is_registry_whole = false;                       ///< whatever is asked for can be pulled
    std::map<std::string, Behaviour> behaviours{
    };  ///< by image id or reference as asked for at create
    std::set<std::uint16_t> foreign_ports{};          ///< held by processes outside of Docker
    std::set<std::pair<Time, std::string>> timers{};  ///< every `due`, with the container's id
    std::uint64_t ids_given = 0;
    std::uint64_t subnets_given = 0;
    std::uint16_t next_port = 0;

    friend bool operator==(const ModelState&, const ModelState&) = default;
};

/// A stable text of the state for oracles: sorted by name, without ids, times and addresses that
/// the engine chose.
std::string describe(const ModelState& state);

/// "postgres" → "postgres:latest"; ids and digests are left alone.
std::string with_default_tag(const std::string& reference);

/// UTC in whole seconds, as the engine writes a volume's creation time.
std::string to_rfc3339(Time time);

}  // namespace vectis::docker
