#include "docker-client/tar.hpp"
#include "tests/contract/docker-client/engine_contract.hpp"

#include <cstdlib>
#include <random>

/// The same random requests to the model and to a real engine: every outcome and every list must
/// agree. The model claims to be a Docker daemon, and this is the test of that claim.
namespace vectis::docker {
namespace {

constexpr int steps_max = 20;

struct Operation {
    enum class Verb {
        create,
        start,
        stop,
        kill,
        remove,
        policy,
        make_network,
        remove_network,
        connect,
        disconnect,
        make_volume,
        remove_volume,
        upload,
        exec,
    };
    Verb verb = Verb::create;
    std::string container{};
    std::string network{};
    std::string volume{};
    unsigned variant = 0;
};

std::string to_text(const Operation& operation) {
    static constexpr std::array names{
        "create",
        "start",
        "stop",
        "kill",
        "remove",
        "policy",
        "make_network",
        "remove_network",
        "connect",
        "disconnect",
        "make_volume",
        "remove_volume",
        "upload",
        "exec"
    };
    return std::string(names.at(static_cast<std::size_t>(operation.verb))) + " " +
           operation.container + " " + operation.network + " " + operation.volume + " #" +
           std::to_string(operation.variant);
}

/// Which verb comes how often: enough containers and networks that the others find something.
Operation::Verb draw_verb(std::mt19937_64& random) {
    using Verb = Operation::Verb;
    static constexpr std::array verbs{Verb::create,       Verb::create,        Verb::create,
                                      Verb::create,       Verb::start,         Verb::start,
                                      Verb::start,        Verb::start,         Verb::stop,
                                      Verb::stop,         Verb::kill,          Verb::remove,
                                      Verb::remove,       Verb::policy,        Verb::make_network,
                                      Verb::make_network, Verb::make_network,  Verb::remove_network,
                                      Verb::connect,      Verb::connect,       Verb::disconnect,
                                      Verb::make_volume,  Verb::remove_volume, Verb::upload,
                                      Verb::exec};
    return verbs.at(random() % verbs.size());
}

std::vector<Operation> draw_sequence(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Operation> sequence;
    const auto steps = 6 + random() % (steps_max - 5);
    for (std::uint64_t step = 0; step < steps; ++step) {
        Operation operation{.verb = draw_verb(random)};
        operation.container = std::array{"a", "b", "c"}.at(random() % 3);
        operation.network = std::array{"n1", "n2"}.at(random() % 2);
        operation.volume = std::array{"v1", "v2"}.at(random() % 2);
        operation.variant = static_cast<unsigned>(random() % 64);
        sequence.push_back(std::move(operation));
    }
    return sequence;
}

ContainerSpec draw_container(const EngineUnderTest& test, const Operation& operation) {
    ContainerSpec spec = test.container(operation.container);
    const unsigned variant = operation.variant;
    spec.read_only_root = true;
    if ((variant & 1U) != 0) spec.networks[test.name(operation.network)] = {.aliases = {"service"}};
    if ((variant & 2U) != 0)
        spec.networks[test.name("n1")].address = variant % 3 == 0 ? "10.83.1.5" : "";
    if ((variant & 4U) != 0) {
        spec.mounts = {
            {.source = test.name(operation.volume),
             .target = "/data",
             .read_only = (variant & 8U) != 0}
        };
    }
    if ((variant & 16U) != 0) {
        spec.ports = {{.container_port = 25, .host_address = "127.0.0.1", .host_port = 20031}};
    }
    if ((variant & 32U) != 0) spec.restart_policy = RestartPolicy::unless_stopped;
    return spec;
}

/// One engine, playing a sequence.
class Player {
public:
    explicit Player(const EngineName& name) : test_(name), engine_(test_.engine()) {}

    std::string play(const Operation& operation);
    std::string describe();
    /// A start that failed on a container with several networks: the engine attaches them in random
    /// order, so which of them it remembers is chance, and nothing after that can be compared.
    bool failed_among_networks(const Operation& operation, const std::string& answer);

private:
    std::string act_on_container(const Operation& operation);
    std::string act_on_other(const Operation& operation);
    bool lists_are_settled();
    void describe_containers(std::string& text);

