#pragma once

#include "controller/secrets.hpp"

#include <map>
#include <mutex>
#include <string>

namespace vectis::reconcilers {

/// Secrets in memory, for plans and the simulation.
class MemorySecrets final : public controller::Secrets {
public:
    std::optional<Values> get(const std::string& name) override {
        const std::scoped_lock lock(mutex_);
        const auto place = values_.find(name);
        return place == values_.end() ? std::nullopt : std::optional(place->second);
    }
    void put(const std::string& name, const Values& values) override {
        const std::scoped_lock lock(mutex_);
        values_[name] = values;
    }
    void remove(const std::string& name) override {
        const std::scoped_lock lock(mutex_);
        values_.erase(name);
    }
    std::vector<std::string> names() override {
        const std::scoped_lock lock(mutex_);
        std::vector<std::string> out;
        for (const auto& [name, values] : values_) out.push_back(name);
        return out;
    }

private:
    std::mutex mutex_;
    std::map<std::string, Values> values_;
};

}  // namespace vectis::reconcilers
