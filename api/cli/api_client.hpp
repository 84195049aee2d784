#pragma once

#include "api/cli/targets.hpp"
#include "api/http_client.hpp"
#include "resources/object.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vectis::api {

struct WriteOptions {
    bool is_dry_run = false;
    bool is_forced = false;  ///< over the values of another manager; not of a folder
};

/// The controller's API as the commands use it. Throws ApiError for a refusal, ClientError if
/// nobody answers.
class ApiClient {
public:
    explicit ApiClient(const std::string& socket_path) : http_(socket_path) {}

    bool is_answering() const { return http_.is_answering(); }

    boost::json::object get(const std::string& target) const;
    boost::json::object post(const std::string& target, const boost::json::object& body) const;
    /// A metav1.Table.
    boost::json::object get_table(const std::string& target) const;

    std::optional<resources::Object> find(const Target& target) const;
    /// Of a kind that the server does not know there are none: it may be an earlier release, which
    /// `up` is about to replace.
    std::vector<resources::Object> list(const Target& target, const std::string& selector = {})
        const;
    resources::Object apply(const resources::Object& object, const WriteOptions& options) const;
    /// The object as it is afterwards, or as it last was.
    resources::Object remove(const Target& target, const WriteOptions& options) const;
    /// What the folder declared can be deleted afterwards, and does not come back.
    void release(const std::string& folder) const;

    /// Hands each line of a streamed answer to `line` until it returns false or the server ends.
    void stream_lines(
        const std::string& target,
        const std::string& accept,
        const std::function<bool(std::string_view)>& line
    ) const;
    void stream(const std::string& target, const Sink& sink) const;

private:
    boost::json::object parsed(const ClientResponse& response) const;

    HttpClient http_;
};

/// "labelSelector=…" as a query, or nothing.
std::string selector_query(const std::string& selector);

}  // namespace vectis::api
