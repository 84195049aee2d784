#pragma once

#include "controller/clock.hpp"
#include "controller/lease.hpp"

#include <atomic>
#include <string>

namespace vectis::controller {

/// flock(2) on a file: the kernel lets go of it when the process ends, however it ends. The file
/// says who holds it.
class FileLease final : public Lease {
public:
    FileLease(std::string path, Clock& clock);
    ~FileLease() override;

    std::optional<std::string> acquire() override;
    /// False, too, when the file has been removed or replaced: another process can lock the new
    /// one.
    bool is_held() const override;
    void release() override;
    std::uint64_t epoch() const override { return epoch_; }

private:
    std::string path_;
    Clock& clock_;
    std::atomic<int> descriptor_ = -1;
    std::atomic<std::uint64_t> epoch_ = 0;
};

/// Always held: for plans, and for tests that are about something else.
class FreeLease final : public Lease {
public:
    std::optional<std::string> acquire() override { return std::nullopt; }
    bool is_held() const override { return true; }
    void release() override {}
    std::uint64_t epoch() const override { return 1; }
};

}  // namespace vectis::controller
