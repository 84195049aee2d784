#include "controller/file_lease.hpp"

#include "controller/store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

namespace vectis::controller {
namespace {

std::string read_all(int descriptor) {
    std::array<char, 256> bytes{};
    const ssize_t size = ::pread(descriptor, bytes.data(), bytes.size(), 0);
    std::string text(bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

/// "pid 4711 since 2026-11-23T20:27:12Z epoch 3" → 3
std::uint64_t epoch_in(const std::string& text) {
    const std::size_t place = text.rfind("epoch ");
    std::uint64_t epoch = 0;
    if (place != std::string::npos)
        std::from_chars(text.data() + place + 6, text.data() + text.size(), epoch);
    return epoch;
}

}  // namespace

FileLease::FileLease(std::string path, Clock& clock) : path_(std::move(path)), clock_(clock) {}

FileLease::~FileLease() {
    release();
}

bool FileLease::is_held() const {
    struct stat ours{};
    struct stat now{};
    return descriptor_ >= 0 && ::fstat(descriptor_, &ours) == 0 &&
           ::stat(path_.c_str(), &now) == 0 && ours.st_dev == now.st_dev &&
           ours.st_ino == now.st_ino;
}

std::optional<std::string> FileLease::acquire() {
    if (is_held()) return std::nullopt;
    release();
    const int descriptor = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        throw StoreError("open " + path_ + ": " + std::generic_category().message(errno));
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        const int code = errno;
        const std::string holder = read_all(descriptor);
        ::close(descriptor);
        if (code != EWOULDBLOCK)
            throw StoreError("lock " + path_ + ": " + std::generic_category().message(code));
        return holder.empty() ? "another process" : holder;
    }
    epoch_ = epoch_in(read_all(descriptor)) + 1;
    const std::string text = "pid " + std::to_string(::getpid()) + " since " +
                             format_time(clock_.now()) + " epoch " + std::to_string(epoch_) + '\n';
    // Written before the rest is cut, so that the epoch is there at every moment.
    const bool is_written =
        ::pwrite(descriptor, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()) &&
        ::ftruncate(descriptor, static_cast<off_t>(text.size())) == 0 && ::fsync(descriptor) == 0;
    if (!is_written) {
        const int code = errno;
        ::close(descriptor);
        throw StoreError("write " + path_ + ": " + std::generic_category().message(code));
    }
    descriptor_ = descriptor;
    return std::nullopt;
}

void FileLease::release() {
    const int descriptor = descriptor_.exchange(-1);
    if (descriptor >= 0) ::close(descriptor);
}

}  // namespace vectis::controller
