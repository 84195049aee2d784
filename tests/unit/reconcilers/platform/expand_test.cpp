#include "reconcilers/platform/expand.hpp"

#include "resources/kind.hpp"
#include "resources/load.hpp"
#include "resources/yaml.hpp"
#include "tests/support/golden.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace vectis::reconcilers {
namespace {

resources::Object platform_in(const std::string& folder) {
    const std::string path = "examples/" + folder + "/platform.yaml";
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    const std::vector<resources::SourceFile> files{{path, text.str()}};
    resources::LoadResult loaded = resources::load(files, {});
    EXPECT_TRUE(loaded.errors.empty()) << path;
    for (resources::LoadedObject& entry : loaded.objects) {
        if (entry.object.kind == "Platform") return entry.object;
    }
    ADD_FAILURE() << path << " has no Platform";
    return {};
}

std::string text_of(const Expansion& expansion) {
    std::string out;
    for (const Wave& wave : expansion.waves) {
        for (const resources::Object& object : wave.objects)
            out += "--- # " + wave.name + ": " + resources::to_text(resources::key_of(object)) +
                   '\n' + resources::to_yaml(boost::json::value(object.spec));
    }
    return out;
}

controller::Manifests manifests(std::map<std::string, std::string> files) {
    return controller::Manifests(std::move(files));
}

std::string problem(const controller::Manifests& manifests) {
    try {
        (void)expand(platform_in("quickstart"), manifests);
    } catch (const ManifestError& error) {
        return error.what();
    }
    return {};
}

/// Every line of configuration that the examples lead to.
TEST(Expand, RendersTheExamplesAsBefore) {
    for (const std::string folder : {"quickstart", "production"})
        test::expect_golden(
            "platform/" + folder + ".yaml",
            text_of(expand(platform_in(folder), controller::Manifests::embedded()))
        );
}

resources::Object platform_with(
    const std::string& folder, const char* field, boost::json::value value
) {
    resources::Object platform = platform_in(folder);
    platform.spec[field] = std::move(value);
    return platform;
}

/// What an antivirus adds to an example, by its keys, and what it changes.
TEST(Expand, HasAScannerOnlyWhereTheAntivirusIsEnabled) {
    const controller::Manifests embedded = controller::Manifests::embedded();
    std::map<resources::ObjectKey, boost::json::object> without;
    for (const Wave& wave : expand(platform_in("quickstart"), embedded).waves) {
        EXPECT_NE(wave.name, "platform/35-antivirus.yaml");
        for (const resources::Object& object : wave.objects)
            without[resources::key_of(object)] = object.spec;
    }
    const Expansion expansion = expand(
        platform_with("quickstart", "antivirus", boost::json::object{{"enabled", true}}), embedded
    );
    Expansion different;
    for (const Wave& wave : expansion.waves) {
        different.waves.push_back({wave.name, {}});
        for (const resources::Object& object : wave.objects) {
            const auto before = without.find(resources::key_of(object));
            if (before == without.end() || before->second != object.spec)
                different.waves.back().objects.push_back(object);
        }
    }
    test::expect_golden("platform/antivirus.yaml", text_of(different));
}

TEST(Expand, IsTheSameForADisabledAntivirusAsForNone) {
    const controller::Manifests embedded = controller::Manifests::embedded();
    const boost::json::object disabled{{"enabled", false}, {"whenUnavailable", "accept"}};
    EXPECT_EQ(
        expand(platform_with("quickstart", "antivirus", disabled), embedded).hash,
        expand(platform_in("quickstart"), embedded).hash
    );
}

TEST(Expand, LetsTheScannerTakeWhateverPostfixTakes) {
    for (const std::int64_t limit : {1, 25, 400, 1024}) {
        const auto values = platform_values(
            {.hostname = "mail.example.test",
             .message_size_limit_mib = limit,
             .antivirus = {.enabled = true}}
        );
        const std::int64_t message = values.at("messageSizeLimitBytes").as_int64();
        const std::int64_t stream = values.at("clamavStreamBytes").as_int64();
        const std::int64_t scan = values.at("clamavScanBytes").as_int64();
        EXPECT_GT(stream, message);
        EXPECT_GE(scan, stream);
        EXPECT_LT(scan, std::int64_t{1} << 31);  // the largest limit that clamd knows
    }
}

TEST(Expand, ReadsTwoSetsOfSignaturesOnlyWhereTheyHaveRoom) {
    resources::PlatformSpec spec{
        .hostname = "mail.example.test", .profile = resources::Profile::production
    };
    EXPECT_EQ(platform_values(spec).at("clamavIsRoomy"), "yes");
    spec.components["clamav"].memory_mib = 2048;
    EXPECT_EQ(platform_values(spec).at("clamavIsRoomy"), "no");
}

TEST(Expand, FetchesSignaturesWhereTheMachineResolvesNamesAndGivesThatTime) {
    resources::PlatformSpec spec{.hostname = "mail.example.test"};
    const auto deadline = [&] {
        return platform_values(spec).at("clamavUpdate").at("progressDeadlineSeconds").as_int64();
    };
    EXPECT_EQ(platform_values(spec).at("clamavCommand"), boost::json::array{"fetch"});
    EXPECT_EQ(deadline(), 900);
    spec.dns.outside = false;
    EXPECT_EQ(platform_values(spec).at("clamavCommand"), boost::json::array{"local"});
    EXPECT_EQ(deadline(), 180);
    spec.update.progress_deadline_seconds = 1200;
    EXPECT_EQ(deadline(), 1200);
}

TEST(Expand, DefersWhatCannotBeScannedUnlessToldOtherwise) {
    resources::PlatformSpec spec{.hostname = "mail.example.test", .antivirus = {.enabled = true}};
    EXPECT_EQ(platform_values(spec).at("antivirusIsDeferring"), true);
    spec.antivirus.when_unavailable = resources::WhenUnavailable::accept;
    EXPECT_EQ(platform_values(spec).at("antivirusIsDeferring"), false);
}

TEST(Expand, MakesValidObjectsThatThePlatformOwns) {
    resources::Object platform = platform_in("quickstart");
    platform.metadata.uid = "u-1";
    std::set<resources::ObjectKey> keys;
    for (const Wave& wave : expand(platform, controller::Manifests::embedded()).waves) {
        for (const resources::Object& object : wave.objects) {
            EXPECT_TRUE(keys.insert(resources::key_of(object)).second) << "twice";
            ASSERT_EQ(object.metadata.owner_references.size(), 1U);
            EXPECT_EQ(object.metadata.owner_references.front().uid, "u-1");
            EXPECT_TRUE(
                resources::find_kind(object.kind)->validate(resources::to_json(object)).empty()
            );
        }
    }
    EXPECT_TRUE(keys.contains({"Workload", "", "postfix"}));
}

TEST(Expand, ChangesItsHashOnlyWithWhatItSays) {
    resources::Object platform = platform_in("quickstart");
    const controller::Manifests embedded = controller::Manifests::embedded();
    const std::string before = expand(platform, embedded).hash;
    platform.metadata.labels["mine"] = "yes";
    EXPECT_EQ(expand(platform, embedded).hash, before);
    platform.spec["messageSizeLimitMiB"] = 31;
    EXPECT_NE(expand(platform, embedded).hash, before);
}

TEST(Expand, LeavesEveryContainerRoomBesideWhatItsServiceTakes) {
    for (const auto& [name, profile] : resources::EnumNames<resources::Profile>::values) {
        for (const int own : {0, 192, 100'000}) {
            resources::PlatformSpec spec{.hostname = "mail.example.test", .profile = profile};
            if (own > 0) spec.components["dovecot"].memory_mib = own;
            if (own > 0) spec.components["valkey"].memory_mib = own;
            const auto values = platform_values(spec);
            const auto number = [&](const char* value) {
                return values.at(value).to_number<double>();
            };
            const double workers = number("authWorkers");
            EXPECT_GE(workers, 1) << name;
            EXPECT_LE(workers, 30) << name;
            // A worker hashes in 64 MiB.
            EXPECT_LE(workers * 64, number("limits.dovecot.memoryMiB") / 2) << name;
            const double share =
                number("valkeyMemoryBytes") / (number("limits.valkey.memoryMiB") * 1024 * 1024);
            EXPECT_GT(share, 0.55) << name;
            EXPECT_LE(share, 0.6) << name;
        }
    }
}

TEST(Expand, GivesThePostmastersMailToWhomThePlatformNames) {
    resources::PlatformSpec spec{.hostname = "mail.example.test"};
    EXPECT_EQ(platform_values(spec).at("postmasterAnswer"), "DUNNO");
    EXPECT_EQ(platform_values(spec).at("postmaster"), "postmaster@mail.example.test");
    EXPECT_EQ(platform_values(spec).at("notifyClasses"), "");
    spec.postmaster = "alice@example.test";
    EXPECT_EQ(platform_values(spec).at("postmasterAnswer"), "OK");
    EXPECT_EQ(platform_values(spec).at("postmaster"), "alice@example.test");
    EXPECT_EQ(platform_values(spec).at("notifyClasses"), "resource, software");
}

TEST(Expand, NamesTheManifestThatIsWrong) {
    EXPECT_EQ(problem(manifests({})), "manifests/platform has no *.yaml");
    const auto of = [](const std::string& text) {
        return problem(manifests({{"platform/10-a.yaml", text}}));
    };
    EXPECT_NE(of("kind: Nothing\n").find("manifests/platform/10-a.yaml: "), std::string::npos);
    EXPECT_NE(of("a: [\n").find("manifests/platform/10-a.yaml:"), std::string::npos);
    const std::string network =
        "apiVersion: platform.vectis.dev/v1\nkind: Network\nmetadata: {name: a}\nspec: ";
    EXPECT_EQ(of(network + "{}\n"), "");
    EXPECT_NE(of(network + "{colour: red}\n").find("colour"), std::string::npos);
    EXPECT_NE(of(network + "{subnet: ${nothing}}\n").find("nothing"), std::string::npos);
    EXPECT_EQ(of("when: true\n" + network + "{}\n"), "");
    EXPECT_EQ(of("when: perhaps\n" + network + "{}\n"), "'when' must be true or false");
    EXPECT_EQ(of("when: false\n" + network + "{}\n"), "manifests/platform has no *.yaml");
}

}  // namespace
}  // namespace vectis::reconcilers
