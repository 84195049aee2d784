#pragma once

#include "controller/store.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

namespace vectis::controller {

/// An empty store, with what it stands on. Destroyed after each test.
class StoreUnderTest {
public:
    StoreUnderTest() = default;
    StoreUnderTest(const StoreUnderTest&) = delete;
    StoreUnderTest& operator=(const StoreUnderTest&) = delete;
    virtual ~StoreUnderTest() = default;

    virtual Store& store() = 0;
    /// The same store after its process was lost; false if it keeps nothing.
    virtual bool reopen() = 0;
};

struct StoreFactory {
    std::string name{};                                       ///< of the test instance
    std::function<std::unique_ptr<StoreUnderTest>()> make{};  ///< null: it cannot run here
    /// Of a cluster-scoped kind that the store takes with any spec.
    std::string api_version = "platform.vectis.dev/v1";
    std::string kind = "Network";
};

inline std::string name_of(const testing::TestParamInfo<StoreFactory>& info) {
    return info.param.name;
}

/// What every Store does. A program that has one links `store_contract` and says
///     INSTANTIATE_TEST_SUITE_P(Postgres, StoreContract, testing::Values(StoreFactory{…}),
///     name_of);
class StoreContract : public testing::TestWithParam<StoreFactory> {
protected:
    StoreContract() : subject_(GetParam().make()) {}
    void SetUp() override {
        if (!subject_) GTEST_SKIP() << GetParam().name << " cannot run here";
    }

    Store& store() { return subject_->store(); }
    bool reopen() { return subject_->reopen(); }

    resources::Object object(const std::string& name) const;
    resources::ObjectKey key(const std::string& name) const;
    Query all() const { return {.kind = GetParam().kind}; }
    /// Stores it; the test fails if that is refused.
    resources::Object created(const resources::Object& object);
    resources::Object updated(const resources::Object& object);

private:
    std::unique_ptr<StoreUnderTest> subject_;
};

}  // namespace vectis::controller
