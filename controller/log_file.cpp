#include "controller/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <utility>

namespace vectis::controller {
namespace {

constexpr int append_flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC;

std::optional<struct stat> facts_of(const std::string& path) {
    struct stat facts{};
    if (::stat(path.c_str(), &facts) != 0) return std::nullopt;
    return facts;
}

}  // namespace

LogFile::LogFile(std::string path, std::size_t size_max, std::vector<int> descriptors)
    : path_(std::move(path)),
      size_max_(size_max),
      descriptors_(std::move(descriptors)),
      is_in_use_(is_written_to(path_)) {}

bool LogFile::is_written_to(const std::string& path) const {
    const std::optional<struct stat> named = facts_of(path);
    struct stat used{};
    return named && !descriptors_.empty() && ::fstat(descriptors_.back(), &used) == 0 &&
           used.st_dev == named->st_dev && used.st_ino == named->st_ino;
}

void LogFile::write_to(int file) const {
    for (const int descriptor : descriptors_) ::dup2(file, descriptor);
    ::close(file);
}

void LogFile::rotate_when_long() {
    const std::optional<struct stat> facts = facts_of(path_);
    if (!is_in_use_ || !facts || static_cast<std::size_t>(facts->st_size) <= size_max_) return;
    // Opened first: if that fails, nothing has changed.
    const std::string fresh = path_ + ".new";
    const int file = ::open(fresh.c_str(), append_flags | O_TRUNC, 0600);
    if (file < 0) return;
    const bool is_moved = ::rename(path_.c_str(), (path_ + ".1").c_str()) == 0 &&
                          ::rename(fresh.c_str(), path_.c_str()) == 0;
    if (is_moved) return write_to(file);
    ::close(file);
    ::unlink(fresh.c_str());
}

void LogFile::follow() {
    if (!is_in_use_ || is_written_to(path_)) return;
    if (const int file = ::open(path_.c_str(), append_flags, 0600); file >= 0) write_to(file);
}

}  // namespace vectis::controller
