#include "reconcilers/mail/password_hasher.hpp"

#include <argon2.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <istream>
#include <ostream>
#include <stdexcept>
#include <utility>

namespace vectis::reconcilers {
namespace {

constexpr std::uint32_t passes = 3;
constexpr std::uint32_t memory_kib = 65536;
constexpr std::uint32_t lanes = 4;
constexpr std::size_t hash_size = 32;
constexpr std::size_t salt_size = 16;
constexpr std::size_t password_size_max = 1024;
constexpr std::chrono::seconds time_limit(20);

/// The child and our end of the socket that is its input and output. Ends both.
class Child {
public:
    explicit Child(const std::vector<std::string>& command);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    void write(const std::string& text) const;
    /// Until the child closes its end; the time limit or `stop` kills it.
    std::string read_all(std::stop_token stop) const;
    int wait();

private:
    int socket_ = -1;
    pid_t pid_ = -1;
};

Child::Child(const std::vector<std::string>& command) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw std::runtime_error("no socket for the password hasher");
    socket_ = ends[0];
    posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 0);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    std::vector<std::string> words = command;
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const int failed =
        ::posix_spawn(&pid_, words.front().c_str(), &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failed == 0) return;
    ::close(socket_);
    throw std::runtime_error("the password hasher does not start");
}

Child::~Child() {
    ::close(socket_);
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
}

void Child::write(const std::string& text) const {
    // Far below what a socket takes without waiting.
    if (::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(text.size()))
        throw std::runtime_error("the password hasher takes no input");
    ::shutdown(socket_, SHUT_WR);
}

std::string Child::read_all(std::stop_token stop) const {
    const std::stop_callback on_stop(std::move(stop), [this] { ::shutdown(socket_, SHUT_RDWR); });
    const auto deadline = std::chrono::steady_clock::now() + time_limit;
    std::string out;
    while (out.size() < 1024) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
                              deadline - std::chrono::steady_clock::now()
        )
                              .count();
        pollfd waits{socket_, POLLIN, 0};
        if (left <= 0 || ::poll(&waits, 1, static_cast<int>(left)) <= 0)
            throw std::runtime_error("the password hasher took too long");
        std::array<char, 256> buffer{};
        // The lock is the queue for the one child; poll has said that there is something.
        // NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection)
        const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
        if (got <= 0) return out;
        out.append(buffer.data(), static_cast<std::size_t>(got));
    }
    throw std::runtime_error("the password hasher says too much");
}

int Child::wait() {
    int status = -1;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
}

/// Empty if it is not 32 hexadecimal digits.
std::string bytes_of(const std::string& hex) {
    constexpr std::string_view digits = "0123456789abcdef";
    if (hex.size() != 2 * salt_size || hex.find_first_not_of(digits) != std::string::npos)
        return {};
    std::string out;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        out += static_cast<char>(digits.find(hex[i]) * 16 + digits.find(hex[i + 1]));
    return out;
}

}  // namespace

ChildPasswordHasher::ChildPasswordHasher(std::vector<std::string> command)
    : command_(std::move(command)) {}

std::string ChildPasswordHasher::hash(
    const std::string& password, const std::string& salt, std::stop_token stop
) {
    if (password.empty() || password.size() > password_size_max ||
        password.find('\n') != std::string::npos)
        throw std::runtime_error("a password has 1 to 1024 bytes and no line break");
    std::unique_lock lock(mutex_);
    if (!freed_.wait_for(lock, stop, time_limit, [&] { return free_places_ > 0; }))
        throw std::runtime_error("the password hashers are busy");
    --free_places_;
    lock.unlock();
    struct GiveBack {
        ChildPasswordHasher& hasher;
        ~GiveBack() {
            const std::scoped_lock again(hasher.mutex_);
            ++hasher.free_places_;
            hasher.freed_.notify_one();
        }
    } const give_back{*this};
    Child child(command_);
    child.write(salt + '\n' + password + '\n');
    std::string out = child.read_all(std::move(stop));
    // A child without an answer may still run; it is killed, not waited for.
    if (!out.starts_with("$argon2id$") || !out.ends_with('\n') || child.wait() != 0)
        throw std::runtime_error("the password hasher failed");
    out.pop_back();
    return out;
}

std::string ModelPasswordHasher::hash(
    const std::string& password, const std::string& salt, std::stop_token
) {
    return "$argon2id$v=19$m=8,t=1,p=1$" + salt + '$' + std::to_string(password.size());
}

int hash_password_command(std::istream& in, std::ostream& out) {
    std::string hex;
    std::string password;
    if (!std::getline(in, hex) || !std::getline(in, password)) return 2;
    const std::string salt = bytes_of(hex);
    if (salt.empty() || password.empty() || password.size() > password_size_max) return 2;
    std::string encoded(
        argon2_encodedlen(passes, memory_kib, lanes, salt_size, hash_size, Argon2_id), '\0'
    );
    if (argon2id_hash_encoded(
            passes,
            memory_kib,
            lanes,
            password.data(),
            password.size(),
            salt.data(),
            salt.size(),
            hash_size,
            encoded.data(),
            encoded.size()
        ) != ARGON2_OK)
        return 1;
    out << encoded.c_str() << '\n' << std::flush;
    return out ? 0 : 1;
}

}  // namespace vectis::reconcilers
