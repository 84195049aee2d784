#include "api/cli/supervise.hpp"

#include "api/cli/file_lock.hpp"
#include "controller/log.hpp"
#include "controller/log_file.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <system_error>

namespace vectis::api {
namespace log = controller::log;
namespace {

constexpr controller::Duration long_run = std::chrono::minutes(1);
constexpr controller::Duration patience = std::chrono::seconds(30);

sigset_t watched_signals() {
    sigset_t out;
    sigemptyset(&out);
    for (const int signal : {SIGTERM, SIGINT, SIGCHLD}) sigaddset(&out, signal);
    return out;
}

pid_t start_child() {
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // The supervisor blocks its signals to wait for them; the controller must get its own.
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    std::string program = "vectis";
    std::string command = "controller";
    char* const arguments[] = {program.data(), command.data(), nullptr};
    pid_t child = 0;
    const int error =
        ::posix_spawn(&child, "/proc/self/exe", nullptr, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    if (error != 0)
        throw std::system_error(error, std::generic_category(), "cannot start the controller");
    return child;
}

/// SIGTERM, SIGINT or SIGCHLD; nothing after `limit`.
std::optional<int> wait_for_signal(controller::Duration limit) {
    const sigset_t watched = watched_signals();
    timespec time{};
    time.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
    time.tv_nsec = (limit % std::chrono::seconds(1)).count() * 1000;
    const int signal = ::sigtimedwait(&watched, nullptr, &time);
    if (signal < 0) return std::nullopt;
    return signal;
}

enum class ChildEnd { died, finished, stopped };

struct Ended {
    ChildEnd how = ChildEnd::died;
    int code = 0;
};

std::string text_of(int status) {
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return "exit code " + std::to_string(WEXITSTATUS(status));
}

Ended judge(int status, bool is_stopping) {
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : exit_failed;
    if (is_stopping) return {ChildEnd::stopped, exit_done};
    const bool is_final =
        WIFEXITED(status) && (code == exit_done || code == exit_invalid || code == exit_lease_held);
    if (is_final) return {ChildEnd::finished, code};
    log::warn("the controller died and is started again", {{"cause", text_of(status)}});
    return {ChildEnd::died, code};
}

Ended wait_for_child(pid_t child, controller::LogFile& log_file) {
    bool is_stopping = false;
    for (;;) {
        int status = 0;
        log_file.follow();
        if (::waitpid(child, &status, WNOHANG) == child) return judge(status, is_stopping);
        const std::optional<int> signal = wait_for_signal(is_stopping ? patience : long_run);
        if (is_stopping && !signal) {
            log::warn("the controller did not stop in time and is killed");
            ::kill(child, SIGKILL);
        }
        if (signal && *signal != SIGCHLD) {
            is_stopping = true;
            ::kill(child, SIGTERM);
        }
    }
}

/// False if the supervisor was told to stop meanwhile.
bool pause(controller::Duration delay, const controller::Clock& clock) {
    const controller::Time end = clock.now() + delay;
    for (controller::Duration left = delay; left > controller::Duration::zero();
         left = end - clock.now()) {
        const std::optional<int> signal = wait_for_signal(left);
        if (signal && *signal != SIGCHLD) return false;
    }
    return true;
}

/// One that was killed a moment ago holds the lock until the kernel has put it away.
std::optional<FileLock> acquire(const std::string& path, controller::Clock& clock) {
    constexpr std::chrono::seconds takeover(3);
    constexpr std::chrono::milliseconds interval(50);
    const controller::Time end = clock.now() + takeover;
    for (;;) {
        std::optional<FileLock> lock = FileLock::try_acquire(path);
        if (lock || clock.now() >= end) return lock;
        clock.sleep(interval, {});
    }
}

}  // namespace

controller::Duration restart_delay(int quick_deaths) {
    constexpr int most_doublings = 6;
    const controller::Duration first = std::chrono::milliseconds(200);
    const controller::Duration longest = std::chrono::seconds(10);
    if (quick_deaths <= 0) return controller::Duration::zero();
    return std::min(first * (1 << std::min(quick_deaths - 1, most_doublings)), longest);
}

int supervise(const ControllerOptions& options) {
    controller::SystemClock clock;
    const std::optional<FileLock> lock = acquire(options.home.pid(), clock);
    if (!lock) {
        log::error(
            "another supervisor runs",
            {{"pid", std::to_string(FileLock::holder(options.home.pid()))}}
        );
        return exit_lease_held;
    }
    lock->write_pid();
    ::setenv(supervised_variable, "1", 1);
    const sigset_t watched = watched_signals();
    sigprocmask(SIG_BLOCK, &watched, nullptr);
    controller::LogFile log_file(options.home.log());
    for (int quick_deaths = 0;;) {
        const controller::Time started = clock.now();
        const Ended end = wait_for_child(start_child(), log_file);
        if (end.how != ChildEnd::died) return end.code;
        quick_deaths = clock.now() - started > long_run ? 0 : quick_deaths + 1;
        if (!pause(restart_delay(quick_deaths), clock)) return exit_done;
    }
}

}  // namespace vectis::api
