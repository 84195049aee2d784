#include "reconcilers/core/finalizer.hpp"
#include "reconcilers/core/sha256.hpp"
#include "reconcilers/database/postgres_admin.hpp"
#include "reconcilers/mail/mail_directory.hpp"
#include "reconcilers/maps/postgres_map_source.hpp"
#include "tests/contract/postgres/mail_database.hpp"

#include <gtest/gtest.h>

namespace vectis::tests {
namespace {

using controller::Rows;
using controller::Target;
using controller::Transaction;
using resources::Object;

TEST_F(Database, RepairsAGrantAndAViewThatSomebodyChanged) {
    reconcilers::PostgresAdmin admin(manifests());
    ask(as(name_, "postgres"), "GRANT SELECT ON credentials TO vectis_postfix");
    EXPECT_FALSE(admin.observe(admin_target(name_), role_passwords(), {}).grants_match);
    converge(admin, admin_target(name_));
    EXPECT_TRUE(admin.observe(admin_target(name_), role_passwords(), {}).grants_match);
    ask(as(name_, "postgres"), "DROP VIEW dovecot_users CASCADE");
    converge(admin, admin_target(name_));
    EXPECT_TRUE(ask(as(name_, "vectis_dovecot"), "SELECT * FROM dovecot_users").empty());
}

/// What a superuser may do by hand to our objects and roles: each act is seen, none outlives a
/// repair.
TEST_F(Database, TakesBackEveryRightThatIsNotDeclared) {
    reconcilers::PostgresAdmin admin(manifests());
    const Target superuser = as(name_, "postgres");
    const auto value = [&](const std::string& sql) { return *ask(superuser, sql).at(0).at(0); };
    const std::string fingerprint = *manifests().read("sql/mail/grants_fingerprint.sql");
    const std::string foreign = "foreign_" + name_;
    ask(superuser, "CREATE ROLE " + foreign);
    std::string before = value(fingerprint);
    for (const std::string& act : std::vector<std::string>{
             "GRANT vectis_owner TO vectis_postfix",
             "GRANT pg_read_all_data TO vectis_dovecot WITH ADMIN OPTION",
             "GRANT vectis_api TO " + foreign,
             "GRANT SELECT ON credentials TO " + foreign + " WITH GRANT OPTION",
             "GRANT SELECT (password_hash) ON credentials TO " + foreign,
             "GRANT USAGE ON SEQUENCE resource_versions TO " + foreign,
             "GRANT CREATE ON SCHEMA public TO " + foreign,
             "GRANT EXECUTE ON FUNCTION lock_resource_versions() TO PUBLIC",
             "GRANT CONNECT ON DATABASE " + name_ + " TO " + foreign,
             "ALTER DATABASE " + name_ + " OWNER TO " + foreign,
             "REVOKE SELECT ON resources FROM vectis_owner",
             "ALTER ROLE vectis_postfix SUPERUSER",
             "ALTER ROLE vectis_postfix SET search_path = elsewhere",
             "ALTER ROLE vectis_dovecot IN DATABASE " + name_ + " SET search_path = elsewhere",
             "ALTER ROLE vectis_dovecot CONNECTION LIMIT 50",
         }) {
        ask(superuser, act);
        const std::string after = value(fingerprint);
        EXPECT_NE(after, before) << act;
        before = after;
    }
    converge(admin, admin_target(name_));
    EXPECT_TRUE(admin.observe(admin_target(name_), role_passwords(), {}).grants_match);
    EXPECT_EQ(
        value("SELECT count(*) FROM pg_auth_members WHERE member::regrole::text LIKE 'vectis%' OR "
              "roleid::regrole::text LIKE 'vectis%'"),
        "0"
    );
    EXPECT_EQ(
        value("SELECT count(*) FROM pg_db_role_setting WHERE setrole::regrole::text LIKE 'vectis%'"
        ),
        "0"
    );
    for (const char* role : {"vectis_postfix", "vectis_dovecot"}) {
        const Target mail_server = as(name_, role);
        EXPECT_THROW(ask(mail_server, "SELECT * FROM credentials"), controller::SqlError) << role;
        EXPECT_THROW(ask(mail_server, "SELECT lock_resource_versions()"), controller::SqlError)
            << role;
    }
    EXPECT_TRUE(ask(as(name_, "vectis_postfix"), "SELECT * FROM postfix_mailboxes").empty());
    EXPECT_THROW(
        ask(as(name_, "vectis_postfix"), "SELECT * FROM map_aliases"), controller::SqlError
    );
    EXPECT_TRUE(ask(as(name_, "vectis_dovecot"), "SELECT * FROM dovecot_users").empty());
    // The server refuses this while anything here names the role.
    ask(superuser, "DROP ROLE " + foreign);
}

TEST_F(Database, LetsTheMailServersSeeTheirViewsOnly) {
    EXPECT_TRUE(ask(as(name_, "vectis_postfix"), "SELECT * FROM postfix_mailboxes").empty());
    EXPECT_THROW(
        ask(as(name_, "vectis_postfix"), "SELECT * FROM map_aliases"), controller::SqlError
    );
    EXPECT_THROW(
        ask(as(name_, "vectis_postfix"), "SELECT * FROM credentials"), controller::SqlError
    );
    EXPECT_THROW(
        ask(as(name_, "vectis_postfix"), "SELECT * FROM dovecot_users"), controller::SqlError
    );
    EXPECT_THROW(ask(as(name_, "vectis_dovecot"), "SELECT * FROM resources"), controller::SqlError);
    EXPECT_THROW(
        ask(as(name_, "vectis_dovecot"), "SELECT lock_resource_versions()"), controller::SqlError
    );
}

TEST_F(Database, ShowsTheMailServersWhatIsActive) {
    make(object("Domain", "", "example.test", {{"catchAll", "alice@example.test"}}));
    const Object alice = make(object("Mailbox", "example.test", "alice", {{"quotaMiB", 5}}));
    make(object("Mailbox", "example.test", "off", {{"active", false}}));
    make(object(
        "Alias",
        "example.test",
        "info",
        {{"destinations", {"alice@example.test", "else@where.test"}}}
    ));
    ask(as(name_, "vectis_api"),
        "INSERT INTO credentials (mailbox_uid, password_hash, source) VALUES ($1::uuid, "
        "'$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA', '')",
        {alice.metadata.uid});
    const Target postfix = as(name_, "vectis_postfix");
    const Target api = as(name_, "vectis_api");
    EXPECT_EQ(ask(api, "SELECT key, value FROM map_domains"), (Rows{{"example.test", "OK"}}));
    EXPECT_EQ(ask(postfix, "SELECT address FROM postfix_mailboxes").size(), 1U);
    EXPECT_EQ(
        ask(api, "SELECT key, value FROM map_aliases"),
        (Rows{{"info@example.test", "alice@example.test, else@where.test"}})
    );
    EXPECT_EQ(
        ask(api, "SELECT key, value FROM map_catchall"),
        (Rows{{"@example.test", "alice@example.test"}})
    );
    EXPECT_EQ(
        ask(api, "SELECT key, value FROM map_identity ORDER BY key"),
        (Rows{
            {"alice@example.test", "alice@example.test"},
            {"info@example.test", "info@example.test"},
            {"off@example.test", "off@example.test"}
        })
    );
    EXPECT_EQ(
        ask(api, "SELECT key, value FROM map_mailboxes ORDER BY key"),
        (Rows{{"alice@example.test", "quota"}, {"off@example.test", "550 5.1.1 User unknown"}})
    );
    EXPECT_EQ(
        ask(api, "SELECT key, value FROM map_senders ORDER BY key"),
        (Rows{
            {"alice@example.test", "alice@example.test"},
            {"info@example.test", "alice@example.test"}
        })
    );
    Object disabled = *store_.get({"Alias", "example.test", "info"});
    disabled.spec["active"] = false;
    ASSERT_TRUE(store_.update(disabled));
    EXPECT_EQ(
        ask(api, "SELECT value FROM map_mailboxes WHERE key = 'info@example.test'"),
        (Rows{{"550 5.1.1 User unknown"}})
    );
    disabled = *store_.get({"Alias", "example.test", "info"});
    disabled.spec["active"] = true;
    ASSERT_TRUE(store_.update(disabled));
    EXPECT_EQ(
        ask(postfix, "SELECT login FROM postfix_senders WHERE address = 'info@example.test'")
            .at(0)
            .at(0),
        "alice@example.test"
    );
    const Rows users =
        ask(as(name_, "vectis_dovecot"),
            "SELECT home, password, quota_bytes, username, domain FROM dovecot_users WHERE address "
            "= 'alice@example.test'");
    EXPECT_EQ(
        users,
        (Rows{
            {"/var/vectis/mail/example.test/alice/" + alice.metadata.uid,
             "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
             "5242880",
             "alice",
             "example.test"}
        })
    );
    Object domain = *store_.get({"Domain", "", "example.test"});
    domain.spec["active"] = false;
    ASSERT_TRUE(store_.update(domain));
    EXPECT_TRUE(ask(postfix, "SELECT address FROM postfix_mailboxes").empty());
    for (const char* map : {"map_domains", "map_aliases", "map_catchall", "map_senders"})
        EXPECT_TRUE(ask(api, std::string("SELECT key FROM ") + map).empty()) << map;
    EXPECT_TRUE(ask(as(name_, "vectis_dovecot"), "SELECT * FROM dovecot_users").empty());
}

TEST_F(Database, ShowsPostfixOnlyDestinationsThatTakeMail) {
    make(object("Domain", "", "example.test", {{"catchAll", "gone@example.test"}}));
    make(object("Domain", "", "caught.test", {{"catchAll", "alice+all@example.test"}}));
    make(object("Domain", "", "off.test", {{"active", false}}));
    make(object("Mailbox", "example.test", "alice"));
    make(object("Mailbox", "example.test", "off", {{"active", false}}));
    make(object("Mailbox", "off.test", "bob"));
    make(object("Mailbox", "caught.test", "off", {{"active", false}}));
    const auto alias = [&](const std::string& name, std::vector<std::string> destinations) {
        boost::json::array list(destinations.begin(), destinations.end());
        make(object("Alias", "example.test", name, {{"destinations", std::move(list)}}));
    };
    alias("good", {"alice@example.test"});
    alias("tagged", {"alice+tag@example.test"});
    alias("outside", {"else@where.test"});
    alias("dead", {"nobody@example.test"});
    alias("disabled", {"off@example.test", "bob@off.test", "off@caught.test"});
    alias("mixed", {"nobody@example.test", "alice@example.test"});
    alias("caught", {"anybody@caught.test"});
    alias("chain", {"good@example.test"});
    alias("deadchain", {"dead@example.test", "loop@example.test"});
    alias("loop", {"deadchain@example.test"});
    const auto found = [&](const std::string& name) {
        const Rows rows =
            ask(as(name_, "vectis_api"),
                "SELECT value FROM map_aliases WHERE key = $1",
                {name + "@example.test"});
        return rows.empty() ? std::string{} : *rows.at(0).at(0);
    };
    EXPECT_EQ(found("good"), "alice@example.test");
    EXPECT_EQ(found("tagged"), "alice+tag@example.test");
    EXPECT_EQ(found("outside"), "else@where.test");
    EXPECT_EQ(found("dead"), "");
    EXPECT_EQ(found("disabled"), "");
    EXPECT_EQ(found("mixed"), "alice@example.test");
    EXPECT_EQ(found("caught"), "anybody@caught.test");
    EXPECT_EQ(found("chain"), "good@example.test");
    EXPECT_EQ(found("deadchain"), "");
    EXPECT_EQ(found("loop"), "");
    EXPECT_EQ(
        ask(as(name_, "vectis_api"), "SELECT key, value FROM map_catchall"),
        (Rows{{"@caught.test", "alice+all@example.test"}})
    );
    make(object("Mailbox", "example.test", "nobody"));
    EXPECT_EQ(found("loop"), "deadchain@example.test");
}

TEST_F(Database, TellsWhatBelongsIntoALookupTable) {
    make(object("Domain", "", "b.test"));
    make(object("Domain", "", "a-b.test"));
    make(object("Domain", "", "a.test"));
    reconcilers::PostgresMapSource source(store_.pool());
    const std::string text = "a-b.test\tOK\na.test\tOK\nb.test\tOK\n";
    const std::vector<reconcilers::MapContent> first =
        source.read({{"map_domains", ""}, {"map_aliases", ""}}, {});
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0].text, text);
    EXPECT_EQ(first[0].entries, 3);
    EXPECT_EQ(first[0].digest, reconcilers::sha256_hex(text));
    EXPECT_EQ(first[1].entries, 0);
    EXPECT_EQ(first[1].digest, reconcilers::sha256_hex(""));
    EXPECT_EQ(source.read({{"map_domains", first[0].digest}}, {})[0].text, std::nullopt);
}

