#include "tests/sim/machine.hpp"

namespace vectis::sim {

using Place = Effect::Place;

void WiredDisk::append(const std::string& name, std::string_view bytes) {
    const Verdict verdict = wire_.ask({Place::disk, "append", name, bytes.size()});
    if (!verdict.torn_at) return disk_.append(name, bytes);
    disk_.append(name, bytes.substr(0, *verdict.torn_at));
    throw controller::SimulatedCrash{};
}

void WiredDisk::replace(const std::string& name, std::string_view bytes) {
    wire_.ask({Place::disk, "replace", name});
    disk_.replace(name, bytes);
}

void WiredDisk::remove(const std::string& name) {
    wire_.ask({Place::disk, "remove", name});
    disk_.remove(name);
}

void WiredDisk::truncate(const std::string& name, std::size_t size) {
    wire_.ask({Place::disk, "truncate", name});
    disk_.truncate(name, size);
}

void WiredSecrets::put(const std::string& name, const Values& values) {
    wire_.ask({Place::secrets, "put", name});
    secrets_.put(name, values);
}

void WiredSecrets::remove(const std::string& name) {
    wire_.ask({Place::secrets, "remove", name});
    secrets_.remove(name);
}

void WiredJournal::write(const controller::Change& change) {
    wire_.ask({Place::mail, "write", change.object.metadata.name});
}

void WiredAdmin::create_database(const reconcilers::DatabaseTarget& target, std::stop_token stop) {
    wire_.ask({Place::database, "create_database", target.database});
    admin_.create_database(target, stop);
}

void WiredAdmin::apply_migration(
    const reconcilers::DatabaseTarget& target,
    const reconcilers::Migration& migration,
    std::stop_token stop
) {
    wire_.ask({Place::database, "apply_migration", migration.name});
    admin_.apply_migration(target, migration, stop);
}

void WiredAdmin::ensure_role(
    const reconcilers::DatabaseTarget& target,
    const std::string& role,
    const std::string& password,
    std::stop_token stop
) {
    wire_.ask({Place::database, "ensure_role", role});
    admin_.ensure_role(target, role, password, stop);
}

void WiredAdmin::repair_grants(const reconcilers::DatabaseTarget& target, std::stop_token stop) {
    wire_.ask({Place::database, "repair_grants", target.database});
    admin_.repair_grants(target, stop);
}

std::string tail_of(const std::string& trace) {
    constexpr std::size_t size = 6000;
    return trace.size() <= size ? trace : "…" + trace.substr(trace.size() - size);
}

Machine::Machine(std::uint64_t seed) : random(seed) {
    engine.add_image("debian:trixie-slim");
    engine.set_interceptor(
        [this](std::string_view verb, std::string_view target, docker::Access access) {
            if (access == docker::Access::read && !wire.hook) return docker::Fault{};
            const bool is_list = verb.starts_with("list_");
            if (access == docker::Access::read && !is_list) return docker::Fault{};
            return wire.ask({is_list ? Effect::Place::list : Effect::Place::engine, verb, target})
                .fault;
        }
    );
}

}  // namespace vectis::sim
