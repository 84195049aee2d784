#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vectis::controller {

/// Secret values by "namespace/name" and key. FileSecrets keeps them in `$VECTIS_HOME/secrets.yaml`
/// (0600), written whole to a new file, fsynced and renamed; the simulation keeps them in memory.
/// Thread-safe.
class Secrets {
public:
    using Values = std::map<std::string, std::string>;

    Secrets() = default;
    Secrets(const Secrets&) = delete;
    Secrets& operator=(const Secrets&) = delete;
    virtual ~Secrets() = default;

    virtual std::optional<Values> get(const std::string& name) = 0;
    /// Durable when it returns. Throws StoreError if it cannot be written.
    virtual void put(const std::string& name, const Values& values) = 0;
    virtual void remove(const std::string& name) = 0;
    virtual std::vector<std::string> names() = 0;
};

/// The namespace of the platform's own secrets.
inline constexpr const char* platform_namespace = "vectis";

}  // namespace vectis::controller
