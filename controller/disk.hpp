#pragma once

#include "controller/random.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::controller {

/// A folder of files whose writes are durable when they return. Failures are StoreErrors that say
/// which file and why.
class Disk {
public:
    Disk() = default;
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;
    virtual ~Disk() = default;

    virtual std::optional<std::string> read(const std::string& name) = 0;
    /// Appends and syncs. When it throws, any prefix of `bytes` may be there.
    virtual void append(const std::string& name, std::string_view bytes) = 0;
    /// The file has the old content or the new, whatever happens.
    virtual void replace(const std::string& name, std::string_view bytes) = 0;
    virtual void remove(const std::string& name) = 0;
    /// Cuts the file to this length.
    virtual void truncate(const std::string& name, std::size_t size) = 0;
};

/// Makes the folder with mode 0700 if it is not there. One that is there may be read by whom its
/// owner lets read it, but nobody else may put files in it: ours loses that right; one of others or
/// of all (/tmp) is refused with StoreError and stays as it is.
void make_private_folder(const std::string& path);

/// A real folder, files 0600.
class FolderDisk final : public Disk {
public:
    /// Makes the folder with mode 0700 if it is not there; refuses a shared one such as /tmp.
    explicit FolderDisk(std::string folder);

    std::optional<std::string> read(const std::string& name) override;
    void append(const std::string& name, std::string_view bytes) override;
    void replace(const std::string& name, std::string_view bytes) override;
    void remove(const std::string& name) override;
    void truncate(const std::string& name, std::size_t size) override;

private:
    std::string path(const std::string& name) const;
    void sync_folder() const;

    std::string folder_;
};

/// A folder in memory that outlives the simulated controller. Tests tear and fill it.
class SimDisk final : public Disk {
public:
    std::optional<std::string> read(const std::string& name) override;
    void append(const std::string& name, std::string_view bytes) override;
    void replace(const std::string& name, std::string_view bytes) override;
    void remove(const std::string& name) override;
    void truncate(const std::string& name, std::size_t size) override;

    /// The next append writes only the first `bytes` bytes and then fails, as when the machine
    /// loses power in it.
    void tear_next_append(std::size_t bytes) { torn_ = bytes; }
    void set_full(bool is_full) { is_full_ = is_full; }

private:
    std::map<std::string, std::string> files_;
    std::optional<std::size_t> torn_;
    bool is_full_ = false;
};

}  // namespace vectis::controller
