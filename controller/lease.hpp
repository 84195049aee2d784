#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vectis::controller {

/// Who may act. Every effect on the engine and every write of state and secrets passes a check of
/// `is_held`.
class Lease {
public:
    Lease() = default;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    virtual ~Lease() = default;

    /// Nothing on success, else who holds it ("pid 4711 since 2026-11-23T20:27:12Z").
    virtual std::optional<std::string> acquire() = 0;
    virtual bool is_held() const = 0;
    virtual void release() = 0;
    /// Grows with every acquisition.
    virtual std::uint64_t epoch() const = 0;
};

}  // namespace vectis::controller