TEST_F(Database, ShowsDovecotsFileWhoCannotBeGoneBeforeItIsWritten) {
    make(object("Domain", "", "example.test"));
    Object alice = make(object("Mailbox", "example.test", "alice", {{"quotaMiB", 5}}));
    ask(as(name_, "vectis_api"),
        "INSERT INTO credentials (mailbox_uid, password_hash, source) VALUES ($1::uuid, "
        "'$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA', '')",
        {alice.metadata.uid});
    const auto users = [&] {
        return ask(as(name_, "vectis_api"), "SELECT key, value FROM map_users");
    };
    EXPECT_TRUE(users().empty()) << "it could be gone before its line is";
    alice.metadata.finalizers = {reconcilers::maps_finalizer};
    ASSERT_TRUE(store_.update(alice));
    EXPECT_EQ(
        users(),
        (Rows{
            {"alice@example.test",
             "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA::::/var/vectis/mail/"
             "example.test/alice/" +
                 alice.metadata.uid + "::userdb_quota_storage_size=5242880B"}
        })
    );
    ASSERT_TRUE(store_.remove(resources::key_of(alice), {}));
    EXPECT_TRUE(users().empty());
    EXPECT_TRUE(store_.get(resources::key_of(alice))) << "its address is not free yet";
}

/// A Postfix of the release before asks these until it is replaced.
TEST_F(Database, KeepsTheViewsOfTheReleaseBefore) {
    make(object("Domain", "", "example.test", {{"catchAll", "alice@example.test"}}));
    make(object("Mailbox", "example.test", "alice"));
    make(object("Alias", "example.test", "info", {{"destinations", {"alice@example.test"}}}));
    const Target postfix = as(name_, "vectis_postfix");
    EXPECT_EQ(ask(postfix, "SELECT name FROM postfix_domains"), (Rows{{"example.test"}}));
    EXPECT_EQ(
        ask(postfix, "SELECT * FROM postfix_aliases"),
        (Rows{{"info@example.test", "alice@example.test"}})
    );
    EXPECT_EQ(
        ask(postfix, "SELECT * FROM postfix_catchalls"),
        (Rows{{"example.test", "alice@example.test"}})
    );
    EXPECT_EQ(ask(postfix, "SELECT * FROM postfix_taken").size(), 2U);
}

