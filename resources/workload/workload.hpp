#pragma once

#include "resources/field_error.hpp"
#include "resources/schema.hpp"
#include "resources/view.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace vectis::resources {

/// What the container runs. Exactly one of `build` and `reference` is set.
struct ImageSource {
    std::string build{};      ///< name of a folder in manifests/images
    std::string reference{};  ///< "traefik:v3", pulled if the engine does not have it
    std::string revision{};   ///< change it to rebuild for security fixes
    std::string context{};    ///< identity of the definition; empty: as it is now

    friend bool operator==(const ImageSource&, const ImageSource&) = default;
    static constexpr auto fields = std::tuple{
        field(
            "build",
            &ImageSource::build,
            "Image definition to build when the engine has none: a folder of manifests/images."
        ),
        field(
            "reference",
            &ImageSource::reference,
            "Image to use as it is, pulled if the engine does not have it."
        ),
        field(
            "revision",
            &ImageSource::revision,
            "Any text; a change rebuilds the image, for security fixes of its packages."
        ),
        field(
            "context",
            &ImageSource::context,
            "Hash of the image definition, filled in by a Platform: a new version of Vectis "
            "replaces containers in its order."
        ),
    };
};

/// How a value that is put into a file is quoted.
enum class FileFormat { text, postfix, dovecot, ucl, valkey, pgpass };
template <>
struct EnumNames<FileFormat> {
    static constexpr std::pair<std::string_view, FileFormat> values[] = {
        {"text", FileFormat::text},
        {"postfix", FileFormat::postfix},
        {"dovecot", FileFormat::dovecot},
        {"ucl", FileFormat::ucl},
        {"valkey", FileFormat::valkey},
        {"pgpass", FileFormat::pgpass}
    };
};

/// One file, by content. `${secret:NAME/KEY}` is replaced by the quoted value when the file is
/// uploaded.
struct WorkloadFile {
    std::string path{};  ///< relative to the folder it is mounted in
    std::string content{};
    FileFormat format = FileFormat::text;
    std::string mode = "0644";
    std::int64_t uid = 0;
    std::int64_t gid = 0;

    friend bool operator==(const WorkloadFile&, const WorkloadFile&) = default;
    static constexpr auto fields = std::tuple{
        field("path", &WorkloadFile::path, "Path below the folder, without a leading slash.")
            .required()
            .matching(
                "[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*", "a relative path such as local.d/actions.conf"
            ),
        field(
            "content",
            &WorkloadFile::content,
            "Text of the file; ${secret:NAME/KEY} is replaced on upload."
        )
            .at_most(1 << 20),
        field(
            "format",
            &WorkloadFile::format,
            "Syntax of the file; decides how inserted values are quoted."
        ),
        field("mode", &WorkloadFile::mode, "Permissions, octal.")
            .matching("0[0-7]{3}", "four octal digits such as \"0640\""),
        field("uid", &WorkloadFile::uid, "Numeric owner.").in(0, 65535),
        field("gid", &WorkloadFile::gid, "Numeric group.").in(0, 65535),
    };
};

/// A folder of files. Immutable: a change makes a new container. Live: a change is swapped in and
/// reloaded.
struct FileFolder {
    std::string path{};  ///< where it is mounted, read-only
    std::vector<WorkloadFile> files{};

    friend bool operator==(const FileFolder&, const FileFolder&) = default;
    static constexpr auto fields = std::tuple{
        field(
            "path",
            &FileFolder::path,
            "Absolute path in the container where the files appear, read-only."
        )
            .required()
            .matching("/[A-Za-z0-9._/-]+", "an absolute path such as /etc/vectis"),
        field("files", &FileFolder::files, "The files.").keyed_by("path").at_most(256),
    };
};

/// Files that change while the container runs: they are found below `<path>/current`, a link that
/// is swapped at once.
struct LiveFolder {
    std::string path{};
    std::vector<WorkloadFile> files{};
    std::vector<std::string> check{
    };  ///< command that must exit 0 before the swap; `{}` is the new folder
    std::vector<std::string> reload{};  ///< command after the swap
    std::string reload_signal{};        ///< or a signal to the container, "HUP"

    friend bool operator==(const LiveFolder&, const LiveFolder&) = default;
    static constexpr auto fields = std::tuple{
        field(
            "path",
            &LiveFolder::path,
            "Absolute path of the folder; the files are in <path>/current."
        )
            .required()
            .matching("/[A-Za-z0-9._/-]+", "an absolute path such as /etc/vectis-live"),
        field("files", &LiveFolder::files, "The files.").keyed_by("path").at_most(256),
        field(
            "check",
            &LiveFolder::check,
            "Command that must succeed on the new files before they are used; {} stands for their "
            "folder."
        ),
        field("reload", &LiveFolder::reload, "Command that makes the service read the new files."),
        field(
            "reloadSignal",
            &LiveFolder::reload_signal,
            "Signal that makes the service read the new files."
        )
            .matching("[A-Z]{3,6}|", "a signal name such as HUP"),
    };
};

