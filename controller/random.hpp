#pragma once

#include "controller/clock.hpp"

#include <cstdint>
#include <random>
#include <string>

namespace vectis::controller {

/// The only source of randomness. The simulation's is seeded.
class Random {
public:
    Random() = default;
    Random(const Random&) = delete;
    Random& operator=(const Random&) = delete;
    virtual ~Random() = default;

    virtual std::uint64_t next() = 0;

    /// Uniform in [0, bound), bound > 0; the same on every standard library.
    std::uint64_t below(std::uint64_t bound);
    /// `length` characters of [A-Za-z0-9].
    std::string text(std::size_t length);
    /// A UUID version 7 (RFC 9562) for `now`.
    std::string uuid(Time now);
};

/// Repeats itself for equal seeds, on every standard library. For one thread.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t next() override { return engine_(); }

private:
    std::mt19937_64 engine_;
};

/// The kernel's generator, fit for secrets.
class SystemRandom final : public Random {
public:
    std::uint64_t next() override;
};

}  // namespace vectis::controller
