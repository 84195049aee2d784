#pragma once

#include "controller/disk.hpp"
#include "controller/secrets.hpp"

#include <map>
#include <mutex>
#include <string>

namespace vectis::controller {

/// secrets.yaml on a disk: a mapping "namespace/name" → key → value. Read at the start; a file that
/// is damaged or that others may read is refused, never overwritten.
class FileSecrets final : public Secrets {
public:
    explicit FileSecrets(Disk& disk);

    std::optional<Values> get(const std::string& name) override;
    void put(const std::string& name, const Values& values) override;
    void remove(const std::string& name) override;
    std::vector<std::string> names() override;

private:
    void write(const std::map<std::string, Values>& all);

    Disk& disk_;
    std::mutex mutex_;
    std::map<std::string, Values> values_;
};

/// Refuses, with what to do, a secrets file whose mode lets others read it.
void check_secrets_mode(const std::string& path);

inline constexpr const char* secrets_file = "secrets.yaml";

}  // namespace vectis::controller
