#pragma once

#include "controller/disk.hpp"
#include "controller/store.hpp"

#include <string>
#include <vector>

namespace vectis::controller {

/// Keeps changes for ever, or not at all.
class Journal {
public:
    Journal() = default;
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    virtual ~Journal() = default;

    /// Durable when it returns; when it throws, the change may or may not be found by the next
    /// `load`.
    virtual void write(const Change& change) = 0;
    /// Whether it has grown so long that `compact` should be called.
    virtual bool is_long() const = 0;
    /// Puts all objects in the place of the changes that led to them. Nothing is lost when it
    /// throws.
    virtual void compact(const ObjectList& all) = 0;

    struct Content {
        std::vector<resources::Object> objects{};
        std::int64_t version = 0;
    };
    /// Called once, before the first write.
    virtual Content load() = 0;
};

/// Forgets everything: for plans and tests.
class NoJournal final : public Journal {
public:
    void write(const Change&) override {}
    bool is_long() const override { return false; }
    void compact(const ObjectList&) override {}
    Content load() override { return {}; }
};

/// A snapshot and a log of what came after it, each record one line: checksum, space, JSON. A last
/// record that is cut short or damaged was never acknowledged and is cut away; damage before the
/// last record is an error. When the log has grown, the snapshot is written anew.
class DiskJournal final : public Journal {
public:
    explicit DiskJournal(Disk& disk);

    void write(const Change& change) override;
    bool is_long() const override;
    void compact(const ObjectList& all) override;
    Content load() override;

private:
    Disk& disk_;
    std::size_t log_size_ = 0;
    std::size_t compact_at_;
    bool is_damaged_ = false;  ///< an append failed: the log's end is unknown until it is cut
};

}  // namespace vectis::controller
