#include "controller/postgres/mail_attachment.hpp"

#include "controller/journal_store.hpp"
#include "controller/postgres/postgres_store.hpp"
#include "controller/sim_clock.hpp"
#include "resources/condition.hpp"
#include "tests/unit/controller/background.hpp"
#include "tests/unit/controller/folder.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <optional>
#include <string>

namespace vectis::controller {
namespace {

using resources::ObjectKey;

const Target nowhere{"127.0.0.1", 1, "vectis", "vectis_api", "secret"};
const ObjectKey staying{"Domain", "", "staying.test"};
const ObjectKey leaving{"Domain", "", "leaving.test"};

/// One life of a controller over stores that outlive it.
struct Life {
    Life(Store& platform, Store& database, Disk& disk, Clock& clock)
        : mail(platform, database, clock), source({platform, mail}, disk, clock) {}

    MailStore mail;
    Source source;
    std::optional<Target> attached{};
    MailAttachment attachment{
        {mail,
         source,
         [this](const Target& target) { attached = target; },
         [this] { attached.reset(); }}
    };
};

class MailAttachmentTest : public testing::Test {
protected:
    void write(const std::vector<ObjectKey>& keys) const {
        std::ofstream file(folder / "mail.yaml");
        for (const ObjectKey& key : keys)
            file << "---\napiVersion: mail.vectis.dev/v1\nkind: Domain\nmetadata:\n  name: "
                 << key.name << "\nspec: {}\n";
    }
    std::string manager_in_database(const ObjectKey& key) {
        return resources::applied_by(database.get(key).value());
    }

    TestFolder folder;
    SimClock clock;
    SeededRandom random{1};
    NoJournal journal;
    JournalStore platform{journal, clock, random};
    JournalStore database{journal, clock, random};
    SimDisk disk;
    std::optional<Life> life{std::in_place, platform, database, disk, clock};
};

TEST_F(MailAttachmentTest, WhatLeftItsFolderWhileNobodyWatchedLosesItsManager) {
    write({staying, leaving});
    ASSERT_TRUE(life->source.declare(folder.path()).errors.empty());
    life->attachment.ready(nowhere);
    ASSERT_EQ(manager_in_database(leaving), "file:" + folder.path());
    write({staying});
    life.emplace(platform, database, disk, clock);
    ASSERT_TRUE(life->source.reload()->errors.empty());
    EXPECT_NE(manager_in_database(leaving), "") << "its store is not open yet";
    life->attachment.ready(nowhere);
    EXPECT_EQ(manager_in_database(leaving), "");
    EXPECT_EQ(manager_in_database(staying), "file:" + folder.path());
}

TEST_F(MailAttachmentTest, AFolderThatHasAMistakeNowReleasesNothing) {
    write({staying, leaving});
    ASSERT_TRUE(life->source.declare(folder.path()).errors.empty());
    life->attachment.ready(nowhere);
    std::ofstream(folder / "mail.yaml") << "[";
    life.emplace(platform, database, disk, clock);
    ASSERT_FALSE(life->source.reload()->errors.empty());
    life->attachment.ready(nowhere);
    EXPECT_EQ(manager_in_database(leaving), "file:" + folder.path());
}

TEST_F(MailAttachmentTest, WithoutItsDatabaseMailWaitsAgain) {
    write({staying});
    life->attachment.ready(nowhere);
    ASSERT_EQ(life->attached, nowhere);
    life->attachment.gone();
    EXPECT_EQ(life->attached, std::nullopt);
    ASSERT_TRUE(life->source.declare(folder.path()).errors.empty());
    EXPECT_EQ(resources::conditions_of(life->mail.get(staying)->status).at(0).reason, "Pending");
    EXPECT_FALSE(database.get(staying));
    life->attachment.ready(nowhere);
    EXPECT_TRUE(database.get(staying));
}

TEST(DetachedPostgres, LetsNobodyWaitForItsChanges) {
    SystemClock clock;
    SystemRandom random;
    PostgresStore store(clock, random);
    store.attach(nowhere);
    store.start();
    Background waiting([&](std::stop_token stop) {
        return store.wait_for_change(0, std::chrono::minutes(10), std::move(stop));
    });
    store.detach();
    EXPECT_TRUE(waiting.ends_within(std::chrono::seconds(20)));
}

}  // namespace
}  // namespace vectis::controller
