#include "api/http_server.hpp"

#include "api/status_error.hpp"
#include "controller/log.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <exception>
#include <optional>
#include <utility>

namespace vectis::api {
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace log = controller::log;
namespace {

using ErrorCode = boost::system::error_code;

SteadyTime after(std::chrono::milliseconds duration) {
    return std::chrono::steady_clock::now() + duration;
}

/// Sets `stop` when the client hangs up while an answer is being streamed, which the stream itself
/// would notice only at its next write.
class HangUpWatch {
public:
    HangUpWatch(int descriptor, const Alarm& alarm, const std::stop_source& stop)
        : thread_([this, descriptor, server = alarm.descriptor(), stop]() mutable {
              pollfd waits[3] = {
                  {descriptor, POLLRDHUP, 0}, {server, POLLIN, 0}, {ended_.descriptor(), POLLIN, 0}
              };
              while (::poll(waits, 3, -1) < 0 && errno == EINTR) {
              }
              stop.request_stop();
          }) {}
    HangUpWatch(const HangUpWatch&) = delete;
    HangUpWatch& operator=(const HangUpWatch&) = delete;
    ~HangUpWatch() { ended_.ring(); }

private:
    Alarm ended_;
    std::jthread thread_;
};

Response answer_of(const Handler& handler, const http::request<http::string_body>& message) {
    std::optional<Request> request =
        parse_target({message.target().data(), message.target().size()});
    if (!request) return status_error(400, "BadRequest", "the request target is malformed");
    const auto text = [](auto view) { return std::string(view.data(), view.size()); };
    request->method = text(message.method_string());
    request->accept = text(message[http::field::accept]);
    request->content_type = text(message[http::field::content_type]);
    request->body = message.body();
    try {
        return handler(*request);
    } catch (const std::exception& error) {
        log::error("a request failed", {{"method", request->method}, {"error", error.what()}});
        return status_error(
            500, "InternalError", "the request failed; the controller's log says why"
        );
    }
}

/// What is wrong with a request that could not be read; nothing if the connection simply ended.
std::optional<Response> refusal_of(const ErrorCode& error) {
    if (error == http::error::body_limit)
        return status_error(413, "RequestEntityTooLarge", "the body is larger than 10 MiB");
    if (error == http::error::header_limit)
        return status_error(431, "RequestEntityTooLarge", "the header is too large");
    if (error == boost::asio::error::timed_out)
        return status_error(408, "Timeout", "the request did not arrive in time");
    if (error == http::error::end_of_stream || error == http::error::partial_message)
        return std::nullopt;
    if (error.category() == make_error_code(http::error::bad_method).category())
        return status_error(400, "BadRequest", "no HTTP request: " + error.message());
    return std::nullopt;
}

class Connection {
public:
    Connection(
        Descriptor descriptor,
        const Handler& handler,
        const ServerLimits& limits,
        const Alarm& alarm
    )
        : socket_(std::move(descriptor), &alarm),
          handler_(handler),
          limits_(limits),
          alarm_(alarm),
          buffer_(limits.header_bytes + 65536) {}

    void serve() {
        while (serve_one()) {
        }
        // Let the client read the refusal before the rest of its request makes the kernel reset the
        // connection.
        ::shutdown(socket_.descriptor(), SHUT_WR);
        drain();
    }

    void refuse(const Response& response) {
        http::request<http::string_body> nothing;
        nothing.keep_alive(false);
        send(nothing, response);
        ::shutdown(socket_.descriptor(), SHUT_WR);
    }

private:
    bool serve_one() {
        http::request_parser<http::string_body> parser;
        parser.body_limit(limits_.body_bytes);
        parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
        ErrorCode error;
        if (buffer_.size() == 0 && !wait_for_first_byte(error)) return false;
        socket_.set_deadline(after(limits_.request_time));
        http::read_header(socket_, buffer_, parser, error);
        if (!error && parser.get()[http::field::expect] == "100-continue") {
            http::write(
                socket_, http::response<http::empty_body>{http::status::continue_, 11}, error
            );
        }
        if (!error) http::read(socket_, buffer_, parser, error);
        if (error) {
            if (const std::optional<Response> response = refusal_of(error)) refuse(*response);
            needs_drain_ = true;
            return false;
        }
        return send(parser.get(), answer_of(handler_, parser.get())) && parser.get().keep_alive();
    }

    bool wait_for_first_byte(ErrorCode& error) {
        socket_.set_deadline(after(limits_.idle_time));
        const auto space = buffer_.prepare(4096);
        buffer_.commit(socket_.read_some(space, error));
        return !error;
    }

