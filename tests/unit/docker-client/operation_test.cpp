#include "docker-client/operation.hpp"

#include <gtest/gtest.h>

namespace vectis::docker {
namespace {

TEST(Operation, LeavesNamesVersionAndQueryOut) {
    EXPECT_EQ(operation_of("GET", "/_ping"), "GET /_ping");
    EXPECT_EQ(operation_of("GET", "/v1.41/containers/json?all=1"), "GET /containers/json");
    EXPECT_EQ(operation_of("POST", "/containers/3f2a/start"), "POST /containers/{}/start");
    EXPECT_EQ(operation_of("DELETE", "/volumes/mail-data"), "DELETE /volumes/{}");
    EXPECT_EQ(operation_of("POST", "/networks/create"), "POST /networks/create");
    EXPECT_EQ(operation_of("GET", "/images/registry.test/a/b:1/json"), "GET /images/{}/json");
    EXPECT_EQ(operation_of("DELETE", "/images/registry.test/a/b:1"), "DELETE /images/{}");
    EXPECT_EQ(operation_of("GET", ""), "GET /");
}

}  // namespace
}  // namespace vectis::docker
