#pragma once

#include "controller/disk.hpp"
#include "controller/lease.hpp"
#include "controller/store.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vectis::controller {

/// A folder that is written only while the lease is held: a controller that has lost it to another
/// one must not write into the other's journal, whatever it was in the middle of. Writing throws
/// StoreError then; reading is free.
class LeasedDisk final : public Disk {
public:
    LeasedDisk(Disk& disk, const Lease& lease) : disk_(disk), lease_(lease) {}

    std::optional<std::string> read(const std::string& name) override { return disk_.read(name); }
    void append(const std::string& name, std::string_view bytes) override {
        require_lease(name);
        disk_.append(name, bytes);
    }
    void replace(const std::string& name, std::string_view bytes) override {
        require_lease(name);
        disk_.replace(name, bytes);
    }
    void remove(const std::string& name) override {
        require_lease(name);
        disk_.remove(name);
    }
    void truncate(const std::string& name, std::size_t size) override {
        require_lease(name);
        disk_.truncate(name, size);
    }

private:
    void require_lease(const std::string& name) const {
        if (!lease_.is_held())
            throw StoreError("write " + name + ": the lease is lost to another controller");
    }

    Disk& disk_;
    const Lease& lease_;
};

}  // namespace vectis::controller
