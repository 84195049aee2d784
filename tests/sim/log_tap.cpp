#include "tests/sim/log_tap.hpp"

#include "controller/log.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace vectis::sim {
namespace log = controller::log;

LogTap::LogTap() {
    begin_anew();
}

LogTap::~LogTap() {
    log::configure(log::Level::off, log::Format::text);
    ::close(file_);
}

void LogTap::begin_anew() {
    if (file_ >= 0) ::close(file_);
    file_ = ::memfd_create("log", MFD_CLOEXEC);
    if (file_ < 0) throw std::system_error(errno, std::system_category(), "memfd_create");
    log::configure(log::Level::info, log::Format::text, "/proc/self/fd/" + std::to_string(file_));
}

std::string LogTap::text() const {
    std::string out;
    std::array<char, 65536> buffer{};
    for (;;) {
        const ssize_t size =
            ::pread(file_, buffer.data(), buffer.size(), static_cast<off_t>(out.size()));
        if (size <= 0) return out;
        out.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

}  // namespace vectis::sim
