#include "api/router.hpp"

#include "tests/unit/api/support.hpp"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace vectis::api {
namespace {

using namespace test;
namespace json = boost::json;

std::string text_in(const json::value& value, const char* pointer) {
    return std::string(value.at_pointer(pointer).as_string());
}

TEST(Router, ListsItsKindsInDiscovery) {
    Fixture f;
    const json::value list = f.json("GET", "/apis/mail.vectis.dev/v1");
    EXPECT_EQ(text_in(list, "/kind"), "APIResourceList");
    EXPECT_EQ(text_in(list, "/resources/0/name"), "domains");
    EXPECT_FALSE(list.at_pointer("/resources/0/namespaced").as_bool());
    EXPECT_EQ(f.json("GET", "/apis").at("groups").as_array().size(), 2U);
    EXPECT_EQ(text_in(f.json("GET", "/api"), "/versions/0"), "v1");
    EXPECT_EQ(text_in(f.json("GET", "/version"), "/minor"), "32");
}

TEST(Router, AnswersWhatItDoesNotKnowWithAStatus) {
    Fixture f;
    const Response response = f.ask("GET", "/apis/mail.vectis.dev/v1/cars");
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(text_in(json::parse(response.body), "/kind"), "Status");
    EXPECT_EQ(f.ask("GET", networks + "/nothing").status, 404);
    EXPECT_EQ(f.ask("GET", "/apis/mail.vectis.dev/v1/mailboxes/alice").status, 404);
    EXPECT_EQ(f.ask("GET", "/apis/platform.vectis.dev/v1/namespaces/x/networks").status, 404);
    EXPECT_EQ(f.ask("PUT", networks).status, 405);
}

TEST(Router, CreatesReadsAndDeletesAnObject) {
    Fixture f;
    EXPECT_EQ(f.ask("POST", networks, network("front")).status, 201);
    EXPECT_EQ(f.ask("POST", networks, network("front")).status, 409);
    EXPECT_EQ(text_in(f.json("GET", networks + "/front"), "/metadata/name"), "front");
    EXPECT_EQ(text_in(f.json("GET", networks), "/kind"), "NetworkList");
    EXPECT_EQ(
        f.ask("DELETE", networks + "/front", R"({"preconditions":{"uid":"other"}})").status, 409
    );
    EXPECT_EQ(f.ask("DELETE", networks + "/front").status, 200);
    EXPECT_EQ(f.ask("GET", networks + "/front").status, 404);
}

TEST(Router, TakesNoServerFieldsFromACreate) {
    Fixture f;
    const std::string body = network(
        "a",
        R"(,"uid":"mine","finalizers":["x/y"],"ownerReferences":[{"kind":"Platform","name":"p","uid":"u"}])"
    );
    ASSERT_EQ(f.ask("POST", networks, body).status, 201);
    const auto stored = f.platform.get({"Network", "", "a"});
    ASSERT_TRUE(stored);
    EXPECT_NE(stored->metadata.uid, "mine");
    EXPECT_TRUE(stored->metadata.finalizers.empty());
    EXPECT_TRUE(stored->metadata.owner_references.empty());
}

TEST(Router, NamesEveryWrongFieldAsACause) {
    Fixture f;
    const std::string body =
        R"({"apiVersion":"platform.vectis.dev/v1","kind":"Network","metadata":{"name":"a"},"spec":{"internl":true,"subnet":5}})";
    const Response response = f.ask("POST", networks, body);
    EXPECT_EQ(response.status, 422);
    const json::value status = json::parse(response.body);
    EXPECT_EQ(text_in(status, "/reason"), "Invalid");
    EXPECT_GE(status.at_pointer("/details/causes").as_array().size(), 2U);
    EXPECT_EQ(text_in(status, "/details/causes/0/field"), "spec.internl");
    EXPECT_FALSE(f.platform.get({"Network", "", "a"}));
}

TEST(Router, RefusesABodyThatIsNoObject) {
    Fixture f;
    for (const char* body : {"", "[]", "{", "null", "\xff"})
        EXPECT_EQ(f.ask("POST", networks, body).status, 400) << body;
    EXPECT_EQ(f.ask("POST", networks, std::string(100, '[')).status, 400);
}

TEST(Router, AppliesYamlAsAManager) {
    Fixture f;
    const std::string yaml =
        "apiVersion: platform.vectis.dev/v1\nkind: Network\nmetadata: {name: a}\nspec: {internal: "
        "true}\n";
    EXPECT_EQ(f.ask("PATCH", networks + "/a", yaml, apply_type).status, 400);
    EXPECT_EQ(f.ask("PATCH", networks + "/a?fieldManager=file:/etc", yaml, apply_type).status, 400);
    EXPECT_EQ(f.ask("PATCH", networks + "/b?fieldManager=cli", yaml, apply_type).status, 422);
    EXPECT_EQ(f.ask("PATCH", networks + "/a?fieldManager=cli", yaml, apply_type).status, 201);
    EXPECT_EQ(f.ask("PATCH", networks + "/a?fieldManager=cli", yaml, apply_type).status, 200);
    EXPECT_EQ(resources::applied_by(*f.platform.get({"Network", "", "a"})), "cli");
    EXPECT_EQ(f.ask("PATCH", networks + "/a", "{}", "application/json-patch+json").status, 415);
}

TEST(Router, RefusesToChangeWhatAFolderDeclares) {
    Fixture f;
    resources::Object object = resources::from_json(json::parse(network("a")).as_object());
    object.metadata.managed_fields.push_back({"file:/", "Apply", ""});
    ASSERT_TRUE(f.platform.create(object));
    const std::string changed = R"({"spec":{"internal":true}})";
    EXPECT_EQ(f.ask("PATCH", networks + "/a", changed, "application/merge-patch+json").status, 409);
    EXPECT_EQ(
        f.ask("PATCH", networks + "/a?fieldManager=cli&force=true", network("a"), apply_type)
            .status,
        409
    );
    EXPECT_EQ(
        f.ask("PATCH", networks + "/a?fieldManager=cli&dryRun=All", network("a"), apply_type)
            .status,
        409
    );
    const std::string label = R"({"metadata":{"labels":{"mine":"yes"}}})";
    EXPECT_EQ(f.ask("PATCH", networks + "/a", label, "application/merge-patch+json").status, 200);
}

TEST(Router, LetsNobodySpeakInTheNameOfAFolder) {
    Fixture f;
    resources::Object object = resources::from_json(json::parse(network("a")).as_object());
    object.metadata.managed_fields.push_back({"file:/", "Apply", ""});
    ASSERT_TRUE(f.platform.create(object));
    const std::string changed =
        network("a").replace(network("a").find("{}"), 2, R"({"internal":true})");
    const std::string query = "/a?fieldManager=file:/";
    EXPECT_EQ(f.ask("PUT", networks + query, changed).status, 400);
    EXPECT_EQ(
        f.ask(
             "PATCH",
             networks + query,
             R"({"spec":{"internal":true}})",
             "application/merge-patch+json"
        )
            .status,
        400
    );
    EXPECT_EQ(f.ask("PATCH", networks + query, changed, apply_type).status, 400);
    EXPECT_EQ(f.ask("POST", networks + "?fieldManager=git:x", network("b")).status, 400);
    EXPECT_TRUE(f.platform.get({"Network", "", "a"})->spec.empty());
}

TEST(Router, DeletesNothingThatAFolderDeclares) {
    Fixture f;
    resources::Object object = resources::from_json(json::parse(network("a")).as_object());
    object.metadata.managed_fields.push_back({"file:/", "Apply", ""});
    ASSERT_TRUE(f.platform.create(object));
    for (const char* const query : {"/a", "/a?dryRun=All"}) {
        const Response response = f.ask("DELETE", networks + query);
        EXPECT_EQ(response.status, 409);
        EXPECT_EQ(
            text_in(json::parse(response.body), "/message"),
            "Network/a is declared in /site/a.yaml:4: remove it there and declare the folder "
            "again, "
            "then delete what is left"
        );
    }
    EXPECT_TRUE(f.platform.get({"Network", "", "a"}));
    ASSERT_EQ(f.ask("DELETE", "/api/v1/sources?path=/").status, 200);
    EXPECT_EQ(f.ask("DELETE", networks + "/a").status, 200);
}

TEST(Router, RefusesToApplyOverTheValuesOfAnotherManagerUnlessForced) {
    Fixture f;
    const std::string changed =
        network("a").replace(network("a").find("{}"), 2, R"({"internal":true})");
    ASSERT_EQ(f.ask("PATCH", networks + "/a?fieldManager=x", network("a"), apply_type).status, 201);
    for (const char* const query : {"/a?fieldManager=cli", "/a?fieldManager=cli&dryRun=All"}) {
        const Response response = f.ask("PATCH", networks + query, changed, apply_type);
        EXPECT_EQ(response.status, 409);
        const json::value status = json::parse(response.body);
        EXPECT_EQ(
            text_in(status, "/message"),
            "Apply failed with 1 conflict: conflict with \"x\": .spec.internal"
        );
        EXPECT_EQ(text_in(status, "/details/causes/0/reason"), "FieldManagerConflict");
        EXPECT_EQ(text_in(status, "/details/causes/0/field"), ".spec.internal");
    }
    EXPECT_EQ(resources::applied_by(*f.platform.get({"Network", "", "a"})), "x");
    EXPECT_EQ(
        f.ask("PATCH", networks + "/a?fieldManager=cli&force=true", changed, apply_type).status, 200
    );
    EXPECT_EQ(resources::applied_by(*f.platform.get({"Network", "", "a"})), "cli");
}

TEST(Router, ReadsADryRunFromTheBodyOfADelete) {
    Fixture f;
    ASSERT_EQ(f.ask("POST", networks, network("a")).status, 201);
    EXPECT_EQ(
        f.ask("DELETE", networks + "/a", R"({"kind":"DeleteOptions","dryRun":["All"]})").status, 200
    );
    for (const char* const body :
         {R"({"dryRun":["Some"]})", R"({"dryRun":"All"})", R"({"dryRun":[1]})"})
        EXPECT_EQ(f.ask("DELETE", networks + "/a", body).status, 400) << body;
    EXPECT_EQ(f.ask("DELETE", networks + "/a?dryRun=server").status, 400);
    EXPECT_EQ(f.ask("POST", networks + "?dryRun=true", network("b")).status, 400);
    EXPECT_TRUE(f.platform.get({"Network", "", "a"}));
    EXPECT_FALSE(f.platform.get({"Network", "", "b"}));
    EXPECT_EQ(f.ask("DELETE", networks + "/a", R"({"dryRun":[]})").status, 200);
}

TEST(Router, WritesNothingOnADryRun) {
    Fixture f;
    EXPECT_EQ(f.ask("POST", networks + "?dryRun=All", network("a")).status, 201);
    EXPECT_EQ(
        f.ask("PATCH", networks + "/a?fieldManager=cli&dryRun=All", network("a"), apply_type)
            .status,
        201
    );
    EXPECT_FALSE(f.platform.get({"Network", "", "a"}));
    ASSERT_EQ(f.ask("POST", networks, network("a")).status, 201);
    EXPECT_EQ(f.ask("DELETE", networks + "/a?dryRun=All").status, 200);
    EXPECT_TRUE(f.platform.get({"Network", "", "a"}));
}

TEST(Router, SelectsByLabelsAndFields) {
    Fixture f;
    f.ask("POST", networks, network("a", R"(,"labels":{"tier":"mail"})"));
    f.ask("POST", networks, network("b", R"(,"labels":{"tier":"web"})"));
    f.ask("POST", networks, network("c"));
    const auto names = [&](const std::string& query) {
        std::string out;
        const json::value list = f.json("GET", networks + "?" + query);
        for (const json::value& item : list.at("items").as_array())
            out += text_in(item, "/metadata/name");
        return out;
    };
    EXPECT_EQ(names("labelSelector=tier%3Dmail"), "a");
    EXPECT_EQ(names("labelSelector=tier!%3Dmail"), "bc");
    EXPECT_EQ(names("labelSelector=tier%20in%20(mail,web)"), "ab");
    EXPECT_EQ(names("labelSelector=!tier"), "c");
    EXPECT_EQ(names("fieldSelector=metadata.name%3Db"), "b");
    EXPECT_EQ(f.ask("GET", networks + "?fieldSelector=spec.x%3Db").status, 400);
    EXPECT_EQ(f.ask("GET", networks + "?labelSelector=a%20b").status, 400);
}

TEST(Router, PagesThroughAList) {
    Fixture f;
    for (const char* name : {"a", "b", "c"}) f.ask("POST", networks, network(name));
    const json::value first = f.json("GET", networks + "?limit=2");
    EXPECT_EQ(first.at("items").as_array().size(), 2U);
    f.ask("DELETE", networks + "/b");
    const json::value second = f.json(
        "GET",
        networks + "?limit=2&continue=" + percent_encode(text_in(first, "/metadata/continue"))
    );
    ASSERT_EQ(second.at("items").as_array().size(), 1U);
    EXPECT_EQ(text_in(second, "/items/0/metadata/name"), "c");
    EXPECT_EQ(f.ask("GET", networks + "?limit=x").status, 400);
    EXPECT_EQ(f.ask("GET", networks + "?continue=x").status, 400);
}

TEST(Router, PrintsATable) {
    Fixture f;
    f.ask("POST", networks, network("a"));
    f.clock.advance(std::chrono::minutes(5));
    const json::value table = json::parse(
        f.ask("GET", networks, "", "", "application/json;as=Table;v=v1;g=meta.k8s.io").body
    );
    EXPECT_EQ(text_in(table, "/kind"), "Table");
    EXPECT_EQ(text_in(table, "/columnDefinitions/0/name"), "NAME");
    EXPECT_EQ(text_in(table, "/rows/0/cells/0"), "a");
    EXPECT_EQ(text_in(table, "/rows/0/object/kind"), "PartialObjectMetadata");
    EXPECT_EQ(text_in(json::value(table.at_pointer("/rows/0/cells").as_array().back()), ""), "5m");
}

TEST(Router, ListsEventsInCoreForm) {
    Fixture f;
    f.ask("POST", networks, network("a"));
    f.events.record(
        controller::EventType::warning,
        *f.platform.get({"Network", "", "a"}),
        "Lost",
        "it was gone",
        "r1"
    );
    const json::value list = f.json("GET", "/api/v1/events");
    EXPECT_EQ(text_in(list, "/kind"), "EventList");
    EXPECT_EQ(text_in(list, "/items/0/involvedObject/name"), "a");
    EXPECT_EQ(text_in(list, "/items/0/type"), "Warning");
    const std::string last = text_in(list, "/metadata/resourceVersion");
    EXPECT_TRUE(f.json("GET", "/api/v1/events?after=" + last).at("items").as_array().empty());
    EXPECT_EQ(f.ask("GET", "/api/v1/events?after=x").status, 400);
}

struct EventsFixture : Fixture {
    EventsFixture() {
        ask("POST", networks, network("a"));
        ask("POST", networks, network("b"));
        ask("POST", domains, domain("example.test"));
        ask("POST", mailboxes, mailbox("alice"));
        for (const resources::ObjectKey& key :
             {resources::ObjectKey{"Network", "", "a"}, resources::ObjectKey{"Network", "", "b"}})
            events.record(controller::EventType::normal, *platform.get(key), "Made", "", "r1");
        events.record(
            controller::EventType::warning,
            *mail.get({"Mailbox", "example.test", "alice"}),
            "Refused",
            "",
            "r1"
        );
    }
    std::string names(const std::string& target) {
        std::string out;
        const boost::json::value list = json("GET", target);
        for (const boost::json::value& item : list.at("items").as_array())
            out += text_in(item, "/involvedObject/name") + ' ';
        return out;
    }
};

TEST(Events, AreNarrowedByNamespaceAndFields) {
    EventsFixture f;
    EXPECT_EQ(f.names("/api/v1/events"), "a b alice ");
    EXPECT_EQ(f.names("/api/v1/namespaces/example.test/events"), "alice ");
    EXPECT_EQ(f.names("/api/v1/namespaces/default/events"), "a b ");
    EXPECT_EQ(f.names("/api/v1/events?fieldSelector=involvedObject.name%3Db"), "b ");
    EXPECT_EQ(f.names("/api/v1/events?fieldSelector=involvedObject.kind%3DMailbox"), "alice ");
    const std::string uid = f.platform.get({"Network", "", "a"})->metadata.uid;
    EXPECT_EQ(
        f.names(
            "/api/v1/events?fieldSelector=involvedObject.namespace%3D,involvedObject.uid%3D" + uid
        ),
        "a "
    );
    EXPECT_EQ(f.ask("GET", "/api/v1/events?fieldSelector=spec.x%3D1").status, 400);
    const json::value none =
        f.json("GET", "/api/v1/events?fieldSelector=involvedObject.name%3Dnobody");
    EXPECT_EQ(text_in(none, "/metadata/resourceVersion"), "3");
}

TEST(Events, CanBeWatched) {
    EventsFixture f;
    const auto lines = lines_of(f.ask(
        "GET", "/api/v1/events?watch=1&timeoutSeconds=1&fieldSelector=involvedObject.name%3Da"
    ));
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(text_in(lines[0], "/type"), "ADDED");
    EXPECT_EQ(text_in(lines[0], "/object/involvedObject/name"), "a");
    EXPECT_EQ(
        lines_of(f.ask("GET", "/api/v1/events?watch=1&timeoutSeconds=1&resourceVersion=2")).size(),
        1U
    );
    EXPECT_EQ(f.ask("GET", "/api/v1/events?watch=1&resourceVersion=x").status, 400);
}

TEST(Events, SayInDiscoveryWhatTheyCan) {
    Fixture f;
    EXPECT_EQ(
        f.json("GET", "/api/v1").at_pointer("/resources/0/verbs"),
        json::value(json::array{"list", "watch"})
    );
    EXPECT_EQ(f.ask("GET", "/api/v1/namespaces/default/events/a.1").status, 404);
}

TEST(ProductApi, HandsAPlanOn) {
    Fixture f;
    f.planner.outcome = {
        .actions = {{{"Network", "", "a"}, "create network vectis-a", "it does not exist"}},
        .notes = {"one note"}
    };
    const json::value plan = f.json(
        "POST",
        "/api/v1/plan",
        R"({"apply":[)" + network("a") + R"(],"remove":[{"kind":"Network","name":"b"}]})"
    );
    EXPECT_EQ(text_in(plan, "/actions/0/action"), "create network vectis-a");
    ASSERT_EQ(f.planner.asked.remove.size(), 1U);
    EXPECT_EQ(f.planner.asked.remove.front().name, "b");
    EXPECT_EQ(f.ask("POST", "/api/v1/plan", R"({"apply":[{"kind":"Car"}]})").status, 400);
    EXPECT_EQ(f.ask("POST", "/api/v1/plan", R"({"apply":7})").status, 400);
}

TEST(ProductApi, SaysWhatAPlannedChangeIsRefusedFor) {
    Fixture f;
    f.planner.outcome = {.refused = {"Network/a belongs to Platform/default: change it there"}};
    const Response refused = f.ask(
        "POST", "/api/v1/plan", R"({"manager":"file:/etc/vectis","apply":[)" + network("a") + "]}"
    );
    EXPECT_EQ(refused.status, 409);
    EXPECT_NE(refused.body.find("belongs to Platform/default"), std::string::npos);
    EXPECT_EQ(f.planner.asked.manager, "file:/etc/vectis");
}

TEST(ProductApi, StreamsTheLogOfAWorkloadThatExists) {
    Fixture f;
    EXPECT_EQ(f.ask("GET", "/api/v1/logs?workload=postfix").status, 404);
    EXPECT_EQ(f.ask("GET", "/api/v1/logs").status, 400);
    resources::Object workload{.api_version = "platform.vectis.dev/v1", .kind = "Workload"};
    workload.metadata.name = "postfix";
    ASSERT_TRUE(f.platform.create(workload));
    EXPECT_EQ(f.ask("GET", "/api/v1/logs?workload=postfix&tail=-1").status, 400);
    const Response response = f.ask("GET", "/api/v1/logs?workload=postfix&tail=5&follow=true");
    std::string text;
    response.stream(
        [&](std::string_view piece) {
            text += piece;
            return true;
        },
        {}
    );
    EXPECT_EQ(text, "line one\nline two\n");
    EXPECT_EQ(f.queries.asked.tail_lines, 5);
    EXPECT_TRUE(f.queries.asked.follow);
}

TEST(ProductApi, SummarizesWithAWarningForAPlatformWithoutDns) {
    Fixture f;
    resources::Object platform{.api_version = "platform.vectis.dev/v1", .kind = "Platform"};
    platform.metadata.name = "mail";
    platform.spec = {{"hostname", "mail.example.test"}, {"dns", json::object{{"outside", false}}}};
    ASSERT_TRUE(f.platform.create(platform));
    const json::value summary = f.json("GET", "/api/v1/status");
    EXPECT_EQ(text_in(summary, "/objects/0/phase"), "Reconciling");
    EXPECT_EQ(summary.at("warnings").as_array().size(), 2U);
}

TEST(ProductApi, WarnsOfWhatAPlatformLacksForTheInternet) {
    const auto warnings = [](json::object spec) {
        Fixture f;
        resources::Object platform{.api_version = "platform.vectis.dev/v1", .kind = "Platform"};
        platform.metadata.name = "mail";
        spec["hostname"] = "mail.example.test";
        platform.spec = std::move(spec);
        EXPECT_TRUE(f.platform.create(platform));
        std::string out;
        const json::value summary = f.json("GET", "/api/v1/status");
        for (const json::value& one : summary.at("warnings").as_array())
            out += std::string(one.as_string()) + '\n';
        return out;
    };
    const std::string nothing = warnings({});
    EXPECT_NE(nothing.find("Platform/mail has no dns.servers"), std::string::npos) << nothing;
    EXPECT_NE(nothing.find("postmaster@mail.example.test is refused"), std::string::npos)
        << nothing;
    EXPECT_EQ(
        warnings(
            {{"postmaster", "a@example.test"},
             {"dns", json::object{{"servers", json::array{"10.0.0.53"}}}}}
        ),
        ""
    );
    const std::string offline =
        warnings({{"postmaster", "a@example.test"}, {"dns", json::object{{"outside", false}}}});
    EXPECT_EQ(offline.find("dns.servers"), std::string::npos) << offline;
    EXPECT_NE(offline.find("dns.outside: false"), std::string::npos) << offline;
    EXPECT_EQ(offline.find("antivirus"), std::string::npos) << offline;
    const std::string scanned = warnings(
        {{"dns", json::object{{"outside", false}}},
         {"antivirus", json::object{{"enabled", true}, {"whenUnavailable", "accept"}}}}
    );
    EXPECT_NE(scanned.find("nobody fetches signatures"), std::string::npos) << scanned;
    EXPECT_NE(scanned.find("mail is taken unscanned"), std::string::npos) << scanned;
}

TEST(ProductApi, WarnsOfMailThatLeftItsFolder) {
    Fixture f;
    resources::Object alice = resources::from_json(json::parse(mailbox("alice")).as_object());
    alice.metadata.managed_fields.push_back({"file:/site", "Update", ""});
    ASSERT_TRUE(f.mail.create(alice));
    EXPECT_EQ(
        text_in(f.json("GET", "/api/v1/status"), "/warnings/0"),
        "Mailbox/example.test/alice is no longer declared in /site and stays until it is deleted "
        "or "
        "declared again"
    );
    ASSERT_TRUE(f.mail.remove(resources::key_of(alice), {}));
    EXPECT_TRUE(f.json("GET", "/api/v1/status").at("warnings").as_array().empty());
}

TEST(ProductApi, AnswersWhatADeclarationIsRefusedWithPlaceAndWhatWasApplied) {
    Fixture f;
    f.declared.refused = {
        {{"Network", "", "a"},
         {controller::StoreReason::refused, "Network/a: the limit of networks is reached"}}
    };
    f.declared.source = {.path = "/site", .objects = 7, .changed = 2};
    const Response response = f.ask("POST", "/api/v1/sources", R"({"path":"/site"})");
    EXPECT_EQ(response.status, 409) << "it is no use to ask again";
    const json::value status = json::parse(response.body);
    EXPECT_EQ(
        text_in(status, "/message"),
        "/site/a.yaml:4: Network/a: the limit of networks is reached\n"
        "the other 7 objects of /site are applied, 2 of them changed"
    );
    EXPECT_EQ(text_in(status, "/details/causes/0/field"), "Network/a");
}

TEST(ProductApi, RefusesARelativeFolder) {
    Fixture f;
    EXPECT_EQ(f.ask("POST", "/api/v1/sources", R"({"path":"site"})").status, 400);
    EXPECT_EQ(f.ask("POST", "/api/v1/sources", R"({"path":"/site"})").status, 200);
}

}  // namespace
}  // namespace vectis::api
