#pragma once

#include <string>

namespace vectis::sim {

/// Takes what is logged while it lives, into memory. One at a time.
class LogTap {
public:
    LogTap();
    ~LogTap();
    LogTap(const LogTap&) = delete;
    LogTap& operator=(const LogTap&) = delete;

    /// From here on a log of its own: for a branch, which shares what it inherited.
    void begin_anew();
    std::string text() const;

private:
    int file_ = -1;
};

}  // namespace vectis::sim