struct NetworkAttachment {
    std::string network{};
    std::vector<std::string> aliases{};
    std::string address{};

    friend bool operator==(const NetworkAttachment&, const NetworkAttachment&) = default;
    static constexpr auto fields = std::tuple{
        field("network", &NetworkAttachment::network, "Name of a Network.").required(),
        field("aliases", &NetworkAttachment::aliases, "DNS names of the container on this network.")
            .as_set(),
        field(
            "address",
            &NetworkAttachment::address,
            "Fixed IPv4 address inside the network's subnet."
        )
            .matching("([0-9]{1,3}(\\.[0-9]{1,3}){3})?", "an IPv4 address such as 172.31.0.10"),
    };
};

struct PublishedPort {
    std::string name{};
    std::int64_t container_port = 0;
    std::int64_t host_port = 0;  ///< 0: the engine picks a free one
    std::string host_address = "127.0.0.1";

    friend bool operator==(const PublishedPort&, const PublishedPort&) = default;
    static constexpr auto fields = std::tuple{
        field("name", &PublishedPort::name, "Name of the service, e.g. smtp.").required(),
        field("containerPort", &PublishedPort::container_port, "Port in the container.")
            .required()
            .in(1, 65535),
        field("hostPort", &PublishedPort::host_port, "Port on the host; 0 picks a free one.")
            .in(0, 65535),
        field("hostAddress", &PublishedPort::host_address, "Address on the host.")
            .matching("[0-9]{1,3}(\\.[0-9]{1,3}){3}", "an IPv4 address such as 127.0.0.1"),
    };
};

struct VolumeMount {
    std::string volume{};
    std::string path{};
    bool read_only = false;

    friend bool operator==(const VolumeMount&, const VolumeMount&) = default;
    static constexpr auto fields = std::tuple{
        field("volume", &VolumeMount::volume, "Name of a Volume.").required(),
        field("path", &VolumeMount::path, "Absolute path in the container.")
            .required()
            .matching("/[A-Za-z0-9._/-]+", "an absolute path"),
        field("readOnly", &VolumeMount::read_only, "Mount it read-only."),
    };
};

struct TmpfsMount {
    std::string path{};
    std::int64_t size_mib = 16;
    std::string mode = "1777";

    friend bool operator==(const TmpfsMount&, const TmpfsMount&) = default;
    static constexpr auto fields = std::tuple{
        field("path", &TmpfsMount::path, "Absolute path in the container.")
            .required()
            .matching("/[A-Za-z0-9._/-]+", "an absolute path"),
        field("sizeMiB", &TmpfsMount::size_mib, "Largest size.").in(1, 65536),
        field("mode", &TmpfsMount::mode, "Permissions, octal.")
            .matching("[0-7]{3,4}", "octal digits such as \"1777\""),
    };
};

struct DnsSettings {
    std::vector<std::string> servers{};
    std::vector<std::string> options{};  ///< empty: ndots:1

    friend bool operator==(const DnsSettings&, const DnsSettings&) = default;
    static constexpr auto fields = std::tuple{
        field(
            "servers",
            &DnsSettings::servers,
            "Resolvers for names outside the platform; empty: the engine's."
        ),
        field(
            "options",
            &DnsSettings::options,
            "Options of resolv.conf; empty: ndots:1, so that names of stopped containers stay "
            "inside."
        ),
    };
};

struct Limits {
    std::int64_t memory_mib = 512;
    std::int64_t cpu_milli = 0;  ///< 0: no limit
    std::int64_t pids = 512;

    friend bool operator==(const Limits&, const Limits&) = default;
    static constexpr auto fields = std::tuple{
        field("memoryMiB", &Limits::memory_mib, "Memory limit.").in(16, 1048576),
        field("cpuMilli", &Limits::cpu_milli, "CPU limit in thousandths of a core; 0 is none.")
            .in(0, 1024000),
        field("pids", &Limits::pids, "Process limit.").in(16, 65536),
    };
};

enum class ProbeType { none, tcp, smtp, imap, lmtp, postgres, redis, http, milter, clamd };
template <>
struct EnumNames<ProbeType> {
    static constexpr std::pair<std::string_view, ProbeType> values[] = {
        {"none", ProbeType::none},
        {"tcp", ProbeType::tcp},
        {"smtp", ProbeType::smtp},
        {"imap", ProbeType::imap},
        {"lmtp", ProbeType::lmtp},
        {"postgres", ProbeType::postgres},
        {"redis", ProbeType::redis},
        {"http", ProbeType::http},
        {"milter", ProbeType::milter},
        {"clamd", ProbeType::clamd}
    };
};

/// The protocol handshake that decides whether the container serves.
struct Probe {
    ProbeType type = ProbeType::none;
    std::int64_t port = 0;
    bool tls = false;        ///< TLS from the first byte
    bool start_tls = false;  ///< the service must offer STARTTLS
    std::string user{};
    std::string password_secret{};  ///< NAME/KEY
    std::string database{};
    std::string path = "/";
    std::int64_t interval_seconds = 10;
    std::int64_t timeout_seconds = 5;
    std::int64_t failure_threshold = 3;

