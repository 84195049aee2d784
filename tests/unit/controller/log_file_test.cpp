#include "controller/log_file.hpp"

#include "tests/unit/controller/folder.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace vectis::controller {
namespace {

/// A descriptor that a process writes its log to.
class Writer {
public:
    explicit Writer(const std::string& path)
        : fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) {}
    ~Writer() { ::close(fd); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void say(const std::string& line) const {
        EXPECT_EQ(::write(fd, line.data(), line.size()), static_cast<ssize_t>(line.size()));
    }
    const int fd;
};

std::string content_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(LogFile, KeepsOneOldFileAndEveryLine) {
    const TestFolder folder;
    const std::string path = folder / "log";
    const Writer controller(path);
    LogFile log(path, 10, {controller.fd});
    controller.say("one\n");
    log.rotate_when_long();
    controller.say("two and more\n");
    log.rotate_when_long();
    controller.say("three\n");
    EXPECT_EQ(content_of(path + ".1"), "one\ntwo and more\n");
    EXPECT_EQ(content_of(path), "three\n");
    controller.say("four and more\n");
    log.rotate_when_long();
    EXPECT_EQ(content_of(path + ".1"), "three\nfour and more\n");
    EXPECT_EQ(content_of(path), "");
    EXPECT_NE(::access((path + ".new").c_str(), F_OK), 0);
}

TEST(LogFile, IsFollowedByTheOtherProcessThatWritesToIt) {
    const TestFolder folder;
    const std::string path = folder / "log";
    const Writer controller(path);
    const Writer supervisor(path);
    LogFile rotated(path, 10, {controller.fd});
    LogFile followed(path, 10, {supervisor.fd});
    controller.say("a long first line\n");
    rotated.rotate_when_long();
    followed.follow();
    supervisor.say("the controller died\n");
    EXPECT_EQ(content_of(path), "the controller died\n");
}

TEST(LogFile, LeavesDescriptorsAloneThatLeadElsewhere) {
    const TestFolder folder;
    const std::string path = folder / "log";
    const Writer background(path);
    background.say("a long first line\n");
    const Writer terminal(folder / "elsewhere");
    LogFile log(path, 10, {terminal.fd});
    log.rotate_when_long();
    log.follow();
    terminal.say("seen");
    EXPECT_EQ(content_of(folder / "elsewhere"), "seen");
    EXPECT_EQ(content_of(path), "a long first line\n");
}

}  // namespace
}  // namespace vectis::controller
