#include "reconcilers/core/port_listener.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace vectis::reconcilers {
namespace {

constexpr const char* table =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n"
    "   0: 0100007F:09DD 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
    "4711 1 0000000000000000 100 0 0 10 0\n"
    "   1: 0100007F:09DD 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 "
    "4712 1 0000000000000000 20 4 30 10 -1\n"
    "garbage\n";

TEST(PortListener, FindsListeningSocketsOnly) {
    EXPECT_EQ(listening_inodes(table, 2525), std::set<std::string>{"4711"});
    EXPECT_TRUE(listening_inodes(table, 25).empty());
}

TEST(PortListener, NamesTheProcessThatListens) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    void* raw = &address;
    ASSERT_EQ(::bind(listener, static_cast<sockaddr*>(raw), size), 0);
    ASSERT_EQ(::listen(listener, 1), 0);
    ASSERT_EQ(::getsockname(listener, static_cast<sockaddr*>(raw), &size), 0);
    EXPECT_NE(
        listener_of(ntohs(address.sin_port)).find("(pid " + std::to_string(::getpid()) + ")"),
        std::string::npos
    );
    ::close(listener);
}

}  // namespace
}  // namespace vectis::reconcilers
