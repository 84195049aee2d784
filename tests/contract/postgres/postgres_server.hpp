#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace vectis::tests {

/// A Postgres of this machine, in a temporary folder on a free loopback port, gone with the object.
class PostgresServer {
public:
    PostgresServer();
    ~PostgresServer();
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    /// Empty if it runs; else why not, in one line, for GTEST_SKIP.
    const std::string& why_not() const { return why_not_; }
    std::uint16_t port() const { return port_; }
    std::string password() const { return "superuser's \\ password"; }
    pid_t pid() const { return pid_; }
    /// SIGSTOP and SIGCONT to the server and its sessions.
    void freeze() const;
    void thaw() const;

private:
    bool prepare(const std::string& bin);
    void launch(const std::string& bin);

    std::string folder_;
    std::string why_not_;
    std::uint16_t port_ = 0;
    pid_t pid_ = -1;
};

}  // namespace vectis::tests