    friend bool operator==(const Probe&, const Probe&) = default;
    static constexpr auto fields = std::tuple{
        field("type", &Probe::type, "Protocol to speak; none: a running process is enough."),
        field("port", &Probe::port, "Port in the container.").in(0, 65535),
        field("tls", &Probe::tls, "Speak TLS from the first byte."),
        field("startTls", &Probe::start_tls, "Require that STARTTLS is offered and works."),
        field("user", &Probe::user, "User to log in as (postgres)."),
        field(
            "passwordSecret",
            &Probe::password_secret,
            "Secret NAME/KEY of the password (postgres, redis)."
        ),
        field("database", &Probe::database, "Database to select from (postgres)."),
        field("path", &Probe::path, "Path to get (http)."),
        field("intervalSeconds", &Probe::interval_seconds, "Time between probes once Ready.")
            .in(1, 3600),
        field("timeoutSeconds", &Probe::timeout_seconds, "Time for one probe.").in(1, 60),
        field(
            "failureThreshold",
            &Probe::failure_threshold,
            "Failures in a row after which it is not Ready."
        )
            .in(1, 100),
    };
};

struct UpdatePolicy {
    std::int64_t progress_deadline_seconds = 60;
    std::int64_t min_ready_seconds = 5;
    std::int64_t stop_grace_seconds = 30;

    friend bool operator==(const UpdatePolicy&, const UpdatePolicy&) = default;
    static constexpr auto fields = std::tuple{
        field(
            "progressDeadlineSeconds",
            &UpdatePolicy::progress_deadline_seconds,
            "Time in which a new container must become Ready."
        )
            .in(1, 3600),
        field(
            "minReadySeconds",
            &UpdatePolicy::min_ready_seconds,
            "How long a replacement must be Ready before the old container is removed."
        )
            .in(0, 600),
        field(
            "stopGraceSeconds",
            &UpdatePolicy::stop_grace_seconds,
            "Time to stop before the container is killed."
        )
            .in(0, 600),
    };
};

/// One container, declared.
struct WorkloadSpec {
    ImageSource image{};
    std::vector<std::string> command{};
    std::string user{};
    FileFolder files{};
    LiveFolder live{};
    std::vector<NetworkAttachment> networks{};
    std::vector<PublishedPort> ports{};
    std::vector<VolumeMount> volumes{};
    std::vector<TmpfsMount> tmpfs{};
    std::vector<std::string> capabilities{};
    std::map<std::string, std::string> extra_hosts{};
    DnsSettings dns{};
    Limits limits{};
    Probe probe{};
    UpdatePolicy update{};
    std::string stop_signal{};
    std::string node = "local";

    friend bool operator==(const WorkloadSpec&, const WorkloadSpec&) = default;
    static constexpr auto fields = std::tuple{
        field("image", &WorkloadSpec::image, "What it runs.").required(),
        field("command", &WorkloadSpec::command, "Arguments; empty: the image's."),
        field("user", &WorkloadSpec::user, "uid[:gid]; empty: the image's.")
            .matching("([0-9]+(:[0-9]+)?)?", "uid or uid:gid"),
        field("files", &WorkloadSpec::files, "Files that a change of makes a new container."),
        field("live", &WorkloadSpec::live, "Files that are changed in the running container."),
        field("networks", &WorkloadSpec::networks, "Networks it is on.").keyed_by("network"),
        field("ports", &WorkloadSpec::ports, "Ports published on the host.").keyed_by("name"),
        field("volumes", &WorkloadSpec::volumes, "Data volumes.").keyed_by("path"),
        field("tmpfs", &WorkloadSpec::tmpfs, "Writable memory file systems.").keyed_by("path"),
        field(
            "capabilities",
            &WorkloadSpec::capabilities,
            "Linux capabilities; all others are dropped."
        )
            .as_set(),
        field("extraHosts", &WorkloadSpec::extra_hosts, "Lines for /etc/hosts: name to address."),
        field("dns", &WorkloadSpec::dns, "Name resolution."),
        field("limits", &WorkloadSpec::limits, "Resource limits."),
        field("probe", &WorkloadSpec::probe, "What decides that it serves."),
        field("update", &WorkloadSpec::update, "How it is replaced."),
        field("stopSignal", &WorkloadSpec::stop_signal, "Signal that stops it; empty: the image's.")
            .matching("(SIG[A-Z0-9]+)?", "a signal such as SIGINT"),
        field("node", &WorkloadSpec::node, "Engine that runs it.")
            .matching("local", "\"local\", the only engine"),
    };
};

template <>
WorkloadSpec view<WorkloadSpec>(const boost::json::object& spec);

/// Rules that no single field can state; paths start at the object's root.
std::vector<FieldError> validate(const WorkloadSpec& spec);

}  // namespace vectis::resources
