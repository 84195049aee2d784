#include "api/cli/background.hpp"

#include "api/cli/errors.hpp"
#include "api/cli/file_lock.hpp"
#include "api/cli/supervise.hpp"
#include "api/socket.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

namespace vectis::api {
namespace {

constexpr controller::Duration look_again = std::chrono::milliseconds(10);
constexpr controller::Duration start_limit = std::chrono::seconds(60);
constexpr controller::Duration stop_limit = std::chrono::seconds(40);

/// Without room for its state a controller could start nothing and say nothing, not even in its
/// log.
void require_space(const std::string& folder) {
    constexpr std::uintmax_t least = 1U << 20U;
    std::error_code error;
    const std::filesystem::space_info space = std::filesystem::space(folder, error);
    if (error || space.available >= least) return;
    throw CommandFailed(
        "no space left for " + folder + " (" + std::to_string(space.available / 1024) +
        " KiB free); make room there, or set VECTIS_HOME to a folder on another disk"
    );
}

/// The environment of the caller decides everything, the resolved home and project included, so the
/// supervisor needs no arguments.
pid_t spawn_supervisor(const ControllerOptions& options) {
    ::setenv("VECTIS_HOME", options.home.folder.c_str(), 1);
    ::setenv("VECTIS_PROJECT", options.project.c_str(), 1);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(
        &files, 1, options.home.log().c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600
    );
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    std::string program = "vectis";
    std::string command = "supervise";
    char* const arguments[] = {program.data(), command.data(), nullptr};
    pid_t child = 0;
    const int error =
        ::posix_spawn(&child, "/proc/self/exe", &files, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0)
        throw CommandFailed(
            "cannot start the controller: " + std::generic_category().message(error)
        );
    return child;
}

pid_t answering_pid(const std::string& socket) {
    const std::optional<Descriptor> connection = connect_unix(socket);
    return connection ? peer_of(*connection) : 0;
}

/// Whether two programs are equal byte by byte; the kernel leads to the file of a process even
/// after an update has removed it.
bool are_equal(const std::string& left, const std::string& right) {
    struct stat first{};
    struct stat second{};
    if (::stat(left.c_str(), &first) != 0 || ::stat(right.c_str(), &second) != 0) return true;
    if (first.st_dev == second.st_dev && first.st_ino == second.st_ino) return true;
    if (first.st_size != second.st_size) return false;
    std::ifstream one(left, std::ios::binary);
    std::ifstream other(right, std::ios::binary);
    using Bytes = std::istreambuf_iterator<char>;
    return std::equal(Bytes(one), Bytes(), Bytes(other));
}

/// Whether a supervisor started it, even if that has died since.
bool was_supervised(const std::string& process) {
    std::ifstream file(process + "/environ", std::ios::binary);
    const std::string mark = std::string(supervised_variable) + "=1";
    for (std::string entry; std::getline(file, entry, '\0');) {
        if (entry == mark) return true;
    }
    return false;
}

}  // namespace

void prepare_home(const controller::Home& home) {
    require_space(home.folder);
    controller::claim_home(home);
    require_space(home.folder);
}

std::string Background::reason_to_replace() const {
    const pid_t pid = answering_pid(options_.home.socket());
    if (pid == 0) return {};
    const std::string process = "/proc/" + std::to_string(pid);
    const bool has_supervisor = FileLock::holder(options_.home.pid()) != 0;
    if (!has_supervisor && !was_supervised(process)) return {};
    if (!are_equal(process + "/exe", "/proc/self/exe")) return "is of another build";
    return has_supervisor ? "" : "has lost its supervisor";
}

std::string Background::log_tail() const {
    constexpr std::size_t most_lines = 15;
    std::ifstream file(options_.home.log(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    std::size_t start = text.size();
    for (std::size_t lines = 0; start > 0 && lines <= most_lines; --start) {
        if (text[start - 1] == '\n' && ++lines > most_lines) break;
    }
    return "The end of " + options_.home.log() + ":\n" + text.substr(start);
}

bool Background::is_running() const {
    return FileLock::holder(options_.home.pid()) != 0 || client_.is_answering();
}

void Background::ensure(controller::Duration limit) const {
    if (client_.is_answering()) return;
    prepare_home(options_.home);
    const bool is_supervised = FileLock::holder(options_.home.pid()) != 0;
    const pid_t supervisor = is_supervised ? 0 : spawn_supervisor(options_);
    const controller::Duration patience = std::min(limit, start_limit);
    const controller::Time end = clock_.now() + patience;
    while (!client_.is_answering()) {
        int status = 0;
        if (supervisor != 0 && ::waitpid(supervisor, &status, WNOHANG) == supervisor)
            throw CommandFailed("the controller does not start. " + log_tail());
        if (clock_.now() > end)
            throw CommandFailed(
                "the controller does not answer on " + options_.home.socket() + " within " +
                std::to_string(std::chrono::duration_cast<std::chrono::seconds>(patience).count()) +
                "s. " + log_tail()
            );
        clock_.sleep(look_again, {});
    }
}

bool Background::wait_until_gone(controller::Duration limit) const {
    const controller::Time end = clock_.now() + limit;
    while (FileLock::holder(options_.home.pid()) != 0 || answering_pid(options_.home.socket()) != 0
    ) {
        if (clock_.now() > end) return false;
        clock_.sleep(look_again, {});
    }
    return true;
}

void Background::stop() const {
    const pid_t supervisor = FileLock::holder(options_.home.pid());
    // A controller whose supervisor was killed, or one that a person runs in the foreground.
    const pid_t orphan = supervisor == 0 ? answering_pid(options_.home.socket()) : 0;
    if (supervisor != 0)
        ::kill(supervisor, SIGTERM);
    else if (orphan != 0)
        ::kill(orphan, SIGTERM);
    if (!wait_until_gone(stop_limit))
        throw CommandFailed("the controller does not stop; see " + options_.home.log());
}

}  // namespace vectis::api
