#pragma once

#include <boost/json/value.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace vectis::docker {

/// A stream of JSON values, one a line, cut anywhere. A line may have 1 MiB; what is longer or no
/// JSON throws EngineError.
class JsonLines {
public:
    using Sink = std::function<void(const boost::json::value&)>;
    explicit JsonLines(Sink sink) : sink_(std::move(sink)) {}

    void feed(std::string_view bytes);
    /// A last line without its line break.
    void finish();

private:
    void take_line(std::string_view line);

    Sink sink_;
    std::string rest_;
};

}  // namespace vectis::docker
