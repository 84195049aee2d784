#include "docker-client/transport.hpp"

#include "docker-client/error.hpp"
#include "docker-client/transport_body.hpp"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace vectis::docker {
namespace {

using std::chrono::milliseconds;
using Outcome = EngineError::Outcome;

constexpr std::size_t body_size_max = 64U << 20U;
constexpr std::size_t headers_max = 200;

struct FreeEasy {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeMulti {
    void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;
using Multi = std::unique_ptr<CURLM, FreeMulti>;
using List = std::unique_ptr<curl_slist, FreeList>;

/// What the callbacks of one transfer write to.
struct Transfer {
    CURL* easy = nullptr;
    HttpResponse response{};
    const BodySink* sink = nullptr;
    bool has_head = false;  ///< the empty line after the headers has come
    std::exception_ptr failure{};
    std::array<char, CURL_ERROR_SIZE> detail{};  ///< what libcurl says beyond its code
};

void add_header(Transfer& transfer, std::string_view line) {
    HttpResponse& response = transfer.response;
    transfer.has_head = line == "\r\n" || line == "\n";
    // An interim answer (100, 103) and the final one have headers of their own.
    if (line.starts_with("HTTP/")) response.headers.clear();
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
    value = value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
    response.headers[name] = value;
    if (response.headers.size() > headers_max) {
        throw EngineError(Outcome::unknown, "the engine's answer has too many headers");
    }
}

void add_body(Transfer& transfer, std::string_view part) {
    long status = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    if (*transfer.sink && status >= 200 && status < 300) {
        (*transfer.sink)(part);
        return;
    }
    std::string& body = transfer.response.body;
    if (body.size() + part.size() > body_size_max) {
        throw EngineError(Outcome::unknown, "the engine's answer is larger than 64 MiB");
    }
    body.append(part);
}

/// Runs `take` for libcurl, which exceptions must not cross.
template <class Take>
std::size_t guarded(Transfer& transfer, std::size_t size, Take take) {
    try {
        take();
        return size;
    } catch (...) {
        transfer.failure = std::current_exception();
        return 0;  // makes libcurl end the transfer
    }
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* context) {
    auto& transfer = *static_cast<Transfer*>(context);
    const std::string_view line(bytes, size * count);
    return guarded(transfer, line.size(), [&] { add_header(transfer, line); });
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* context) {
    auto& transfer = *static_cast<Transfer*>(context);
    const std::string_view part(bytes, size * count);
    return guarded(transfer, part.size(), [&] { add_body(transfer, part); });
}

/// A program that this one starts must not inherit a connection to the engine: it is as good as
/// root.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

template <class T>
void set(CURL* easy, CURLoption option, T value) {
    if (const CURLcode code = curl_easy_setopt(easy, option, value); code != CURLE_OK) {
        throw EngineError(
            Outcome::not_sent,
            std::string("set up a call to the engine: ") + curl_easy_strerror(code)
        );
    }
}

/// Why nothing was sent to a socket, in words that help.
EngineError connect_error(const Location& location, int system_error) {
    const std::string place = to_text(location);
    if (system_error == EACCES || system_error == EPERM) {
        return {
            Outcome::not_sent,
            "permission denied on " + location.socket +
                ": run as root or add the user to the group that owns the "
                "socket (docker)"
        };
    }
    std::string why = "no Docker Engine answers at " + place;
    if (system_error != 0) why += std::string(" (") + std::strerror(system_error) + ")";
    return {Outcome::not_sent, why + ": is it running? DOCKER_HOST chooses another"};
}

/// The path by which to reach a unix socket: a socket address holds 107 bytes only, so a longer
/// path goes through a file descriptor.
class SocketPath {
public:
    explicit SocketPath(const Location& location) : path_(location.socket) {
        if (path_.size() < sizeof(sockaddr_un::sun_path)) return;
        fd_ = ::open(path_.c_str(), O_PATH | O_CLOEXEC);
        if (fd_ < 0) throw connect_error(location, errno);
        path_ = "/proc/self/fd/" + std::to_string(fd_);
    }
    SocketPath(const SocketPath&) = delete;
    SocketPath& operator=(const SocketPath&) = delete;
    ~SocketPath() {
        if (fd_ >= 0) ::close(fd_);
    }
    const std::string& text() const { return path_; }

private:
    std::string path_;
    int fd_ = -1;
};

void set_location(CURL* easy, const Location& location, const std::string& target) {
    const bool has_tls = location.socket.empty() && location.has_tls;
    const std::string authority = location.socket.empty() ? location.authority : "docker";
    set(easy, CURLOPT_URL, ((has_tls ? "https://" : "http://") + authority + target).c_str());
    set(easy, CURLOPT_PROTOCOLS_STR, has_tls ? "https" : "http");
    // A proxy of the environment is for the outside world.
    set(easy, CURLOPT_PROXY, "");
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(easy, CURLOPT_PATH_AS_IS, 1L);
    set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    if (!has_tls) return;
    set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(easy, CURLOPT_CAINFO, (location.certificates + "/ca.pem").c_str());
    set(easy, CURLOPT_SSLCERT, (location.certificates + "/cert.pem").c_str());
    set(easy, CURLOPT_SSLKEY, (location.certificates + "/key.pem").c_str());
    set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
}

void set_callbacks(CURL* easy, Transfer& transfer) {
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    set(easy, CURLOPT_HEADERFUNCTION, take_header);
    set(easy, CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
    set(easy, CURLOPT_WRITEFUNCTION, take_body);
    set(easy, CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
    set(easy, CURLOPT_ERRORBUFFER, transfer.detail.data());
}

/// Returns the body's file, which must outlive the transfer.
std::unique_ptr<BodyFile> set_body(CURL* easy, const HttpRequest& request) {
    std::unique_ptr<BodyFile> file;
    if (!request.body_file.empty()) {
        file = std::make_unique<BodyFile>(request.body_file);
        set(easy, CURLOPT_UPLOAD, 1L);
        set(easy, CURLOPT_READFUNCTION, BodyFile::read);
        set(easy, CURLOPT_READDATA, static_cast<void*>(file.get()));
        set(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(file->size()));
    } else if (request.method == "POST" || request.method == "PUT") {
        set(easy, CURLOPT_POST, 1L);
        set(easy, CURLOPT_POSTFIELDS, request.body.data());
        set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    }
    set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    return file;
}

void append(List& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    if (!list) list.reset(longer);  // otherwise the list itself has grown
}

List header_list(const HttpRequest& request) {
    List list;
    // Waiting for "100 Continue" costs a second where a proxy does not know it.
    append(list, "Expect:");
    // Without this libcurl says that the body is a form.
    append(
        list,
        request.content_type.empty() ? "Content-Type:" : "Content-Type: " + request.content_type
    );
    return list;
}

bool was_sent(CURL* easy) {
    curl_off_t ready_to_send = 0;
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready_to_send);
    return ready_to_send > 0;
}

Outcome outcome_of(CURL* easy) {
    return was_sent(easy) ? Outcome::unknown : Outcome::not_sent;
}

/// With TLS 1.3 an engine refuses a client's certificate by an alert after the request was sent.
bool is_about_tls(CURLcode code, std::string_view detail) {
    return code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION ||
           code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE ||
           detail.find(" alert ") != std::string_view::npos;
}

/// Why a transfer ended, and whether the engine may have acted.
EngineError explain(CURLcode code, const Location& location, const Transfer& transfer) {
    CURL* easy = transfer.easy;
    long system_error = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &system_error);
    const Outcome outcome = outcome_of(easy);
    if (outcome == Outcome::not_sent && code == CURLE_COULDNT_CONNECT) {
        return connect_error(location, static_cast<int>(system_error));
    }
    const std::string place = to_text(location);
    const std::string why = curl_easy_strerror(code);
    const std::string detail = transfer.detail.data();
    if (is_about_tls(code, detail)) {
        return {
            outcome,
            "TLS with " + place + ": " + (detail.empty() ? why : detail) +
                " (ca.pem, cert.pem and key.pem are read from " + location.certificates + ")"
        };
    }
    if (outcome == Outcome::not_sent) return {outcome, "connect to " + place + ": " + why};
    return {outcome, "the connection to " + place + " broke: " + why};
}

/// Throws if nobody wants the answer any more.
void check(const Limit& limit, CURL* easy, Pace pace) {
    if (limit.stop().stop_requested()) {
        throw EngineError(outcome_of(easy), "the call to the engine was cancelled");
    }
    if (pace == Pace::endless && was_sent(easy)) return;
    if (limit.is_over()) {
        throw EngineError(
            outcome_of(easy),
            "the engine did not answer within " + std::to_string(limit.deadline().count()) + " ms"
        );
    }
}

milliseconds time_to_wait(const Limit& limit) {
    constexpr milliseconds longest{60000};
    const auto rest = std::chrono::ceil<milliseconds>(limit.end() - Limit::Clock::now());
    // After the end of the limit only an endless stream gets here.
    return rest > milliseconds(0) ? std::min(rest, longest) : longest;
}

void check(CURLMcode code, CURL* easy) {
    if (code != CURLM_OK) throw EngineError(outcome_of(easy), curl_multi_strerror(code));
}

/// Drives the transfer to its end, the limit or the stop.
CURLcode drive(CURLM* multi, CURL* easy, const Limit& limit, Pace pace) {
    for (int running = 1;;) {
        check(curl_multi_perform(multi, &running), easy);
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
            if (message->msg == CURLMSG_DONE) return message->data.result;
        }
        check(limit, easy, pace);
        const auto wait = static_cast<int>(time_to_wait(limit).count());
        check(curl_multi_poll(multi, nullptr, 0, wait, nullptr), easy);
    }
}

/// Ties an easy handle to a multi handle for the time of a transfer.
class Running {
public:
    Running(CURLM* multi, CURL* easy) : multi_(multi), easy_(easy) {
        check(curl_multi_add_handle(multi_, easy_), easy_);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { curl_multi_remove_handle(multi_, easy_); }

private:
    CURLM* multi_;
    CURL* easy_;
};

}  // namespace

/// Multi handles, each with its kept connection, that no call uses.
struct Transport::Pool {
    static constexpr std::size_t size_max = 8;

