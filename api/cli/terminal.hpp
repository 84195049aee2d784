#pragma once

#include <cstdio>
#include <string_view>

namespace vectis::api {

/// Where the command line writes: results to `out`, progress and errors to `err`.
class Terminal {
public:
    Terminal(std::FILE* out, std::FILE* err);

    void print(std::string_view text);
    void complain(std::string_view text);
    /// True if a person watches `err`, so that lines may be redrawn.
    bool is_live() const { return is_live_; }
    int width() const;

private:
    std::FILE* out_;
    std::FILE* err_;
    bool is_live_ = false;
};

}  // namespace vectis::api
