#pragma once

#include <string>
#include <vector>

namespace vectis::resources {

/// One thing that is wrong with an input, and where. Line and column count from 1; 0 means unknown.
struct FieldError {
    std::string file{};
    int line = 0;
    int column = 0;
    std::string path{};     ///< JSON pointer, e.g. /spec/ports/0/hostPort
    std::string message{};  ///< what is wrong and what would be right

    friend bool operator==(const FieldError&, const FieldError&) = default;
};

/// "platform.yaml:7:11: /spec/ports/smtp: must be between 0 and 65535"
std::string to_text(const FieldError& error);

}  // namespace vectis::resources
