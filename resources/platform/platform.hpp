#pragma once

#include "resources/field_error.hpp"
#include "resources/schema.hpp"
#include "resources/view.hpp"
#include "resources/workload/workload.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace vectis::resources {

enum class Profile { dev, small, production, enterprise };
template <>
struct EnumNames<Profile> {
    static constexpr std::pair<std::string_view, Profile> values[] = {
        {"dev", Profile::dev},
        {"small", Profile::small},
        {"production", Profile::production},
        {"enterprise", Profile::enterprise}
    };
};

/// Ports on the host. 0 picks a free one; `status` shows it.
struct PlatformPorts {
    std::string address = "0.0.0.0";
    std::int64_t smtp = 25;
    std::int64_t submission = 587;
    std::int64_t smtps = 465;
    std::int64_t imaps = 993;
    std::int64_t pop3s = 995;

    friend bool operator==(const PlatformPorts&, const PlatformPorts&) = default;
    static constexpr auto fields = std::tuple{
        field("address", &PlatformPorts::address, "IPv4 address of the host to listen on.")
            .matching("[0-9]{1,3}(\\.[0-9]{1,3}){3}", "an IPv4 address such as 127.0.0.1"),
        field("smtp", &PlatformPorts::smtp, "SMTP from other servers.").in(0, 65535),
        field("submission", &PlatformPorts::submission, "Submission with STARTTLS.").in(0, 65535),
        field("smtps", &PlatformPorts::smtps, "Submission over TLS.").in(0, 65535),
        field("imaps", &PlatformPorts::imaps, "IMAP over TLS.").in(0, 65535),
        field("pop3s", &PlatformPorts::pop3s, "POP3 over TLS.").in(0, 65535),
    };
};

struct PlatformDns {
    bool outside = true;
    std::vector<std::string> servers{};

    friend bool operator==(const PlatformDns&, const PlatformDns&) = default;
    static constexpr auto fields = std::tuple{
        field(
            "outside",
            &PlatformDns::outside,
            "The machine can resolve names of the Internet. Only a test installation may say false."
        ),
        field("servers", &PlatformDns::servers, "Validating resolvers; empty: the engine's."),
    };
};

struct RspamdSettings {
    double reject_score = 15;
    double add_header_score = 6;

    friend bool operator==(const RspamdSettings&, const RspamdSettings&) = default;
    static constexpr auto fields = std::tuple{
        field(
            "rejectScore", &RspamdSettings::reject_score, "Score from which a message is refused."
        )
            .in(1, 999),
        field(
            "addHeaderScore",
            &RspamdSettings::add_header_score,
            "Score from which a message is filed into Junk."
        )
            .in(1, 999),
    };
};

enum class WhenUnavailable { defer, accept };
template <>
struct EnumNames<WhenUnavailable> {
    static constexpr std::pair<std::string_view, WhenUnavailable> values[] = {
        {"defer", WhenUnavailable::defer}, {"accept", WhenUnavailable::accept}
    };
};

struct AntivirusSettings {
    bool enabled = false;
    WhenUnavailable when_unavailable = WhenUnavailable::defer;

    friend bool operator==(const AntivirusSettings&, const AntivirusSettings&) = default;
    static constexpr auto fields = std::tuple{
        field(
            "enabled",
            &AntivirusSettings::enabled,
            "Run ClamAV and refuse messages in which it finds a virus."
        ),
        field(
            "whenUnavailable",
            &AntivirusSettings::when_unavailable,
            "What becomes of a message that cannot be scanned, for want of the scanner or of "
            "signatures: it is put off (4xx), or accepted and marked X-Virus-Status: Not scanned."
        ),
    };
};

/// What may differ for one component from what the profile gives it.
struct ComponentSettings {
    ImageSource image{};
    std::int64_t memory_mib = 0;  ///< 0: the profile's

    friend bool operator==(const ComponentSettings&, const ComponentSettings&) = default;
    static constexpr auto fields = std::tuple{
        field("image", &ComponentSettings::image, "Image to run instead of the default one."),
        field("memoryMiB", &ComponentSettings::memory_mib, "Memory limit; 0: the profile's.")
            .in(0, 1048576),
    };
};

/// The one object that most people write.
struct PlatformSpec {
    std::string hostname{};
    std::string postmaster{};
    Profile profile = Profile::small;
    PlatformPorts ports{};
    PlatformDns dns{};
    std::string data_subnet = "172.31.250.0/24";
    std::int64_t message_size_limit_mib = 25;
    RspamdSettings rspamd{};
    AntivirusSettings antivirus{};
    std::map<std::string, ComponentSettings> components{};
    UpdatePolicy update{};

    friend bool operator==(const PlatformSpec&, const PlatformSpec&) = default;
    static constexpr auto fields = std::tuple{
        field(
            "hostname",
            &PlatformSpec::hostname,
            "Fully qualified name of the mail server; also the name in its certificate and banner."
        )
            .required()
            .matching(
                "([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9-]{2,63}",
                "a full host name such as mail.example.com"
            ),
        field(
            "postmaster",
            &PlatformSpec::postmaster,
            "Address that gets the mail to postmaster and abuse at the hostname; empty: it is "
            "refused."
        ),
        field("profile", &PlatformSpec::profile, "Size of the installation; sets the limits."),
        field("ports", &PlatformSpec::ports, "Ports on the host."),
        field("dns", &PlatformSpec::dns, "Name resolution."),
        field(
            "dataSubnet",
            &PlatformSpec::data_subnet,
            "Subnet of the data network; Valkey has a fixed address in it."
        )
            .matching("[0-9]{1,3}(\\.[0-9]{1,3}){3}/[0-9]{1,2}", "a CIDR such as 172.31.250.0/24"),
        field("messageSizeLimitMiB", &PlatformSpec::message_size_limit_mib, "Largest message.")
            .in(1, 1024),
        field("rspamd", &PlatformSpec::rspamd, "Spam filter."),
        field("antivirus", &PlatformSpec::antivirus, "Virus scanner."),
        field(
            "components",
            &PlatformSpec::components,
            "Settings of single components: postgres, valkey, clamav, rspamd, dovecot, postfix."
        ),
        field("update", &PlatformSpec::update, "How components are replaced."),
    };
};

template <>
PlatformSpec view<PlatformSpec>(const boost::json::object& spec);

/// Rules that no single field can state; paths start at the object's root.
std::vector<FieldError> validate(const PlatformSpec& spec);

}  // namespace vectis::resources
