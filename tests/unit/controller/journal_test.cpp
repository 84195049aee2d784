#include "controller/journal.hpp"

#include "controller/journal_store.hpp"
#include "controller/sim_clock.hpp"

#include <gtest/gtest.h>

namespace vectis::controller {
namespace {

using resources::Object;

constexpr const char* log_name = "log.jsonl";
constexpr const char* snapshot_name = "snapshot.json";

Object network(const std::string& name) {
    Object out{.api_version = "platform.vectis.dev/v1", .kind = "Network"};
    out.metadata.name = name;
    out.spec = {{"internal", true}};
    return out;
}

/// A store over a disk that is there longer than it.
struct Opened {
    explicit Opened(Disk& disk) : journal(disk), store(journal, clock, random) {}

    SimClock clock{};
    SeededRandom random{3};
    DiskJournal journal;
    JournalStore store;
};

/// What a store held, and how long its log was, when a change was acknowledged.
struct Acknowledged {
    std::size_t log_size = 0;
    ObjectList objects{};
};

bool operator==(const ObjectList& a, const ObjectList& b) {
    return a.version == b.version && a.items == b.items;
}

Acknowledged now(Disk& disk, Store& store) {
    return {disk.read(log_name).value_or("").size(), store.list({})};
}

/// A few changes of every sort, each with what was acknowledged after it.
std::vector<Acknowledged> write_history(Disk& disk, Store& store) {
    std::vector<Acknowledged> out{now(disk, store)};
    const auto acknowledge = [&](const StoreResult<Object>& result) {
        EXPECT_TRUE(result);
        out.push_back(now(disk, store));
    };
    acknowledge(store.create(network("data")));
    Object mail = network("mail");
    mail.metadata.finalizers = {"vectis.dev/engine"};
    mail.spec["note"] = "a line\nand \"quotes\" and ünïcode";
    acknowledge(store.create(mail));
    Object observed = *store.get({"Network", "", "mail"});
    observed.status["id"] = "4711";
    acknowledge(store.update_status(observed));
    Object changed = *store.get({"Network", "", "data"});
    changed.spec["internal"] = false;
    acknowledge(store.update(changed));
    acknowledge(store.remove({"Network", "", "mail"}, {}));
    acknowledge(store.remove({"Network", "", "data"}, {}));
    return out;
}

ObjectList reopened(Disk& disk) {
    return Opened(disk).store.list({});
}

TEST(DiskJournal, ReopensToWhatWasAcknowledgedWhereverItsLogIsCut) {
    SimDisk original;
    std::vector<Acknowledged> history;
    {
        Opened opened(original);
        history = write_history(original, opened.store);
    }
    const std::string log = *original.read(log_name);
    std::size_t next = 0;
    for (std::size_t cut = 0; cut <= log.size(); ++cut) {
        while (next + 1 < history.size() && history[next + 1].log_size <= cut) ++next;
        SimDisk disk;
        disk.append(log_name, log.substr(0, cut));
        ASSERT_TRUE(reopened(disk) == history[next].objects) << "cut at byte " << cut;
        ASSERT_EQ(disk.read(log_name)->size(), history[next].log_size) << "cut at byte " << cut;
        Opened again(disk);
        ASSERT_TRUE(again.store.create(network("after"))) << "cut at byte " << cut;
        ASSERT_TRUE(reopened(disk) == again.store.list({})) << "cut at byte " << cut;
    }
}

/// Texts of others get into a status: what they hold must not make the journal unreadable.
TEST(DiskJournal, ReadsAgainWhatHoldsBytesThatAreNoText) {
    SimDisk disk;
    {
        Opened opened(disk);
        Object object = *opened.store.create(network("mail"));
        object.status["message"] = "220 caf\xE9 ready";
        ASSERT_TRUE(opened.store.update_status(object));
        ASSERT_TRUE(opened.store.create(network("data")));
    }
    const ObjectList found = reopened(disk);
    ASSERT_EQ(found.items.size(), 2U);
    EXPECT_EQ(found.items[1].status.at("message").as_string(), "220 caf\xEF\xBF\xBD ready");
}

TEST(DiskJournal, CutsALastRecordThatIsDamagedAtAnyByte) {
    SimDisk original;
    std::vector<Acknowledged> history;
    {
        Opened opened(original);
        history = write_history(original, opened.store);
    }
    const std::string log = *original.read(log_name);
    const Acknowledged& before_last = history[history.size() - 2];
    for (std::size_t place = before_last.log_size; place < log.size(); ++place) {
        std::string damaged = log;
        damaged[place] = damaged[place] == '0' ? '1' : '0';
        SimDisk disk;
        disk.append(log_name, damaged);
        ASSERT_TRUE(reopened(disk) == before_last.objects) << "damaged at byte " << place;
    }
}

TEST(DiskJournal, RefusesALogThatIsDamagedBeforeItsLastRecord) {
    SimDisk disk;
    {
        Opened opened(disk);
        write_history(disk, opened.store);
    }
    std::string log = *disk.read(log_name);
    log[20] = static_cast<char>(log[20] ^ 1);
    disk.replace(log_name, log);
    EXPECT_THROW(reopened(disk), StoreError);
    EXPECT_EQ(disk.read(log_name), log) << "what is damaged is left for a person to look at";
}

TEST(DiskJournal, RefusesADamagedSnapshot) {
    SimDisk disk;
    Opened opened(disk);
    write_history(disk, opened.store);
    opened.journal.compact(opened.store.list({}));
    disk.truncate(snapshot_name, disk.read(snapshot_name)->size() - 3);
    EXPECT_THROW(reopened(disk), StoreError);
}

TEST(DiskJournal, GoesOnAfterAnAppendThatFailedAtAnyByte) {
    for (std::size_t bytes = 0; bytes < 400; bytes += 7) {
        SimDisk disk;
        Opened opened(disk);
        ASSERT_TRUE(opened.store.create(network("first")));
        const ObjectList before = opened.store.list({});
        disk.tear_next_append(bytes);
        EXPECT_THROW(static_cast<void>(opened.store.create(network("torn"))), StoreError);
        EXPECT_TRUE(opened.store.list({}) == before);
        ASSERT_TRUE(opened.store.create(network("second")));
        ASSERT_TRUE(reopened(disk) == opened.store.list({})) << bytes << " bytes were written";
    }
}

TEST(DiskJournal, RefusesWritesOnAFullDiskAndGoesOnWhenThereIsRoom) {
    SimDisk disk;
    Opened opened(disk);
    ASSERT_TRUE(opened.store.create(network("first")));
    disk.set_full(true);
    try {
        static_cast<void>(opened.store.create(network("second")));
        FAIL() << "nothing can be written on a full disk";
    } catch (const StoreError& error) {
        EXPECT_NE(std::string(error.what()).find("No space left on device"), std::string::npos);
    }
    EXPECT_TRUE(opened.store.get({"Network", "", "first"}));
    EXPECT_FALSE(opened.store.get({"Network", "", "second"}));
    disk.set_full(false);
    ASSERT_TRUE(opened.store.create(network("second")));
    EXPECT_TRUE(reopened(disk) == opened.store.list({}));
}

TEST(DiskJournal, LoadsASnapshotWhoseLogWasNotClearedYet) {
    SimDisk disk;
    Opened opened(disk);
    write_history(disk, opened.store);
    ASSERT_TRUE(opened.store.create(network("kept")));
    const std::string log = *disk.read(log_name);
    opened.journal.compact(opened.store.list({}));
    EXPECT_EQ(disk.read(log_name), "");
    EXPECT_TRUE(reopened(disk) == opened.store.list({}));
    disk.replace(log_name, log);
    EXPECT_TRUE(reopened(disk) == opened.store.list({}));
}

/// Writes about five megabytes.
void write_much(Store& store) {
    const std::string padding(100'000, 'x');
    for (int i = 0; i < 50; ++i) {
        Object big = network("n" + std::to_string(i));
        big.spec["padding"] = padding;
        ASSERT_TRUE(store.create(big));
        ASSERT_TRUE(store.remove(resources::key_of(big), {}));
    }
}

TEST(DiskJournal, ShortensItsLogWhenItHasGrown) {
    SimDisk disk;
    Opened opened(disk);
    ASSERT_TRUE(opened.store.create(network("kept")));
    write_much(opened.store);
    ASSERT_TRUE(disk.read(snapshot_name));
    EXPECT_LT(disk.read(log_name)->size(), 7'000'000U);
    EXPECT_LT(disk.read(snapshot_name)->size(), 200'000U);
    EXPECT_TRUE(reopened(disk) == opened.store.list({}));
}

/// A disk that takes appends but has no room for a second copy of anything.
class NarrowDisk final : public Disk {
public:
    std::optional<std::string> read(const std::string& name) override { return disk_.read(name); }
    void append(const std::string& name, std::string_view bytes) override {
        disk_.append(name, bytes);
    }
    void replace(const std::string& name, std::string_view) override {
        ++refused;
        throw StoreError("replace " + name + ": no room");
    }
    void remove(const std::string& name) override { disk_.remove(name); }
    void truncate(const std::string& name, std::size_t size) override {
        disk_.truncate(name, size);
    }

    int refused = 0;

private:
    SimDisk disk_;
};

TEST(DiskJournal, AcknowledgesAndTellsWritesThoughItsLogCannotBeShortened) {
    NarrowDisk disk;
    Opened opened(disk);
    int heard = 0;
    opened.store.subscribe([&](const Change&) { ++heard; });
    write_much(opened.store);
    EXPECT_EQ(heard, 100);
    EXPECT_GE(disk.refused, 1);
    EXPECT_LE(disk.refused, 3) << "each try writes all of the state, so tries are few";
    EXPECT_TRUE(reopened(disk) == opened.store.list({}));
}

}  // namespace
}  // namespace vectis::controller
