#include "tests/sim/forks.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace vectis::sim {
namespace {

constexpr unsigned deadline_seconds = 60;
constexpr std::size_t message_max = 60000;  // fits into a pipe, so that nobody waits

std::string read_all(int pipe) {
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t size = ::read(pipe, buffer.data(), buffer.size());
        if (size <= 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

}  // namespace

bool Forks::branch(const std::string& name) {
    while (running_.size() >= limit_) reap();
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::system_error(errno, std::system_category(), "pipe");
    const pid_t child = ::fork();
    if (child < 0) throw std::system_error(errno, std::system_category(), "fork");
    if (child == 0) {
        ::close(ends[0]);
        ::alarm(deadline_seconds);
        running_.clear();
        out_ = ends[1];
        return true;
    }
    ::close(ends[1]);
    running_[child] = {name, ends[0]};
    ++count_;
    return false;
}

void Forks::finish(const std::string& verdict, const std::string& report) const {
    const std::string text = (verdict.empty() ? report : verdict).substr(0, message_max);
    const ssize_t written = ::write(out_, text.data(), text.size());
    const bool is_told = written == static_cast<ssize_t>(text.size());
    ::_exit(verdict.empty() && is_told ? 0 : 1);
}

void Forks::wait() {
    while (!running_.empty()) reap();
}

void Forks::reap() {
    int status = 0;
    const pid_t child = ::wait(&status);
    if (child < 0) throw std::system_error(errno, std::system_category(), "wait");
    const auto found = running_.find(child);
    if (found == running_.end()) return;
    std::string message = read_all(found->second.pipe);
    ::close(found->second.pipe);
    const bool is_good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!is_good && message.empty())
        message = WIFSIGNALED(status) ? "ended by signal " + std::to_string(WTERMSIG(status))
                                      : "ended without a word";
    if (is_good)
        reports_[found->second.name] = message;
    else
        failures_.push_back(found->second.name + ": " + message);
    running_.erase(found);
}

}  // namespace vectis::sim
