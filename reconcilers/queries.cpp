#include "reconcilers/queries.hpp"

#include "reconcilers/mail/mail_parts.hpp"
#include "resources/platform/platform.hpp"

#include <boost/json/value.hpp>

#include <array>
#include <optional>
#include <string_view>

namespace vectis::reconcilers {
namespace {

struct Service {
    const char* name;  ///< as people know it
    const char* workload;
    const char* tls;
};

constexpr std::array<Service, 4> services{
    {{"imaps", "dovecot", "implicit"},
     {"pop3s", "dovecot", "implicit"},
     {"submission", "postfix", "starttls"},
     {"smtps", "postfix", "implicit"}}
};

/// The port in use on the host; 0 if the service does not run.
int port_of(controller::Store& store, const Service& service) {
    const std::optional<resources::Object> workload = store.get({"Workload", "", service.workload});
    if (!workload) return 0;
    const boost::json::value* ports = workload->status.if_contains("ports");
    if (ports == nullptr || !ports->is_object()) return 0;
    const boost::json::value* port = ports->as_object().if_contains(service.name);
    return port != nullptr && port->is_int64() ? static_cast<int>(port->as_int64()) : 0;
}

std::string host_of(controller::Store& store) {
    for (const resources::Object& platform : store.list({.kind = "Platform"}).items) {
        const resources::PlatformSpec spec =
            resources::view<resources::PlatformSpec>(platform.spec);
        // Ports on loopback are not reached by the server's name.
        return spec.ports.address.starts_with("127.") ? spec.ports.address : spec.hostname;
    }
    return {};
}

constexpr std::string_view mailbox_prefix = "mailbox-";

/// An address and its password.
struct Account {
    std::string user{};
    std::string password{};
};

/// While the database does not answer, the generated secrets themselves say who there is.
std::vector<Account> generated_accounts(controller::Secrets& secrets) {
    std::vector<Account> out;
    for (const std::string& name : secrets.names()) {
        const std::size_t slash = name.find('/');
        if (slash == std::string::npos) continue;
        const std::string key = name.substr(slash + 1);
        const std::optional<controller::Secrets::Values> values = secrets.get(name);
        if (key.starts_with(mailbox_prefix) && values && values->contains("password"))
            out.push_back(
                {key.substr(mailbox_prefix.size()) + '@' + name.substr(0, slash),
                 values->at("password")}
            );
    }
    return out;
}

/// Those whose passwords the installation holds.
std::vector<Account> accounts_of(Seams& seams) {
    std::vector<Account> out;
    try {
        for (const resources::Object& mailbox : seams.mail.list({.kind = "Mailbox"}).items) {
            if (const std::optional<std::string> password = known_password(seams.secrets, mailbox))
                out.push_back({mailbox.metadata.name + '@' + mailbox.metadata.ns, *password});
        }
        return out;
    } catch (const controller::StoreError&) {
        return generated_accounts(seams.secrets);
    }
}

}  // namespace

std::vector<controller::Credential> PlatformQueries::credentials() {
    std::vector<controller::Credential> out;
    const std::string host = host_of(seams_.platform);
    for (const Account& account : accounts_of(seams_)) {
        for (const Service& service : services) {
            const int port = port_of(seams_.platform, service);
            if (port != 0)
                out.push_back(
                    {service.name, host, port, service.tls, account.user, account.password}
                );
        }
    }
    return out;
}

bool PlatformQueries::logs(
    const controller::LogRequest& request,
    const std::function<void(std::string_view)>& sink,
    std::stop_token stop
) {
    const std::optional<resources::Object> workload =
        seams_.platform.get({"Workload", "", request.workload});
    if (!workload) return false;
    const boost::json::value* container = workload->status.if_contains("container");
    if (container == nullptr || !container->is_string()) return false;
    const docker::LogOptions options{.follow = request.follow, .tail_lines = request.tail_lines};
    const docker::LogSink write = [&](docker::StreamKind, std::string_view bytes) { sink(bytes); };
    return seams_.engine
        .logs(
            std::string(container->as_string()),
            options,
            write,
            {.deadline = std::chrono::seconds(30), .stop = stop}
        )
        .has_value();
}

}  // namespace vectis::reconcilers
