#include "resources/condition.hpp"
#include "tests/sim/world.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <optional>
#include <string>

/// The whole controller on simulated time, lost before and after every effect that it has on the
/// engine, in every workload.
namespace vectis::sim {
namespace {

using std::chrono::minutes;

resources::Object platform(int memory_mib) {
    resources::Object object{.api_version = "platform.vectis.dev/v1", .kind = "Platform"};
    object.metadata.name = "default";
    object.spec["hostname"] = "mail.example.test";
    object.spec["profile"] = "dev";
    object.spec["components"] =
        boost::json::object{{"postfix", boost::json::object{{"memoryMiB", memory_mib}}}};
    return object;
}

/// What a user does to an installation; the same call again after a crash must not do it twice.
struct Workload {
    const char* name;
    std::function<void(Machine&)> prepare;
    std::function<void(Life&)> act;
};

void declare(Life& life, int memory_mib) {
    const resources::Object wanted = platform(memory_mib);
    std::optional<resources::Object> stored = life.store().get(resources::key_of(wanted));
    if (!stored) {
        ASSERT_TRUE(life.store().create(wanted));
        return;
    }
    stored->spec = wanted.spec;
    stored->metadata.resource_version.clear();
    ASSERT_TRUE(life.store().update(*stored));
}

void deploy(Machine& machine) {
    Life life(machine);
    declare(life, 256);
    life.run(minutes(3));
}

std::vector<Workload> workloads() {
    return {
        {"deploy", [](Machine&) {}, [](Life& life) { declare(life, 256); }},
        {"change", deploy, [](Life& life) { declare(life, 300); }},
        {"delete",
         deploy,
         [](Life& life) { (void)life.store().remove({"Platform", "", "default"}, {}); }},
    };
}

/// Where the controller is lost: before the n-th write to the engine, or as soon as that write has
/// had its effect.
struct Cut {
    int write = 0;
    bool is_after = false;
};

/// Counts writes and throws at the cut. Returns how many there were.
int play(Machine& machine, const Workload& workload, std::optional<Cut> cut) {
    int writes = 0;
    bool is_due = false;
    machine.engine.set_interceptor([&](std::string_view, std::string_view, docker::Access access) {
        if (is_due) {
            is_due = false;
            cut.reset();
            throw controller::SimulatedCrash{};
        }
        if (access == docker::Access::write && cut && ++writes == cut->write) {
            if (!cut->is_after) {
                cut.reset();
                throw controller::SimulatedCrash{};
            }
            is_due = true;
        } else if (access == docker::Access::write && !cut) {
            ++writes;
        }
        return docker::Fault{};
    });
    for (bool has_acted = false;;) {
        try {
            Life life(machine);
            if (!has_acted) workload.act(life);
            has_acted = true;
            life.run(minutes(4));
            break;
        } catch (const controller::SimulatedCrash&) {
            continue;  // the supervisor starts another one
        }
    }
    machine.engine.set_interceptor({});
    return writes;
}

/// The hash in the name of a file volume comes from generated secrets, which differ from run to
/// run.
std::string masked(const std::string& volume) {
    const std::size_t place = volume.find("-files-");
    return place == std::string::npos ? volume : volume.substr(0, place + 7) + '*';
}

/// What the engine holds, without what may differ: ids, numbers of generations, hashes of secrets.
std::string outcome(Machine& machine) {
    std::string out;
    Life life(machine);
    for (const docker::ContainerSummary& row : machine.engine.list_containers({}, {})) {
        const std::optional<docker::Container> container =
            machine.engine.inspect_container(row.id, {});
        out += container->labels.at("vectis.dev/name") + ' ' +
               std::to_string(static_cast<int>(container->state)) + ' ' +
               std::to_string(container->memory_bytes) + ' ' +
               std::to_string(static_cast<int>(container->restart_policy)) + '\n';
    }
    for (const docker::Network& network : machine.engine.list_networks({}, {}))
        out += "network " + network.name + '\n';
    for (const docker::Volume& volume : machine.engine.list_volumes({}, {}))
        out += "volume " + masked(volume.name) + '\n';
    for (const resources::Object& object : life.store().list({}).items) {
        const bool is_ready =
            resources::is_true_for(object.status, "Ready", object.metadata.generation);
        out += resources::to_text(resources::key_of(object)) +
               (is_ready ? " ready\n" : " not ready\n");
    }
    return out;
}

void add_foreign(Machine& machine) {
    ASSERT_TRUE(machine.engine.create_volume({"sim-foreign", {}}, {}));
    ASSERT_TRUE(machine.engine.create_network({"sim-theirs", false, "", {}}, {}));
}

TEST(CrashSimulation, EndsInTheDeclaredStateWhereverTheControllerIsLost) {
    int cases = 0;
    for (const Workload& workload : workloads()) {
        Machine reference(7);
        add_foreign(reference);
        workload.prepare(reference);
        const int writes = play(reference, workload, std::nullopt);
        const std::string wanted = outcome(reference);
        ASSERT_GT(writes, 5) << workload.name;
        ASSERT_NE(wanted.find("sim-foreign"), std::string::npos);
        for (int write = 1; write <= writes; ++write) {
            for (const bool is_after : {false, true}) {
                Machine machine(7);
                add_foreign(machine);
                workload.prepare(machine);
                play(machine, workload, Cut{write, is_after});
                ++cases;
                ASSERT_EQ(outcome(machine), wanted)
                    << "replay: workload=" << workload.name << " write=" << write
                    << (is_after ? " after" : " before") << '\n'
                    << machine.trace;
            }
        }
    }
    RecordProperty("cases", cases);
    std::printf("%d cases\n", cases);
}

TEST(CrashSimulation, RepeatsItselfForTheSameSeed) {
    std::string traces[2];
    for (std::string& trace : traces) {
        Machine machine(11);
        play(machine, workloads().front(), Cut{9, true});
        trace = machine.trace;
    }
    EXPECT_FALSE(traces[0].empty());
    EXPECT_EQ(traces[0], traces[1]);
}

TEST(CrashSimulation, DeploysEveryComponent) {
    Machine machine(3);
    play(machine, workloads().front(), std::nullopt);
    const std::string result = outcome(machine);
    for (const char* component : {"postgres", "valkey", "rspamd", "dovecot", "postfix"}) {
        EXPECT_NE(result.find(std::string("Workload/") + component + " ready"), std::string::npos)
            << result << machine.trace;
    }
}

}  // namespace
}  // namespace vectis::sim