/// By joins: one look at each row for each row would take minutes.
TEST_F(Database, ReadsManyAliasesInTheTimeThatThereIs) {
    make(object("Domain", "", "example.test"));
    controller::Connection connection(as(name_, "postgres"), {std::chrono::minutes(2), {}});
    {
        Transaction transaction(connection, {std::chrono::minutes(2), {}});
        transaction.run_script(
            "SET LOCAL session_replication_role = replica;"
            "INSERT INTO resources (uid, kind, namespace, name, object, generation, "
            "resource_version, labels, finalizers, owner_references, managed_fields, domain_uid, "
            "active) SELECT gen_random_uuid(), CASE WHEN i % 2 = 0 THEN 'Alias' ELSE 'Mailbox' "
            "END, 'example.test', 'u' || i, jsonb_build_object('spec', "
            "jsonb_build_object('destinations', jsonb_build_array('u' || i - 1 || "
            "'@example.test'))), 1, i, '{}', '[]', '[]', '[]',"
            " (SELECT uid FROM resources WHERE kind = 'Domain'), true FROM "
            "generate_series(1, 40000) i"
        );
        transaction.commit();
    }
    reconcilers::PostgresMapSource source(store_.pool());
    const std::vector<reconcilers::MapContent> contents =
        source.read({{"map_aliases", ""}, {"map_identity", ""}, {"map_mailboxes", ""}}, {});
    EXPECT_EQ(contents[0].entries, 20000);
    EXPECT_EQ(contents[1].entries, 40000);
    EXPECT_EQ(contents[2].entries, 20000);
}

