#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::controller {

/// What an owner needs to log in with an account. Only those whose password the installation
/// generated and still holds.
struct Credential {
    std::string service{};  ///< "imaps", "pop3s", "submission", "smtps"
    std::string host{};
    int port = 0;
    std::string tls{};  ///< "implicit" or "starttls"
    std::string user{};
    std::string password{};
};

struct LogRequest {
    std::string workload{};
    bool follow = false;
    int tail_lines = -1;
};

/// Questions that need more than the stores; `reconcilers/` answers them, `api/` asks.
class Queries {
public:
    Queries() = default;
    Queries(const Queries&) = delete;
    Queries& operator=(const Queries&) = delete;
    virtual ~Queries() = default;

    virtual std::vector<Credential> credentials() = 0;
    /// False if there is no such Workload or it has no container. Blocks while following, until
    /// `stop`.
    virtual bool logs(
        const LogRequest& request,
        const std::function<void(std::string_view)>& sink,
        std::stop_token stop
    ) = 0;
};

}  // namespace vectis::controller
