#include "api/cli/file_lock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace vectis::api {
namespace {

struct flock whole_file() {
    struct flock out{};
    out.l_type = F_WRLCK;
    out.l_whence = SEEK_SET;
    return out;
}

}  // namespace

std::optional<FileLock> FileLock::try_acquire(const std::string& path) {
    Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file.is_open()) throw std::system_error(errno, std::generic_category(), path);
    struct flock wanted = whole_file();
    if (::fcntl(file.get(), F_SETLK, &wanted) == 0) return FileLock(std::move(file));
    if (errno == EACCES || errno == EAGAIN) return std::nullopt;
    throw std::system_error(errno, std::generic_category(), path);
}

pid_t FileLock::holder(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!file.is_open()) return 0;
    struct flock asked = whole_file();
    if (::fcntl(file.get(), F_GETLK, &asked) != 0 || asked.l_type == F_UNLCK) return 0;
    return asked.l_pid;
}

void FileLock::write_pid() const {
    const std::string text = std::to_string(::getpid()) + '\n';
    const bool is_written =
        ::ftruncate(file_.get(), 0) == 0 &&
        ::pwrite(file_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
    // The lock says who holds it; a full disk must not keep a controller from its work.
    if (!is_written && errno != ENOSPC)
        throw std::system_error(errno, std::generic_category(), "pid file");
}

}  // namespace vectis::api
