#pragma once

#include "controller/crash.hpp"
#include "controller/disk.hpp"
#include "controller/event_log.hpp"
#include "controller/journal_store.hpp"
#include "controller/manifests.hpp"
#include "controller/planning.hpp"
#include "controller/sim_clock.hpp"
#include "docker-client/model/model_engine.hpp"
#include "reconcilers/core/identity.hpp"
#include "reconcilers/memory_secrets.hpp"
#include "tests/sim/postgres_model.hpp"
#include "tests/sim/wire.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace vectis::sim {

/// A disk whose writes can be cut short by the loss of the machine, and that can be full.
class WiredDisk final : public controller::Disk {
public:
    explicit WiredDisk(const Wire& wire) : wire_(wire) {}

    std::optional<std::string> read(const std::string& name) override { return disk_.read(name); }
    void append(const std::string& name, std::string_view bytes) override;
    void replace(const std::string& name, std::string_view bytes) override;
    void remove(const std::string& name) override;
    void truncate(const std::string& name, std::size_t size) override;

private:
    const Wire& wire_;
    controller::SimDisk disk_{};
};

class WiredSecrets final : public controller::Secrets {
public:
    explicit WiredSecrets(const Wire& wire) : wire_(wire) {}

    std::optional<Values> get(const std::string& name) override { return secrets_.get(name); }
    void put(const std::string& name, const Values& values) override;
    void remove(const std::string& name) override;
    std::vector<std::string> names() override { return secrets_.names(); }

    /// Every value that nobody may read elsewhere, those that were replaced or removed too.
    const std::set<std::string>& confidential() const { return confidential_; }

private:
    const Wire& wire_;
    reconcilers::MemorySecrets secrets_{};
    std::set<std::string> confidential_{};
};

inline const reconcilers::Identity identity{"11111111-1111-7111-8111-111111111111", "sim"};

/// What programs wrote into a data volume as soon as it was there.
inline constexpr const char* canary_path = "canary";

/// What a lost controller leaves behind: engine, disk, database, secrets, time.
struct Machine {
    explicit Machine(std::uint64_t seed);
    /// What the programs in the containers do: each data volume gets a canary, and Postgres makes
    /// its cluster with the password that it finds when it first runs.
    void run_programs();

    controller::SimClock clock{};
    Wire wire{clock};
    controller::SeededRandom random;
    docker::ModelEngine engine{[this] { return docker::Time(clock.now()); }};
    WiredDisk disk{wire};
    WiredSecrets secrets{wire};
    PostgresModel postgres{wire, clock, random};
    controller::EventMemory events{clock};
    controller::Manifests manifests = controller::Manifests::embedded();
    std::map<std::string, std::string> canaries{};  ///< data volume → its mark
    std::int64_t acknowledged = 0;  ///< the version of the last write that a controller relied on
    std::string trace{};            ///< one line for each action
    std::vector<controller::PlannedAction> actions{};

private:
    void make_cluster();

    bool has_cluster_ = false;
};

/// The last actions of a trace.
std::string tail_of(const std::string& trace);

}  // namespace vectis::sim
