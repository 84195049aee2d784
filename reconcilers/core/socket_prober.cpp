#include "reconcilers/core/socket_prober.hpp"

#include <chrono>

#include "reconcilers/core/probe_postgres.hpp"
#include "reconcilers/core/probe_stream.hpp"

namespace vectis::reconcilers {
namespace {

using Limits = ProbeStream::Limits;

std::string shown(const std::string& line) {
    return line.substr(0, 120);
}

/// The last line of an SMTP reply; `capabilities` collects what EHLO lists.
std::string read_reply(ProbeStream& stream, const std::string& code, std::string* capabilities = nullptr) {
    for (;;) {
        const std::string line = stream.read_line();
        if (!line.starts_with(code)) throw ProbeFailure("wanted " + code + ", got: " + shown(line));
        if (capabilities != nullptr) *capabilities += line.substr(std::min<std::size_t>(4, line.size())) + '\n';
        if (line.size() < 4 || line[3] == ' ') return line;
    }
}

std::string probe_smtp(const ProbeTarget& target, const Limits& limits) {
    ProbeStream stream(target.address, static_cast<std::uint16_t>(target.probe.port), limits);
    const std::string name = target.server_name.empty() ? "probe.invalid" : target.server_name;
    if (target.probe.tls) stream.start_tls(target.server_name);
    const std::string banner = read_reply(stream, "220");
    std::string capabilities;
    stream.write("EHLO " + name + "\r\n");
    read_reply(stream, "250", &capabilities);
    std::string note;
    if (target.probe.start_tls) {
        if (capabilities.find("STARTTLS\n") == std::string::npos) throw ProbeFailure("STARTTLS is not offered");
        stream.write("STARTTLS\r\n");
        read_reply(stream, "220");
        stream.start_tls(target.server_name);
        stream.write("EHLO " + name + "\r\n");
        read_reply(stream, "250");
        note = ", STARTTLS works";
    }
    stream.write("QUIT\r\n");
    return shown(banner) + note;
}

std::string probe_lmtp(const ProbeTarget& target, const Limits& limits) {
    ProbeStream stream(target.address, static_cast<std::uint16_t>(target.probe.port), limits);
    const std::string banner = read_reply(stream, "220");
    stream.write("LHLO probe.invalid\r\n");
    read_reply(stream, "250");
    stream.write("QUIT\r\n");
    return shown(banner);
}

std::string probe_imap(const ProbeTarget& target, const Limits& limits) {
    ProbeStream stream(target.address, static_cast<std::uint16_t>(target.probe.port), limits);
    if (target.probe.tls) stream.start_tls(target.server_name);
    const std::string greeting = stream.read_line();
    if (!greeting.starts_with("* OK")) throw ProbeFailure("wanted * OK, got: " + shown(greeting));
    stream.write("a LOGOUT\r\n");
    return shown(greeting);
}

std::string probe_redis(const ProbeTarget& target, const Limits& limits) {
    ProbeStream stream(target.address, static_cast<std::uint16_t>(target.probe.port), limits);
    if (!target.password.empty()) {
        stream.write("*2\r\n$4\r\nAUTH\r\n$" + std::to_string(target.password.size()) + "\r\n" + target.password + "\r\n");
        if (const std::string answer = stream.read_line(); answer != "+OK") throw ProbeFailure("AUTH was refused: " + shown(answer));
    }
    stream.write("*1\r\n$4\r\nPING\r\n");
    const std::string answer = stream.read_line();
    if (answer != "+PONG") throw ProbeFailure("wanted +PONG, got: " + shown(answer));
    return "PING answered with PONG";
}

std::string probe_http(const ProbeTarget& target, const Limits& limits) {
    ProbeStream stream(target.address, static_cast<std::uint16_t>(target.probe.port), limits);
    if (target.probe.tls) stream.start_tls(target.server_name);
    stream.write("GET " + target.probe.path + " HTTP/1.1\r\nHost: " + target.address + "\r\nConnection: close\r\n\r\n");
    const std::string line = stream.read_line();
    const bool is_good = line.size() > 9 && line.starts_with("HTTP/1.") && (line[9] == '2' || line[9] == '3');
    if (!is_good) throw ProbeFailure("got: " + shown(line));
    return shown(line);
}

/// SMFIC_OPTNEG of the milter protocol: length, 'O', version, actions, protocol flags, all big endian.
std::string probe_milter(const ProbeTarget& target, const Limits& limits) {
    ProbeStream stream(target.address, static_cast<std::uint16_t>(target.probe.port), limits);
    const std::string offer("\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\0\0\0", 17);
    stream.write(offer);
    const std::string head = stream.read_bytes(5);
    if (head[4] != 'O') throw ProbeFailure("the milter did not negotiate");
    return "the milter negotiates";
}

std::string probe_tcp(const ProbeTarget& target, const Limits& limits) {
    const ProbeStream stream(target.address, static_cast<std::uint16_t>(target.probe.port), limits);
    return "port " + std::to_string(target.probe.port) + " accepts connections";
}

std::string speak(const ProbeTarget& target, const Limits& limits) {
    switch (target.probe.type) {
        case resources::ProbeType::none: return "runs";
        case resources::ProbeType::tcp: return probe_tcp(target, limits);
        case resources::ProbeType::smtp: return probe_smtp(target, limits);
        case resources::ProbeType::imap: return probe_imap(target, limits);
        case resources::ProbeType::lmtp: return probe_lmtp(target, limits);
        case resources::ProbeType::postgres: return probe_postgres(target, limits);
        case resources::ProbeType::redis: return probe_redis(target, limits);
        case resources::ProbeType::http: return probe_http(target, limits);
        case resources::ProbeType::milter: return probe_milter(target, limits);
    }
    return {};
}

}  // namespace

ProbeResult SocketProber::probe(const ProbeTarget& target, std::stop_token stop) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(target.probe.timeout_seconds);
    try {
        return {true, speak(target, {end, std::move(stop)})};
    } catch (const ProbeFailure& failure) {
        return {false, failure.what()};
    }
}

}  // namespace vectis::reconcilers
