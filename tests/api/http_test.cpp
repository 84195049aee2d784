#include "api/cli/api_client.hpp"
#include "api/cli/file_lock.hpp"
#include "api/health.hpp"
#include "api/http_client.hpp"
#include "api/http_server.hpp"
#include "resources/kind.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <thread>

namespace vectis::api {
namespace {

using std::chrono::milliseconds;

/// A folder of its own for each test.
class HttpServerTest : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "vectis-api-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string path() const { return folder_ + "/s"; }
    static Response echo(const Request& request) {
        return {
            .status = 200,
            .content_type = "text/plain",
            .body = request.method + ' ' + request.body,
            .stream = {}
        };
    }

    /// Sends bytes as they are and returns what comes until the server ends the connection.
    std::string raw(const std::string& bytes) const {
        Socket socket(std::move(*connect_unix(path())), nullptr);
        socket.set_deadline(std::chrono::steady_clock::now() + std::chrono::seconds(10));
        boost::system::error_code error;
        for (std::size_t sent = 0; sent < bytes.size() && !error;)
            sent += socket.send(bytes.data() + sent, bytes.size() - sent, error);
        std::string out;
        char piece[4096];
        error = {};
        while (!error) out.append(piece, socket.receive(piece, sizeof piece, error));
        return out;
    }

