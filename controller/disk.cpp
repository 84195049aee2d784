#include "controller/disk.hpp"

#include "controller/store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace vectis::controller {
namespace {

[[noreturn]] void fail(const std::string& what, const std::string& path, int code) {
    std::string message = what + ' ' + path + ": " + std::generic_category().message(code);
    if (code == ENOSPC || code == EDQUOT) {
        message += " (make room on this file system; nothing that was acknowledged is lost)";
    }
    throw StoreError(message);
}

class Descriptor {
public:
    Descriptor(const std::string& path, int flags)
        : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
        if (fd_ < 0) fail("open", path, errno);
    }
    ~Descriptor() { ::close(fd_); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    void write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t size = ::write(fd_, bytes.data(), bytes.size());
            if (size < 0 && errno == EINTR) continue;
            if (size < 0) fail("write", path_, errno);
            bytes.remove_prefix(static_cast<std::size_t>(size));
        }
    }
    void sync() const {
        if (::fsync(fd_) != 0) fail("sync", path_, errno);
    }
    void truncate(std::size_t size) const {
        if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) fail("truncate", path_, errno);
    }

    /// At most `size` bytes; fewer at the end of the file.
    std::string read(std::size_t size) const {
        std::string out(size, '\0');
        ssize_t count = ::read(fd_, out.data(), size);
        while (count < 0 && errno == EINTR) count = ::read(fd_, out.data(), size);
        if (count < 0) fail("read", path_, errno);
        out.resize(static_cast<std::size_t>(count));
        return out;
    }

private:
    std::string path_;
    int fd_;
};

void sync_folder_at(const std::string& path) {
    const Descriptor folder(path, O_RDONLY | O_DIRECTORY);
    folder.sync();
}

constexpr std::size_t chunk_size = 1U << 20U;

}  // namespace

void make_private_folder(const std::string& path) {
    std::error_code error;
    const bool is_new = std::filesystem::create_directories(path, error);
    if (error) fail("make folder", path, error.value());
    if (is_new) {
        if (::chmod(path.c_str(), 0700) != 0) fail("protect folder", path, errno);
        const std::filesystem::path parent = std::filesystem::path(path).parent_path();
        sync_folder_at(parent.empty() ? "." : parent.string());
        return;
    }
    struct stat facts{};
    if (::stat(path.c_str(), &facts) != 0) fail("look at folder", path, errno);
    if (facts.st_uid != ::geteuid())
        throw StoreError("the folder " + path + " belongs to another user");
    if ((facts.st_mode & 022U) == 0) return;
    const bool is_shared = (facts.st_mode & S_ISVTX) != 0;
    if (is_shared || ::chmod(path.c_str(), facts.st_mode & 0755U) != 0)
        throw StoreError("others can write into " + path + "");
}

FolderDisk::FolderDisk(std::string folder) : folder_(std::move(folder)) {
    make_private_folder(folder_);
}

std::string FolderDisk::path(const std::string& name) const {
    return folder_ + '/' + name;
}

std::optional<std::string> FolderDisk::read(const std::string& name) {
    if (::access(path(name).c_str(), F_OK) != 0 && errno == ENOENT) return std::nullopt;
    const Descriptor file(path(name), O_RDONLY);
    std::string content;
    for (std::string chunk = file.read(chunk_size); !chunk.empty(); chunk = file.read(chunk_size)) {
        content += chunk;
    }
    return content;
}

void FolderDisk::append(const std::string& name, std::string_view bytes) {
    const bool is_new = !std::filesystem::exists(path(name));
    const Descriptor file(path(name), O_WRONLY | O_APPEND | O_CREAT);
    file.write(bytes);
    file.sync();
    if (is_new) sync_folder();
}

void FolderDisk::replace(const std::string& name, std::string_view bytes) {
    const std::string fresh = path(name) + ".new";
    try {
        const Descriptor file(fresh, O_WRONLY | O_TRUNC | O_CREAT);
        file.write(bytes);
        file.sync();
    } catch (const StoreError&) {
        // Half a file would hold the room that is missing.
        ::unlink(fresh.c_str());
        throw;
    }
    if (::rename(fresh.c_str(), path(name).c_str()) != 0) fail("replace", path(name), errno);
    sync_folder();
}

void FolderDisk::remove(const std::string& name) {
    if (::unlink(path(name).c_str()) != 0 && errno != ENOENT) fail("remove", path(name), errno);
    sync_folder();
}

void FolderDisk::truncate(const std::string& name, std::size_t size) {
    // The append whose rest is to be cut may have failed before there was a file.
    const Descriptor file(path(name), O_WRONLY | O_CREAT);
    file.truncate(size);
    file.sync();
}

void FolderDisk::sync_folder() const {
    sync_folder_at(folder_);
}

std::optional<std::string> SimDisk::read(const std::string& name) {
    const auto file = files_.find(name);
    return file == files_.end() ? std::nullopt : std::optional(file->second);
}

void SimDisk::append(const std::string& name, std::string_view bytes) {
    if (is_full_) fail("write", name, ENOSPC);
    if (torn_) {
        files_[name].append(bytes.substr(0, std::exchange(torn_, std::nullopt).value()));
        fail("write", name, EIO);
    }
    files_[name].append(bytes);
}

void SimDisk::replace(const std::string& name, std::string_view bytes) {
    if (is_full_) fail("write", name, ENOSPC);
    files_[name] = bytes;
}

void SimDisk::remove(const std::string& name) {
    files_.erase(name);
}

void SimDisk::truncate(const std::string& name, std::size_t size) {
    files_[name].resize(size);
}

}  // namespace vectis::controller
