#include "api/http_client.hpp"

#include "api/socket.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <optional>
#include <system_error>
#include <utility>

namespace vectis::api {
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace {

constexpr std::size_t largest_answer = 256U << 20U;

Socket connect(const std::string& path) {
    try {
        std::optional<Descriptor> connection = connect_unix(path);
        if (!connection) throw ClientError("no controller answers on " + path);
        return {std::move(*connection), nullptr};
    } catch (const std::system_error& error) {
        if (error.code() == std::errc::permission_denied ||
            error.code() == std::errc::operation_not_permitted)
            throw ClientForbidden(
                "no permission to ask the controller at " + path +
                "; run this as the user who started it"
            );
        throw ClientError(error.what());
    }
}

void check(const boost::system::error_code& error) {
    if (error == boost::asio::error::timed_out)
        throw ClientError("the controller did not answer in time");
    if (error) throw ClientError("the connection to the controller broke off: " + error.message());
}

}  // namespace

HttpClient::HttpClient(std::string socket_path) : socket_path_(std::move(socket_path)) {}

bool HttpClient::is_answering() const {
    try {
        return send({.method = "GET",
                     .target = "/healthz",
                     .time_limit = std::chrono::milliseconds(3000)})
                   .status == 200;
    } catch (const ClientError&) {
        return false;
    }
}

ClientResponse HttpClient::send(const ClientRequest& request) const {
    std::string body;
    ClientResponse response = stream(request, [&](std::string_view piece) {
        body += piece;
        return true;
    });
    if (response.body.empty()) response.body = std::move(body);
    return response;
}

ClientResponse HttpClient::stream(const ClientRequest& request, const Sink& sink) const {
    Socket socket = connect(socket_path_);
    boost::system::error_code error;
    const auto extend = [&] {
        socket.set_deadline(std::chrono::steady_clock::now() + request.time_limit);
    };
    extend();
    http::request<http::string_body> message{
        http::string_to_verb(request.method), request.target, 11
    };
    message.set(http::field::host, "localhost");
    message.set(http::field::accept, request.accept);
    if (!request.body.empty()) message.set(http::field::content_type, request.content_type);
    message.keep_alive(false);
    message.body() = request.body;
    message.prepare_payload();
    // A refusal may come before the whole request was taken: what the server says counts more than
    // the failed write.
    http::write(socket, message, error);

    http::response_parser<http::buffer_body> parser;
    parser.body_limit(largest_answer);
    beast::flat_buffer buffer;
    http::read_header(socket, buffer, parser, error);
    check(error);
    ClientResponse response{
        .status = static_cast<int>(parser.get().result_int()),
        .content_type = std::string(parser.get()[http::field::content_type]),
        .body = {}
    };
    const bool is_good = response.status >= 200 && response.status < 300;
    char piece[16384];
    while (!parser.is_done()) {
        parser.get().body().data = piece;
        parser.get().body().size = sizeof piece;
        http::read_some(socket, buffer, parser, error);
        if (error == http::error::need_buffer) error = {};
        check(error);
        const std::string_view got(piece, sizeof piece - parser.get().body().size);
        if (got.empty()) continue;
        extend();
        if (!is_good)
            response.body += got;
        else if (!sink(got))
            break;
    }
    return response;
}

}  // namespace vectis::api
