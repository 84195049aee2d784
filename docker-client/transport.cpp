#include "docker-client/transport.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>

#include <curl/curl.h>

namespace vectis::docker {
namespace {

using std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t body_size_max = 64U << 20U;

struct FreeEasy {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeMulti {
    void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;
using Multi = std::unique_ptr<CURLM, FreeMulti>;
using List = std::unique_ptr<curl_slist, FreeList>;
using File = std::unique_ptr<std::FILE, CloseFile>;

/// What the callbacks of one transfer write to.
struct Transfer {
    CURL* easy = nullptr;
    HttpResponse response{};
    const BodySink* sink = nullptr;
    std::exception_ptr failure{};
};

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* context) {
    auto& transfer = *static_cast<Transfer*>(context);
    const std::string_view line(bytes, size * count);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
        std::string name(line.substr(0, colon));
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        std::string_view value = line.substr(colon + 1);
        while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
        while (!value.empty() && (value.back() == '\r' || value.back() == '\n')) value.remove_suffix(1);
        transfer.response.headers[name] = value;
    }
    return size * count;
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* context) {
    auto& transfer = *static_cast<Transfer*>(context);
    long status = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    const std::string_view part(bytes, size * count);
    try {
        if (*transfer.sink && status >= 200 && status < 300) {
            (*transfer.sink)(part);
        } else {
            if (transfer.response.body.size() + part.size() > body_size_max) throw std::runtime_error("the engine's answer is larger than 64 MiB");
            transfer.response.body.append(part);
        }
    } catch (...) {
        transfer.failure = std::current_exception();
        return 0;
    }
    return part.size();
}

template <class T>
void set(CURL* easy, CURLoption option, T value) {
    if (const CURLcode code = curl_easy_setopt(easy, option, value); code != CURLE_OK) {
        throw EngineError(EngineError::Outcome::not_sent, std::string("set up a call to the engine: ") + curl_easy_strerror(code));
    }
}

void set_location(CURL* easy, const Location& location, const std::string& target) {
    if (!location.socket.empty()) {
        set(easy, CURLOPT_UNIX_SOCKET_PATH, location.socket.c_str());
        set(easy, CURLOPT_URL, ("http://docker" + target).c_str());
        return;
    }
    set(easy, CURLOPT_URL, ((location.has_tls ? "https://" : "http://") + location.authority + target).c_str());
    if (!location.has_tls) return;
    set(easy, CURLOPT_CAINFO, (location.certificates + "/ca.pem").c_str());
    set(easy, CURLOPT_SSLCERT, (location.certificates + "/cert.pem").c_str());
    set(easy, CURLOPT_SSLKEY, (location.certificates + "/key.pem").c_str());
    set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
}

File set_body(CURL* easy, const HttpRequest& request) {
    if (!request.body_file.empty()) {
        File file(std::fopen(request.body_file.c_str(), "rb"));
        if (!file) throw EngineError(EngineError::Outcome::not_sent, "cannot read " + request.body_file);
        set(easy, CURLOPT_UPLOAD, 1L);
        set(easy, CURLOPT_READDATA, static_cast<void*>(file.get()));
        set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
        return file;
    }
    if (request.method == "POST" || request.method == "PUT") {
        set(easy, CURLOPT_POST, 1L);
        set(easy, CURLOPT_POSTFIELDS, request.body.data());
        set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    }
    if (request.method == "HEAD") set(easy, CURLOPT_NOBODY, 1L);
    set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    return {};
}

List header_list(const HttpRequest& request) {
    curl_slist* list = curl_slist_append(nullptr, "Expect:");
    if (!request.content_type.empty()) list = curl_slist_append(list, ("Content-Type: " + request.content_type).c_str());
    for (const auto& [name, value] : request.headers) list = curl_slist_append(list, (name + ": " + value).c_str());
    return List(list);
}

/// Why a transfer ended, in words that help, and whether the engine may have acted.
EngineError explain(CURLcode code, const Location& location, CURL* easy) {
    const std::string place = to_text(location);
    long system_error = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &system_error);
    if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST) {
        if (system_error == EACCES || system_error == EPERM) {
            return {EngineError::Outcome::not_sent, "permission denied on " + place + ": run as root or join the group that owns the socket (docker)"};
        }
        return {EngineError::Outcome::not_sent, "no Docker Engine answers at " + place + ": is it running? (DOCKER_HOST chooses another)"};
    }
    if (code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE) {
        return {EngineError::Outcome::not_sent, "TLS with " + place + ": " + curl_easy_strerror(code)};
    }
    return {EngineError::Outcome::unknown, "the connection to " + place + " broke: " + std::string(curl_easy_strerror(code))};
}

