#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace vectis::api {

/// A file descriptor that is closed with its owner.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();

    int get() const { return fd_; }
    bool is_open() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// Wakes everyone who waits for a socket. Stays awake once called.
class Alarm {
public:
    /// Throws std::system_error if the system has no descriptors left.
    Alarm();
    void ring();
    int descriptor() const { return event_.get(); }

private:
    Descriptor event_;
};

using SteadyTime = std::chrono::steady_clock::time_point;

/// A connected stream socket. Every call ends at the deadline or when the alarm rings; satisfies
/// Beast's SyncReadStream and SyncWriteStream, whose own sockets know no deadlines in blocking use.
class Socket {
public:
    /// `alarm` may be null; it outlives the socket.
    Socket(Descriptor descriptor, const Alarm* alarm);

    void set_deadline(SteadyTime deadline) { deadline_ = deadline; }
    int descriptor() const { return descriptor_.get(); }

    std::size_t receive(void* data, std::size_t size, boost::system::error_code& error);
    std::size_t send(const void* data, std::size_t size, boost::system::error_code& error);

    template <class Buffers>
    std::size_t read_some(const Buffers& buffers, boost::system::error_code& error) {
        for (auto it = boost::asio::buffer_sequence_begin(buffers);
             it != boost::asio::buffer_sequence_end(buffers);
             ++it) {
            const boost::asio::mutable_buffer buffer = *it;
            if (buffer.size() > 0) return receive(buffer.data(), buffer.size(), error);
        }
        error = {};
        return 0;
    }
    template <class Buffers>
    std::size_t read_some(const Buffers& buffers) {
        boost::system::error_code error;
        const std::size_t size = read_some(buffers, error);
        if (error) throw boost::system::system_error(error);
        return size;
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& buffers, boost::system::error_code& error) {
        for (auto it = boost::asio::buffer_sequence_begin(buffers);
             it != boost::asio::buffer_sequence_end(buffers);
             ++it) {
            const boost::asio::const_buffer buffer = *it;
            if (buffer.size() > 0) return send(buffer.data(), buffer.size(), error);
        }
        error = {};
        return 0;
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& buffers) {
        boost::system::error_code error;
        const std::size_t size = write_some(buffers, error);
        if (error) throw boost::system::system_error(error);
        return size;
    }

private:
    bool wait_for(short events, boost::system::error_code& error);

    Descriptor descriptor_;
    const Alarm* alarm_;
    SteadyTime deadline_ = SteadyTime::max();
};

/// A listening unix socket with mode 0600; a socket file that nobody answers on is replaced. Throws
/// std::system_error, with the path, also if another process answers there.
Descriptor listen_unix(const std::string& path);

/// A listening TCP socket on 127.0.0.1; port 0 picks a free one. Throws std::system_error.
Descriptor listen_loopback(std::uint16_t port);
std::uint16_t port_of(const Descriptor& listener);

/// Nothing if nobody answers there.
std::optional<Descriptor> connect_unix(const std::string& path);

/// The process at the other end of a unix socket, as the kernel knows it; 0 if unknown.
pid_t peer_of(const Descriptor& connection);

}  // namespace vectis::api