    std::mutex mutex{};
    std::vector<Multi> handles{};
};

/// A multi handle for one call; `keep` gives it back to the pool.
class Transport::Handle {
public:
    Handle(Pool& pool, bool may_be_used) : pool_(pool) {
        if (may_be_used) {
            const std::scoped_lock lock(pool_.mutex);
            if (!pool_.handles.empty()) {
                multi_ = std::move(pool_.handles.back());
                pool_.handles.pop_back();
            }
        }
        if (!multi_) multi_.reset(curl_multi_init());
        if (!multi_) throw std::bad_alloc();
    }
    CURLM* get() const { return multi_.get(); }
    void keep() {
        const std::scoped_lock lock(pool_.mutex);
        if (pool_.handles.size() < Pool::size_max) pool_.handles.push_back(std::move(multi_));
    }

private:
    Pool& pool_;
    Multi multi_{};
};

Transport::~Transport() = default;

Transport::Transport(Location location)
    : location_(std::move(location)), idle_(std::make_unique<Pool>()) {
    static const bool is_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (!is_ready) throw EngineError(Outcome::not_sent, "libcurl does not start");
}

HttpResponse Transport::send(
    const HttpRequest& request, const Limit& limit, const BodySink& sink, Pace pace
) const {
    const bool may_reuse = request.method == "GET" && pace == Pace::bounded && !sink;
    Handle multi(*idle_, may_reuse);
    const Easy easy(curl_easy_init());
    if (!easy) throw std::bad_alloc();
    // A quick answer would otherwise hide that nobody wants it any more; a stream may still give
    // what is there already.
    if (pace == Pace::bounded) check(limit, easy.get(), pace);
    Transfer transfer{.easy = easy.get(), .sink = &sink};
    std::optional<SocketPath> socket;
    if (!location_.socket.empty()) {
        socket.emplace(location_);
        set(easy.get(), CURLOPT_UNIX_SOCKET_PATH, socket->text().c_str());
    }
    set_location(easy.get(), location_, request.target);
    const List headers = header_list(request);
    set(easy.get(), CURLOPT_HTTPHEADER, headers.get());
    const std::unique_ptr<BodyFile> file = set_body(easy.get(), request);
    set_callbacks(easy.get(), transfer);
    CURLcode code = CURLE_OK;
    {
        const Running running(multi.get(), easy.get());
        const std::stop_callback wake(limit.stop(), [&] { curl_multi_wakeup(multi.get()); });
        code = drive(multi.get(), easy.get(), limit, pace);
    }
    if (transfer.failure) std::rethrow_exception(transfer.failure);
    if (file && file->has_failed()) {
        throw EngineError(Outcome::unknown, "cannot read " + request.body_file + " to its end");
    }
    if (code != CURLE_OK) throw explain(code, location_, transfer);
    // libcurl takes a connection that closes between two headers for an answer without a body.
    if (!transfer.has_head) throw explain(CURLE_PARTIAL_FILE, location_, transfer);
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    transfer.response.status = static_cast<int>(status);
    if (may_reuse) multi.keep();
    return std::move(transfer.response);
}

}  // namespace vectis::docker