TEST_F(Database, AnswersEveryLookupFromAnIndex) {
    make(object("Domain", "", "example.test"));
    controller::Connection connection(as(name_, "postgres"), {std::chrono::minutes(2), {}});
    Transaction transaction(connection, {std::chrono::minutes(2), {}});
    transaction.run_script(
        "SET LOCAL session_replication_role = replica;"
        "INSERT INTO resources (uid, kind, namespace, name, object, generation, resource_version, "
        "labels, finalizers, owner_references, managed_fields, domain_uid, active)"
        " SELECT gen_random_uuid(), CASE WHEN i % 5 = 0 THEN 'Alias' ELSE 'Mailbox' END, "
        "'example.test', 'u' || i, '{\"spec\":{\"destinations\":[\"u1@example.test\"]}}', 1, i, "
        "'{}', '[]', '[]', '[]',"
        " (SELECT uid FROM resources WHERE kind = 'Domain'), true FROM generate_series(1, 50000) "
        "i; ANALYZE resources;"
    );
    for (const char* lookup :
         {"SELECT address FROM postfix_mailboxes WHERE address = 'u7@example.test'",
          "SELECT login FROM postfix_senders WHERE address = 'u5@example.test'",
          "SELECT home FROM dovecot_users WHERE address = 'u7@example.test'"}) {
        std::string plan;
        for (const controller::Row& row : transaction.run(std::string("EXPLAIN ") + lookup))
            plan += *row[0] + '\n';
        EXPECT_EQ(plan.find("Seq Scan on resources"), std::string::npos) << lookup << '\n' << plan;
    }
}

