#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace vectis::reconcilers {

/// Inodes of the sockets that listen on `port`, from the text of /proc/net/tcp or tcp6 (proc(5)).
std::set<std::string> listening_inodes(std::string_view table, std::uint16_t port);

/// The process of this host that listens on a TCP port, as "process nginx (pid 12)"; empty if there
/// is none or this user may not see it.
std::string listener_of(std::uint16_t port);

}  // namespace vectis::reconcilers
