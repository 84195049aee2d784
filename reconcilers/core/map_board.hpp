#pragma once

#include "resources/object.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace vectis::reconcilers {

/// Tells the reconcilers of mail objects when the lookup tables of the mail servers have what they
/// changed, and wakes the keepers of the tables when there is something to write. In memory only:
/// whoever starts anew writes what differs, whoever asked. Thread-safe; it calls the functions
/// given to it outside of its lock.
class MapBoard {
public:
    using Sets = std::function<std::vector<resources::ObjectKey>()>;
    using Wake = std::function<void(const resources::ObjectKey&)>;
    /// `sets`: the MapSets that are declared.
    MapBoard(Sets sets, Wake wake) : sets_(std::move(sets)), wake_(std::move(wake)) {}

    /// Whether there are tables at all.
    bool is_used() { return !sets_().empty(); }
    /// Something in the mail database may concern the tables.
    void hear();
    /// This change of the object was committed before the call.
    void expect(const resources::ObjectKey& key, const std::string& change);
    bool is_expected(const resources::ObjectKey& key);
    /// Whether every declared MapSet was written from what was read after the change was expected
    /// first, which is now if it was not before. The object is woken when that is so; the change is
    /// forgotten with the answer "yes".
    bool has(const resources::ObjectKey& key, const std::string& change);
    /// The object is gone.
    void forget(const resources::ObjectKey& key);

    /// To be called before the database is read for a MapSet.
    std::uint64_t begin();
    /// What was read after `begin` gave the ticket is written.
    void finish(const resources::ObjectKey& set, std::uint64_t ticket);

private:
    struct Expected {
        std::string change{};
        std::uint64_t since = 0;
    };

    Sets sets_;
    Wake wake_;
    std::mutex mutex_;
    std::uint64_t clock_ = 0;  ///< counts expectations and readings
    std::map<resources::ObjectKey, Expected> expected_{};
    std::map<resources::ObjectKey, std::uint64_t> written_{};  ///< by MapSet
};

}  // namespace vectis::reconcilers
