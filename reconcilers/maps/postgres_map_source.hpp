#pragma once

#include "controller/postgres/connection_pool.hpp"
#include "reconcilers/core/map_source.hpp"

namespace vectis::reconcilers {

/// The views `map_…` of manifests/sql/mail.
class PostgresMapSource final : public MapSource {
public:
    explicit PostgresMapSource(controller::ConnectionPool& pool) : pool_(pool) {}

    bool is_open() override { return pool_.target().has_value(); }
    std::vector<MapContent> read(const std::vector<MapQuery>& queries, std::stop_token stop)
        override;

private:
    controller::ConnectionPool& pool_;
};

}  // namespace vectis::reconcilers
