#pragma once

#include "controller/store.hpp"
#include "reconcilers/core/map_source.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace vectis::reconcilers {

/// The same tables from the objects of any store, for the simulation and for plans. It does not
/// follow an alias to where its mail ends: that it leads somewhere is taken for granted.
class ModelMapSource final : public MapSource {
public:
    /// By the uid of a mailbox: something that stands for its password, if it has one.
    using Credential = std::function<std::optional<std::string>(const std::string&)>;
    ModelMapSource(
        controller::Store& database, std::function<bool()> is_open, Credential credential
    )
        : database_(database), is_open_(std::move(is_open)), credential_(std::move(credential)) {}

    bool is_open() override { return is_open_(); }
    std::vector<MapContent> read(const std::vector<MapQuery>& queries, std::stop_token stop)
        override;

private:
    controller::Store& database_;
    std::function<bool()> is_open_;
    Credential credential_;
};

}  // namespace vectis::reconcilers
