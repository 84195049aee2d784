#pragma once

#include "api/cli/cli.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace vectis::api {

/// The user's input is wrong: exit code 2.
class InvalidInput : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The command could not be carried out: exit code 1.
class CommandFailed : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The controller refused: a Status of Kubernetes.
class ApiError : public std::runtime_error {
public:
    ApiError(int code, std::string reason, const std::string& message)
        : std::runtime_error(message), code_(code), reason_(std::move(reason)) {}
    int code() const { return code_; }
    const std::string& reason() const { return reason_; }

private:
    int code_;
    std::string reason_;
};

/// What the API calls invalid is the user's input.
inline int exit_code_of(const ApiError& error) {
    return error.code() == 400 || error.code() == 422 ? exit_invalid : exit_failed;
}

}  // namespace vectis::api