    bool send(const http::request<http::string_body>& request, const Response& response) {
        ErrorCode error;
        socket_.set_deadline(after(limits_.write_time));
        if (response.stream) return send_stream(request, response);
        http::response<http::string_body> message{
            static_cast<http::status>(response.status), request.version()
        };
        message.set(http::field::content_type, response.content_type);
        message.keep_alive(request.keep_alive());
        message.body() = response.body;
        message.prepare_payload();
        if (request.method() == http::verb::head) message.body().clear();
        http::write(socket_, message, error);
        return !error;
    }

    bool send_stream(const http::request<http::string_body>& request, const Response& response) {
        ErrorCode error;
        http::response<http::empty_body> message{static_cast<http::status>(response.status), 11};
        message.set(http::field::content_type, response.content_type);
        message.keep_alive(request.keep_alive());
        message.chunked(true);
        http::response_serializer<http::empty_body> serializer(message);
        http::write_header(socket_, serializer, error);
        if (error) return false;
        std::stop_source stop;
        const HangUpWatch watch(socket_.descriptor(), alarm_, stop);
        const Writer write = [&](std::string_view piece) {
            if (piece.empty() || error) return !error;
            socket_.set_deadline(after(limits_.write_time));
            boost::asio::write(
                socket_,
                http::make_chunk(boost::asio::const_buffer(piece.data(), piece.size())),
                error
            );
            return !error;
        };
        response.stream(write, stop.get_token());
        if (error) return false;
        boost::asio::write(socket_, http::make_chunk_last(), error);
        return !error;
    }

    void drain() {
        if (!needs_drain_) return;
        constexpr int most_reads = 256;
        char rest[4096];
        ErrorCode error;
        socket_.set_deadline(after(std::chrono::milliseconds(500)));
        for (int i = 0; i < most_reads && !error; ++i) socket_.receive(rest, sizeof rest, error);
    }

    Socket socket_;
    const Handler& handler_;
    const ServerLimits& limits_;
    const Alarm& alarm_;
    beast::flat_buffer buffer_;
    bool needs_drain_ = false;
};

}  // namespace

struct HttpServer::Session {
    std::atomic<bool> is_over = false;
    std::jthread thread{};
};

HttpServer::HttpServer(Descriptor listener, Handler handler, ServerLimits limits)
    : listener_(std::move(listener)),
      handler_(std::move(handler)),
      limits_(limits),
      acceptor_([this] { accept_until_stopped(); }) {}

HttpServer::~HttpServer() {
    stop();
}

void HttpServer::stop() {
    stop_.request_stop();
    alarm_.ring();
    if (acceptor_.joinable()) acceptor_.join();
    std::list<std::unique_ptr<Session>> ending;
    {
        const std::lock_guard lock(mutex_);
        ending.swap(sessions_);
    }
}

void HttpServer::accept_until_stopped() {
    constexpr int retry_after_ms = 100;
    while (!stop_.stop_requested()) {
        pollfd waits[2] = {{listener_.get(), POLLIN, 0}, {alarm_.descriptor(), POLLIN, 0}};
        if (::poll(waits, 2, -1) < 0 || waits[1].revents != 0) continue;
        Descriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (connection.is_open()) {
            start(std::move(connection));
        } else if (errno == EMFILE || errno == ENFILE) {
            // The pending connection keeps the listener readable: wait for the alarm only, else
            // this would spin.
            ::poll(&waits[1], 1, retry_after_ms);
        }
    }
}

void HttpServer::start(Descriptor connection) {
    reap();
    const std::lock_guard lock(mutex_);
    if (sessions_.size() >= limits_.connections) {
        Connection(std::move(connection), handler_, limits_, alarm_)
            .refuse(status_error(503, "ServiceUnavailable", "too many connections"));
        return;
    }
    Session& session = *sessions_.emplace_back(std::make_unique<Session>());
    session.thread =
        std::jthread([this, &session, taken = std::make_shared<Descriptor>(std::move(connection))] {
            try {
                Connection(std::move(*taken), handler_, limits_, alarm_).serve();
            } catch (const std::exception& error) {
                log::warn("a connection ended early", {{"error", error.what()}});
            }
            session.is_over = true;
        });
}

void HttpServer::reap() {
    const std::lock_guard lock(mutex_);
    sessions_.remove_if([](const std::unique_ptr<Session>& session) {
        return session->is_over.load();
    });
}

}  // namespace vectis::api