    EngineUnderTest test_;
    Engine& engine_;
    Call call_{};
};

std::string Player::act_on_container(const Operation& operation) {
    using Verb = Operation::Verb;
    const std::string container = test_.name(operation.container);
    switch (operation.verb) {
        case Verb::create:
            return outcome(engine_.create_container(draw_container(test_, operation), call_));
        case Verb::start:
            return outcome(engine_.start_container(container, call_));
        case Verb::stop:
            return outcome(engine_.stop_container(container, std::chrono::seconds(5), call_));
        case Verb::kill: {
            const std::string killed = outcome(engine_.kill_container(container, "KILL", call_));
            // The answer comes before the end of the program.
            test_.eventually([&] {
                const auto shown = engine_.inspect_container(container, call_);
                return !shown || shown->state != ContainerState::running;
            });
            return killed;
        }
        case Verb::remove:
            return outcome(engine_.remove_container(container, call_));
        case Verb::policy:
            return outcome(engine_.set_restart_policy(
                container,
                operation.variant % 2 == 0 ? RestartPolicy::no : RestartPolicy::always,
                call_
            ));
        default:
            return act_on_other(operation);
    }
}

std::string Player::act_on_other(const Operation& operation) {
    using Verb = Operation::Verb;
    const std::string container = test_.name(operation.container);
    const std::string network = test_.name(operation.network);
    const std::string volume = test_.name(operation.volume);
    switch (operation.verb) {
        case Verb::make_network: {
            const std::string subnet = operation.network == "n1" ? "10.83.1.0/24" : "10.83.2.0/24";
            return outcome(engine_.create_network(
                {.name = network, .internal = operation.variant % 4 == 0, .subnet = subnet}, call_
            ));
        }
        case Verb::remove_network:
            return outcome(engine_.remove_network(network, call_));
        case Verb::connect: {
            const std::string address = operation.network == "n1" ? "10.83.1.5" : "10.83.9.9";
            const Endpoint endpoint{
                .aliases = {"alias"}, .address = operation.variant % 4 == 0 ? address : ""
            };
            return outcome(engine_.connect_network(network, container, endpoint, call_));
        }
        case Verb::disconnect:
            return outcome(engine_.disconnect_network(network, container, call_));
        case Verb::make_volume:
            return outcome(engine_.create_volume(
                {.name = volume, .labels = {{"variant", std::to_string(operation.variant)}}}, call_
            ));
        case Verb::remove_volume:
            return outcome(engine_.remove_volume(volume, call_));
        case Verb::upload:
            return outcome(engine_.upload_archive(
                container, "/data", make_tar({{.path = "file", .content = "content"}}), call_
            ));
        default: {
            const auto result =
                engine_.exec(container, {.command = {"/tiny", "cat", "/data/file"}}, call_);
            return result ? std::to_string(result->exit_code) + " " + result->output
                          : outcome(result);
        }
    }
}

std::string Player::play(const Operation& operation) {
    return act_on_container(operation);
}

/// For some milliseconds after a stop the list of 26.1 still says "running", while inspect is right
/// already.
bool Player::lists_are_settled() {
    for (const ContainerSummary& row : engine_.list_containers({.labels = test_.labels()}, call_)) {
        const auto shown = engine_.inspect_container(row.id, call_);
        if (!shown || shown->state != row.state) return false;
    }
    return true;
}

void Player::describe_containers(std::string& text) {
    if (!test_.eventually([&] { return lists_are_settled(); })) text += "list and inspect differ\n";
    for (const ContainerSummary& row : engine_.list_containers({.labels = test_.labels()}, call_)) {
        const Container shown = engine_.inspect_container(row.id, call_).value();
        text += test_.part(shown.name) + " state " + std::to_string(static_cast<int>(row.state));
        text += " exit " + std::to_string(shown.exit_code) + (shown.error.empty() ? "" : " error");
        text += " policy " + std::to_string(static_cast<int>(shown.restart_policy));
        for (const auto& [name, endpoint] : shown.networks) {
            text += " net " + test_.part(name) + (endpoint.network_id.empty() ? "" : " known");
            if (name != "bridge") text += " at " + endpoint.address + " gw " + endpoint.gateway;
            for (const std::string& alias : endpoint.aliases) text += " as " + alias;
        }
        for (const Mount& mount : shown.mounts) {
            text += " mount " + test_.part(mount.source) + mount.target +
                    (mount.read_only ? " ro" : " rw");
        }
        for (const PortBinding& port : shown.ports)
            text += " port " + std::to_string(port.host_port);
        text += "\n";
    }
}

std::string Player::describe() {
    std::string text;
    describe_containers(text);
    for (const char* part : {"n1", "n2"}) {
        const auto network = engine_.inspect_network(test_.name(part), call_);
        if (!network) continue;
        text += std::string(part) + (network->internal ? " internal " : " ") + network->subnet;
        for (const auto& [id, name] : network->containers)
            text += " with " + std::to_string(test_.part(name).size());
        text += "\n";
    }
    for (const char* part : {"v1", "v2"}) {
        const auto volume = engine_.inspect_volume(test_.name(part), call_);
        if (!volume) continue;
        text += part;
        for (const auto& [label, value] : volume->labels) text += " " + label + "=" + value;
        text += "\n";
    }
    return text;
}

bool Player::failed_among_networks(const Operation& operation, const std::string& answer) {
    if (operation.verb != Operation::Verb::start || !answer.starts_with("refused")) return false;
    const auto shown = engine_.inspect_container(test_.name(operation.container), call_);
    return shown && shown->networks.size() > 1;
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class EngineDifferential : public testing::TestWithParam<EngineName> {};

TEST_P(EngineDifferential, TheModelAnswersAsTheEngineDoes) {
    const std::uint64_t first = number_from("VECTIS_DIFFERENTIAL_SEED", 1);
    const std::uint64_t count = number_from("VECTIS_DIFFERENTIAL_SEQUENCES", 30);
    const std::string api = EngineUnderTest(GetParam()).engine().version({}).api_version;
    const EngineName model_name = api < "1.44" ? "model-1.41" : "model-1.45";
    int differences = 0;
    for (std::uint64_t seed = first; seed < first + count && differences < 10; ++seed) {
        Player real(GetParam());
        Player model(model_name);
        std::string trace;
        for (const Operation& operation : draw_sequence(seed)) {
            const std::string expected = real.play(operation);
            const std::string answered = model.play(operation);
            trace += to_text(operation) + " → " + expected + "\n";
            if (expected == answered && model.failed_among_networks(operation, answered)) break;
            const std::string wanted = real.describe();
            const std::string shown = model.describe();
            if (expected == answered && wanted == shown) continue;
            ADD_FAILURE() << "VECTIS_DIFFERENTIAL_SEED=" << seed << "\n"
                          << trace << "model: " << answered << "\n--- engine\n"
                          << wanted << "--- model\n"
                          << shown;
            ++differences;
            break;
        }
    }
}

// Where there is no real engine there is nothing to compare.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EngineDifferential);
INSTANTIATE_TEST_SUITE_P(
    Engines, EngineDifferential, testing::ValuesIn(real_engines()), test_suffix
);

}  // namespace
}  // namespace vectis::docker
