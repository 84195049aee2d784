#pragma once

#include "docker-client/http_engine.hpp"
#include "tests/support/scripted_server.hpp"

#include <map>
#include <string>
#include <vector>

namespace vectis::docker {

/// An HttpEngine in front of a server that negotiates a version and answers the rest by a table.
class ScriptedEngine {
public:
    /// "GET /containers/a/json" → what to answer, without version and query. What is not there gets
    /// a 404 as of an unknown address.
    using Table = std::map<std::string, test::Reply>;

    explicit ScriptedEngine(Table table, std::string api_version = "1.41")
        : table_(std::move(table)),
          api_version_(std::move(api_version)),
          server_([this](const std::string& request) { return reply_to(request); }),
          engine_({.socket = server_.path()}) {}

    HttpEngine& operator*() { return engine_; }
    HttpEngine* operator->() { return &engine_; }
    const test::ScriptedServer& server() const { return server_; }

    /// The first lines of the requests so far, without those of the negotiation.
    std::vector<std::string> asked() const {
        std::vector<std::string> lines;
        for (const std::string& request : server_.requests()) {
            const std::string line = request.substr(0, request.find(" HTTP/"));
            const bool is_negotiation = line == "GET /_ping" || line.ends_with("/version");
            if (!is_negotiation) lines.push_back(line);
        }
        return lines;
    }

private:
    test::Reply reply_to(const std::string& request) const {
        if (request.starts_with("GET /_ping ")) {
            return {.bytes = test::answer(200, "OK", "Api-Version: " + api_version_ + "\r\n")};
        }
        const std::size_t start = request.find(' ') + 1;
        const std::string target = request.substr(start, request.find(' ', start) - start);
        const std::size_t path = target.find('/', 1);
        const std::string key =
            request.substr(0, start) + target.substr(path, target.find('?') - path);
        const auto found = table_.find(key);
        if (found != table_.end()) return found->second;
        if (key == "GET /version") return {.bytes = test::answer(200, R"({"Version":"20.10.24"})")};
        return {.bytes = test::answer(404, R"({"message":"page not found"})")};
    }

    Table table_;
    std::string api_version_;
    test::ScriptedServer server_;
    HttpEngine engine_;
};

inline test::Reply says(int status, const std::string& body = {}) {
    return {.bytes = test::answer(status, body)};
}

inline test::Reply refuses(int status, const std::string& message) {
    return says(status, R"({"message":")" + message + R"("})");
}

/// The error of a call that must fail.
template <class Ask>
EngineError error_of(Ask ask) {
    try {
        static_cast<void>(ask());
    } catch (const EngineError& error) {
        return error;
    }
    throw std::logic_error("the call succeeded");
}

}  // namespace vectis::docker
