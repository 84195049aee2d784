#pragma once

#include "docker-client/model/model_engine.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace vectis::docker {

/// A model engine with a clock that tests move, and one image.
class ModelWorld : public testing::Test {
protected:
    Time now_ = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
    ModelEngine engine_{[this] { return now_; }};
    Call call_{};

    ModelWorld() { engine_.add_image("app:1"); }

    static ContainerSpec app(const std::string& name) {
        ContainerSpec spec;
        spec.name = name;
        spec.image = "app:1";
        return spec;
    }
    std::string create(const ContainerSpec& spec) {
        return engine_.create_container(spec, call_).value();
    }
    std::string run(const ContainerSpec& spec) {
        std::string id = create(spec);
        static_cast<void>(engine_.start_container(id, call_).value());
        return id;
    }
    Container inspect(const std::string& id) {
        return engine_.inspect_container(id, call_).value();
    }
    ContainerState state(const std::string& id) { return inspect(id).state; }
    std::vector<std::string> container_actions() {
        std::vector<std::string> actions;
        for (const Event& event : engine_.take_events()) {
            if (event.type == "container") actions.push_back(event.action);
        }
        return actions;
    }
};

}  // namespace vectis::docker
