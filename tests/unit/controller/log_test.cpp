#include "controller/log.hpp"

#include "tests/unit/controller/folder.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <thread>

namespace vectis::controller {
namespace {

class LogTest : public testing::Test {
protected:
    ~LogTest() override { log::configure(log::Level::off, log::Format::text); }

    std::string written() const {
        std::ostringstream out;
        out << std::ifstream(folder / "log").rdbuf();
        return out.str();
    }

    TestFolder folder;
};

TEST_F(LogTest, WritesOneJsonObjectALine) {
    log::configure(log::Level::info, log::Format::json, folder / "log");
    {
        const log::Scope scope("abc");
        log::info("container created", {{"name", "a \"b\"\nc {} %v"}});
    }
    const boost::json::object line = boost::json::parse(written()).as_object();
    EXPECT_EQ(line.at("message"), "container created");
    EXPECT_EQ(line.at("name"), "a \"b\"\nc {} %v");
    EXPECT_EQ(line.at("reconcile"), "abc");
    EXPECT_EQ(line.at("level"), "info");
    EXPECT_TRUE(line.at("time").as_string().ends_with("Z"));
}

TEST_F(LogTest, LetsNoValueBeginALineOfItsOwn) {
    log::configure(log::Level::info, log::Format::text, folder / "log");
    log::info("mail", {{"subject", "x\n2026 info forged \x1b[2J"}});
    const std::string text = written();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST_F(LogTest, LeavesOutWhatIsBelowItsLevel) {
    log::configure(log::Level::warn, log::Format::text, folder / "log");
    log::info("quiet");
    log::warn("loud");
    log::info("quiet");
    log::error("louder");
    const std::string text = written();
    EXPECT_EQ(text.find("quiet"), std::string::npos);
    EXPECT_NE(text.find("loud\n"), std::string::npos);
    EXPECT_NE(text.find("louder\n"), std::string::npos);
}

TEST_F(LogTest, NamesTheReconcileWhileItsScopeLives) {
    log::configure(log::Level::info, log::Format::text, folder / "log");
    {
        const log::Scope outer("outer");
        {
            const log::Scope inner("inner");
            log::info("one");
        }
        log::info("two");
    }
    log::info("three");
    const std::string text = written();
    EXPECT_NE(text.find("one  reconcile=inner\n"), std::string::npos);
    EXPECT_NE(text.find("two  reconcile=outer\n"), std::string::npos);
    EXPECT_NE(text.find("three\n"), std::string::npos);
}

TEST_F(LogTest, WritesNothingOfWhatIsOnlyRehearsed) {
    log::configure(log::Level::info, log::Format::text, folder / "log");
    {
        const log::Silence outer;
        {
            const log::Silence inner;
        }
        log::error("container removed");
        std::jthread([] { log::info("container created"); });
    }
    log::info("container started");
    EXPECT_EQ(written().find("removed"), std::string::npos);
    EXPECT_NE(written().find("created"), std::string::npos) << "another thread's";
    EXPECT_NE(written().find("started"), std::string::npos);
}

}  // namespace
}  // namespace vectis::controller
