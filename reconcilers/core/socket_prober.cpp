#include "reconcilers/core/socket_prober.hpp"

#include "reconcilers/core/probe_postgres.hpp"
#include "reconcilers/core/probe_stream.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string_view>
#include <utility>

namespace vectis::reconcilers {
namespace {

using Limits = ProbeStream::Limits;

constexpr int reply_lines_max = 100;

/// The service says that it lacks something which somebody has to bring.
class ProbeLack : public ProbeFailure {
public:
    ProbeLack(std::string reason, const std::string& message)
        : ProbeFailure(message), reason_(std::move(reason)) {}

    const std::string& reason() const { return reason_; }

private:
    std::string reason_;
};

std::string shown(const std::string& line) {
    return line.substr(0, 120);
}

/// What a service sends ends up in a status, which is JSON: bytes that are no printable ASCII would
/// make the stored object unreadable.
std::string printable(std::string text) {
    std::replace_if(text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7E; }, '?');
    return text;
}

/// A service may repeat what it was sent (Redis does in some errors).
std::string without(std::string text, const std::string& secret) {
    if (secret.empty()) return text;
    for (std::size_t place = text.find(secret); place != std::string::npos;
         place = text.find(secret, place + 3))
        text.replace(place, secret.size(), "***");
    return text;
}

/// OpenSSL writes to sockets without MSG_NOSIGNAL, so a service that hangs up would end the
/// process.
class PipeSignalBlocked {
public:
    PipeSignalBlocked() {
        ::sigemptyset(&pipe_);
        ::sigaddset(&pipe_, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    ~PipeSignalBlocked() {
        const timespec at_once{};
        if (::sigismember(&before_, SIGPIPE) == 0) ::sigtimedwait(&pipe_, nullptr, &at_once);
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    PipeSignalBlocked(const PipeSignalBlocked&) = delete;
    PipeSignalBlocked& operator=(const PipeSignalBlocked&) = delete;

private:
    sigset_t pipe_{};
    sigset_t before_{};
};

/// The last line of an SMTP reply; `capabilities` collects what EHLO lists.
std::string read_reply(
    ProbeStream& stream, const std::string& code, std::string* capabilities = nullptr
) {
    for (int count = 0; count < reply_lines_max; ++count) {
        const std::string line = stream.read_line();
        if (!line.starts_with(code)) throw ProbeFailure("wanted " + code + ", got: " + shown(line));
        if (capabilities != nullptr)
            *capabilities += line.substr(std::min<std::size_t>(4, line.size())) + '\n';
        if (line.size() < 4 || line[3] == ' ') return line;
    }
    throw ProbeFailure("a reply of more than " + std::to_string(reply_lines_max) + " lines");
}

std::string probe_smtp(const ProbeTarget& target, const Limits& limits) {
    ProbeStream stream(target.address, static_cast<std::uint16_t>(target.probe.port), limits);
    const std::string name = target.server_name.empty() ? "probe.invalid" : target.server_name;
    if (target.probe.tls) stream.start_tls(target.server_name);
    std::string banner = stream.read_line();
    // It counts its clients: restarting it would cut those that it serves.
    if (banner.starts_with("421") && banner.find("too many") != std::string::npos)
        return shown(banner);
    if (!banner.starts_with("220")) throw ProbeFailure("wanted 220, got: " + shown(banner));
    if (banner.starts_with("220-")) banner = read_reply(stream, "220");
    std::string capabilities;
    stream.write("EHLO " + name + "\r\n");
    read_reply(stream, "250", &capabilities);
    std::string note;
    if (target.probe.start_tls) {
        if (capabilities.find("STARTTLS\n") == std::string::npos)
            throw ProbeFailure("STARTTLS is not offered");
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
        stream.write(
            "*2\r\n$4\r\nAUTH\r\n$" + std::to_string(target.password.size()) + "\r\n" +
            target.password + "\r\n"
        );
        if (const std::string answer = stream.read_line(); answer != "+OK")
            throw ProbeFailure("AUTH was refused: " + shown(without(answer, target.password)));
    }
    stream.write("*1\r\n$4\r\nPING\r\n");
    const std::string answer = stream.read_line();
    if (answer != "+PONG") throw ProbeFailure("wanted +PONG, got: " + shown(answer));
    return "PING answered with PONG";
}

std::string probe_http(const ProbeTarget& target, const Limits& limits) {
    ProbeStream stream(target.address, static_cast<std::uint16_t>(target.probe.port), limits);
    if (target.probe.tls) stream.start_tls(target.server_name);
    stream.write(
        "GET " + target.probe.path + " HTTP/1.1\r\nHost: " + target.address +
        "\r\nConnection: close\r\n\r\n"
    );
    const std::string line = stream.read_line();
    const bool is_good =
        line.size() > 9 && line.starts_with("HTTP/1.") && (line[9] == '2' || line[9] == '3');
    if (!is_good) throw ProbeFailure("got: " + shown(line));
    return shown(line);
}

/// SMFIC_OPTNEG of the milter protocol: length, 'O', version, actions, protocol flags, all big
/// endian.
std::string probe_milter(const ProbeTarget& target, const Limits& limits) {
    ProbeStream stream(target.address, static_cast<std::uint16_t>(target.probe.port), limits);
    const std::string offer("\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\0\0\0", 17);
    stream.write(offer);
    const std::string head = stream.read_bytes(5);
    if (head[4] != 'O') throw ProbeFailure("the milter did not negotiate");
    return "the milter negotiates";
}

/// While there are no signatures the entry of the image answers in the place of clamd, which does
/// not run without any. A version is "ClamAV 1.4.6/27890/Tue Nov 24 09:12:11 2026".
std::string probe_clamd(const ProbeTarget& target, const Limits& limits) {
    constexpr std::string_view error = " ERROR";
    ProbeStream stream(target.address, static_cast<std::uint16_t>(target.probe.port), limits);
    stream.write("nIDSESSION\nnPING\n");
    std::string pong = stream.read_line();
    if (pong.ends_with(error)) {
        pong.resize(pong.size() - error.size());
        if (pong.starts_with("no signatures")) throw ProbeLack("NoSignatures", shown(pong));
        throw ProbeFailure(shown(pong));
    }
    if (pong != "1: PONG") throw ProbeFailure("wanted 1: PONG, got: " + shown(pong));
    stream.write("nVERSION\n");
    const std::string answer = stream.read_line();
    if (!answer.starts_with("2: ClamAV "))
        throw ProbeFailure("wanted 2: ClamAV, got: " + shown(answer));
    stream.write("nEND\n");
    const std::string version = answer.substr(3);
    const std::size_t end = version.find('/');
    if (end == std::string::npos) return shown(version) + ", without the daily signatures";
    return shown(version.substr(0, end) + ", signatures " + version.substr(end + 1));
}

std::string probe_tcp(const ProbeTarget& target, const Limits& limits) {
    const ProbeStream stream(target.address, static_cast<std::uint16_t>(target.probe.port), limits);
    return "port " + std::to_string(target.probe.port) + " accepts connections";
}

std::string speak(const ProbeTarget& target, const Limits& limits) {
    switch (target.probe.type) {
        case resources::ProbeType::none:
            return "runs";
        case resources::ProbeType::tcp:
            return probe_tcp(target, limits);
        case resources::ProbeType::smtp:
            return probe_smtp(target, limits);
        case resources::ProbeType::imap:
            return probe_imap(target, limits);
        case resources::ProbeType::lmtp:
            return probe_lmtp(target, limits);
        case resources::ProbeType::postgres:
            return probe_postgres(target, limits);
        case resources::ProbeType::redis:
            return probe_redis(target, limits);
        case resources::ProbeType::http:
            return probe_http(target, limits);
        case resources::ProbeType::milter:
            return probe_milter(target, limits);
        case resources::ProbeType::clamd:
            return probe_clamd(target, limits);
    }
    return {};
}

}  // namespace

ProbeResult SocketProber::probe(const ProbeTarget& target, std::stop_token stop) {
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::seconds(target.probe.timeout_seconds);
    const PipeSignalBlocked blocked;
    try {
        return {true, printable(without(speak(target, {end, std::move(stop)}), target.password))};
    } catch (const ProbeImpossible& failure) {
        return {false, printable(failure.what()), false};
    } catch (const ProbeLack& lack) {
        return {false, printable(lack.what()), true, lack.reason()};
    } catch (const ProbeFailure& failure) {
        return {false, printable(without(failure.what(), target.password))};
    }
}

}  // namespace vectis::reconcilers
