#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace vectis::reconcilers::test {

/// The server's side of one connection. Functions return at the end of the connection and never
/// throw.
class Peer {
public:
    explicit Peer(int socket) : socket_(socket) {}
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    void send(const std::string& bytes);
    /// Byte by byte, a few milliseconds apart, until the other side goes.
    void drip(const std::string& bytes);
    /// Up to the line break; empty at the end of the connection.
    std::string line();
    std::string bytes(std::size_t count);
    /// Until the other side closes.
    void wait_for_end();
    /// The server's side of a handshake with a certificate made for the test. The SNI that was
    /// asked for, or "failed".
    std::string accept_tls();

private:
    std::size_t receive(char* into, std::size_t size);

    int socket_;
    void* session_ = nullptr;
    void* context_ = nullptr;
};

/// Serves one connection on a free port of 127.0.0.1 in a thread of its own.
class ScriptedServer {
public:
    using Script = std::function<void(Peer&)>;
    explicit ScriptedServer(Script script);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    std::uint16_t port() const { return port_; }
    /// Waits for the end of the script.
    void join();

private:
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::jthread thread_;
};

}  // namespace vectis::reconcilers::test