TEST_F(Database, TheDirectoryShowsWhatTheMailServersSee) {
    reconcilers::PostgresDirectory directory(store_.pool());
    const Object domain = make(object("Domain", "", "example.test"));
    const Object alice = make(object("Mailbox", "example.test", "alice"));
    EXPECT_TRUE(directory.shows(resources::key_of(domain)));
    EXPECT_TRUE(directory.shows(resources::key_of(alice)));
    EXPECT_FALSE(directory.shows({"Alias", "example.test", "alice"}));
    const Object info =
        make(object("Alias", "example.test", "info", {{"destinations", {"a@b.test", "c@d.test"}}}));
    EXPECT_EQ(
        directory.look().shown,
        (std::set{resources::key_of(domain), resources::key_of(alice), resources::key_of(info)})
    );
    EXPECT_EQ(directory.credential_source(alice.metadata.uid), std::nullopt);
    directory.put_credential(
        alice.metadata.uid, "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "one"
    );
    directory.put_credential(
        alice.metadata.uid, "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaB", "two"
    );
    EXPECT_EQ(directory.credential_source(alice.metadata.uid), "two");
    EXPECT_EQ(directory.look().credential_sources.at(alice.metadata.uid), "two");
    EXPECT_THROW(
        directory.put_credential(alice.metadata.uid, "plain text", "three"), controller::SqlError
    );
    ASSERT_TRUE(store_.remove(resources::key_of(alice), {}));
    EXPECT_EQ(directory.credential_source(alice.metadata.uid), std::nullopt);
}

}  // namespace
}  // namespace vectis::tests
