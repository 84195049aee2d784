#include "docker-client/http_engine.hpp"

#include "docker-client/answers.hpp"
#include "docker-client/operation.hpp"
#include "docker-client/wire.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

/// The ways in which all verbs ask; the verbs themselves are in the files http_*.cpp beside.
namespace vectis::docker {
namespace json = boost::json;
namespace {

using Outcome = EngineError::Outcome;

constexpr int minor_min = 41;
constexpr int minor_max = 51;

bool is_unavailable(const HttpResponse& response) {
    return response.status >= 502 && response.status <= 504;
}

std::string name_of(const HttpRequest& request) {
    return request.method + ' ' + request.target.substr(0, request.target.find('?'));
}

/// A question that is asked on a thread of its own; it is answered before this ends.
template <class Ask>
class Beside {
public:
    explicit Beside(Ask ask) : task_(std::move(ask)), answer_(task_.get_future()) {}
    auto get() { return answer_.get(); }

private:
    std::packaged_task<std::invoke_result_t<Ask>()> task_;
    std::future<std::invoke_result_t<Ask>> answer_;
    std::jthread thread_{[this] { task_(); }};
};

}  // namespace

HttpEngine::HttpEngine(const Location& location, Observer observer)
    : transport_(location), observer_(std::move(observer)) {}

Limit HttpEngine::limit_of(const Call& call) {
    if (call.node != "local") {
        throw EngineError(Outcome::not_sent, "there is no node '" + call.node + "'");
    }
    return Limit(call);
}

EngineVersion HttpEngine::version(const Call& call) {
    return negotiated(limit_of(call));
}

Listing HttpEngine::list(const Labels& labels, const Call& call) {
    Beside networks([&] { return list_networks(labels, call); });
    Beside volumes([&] { return list_volumes(labels, call); });
    return {list_containers({labels}, call), networks.get(), volumes.get()};
}

EngineVersion HttpEngine::negotiated(const Limit& limit) {
    {
        const std::scoped_lock lock(mutex_);
        if (version_) return *version_;
    }
    EngineVersion agreed;
    try {
        agreed = negotiate(limit);
    } catch (const EngineError& error) {
        // Whatever became of the questions, they change nothing.
        throw EngineError(Outcome::not_sent, error.what());
    }
    const std::scoped_lock lock(mutex_);
    version_ = agreed;
    return agreed;
}

EngineVersion HttpEngine::negotiate(const Limit& limit) const {
    const std::string engine = "the engine at " + to_text(transport_.location());
    const HttpResponse ping = transport_.send({.target = "/_ping"}, limit);
    if (!is_success(ping)) {
        throw EngineError(
            Outcome::not_sent, engine + " is not ready: " + refusal_of(ping).message()
        );
    }
    const auto header = ping.headers.find("api-version");
    if (header == ping.headers.end()) {
        throw EngineError(Outcome::not_sent, engine + " does not tell its API version: is it one?");
    }
    const int theirs = wire::minor_of(header->second);
    if (theirs < minor_min) {
        throw EngineError(
            Outcome::not_sent,
            engine + " is too old (API " + header->second +
                "): Docker Engine 20.10 (API 1.41) or later is needed"
        );
    }
    EngineVersion out{.api_version = "1." + std::to_string(std::min(theirs, minor_max))};
    const HttpResponse answer =
        transport_.send({.target = "/v" + out.api_version + "/version"}, limit);
    if (!is_success(answer)) {
        throw EngineError(
            Outcome::not_sent,
            engine + " refuses API " + out.api_version + ": " + refusal_of(answer).message()
        );
    }
    out.version = wire::text_at(parse_body(answer), "Version");
    return out;
}

void HttpEngine::forget_version() {
    const std::scoped_lock lock(mutex_);
    version_.reset();
}

HttpResponse HttpEngine::send(
    HttpRequest request, const Limit& limit, const BodySink& sink, Pace pace
) {
    const std::string name = name_of(request);
    request.target = "/v" + negotiated(limit).api_version + request.target;
    HttpResponse response;
    try {
        response = observed(request, limit, sink, pace);
    } catch (const EngineError& error) {
        forget_version();  // another engine may answer next time
        throw EngineError(error.outcome(), name + ": " + error.what());
    }
    if (is_unavailable(response)) {
        forget_version();
        throw EngineError(Outcome::unknown, name + ": " + refusal_of(response).message());
    }
    if (response.status == 400 && refuses_with(response, "client version")) {
        forget_version();
        throw EngineError(
            Outcome::not_sent, name + ": the engine was replaced: " + refusal_of(response).message()
        );
    }
    return response;
}

HttpResponse HttpEngine::observed(
    const HttpRequest& request, const Limit& limit, const BodySink& sink, Pace pace
) const {
    if (!observer_ || pace == Pace::endless) return transport_.send(request, limit, sink, pace);
    const Limit::Clock::time_point begin = Limit::Clock::now();
    const auto tell = [&] {
        observer_(operation_of(request.method, request.target), Limit::Clock::now() - begin);
    };
    try {
        HttpResponse response = transport_.send(request, limit, sink, pace);
        tell();
        return response;
    } catch (const EngineError&) {
        tell();
        throw;
    }
}

HttpResponse HttpEngine::post(const std::string& target, const Limit& limit) {
    return send({.method = "POST", .target = target}, limit);
}

HttpResponse HttpEngine::post(
    const std::string& target, const json::object& body, const Limit& limit
) {
    return send(
        {.method = "POST",
         .target = target,
         .body = json::serialize(body),
         .content_type = "application/json"},
        limit
    );
}

HttpResponse HttpEngine::remove(const std::string& target, const Limit& limit) {
    return send({.method = "DELETE", .target = target}, limit);
}

json::value HttpEngine::ask(const std::string& target, const Limit& limit) {
    const HttpResponse response = send({.target = target}, limit);
    if (is_success(response)) return parse_body(response);
    throw EngineError(
        Outcome::unknown, name_of({.target = target}) + ": " + refusal_of(response).message()
    );
}

std::optional<json::value> HttpEngine::find(const std::string& target, const Limit& limit) {
    const HttpResponse response = send({.target = target}, limit);
    if (is_missing(response)) return std::nullopt;
    if (is_success(response)) return parse_body(response);
    throw EngineError(
        Outcome::unknown, name_of({.target = target}) + ": " + refusal_of(response).message()
    );
}

}  // namespace vectis::docker
