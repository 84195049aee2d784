#include "reconcilers/queries.hpp"

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

/// Whose passwords the installation may hold. While the database does not answer, the secrets
/// themselves say so.
std::vector<resources::ObjectKey> mailboxes_of(Seams& seams) {
    std::vector<resources::ObjectKey> out;
    try {
        for (const resources::Object& mailbox : seams.mail.list({.kind = "Mailbox"}).items)
            out.push_back(resources::key_of(mailbox));
        return out;
    } catch (const controller::StoreError&) {
        out.clear();
    }
    for (const std::string& name : seams.secrets.names()) {
        const std::size_t slash = name.find('/');
        if (slash == std::string::npos) continue;
        const std::string key = name.substr(slash + 1);
        if (key.starts_with(mailbox_prefix))
            out.push_back({"Mailbox", name.substr(0, slash), key.substr(mailbox_prefix.size())});
    }
    return out;
}

}  // namespace

std::vector<controller::Credential> PlatformQueries::credentials() {
    std::vector<controller::Credential> out;
    const std::string host = host_of(seams_.platform);
    for (const resources::ObjectKey& mailbox : mailboxes_of(seams_)) {
        const std::string& domain = mailbox.ns;
        const std::optional<controller::Secrets::Values> secret =
            seams_.secrets.get(domain + '/' + std::string(mailbox_prefix) + mailbox.name);
        if (!secret || !secret->contains("password")) continue;
        for (const Service& service : services) {
            const int port = port_of(seams_.platform, service);
            if (port != 0)
                out.push_back(
                    {service.name,
                     host,
                     port,
                     service.tls,
                     mailbox.name + '@' + domain,
                     secret->at("password")}
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
