#pragma once

#include "api/router.hpp"
#include "controller/event_log.hpp"
#include "controller/journal.hpp"
#include "controller/journal_store.hpp"
#include "controller/sim_clock.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <functional>
#include <string>
#include <vector>

namespace vectis::api::test {

/// Counts up: fit for uids that nobody looks at.
class CountingRandom final : public controller::Random {
public:
    std::uint64_t next() override { return ++last_; }

private:
    std::uint64_t last_ = 0;
};

class FixedPlanner final : public controller::Planner {
public:
    controller::PlanOutcome plan(const controller::DesiredChange& change) override {
        asked = change;
        return outcome;
    }
    controller::DesiredChange asked{};
    controller::PlanOutcome outcome{};
};

class FixedQueries final : public controller::Queries {
public:
    std::vector<controller::Credential> credentials() override { return list; }
    bool logs(
        const controller::LogRequest& request,
        const std::function<void(std::string_view)>& sink,
        std::stop_token
    ) override {
        asked = request;
        sink("line one\nline two\n");
        return true;
    }
    std::vector<controller::Credential> list{};
    controller::LogRequest asked{};
};

/// A router over stores in memory.
struct Fixture {
    controller::SimClock clock{};
    CountingRandom random{};
    controller::NoJournal journal{};
    controller::JournalStore platform{journal, clock, random};
    controller::JournalStore mail{journal, clock, random};
    controller::EventMemory events{clock};
    FixedPlanner planner{};
    FixedQueries queries{};
    DeclareOutcome declared{};
    Router router{Backends{
        .stores = {platform, mail},
        .clock = clock,
        .events = events,
        .planner = planner,
        .queries = queries,
        .declare = [this](const std::string&, controller::Conflicts) { return declared; },
        .sources = [] { return std::vector<SourceState>{}; },
        .declared_at = [](const resources::ObjectKey& key
                       ) { return "/site/" + key.name + ".yaml:4"; },
        .release = [this](const std::string& path
                   ) { return controller::release({platform, mail}, clock, "file:" + path); },
        .down = [](const DownRequest&) { return DownProgress{.is_done = true}; },
    }};

    Response ask(
        const std::string& method,
        const std::string& target,
        const std::string& body = {},
        const std::string& content_type = "application/json",
        const std::string& accept = "application/json"
    ) {
        Request request = parse_target(target).value();
        request.method = method;
        request.body = body;
        request.content_type = content_type;
        request.accept = accept;
        return router.handle(request);
    }
    boost::json::value json(
        const std::string& method, const std::string& target, const std::string& body = {}
    ) {
        return boost::json::parse(ask(method, target, body).body);
    }
};

inline const std::string domains = "/apis/mail.vectis.dev/v1/domains";
inline const std::string mailboxes = "/apis/mail.vectis.dev/v1/namespaces/example.test/mailboxes";
inline const std::string networks = "/apis/platform.vectis.dev/v1/networks";
inline const std::string apply_type = "application/apply-patch+yaml";

inline std::string domain(const std::string& name) {
    return R"({"apiVersion":"mail.vectis.dev/v1","kind":"Domain","metadata":{"name":")" + name +
           R"("},"spec":{}})";
}

inline std::string mailbox(const std::string& name) {
    return R"({"apiVersion":"mail.vectis.dev/v1","kind":"Mailbox","metadata":{"namespace":"example.test","name":")" +
           name + R"("},"spec":{}})";
}

inline std::string network(const std::string& name, const std::string& extra = {}) {
    return R"({"apiVersion":"platform.vectis.dev/v1","kind":"Network","metadata":{"name":")" +
           name + "\"" + extra + R"(},"spec":{}})";
}

/// The lines of a streamed answer that ends by itself.
inline std::vector<boost::json::value> lines_of(const Response& response) {
    std::string text;
    response.stream(
        [&](std::string_view piece) {
            text += piece;
            return true;
        },
        std::stop_token{}
    );
    std::vector<boost::json::value> out;
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = text.find('\n', start);
        out.push_back(boost::json::parse(text.substr(start, end - start)));
        start = end + 1;
    }
    return out;
}

}  // namespace vectis::api::test