bool was_sent(CURL* easy) {
    curl_off_t connected = 0;
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
    return connected > 0;
}

[[noreturn]] void give_up(CURL* easy, const std::string& why) {
    throw EngineError(was_sent(easy) ? EngineError::Outcome::unknown : EngineError::Outcome::not_sent, why);
}

/// Drives the transfer to its end, the deadline or the stop.
CURLcode drive(CURLM* multi, CURL* easy, const Call& call, std::optional<SteadyTime> end) {
    for (int running = 1;;) {
        if (const CURLMcode code = curl_multi_perform(multi, &running); code != CURLM_OK) give_up(easy, curl_multi_strerror(code));
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
            if (message->msg == CURLMSG_DONE) return message->data.result;
        }
        if (call.stop.stop_requested()) give_up(easy, "the call to the engine was cancelled");
        milliseconds wait{60000};
        if (end) {
            const auto rest = std::chrono::ceil<milliseconds>(*end - std::chrono::steady_clock::now());
            if (rest.count() <= 0) give_up(easy, "the engine did not answer within " + std::to_string(call.deadline.count()) + " ms");
            wait = std::min(wait, rest);
        }
        curl_multi_poll(multi, nullptr, 0, static_cast<int>(wait.count()), nullptr);
    }
}

}  // namespace

Transport::Transport(Location location) : location_(std::move(location)) {
    static const bool is_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (!is_ready) throw EngineError(EngineError::Outcome::not_sent, "libcurl does not start");
}

HttpResponse Transport::send(const HttpRequest& request, const Call& call, const BodySink& sink, Pace pace) const {
    // A quick answer would otherwise hide that nobody wants it any more; a stream may still give what is there already.
    if (pace == Pace::bounded && call.stop.stop_requested()) throw EngineError(EngineError::Outcome::not_sent, "the call to the engine was cancelled");
    const Easy easy(curl_easy_init());
    const Multi multi(curl_multi_init());
    if (!easy || !multi) throw EngineError(EngineError::Outcome::not_sent, "out of memory for a call to the engine");
    Transfer transfer{.easy = easy.get(), .sink = &sink};
    set(easy.get(), CURLOPT_NOSIGNAL, 1L);
    set_location(easy.get(), location_, request.target);
    const List headers = header_list(request);
    set(easy.get(), CURLOPT_HTTPHEADER, headers.get());
    const File file = set_body(easy.get(), request);
    set(easy.get(), CURLOPT_HEADERFUNCTION, take_header);
    set(easy.get(), CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
    set(easy.get(), CURLOPT_WRITEFUNCTION, take_body);
    set(easy.get(), CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
    curl_multi_add_handle(multi.get(), easy.get());
    std::optional<SteadyTime> end;
    if (pace == Pace::bounded) end = std::chrono::steady_clock::now() + call.deadline;
    CURLcode code = CURLE_OK;
    try {
        const std::stop_callback wake(call.stop, [&] { curl_multi_wakeup(multi.get()); });
        code = drive(multi.get(), easy.get(), call, end);
    } catch (...) {
        curl_multi_remove_handle(multi.get(), easy.get());
        throw;
    }
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(multi.get(), easy.get());
    if (transfer.failure) std::rethrow_exception(transfer.failure);
    if (code != CURLE_OK) throw explain(code, location_, easy.get());
    transfer.response.status = static_cast<int>(status);
    return std::move(transfer.response);
}

}  // namespace vectis::docker
