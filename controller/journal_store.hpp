#pragma once

#include "controller/clock.hpp"
#include "controller/journal.hpp"
#include "controller/random.hpp"
#include "controller/store.hpp"
#include "controller/store_state.hpp"

#include <condition_variable>
#include <mutex>
#include <vector>

namespace vectis::controller {

/// Objects in memory, each change written to a journal before it is acknowledged. With a
/// DiskJournal this is the FileStore of the platform kinds; with NoJournal it is a store for plans
/// and tests.
class JournalStore final : public Store {
public:
    /// Loads what the journal holds.
    JournalStore(Journal& journal, Clock& clock, Random& random);

    std::optional<resources::Object> get(const resources::ObjectKey& key) override;
    ObjectList list(const Query& query) override;
    StoreResult<resources::Object> create(const resources::Object& object) override;
    StoreResult<resources::Object> update(const resources::Object& object) override;
    StoreResult<resources::Object> update_status(const resources::Object& object) override;
    StoreResult<resources::Object> remove(
        const resources::ObjectKey& key, const Preconditions& preconditions
    ) override;
    std::int64_t version() override;
    StoreResult<std::vector<Change>> changes(
        const Query& query, std::int64_t after, std::size_t limit
    ) override;
    bool wait_for_change(std::int64_t after, Duration timeout, std::stop_token stop) override;
    void subscribe(Listener listener) override;

private:
    template <class Decide>
    StoreResult<resources::Object> change(Decide decide);
    void compact_when_long();

    Journal& journal_;
    Clock& clock_;
    Random& random_;
    std::mutex mutex_;
    /// One writer at a time, through its journal and its listeners, which so hear of changes in the
    /// order of versions. Taken before mutex_.
    std::mutex writing_;
    std::condition_variable_any changed_;
    StoreState state_;
    std::vector<Listener> listeners_;
};

}  // namespace vectis::controller