    std::string folder_;
};

TEST_F(HttpServerTest, ListensOnASocketThatOnlyItsOwnerMayUse) {
    const HttpServer server(listen_unix(path()), echo);
    struct stat info{};
    ASSERT_EQ(::stat(path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(HttpServerTest, RefusesASocketThatAnotherAnswersOnAndReplacesADeadOne) {
    {
        const HttpServer server(listen_unix(path()), echo);
        EXPECT_THROW(listen_unix(path()), std::system_error);
    }
    EXPECT_NO_THROW(listen_unix(path()));
    EXPECT_THROW(listen_unix("/" + std::string(200, 'x')), std::system_error);
}

TEST_F(HttpServerTest, AnswersARequestWithItsBody) {
    const HttpServer server(listen_unix(path()), echo);
    const ClientResponse response =
        HttpClient(path()).send({.method = "POST", .target = "/x", .body = "hello"});
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "POST hello");
}

TEST_F(HttpServerTest, StreamsPiecesAsTheyCome) {
    const HttpServer server(listen_unix(path()), [](const Request&) {
        Response response;
        response.stream = [](const Writer& write, std::stop_token) {
            for (const char* piece : {"one\n", "two\n", "three\n"}) write(piece);
        };
        return response;
    });
    std::string text;
    HttpClient(path()).stream({.target = "/"}, [&](std::string_view piece) {
        text += piece;
        return true;
    });
    EXPECT_EQ(text, "one\ntwo\nthree\n");
}

TEST_F(HttpServerTest, StopsAStreamWhenTheClientHangsUp) {
    std::atomic<bool> has_ended = false;
    HttpServer server(listen_unix(path()), [&](const Request&) {
        Response response;
        response.stream = [&](const Writer& write, std::stop_token stop) {
            write("begin\n");
            std::mutex mutex;
            std::condition_variable_any stopped;
            std::unique_lock lock(mutex);
            stopped.wait(lock, stop, [] { return false; });
            has_ended = true;
        };
        return response;
    });
    HttpClient(path()).stream({.target = "/"}, [](std::string_view) { return false; });
    server.stop();
    EXPECT_TRUE(has_ended);
}

TEST_F(HttpServerTest, EndsOpenStreamsWhenItStops) {
    HttpServer server(listen_unix(path()), [](const Request&) {
        Response response;
        response.stream = [](const Writer& write, std::stop_token stop) {
            write("begin\n");
            std::mutex mutex;
            std::condition_variable_any stopped;
            std::unique_lock lock(mutex);
            stopped.wait(lock, stop, [] { return false; });
        };
        return response;
    });
    std::atomic<bool> has_begun = false;
    std::thread client([&] {
        try {
            HttpClient(path()).stream({.target = "/"}, [&](std::string_view) {
                has_begun = true;
                has_begun.notify_all();
                return true;
            });
        } catch (const ClientError&) {
            has_begun = true;
        }
    });
    has_begun.wait(false);
    server.stop();
    client.join();
}

TEST_F(HttpServerTest, HidesTheTextOfAnException) {
    const HttpServer server(listen_unix(path()), [](const Request&) -> Response {
        throw std::runtime_error("canary");
    });
    const ClientResponse response = HttpClient(path()).send({.target = "/"});
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body.find("canary"), std::string::npos);
}

TEST_F(HttpServerTest, RefusesWhatIsTooLarge) {
    const HttpServer server(listen_unix(path()), echo, {.body_bytes = 1000, .header_bytes = 2000});
    EXPECT_EQ(
        HttpClient(path())
            .send({.method = "POST", .target = "/", .body = std::string(1001, 'x')})
            .status,
        413
    );
    EXPECT_EQ(
        HttpClient(path())
            .send({.method = "POST", .target = "/", .body = std::string(1000, 'x')})
            .status,
        200
    );
    EXPECT_NE(
        raw("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(5000, 'x') + "\r\n\r\n").find(" 431 "),
        std::string::npos
    );
}

TEST_F(HttpServerTest, RefusesWhatIsNoHttp) {
    const HttpServer server(listen_unix(path()), echo);
    for (const std::string bytes :
         {"nonsense\r\n\r\n",
          "GET / HTTP/9.9\r\n\r\n",
          "GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
          "GET * HTTP/1.1\r\nConnection: close\r\n\r\n",
          "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"}) {
        EXPECT_NE(raw(bytes).find(" 400 "), std::string::npos) << bytes;
    }
}

TEST_F(HttpServerTest, GivesASlowRequestUp) {
    const HttpServer server(
        listen_unix(path()), echo, {.request_time = milliseconds(50), .idle_time = milliseconds(50)}
    );
    EXPECT_NE(
        raw("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc").find(" 408 "), std::string::npos
    );
    EXPECT_EQ(raw(""), "");
}

TEST_F(HttpServerTest, SaysSoWhenThereAreTooManyConnections) {
    const HttpServer server(listen_unix(path()), echo, {.connections = 1});
    const Socket first(std::move(*connect_unix(path())), nullptr);
    EXPECT_NE(raw("").find(" 503 "), std::string::npos);
}

TEST_F(HttpServerTest, ServesHealthOnLoopback) {
    Descriptor listener = listen_loopback(0);
    EXPECT_GT(port_of(listener), 0);
    const Handler handler = health_handler(
        {.metrics = [] { return std::string("up 1\n"); }, .is_ready = [] { return false; }}
    );
    const auto ask = [&](const char* target) {
        Request request = parse_target(target).value();
        request.method = "GET";
        return handler(request);
    };
    EXPECT_EQ(ask("/metrics").body, "up 1\n");
    EXPECT_EQ(ask("/healthz").status, 200);
    EXPECT_EQ(ask("/readyz").status, 503);
    EXPECT_EQ(ask("/apis").status, 404);
}

TEST_F(HttpServerTest, ClientSaysThatNobodyAnswers) {
    EXPECT_FALSE(HttpClient(path()).is_answering());
    EXPECT_THROW(HttpClient(path()).send({.target = "/"}), ClientError);
}

TEST_F(HttpServerTest, FileLockNamesTheProcessThatHoldsIt) {
    const std::string file = folder_ + "/lock";
    EXPECT_EQ(FileLock::holder(file), 0);
    const std::optional<FileLock> lock = FileLock::try_acquire(file);
    ASSERT_TRUE(lock);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(FileLock::holder(file) == parent && !FileLock::try_acquire(file) ? 0 : 1);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

/// `up` asks a controller of an earlier release before it replaces it.
TEST_F(HttpServerTest, OfAKindThatTheServerDoesNotKnowThereAreNone) {
    const HttpServer server(listen_unix(path()), [](const Request&) {
        return Response{.status = 404, .content_type = "application/json", .body = "{}"};
    });
    const Target all{resources::find_kind("MapSet"), "", ""};
    EXPECT_TRUE(ApiClient(path()).list(all).empty());
}

}  // namespace
}  // namespace vectis::api
