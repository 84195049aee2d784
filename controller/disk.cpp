#include "controller/disk.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/store.hpp"

namespace vectis::controller {
namespace {

[[noreturn]] void fail(const std::string& what, const std::string& path, int code) {
    std::string message = what + ' ' + path + ": " + std::generic_category().message(code);
    if (code == ENOSPC || code == EDQUOT) message += " (make room on this file system; nothing that was acknowledged is lost)";
    throw StoreError(message);
}

class Descriptor {
public:
    Descriptor(const std::string& path, int flags) : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
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

private:
    std::string path_;
    int fd_;
};

}  // namespace

FolderDisk::FolderDisk(std::string folder) : folder_(std::move(folder)) {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) fail("make folder", folder_, error.value());
    if (::chmod(folder_.c_str(), 0700) != 0) fail("protect folder", folder_, errno);
}

std::string FolderDisk::path(const std::string& name) const {
    return folder_ + '/' + name;
}

std::optional<std::string> FolderDisk::read(const std::string& name) {
    std::ifstream file(path(name), std::ios::binary);
    if (!file) {
        if (!std::filesystem::exists(path(name))) return std::nullopt;
        fail("read", path(name), EACCES);
    }
    std::ostringstream content;
    content << file.rdbuf();
    if (file.bad()) fail("read", path(name), EIO);
    return std::move(content).str();
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
    {
        const Descriptor file(fresh, O_WRONLY | O_TRUNC | O_CREAT);
        file.write(bytes);
        file.sync();
    }
    if (::rename(fresh.c_str(), path(name).c_str()) != 0) fail("replace", path(name), errno);
    sync_folder();
}

void FolderDisk::remove(const std::string& name) {
    if (::unlink(path(name).c_str()) != 0 && errno != ENOENT) fail("remove", path(name), errno);
    sync_folder();
}

void FolderDisk::truncate(const std::string& name, std::size_t size) {
    const Descriptor file(path(name), O_WRONLY);
    file.truncate(size);
    file.sync();
}

void FolderDisk::sync_folder() const {
    const Descriptor folder(folder_, O_RDONLY | O_DIRECTORY);
    folder.sync();
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
