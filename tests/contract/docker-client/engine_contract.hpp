#pragma once

#include "tests/contract/docker-client/engine_fixture.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <stdexcept>
#include <string>

namespace vectis::docker {

/// A test of what an Engine does, on one of the engines.
class EngineContract : public testing::TestWithParam<EngineName> {
protected:
    EngineUnderTest test_{GetParam()};
    Engine& engine_ = test_.engine();
    Call call_{};

    std::string create(const ContainerSpec& spec) {
        auto id = engine_.create_container(spec, call_);
        if (!id) throw std::runtime_error(id.error().message());
        return *id;
    }
    std::string run(const ContainerSpec& spec) {
        std::string id = create(spec);
        if (auto started = engine_.start_container(id, call_); !started) {
            throw std::runtime_error(started.error().message());
        }
        return id;
    }
    std::string network(
        const std::string& part, const std::string& subnet = {}, bool internal = false
    ) {
        const NetworkSpec spec{
            .name = test_.name(part),
            .internal = internal,
            .subnet = subnet,
            .labels = test_.labels()
        };
        auto id = engine_.create_network(spec, call_);
        if (!id) throw std::runtime_error(id.error().message());
        return *id;
    }
    Container inspect(const std::string& id) {
        return engine_.inspect_container(id, call_).value();
    }
    bool becomes(const std::string& id, ContainerState state) {
        return test_.eventually([&] { return inspect(id).state == state; });
    }
};

inline std::string test_suffix(const testing::TestParamInfo<EngineName>& info) {
    std::string suffix;
    for (const char c : info.param) {
        suffix += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    }
    return suffix;
}

}  // namespace vectis::docker
