#include "tests/contract/postgres/postgres_server.hpp"

#include "controller/postgres/connection.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace vectis::tests {
namespace {

namespace fs = std::filesystem;

std::string find_bin() {
    for (const char* version : {"17", "16", "15"}) {
        const std::string folder = "/usr/lib/postgresql/" + std::string(version) + "/bin";
        if (fs::exists(folder + "/initdb")) return folder;
    }
    return {};
}

std::uint16_t free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(probe, reinterpret_cast<sockaddr*>(&address), size), 0);
    ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(probe);
    return ntohs(address.sin_port);
}

/// Postgres refuses to run as root.
const passwd* other_user() {
    if (::geteuid() != 0) return nullptr;
    if (const passwd* postgres = ::getpwnam("postgres")) return postgres;
    return ::getpwnam("nobody");
}

pid_t start(const std::string& command) {
    const passwd* user = other_user();
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::setpgid(0, 0);
    if (user != nullptr && (::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0))
        ::_exit(126);
    ::prctl(PR_SET_PDEATHSIG, SIGINT);
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(127);
}

}  // namespace

PostgresServer::PostgresServer() {
    const std::string bin = find_bin();
    if (bin.empty()) {
        why_not_ = "no initdb in /usr/lib/postgresql: install postgresql-15 to run these tests";
        return;
    }
    if (!prepare(bin)) return;
    launch(bin);
}

bool PostgresServer::prepare(const std::string& bin) {
    std::string name = "/tmp/vectis-postgres-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
        why_not_ = "no temporary folder can be made";
        return false;
    }
    folder_ = name;
    std::ofstream(folder_ + "/password") << password() << '\n';
    if (const passwd* user = other_user()) {
        if (::chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) why_not_ = "chown failed";
    }
    fs::permissions(folder_ + "/password", fs::perms::others_read | fs::perms::owner_read);
    const pid_t initdb = start(
        "exec " + bin + "/initdb -D " + folder_ +
        "/data -U postgres -E UTF8 --locale=C.UTF-8 -A scram-sha-256 --no-sync --pwfile=" +
        folder_ + "/password >" + folder_ + "/initdb.log 2>&1"
    );
    int status = 0;
    ::waitpid(initdb, &status, 0);
    if (status != 0) why_not_ = "initdb failed, see " + folder_ + "/initdb.log";
    return status == 0;
}

void PostgresServer::launch(const std::string& bin) {
    port_ = free_port();
    pid_ = start(
        "exec " + bin + "/postgres -D " + folder_ + "/data -p " + std::to_string(port_) +
        " -h 127.0.0.1 -k " + folder_ + " -F >" + folder_ + "/log 2>&1"
    );
    for (int attempt = 0; attempt < 300; ++attempt) {
        try {
            const controller::Connection connection(
                {"127.0.0.1", port_, "postgres", "postgres", password()}, {}
            );
            why_not_.clear();
            return;
        } catch (const controller::StoreError& error) {
            why_not_ = error.what();
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) break;
    }
    ADD_FAILURE() << why_not_;
}

PostgresServer::~PostgresServer() {
    if (pid_ > 0) {
        thaw();
        ::kill(pid_, SIGINT);
        ::waitpid(pid_, nullptr, 0);
    }
    if (!folder_.empty()) {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
}

void PostgresServer::freeze() const {
    // Sessions are groups of their own, children of the server.
    const std::string command = "kill -STOP " + std::to_string(pid_) + "; for p in $(cat /proc/" +
                                std::to_string(pid_) + "/task/*/children); do kill -STOP $p; done";
    if (std::system(command.c_str()) != 0) ADD_FAILURE() << "the server could not be frozen";
}

void PostgresServer::thaw() const {
    const std::string command = "for p in $(cat /proc/" + std::to_string(pid_) +
                                "/task/*/children) " + std::to_string(pid_) +
                                "; do kill -CONT $p; done";
    if (std::system(command.c_str()) != 0) ADD_FAILURE() << "the server could not be thawed";
}

}  // namespace vectis::tests
