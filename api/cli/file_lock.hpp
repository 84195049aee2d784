#pragma once

#include "api/socket.hpp"

#include <sys/types.h>

#include <optional>
#include <string>

namespace vectis::api {

/// An exclusive lock on a file for as long as the object lives. The kernel knows who holds it, so a
/// pid found this way is never that of a stranger who got a dead process' number. A process must
/// not open the file in another way while it holds the lock.
class FileLock {
public:
    /// Nothing if another process holds it. Throws std::system_error if the file cannot be opened.
    static std::optional<FileLock> try_acquire(const std::string& path);
    /// The process that holds it; 0 if nobody does.
    static pid_t holder(const std::string& path);

    /// Replaces the content with our pid, for people who look into the file.
    void write_pid() const;

private:
    explicit FileLock(Descriptor file) : file_(std::move(file)) {}

    Descriptor file_;
};

}  // namespace vectis::api
