#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace vectis::controller {

/// The log of a background process, to which its standard output and error go: the supervisor's and
/// the controller's are the same file. Does nothing in a process whose descriptors lead elsewhere,
/// to a terminal or a pipe. Each process calls it from one thread; others may write meanwhile, and
/// no line of theirs is lost.
class LogFile {
public:
    static constexpr std::size_t usual_size_max = 16U << 20U;

    explicit LogFile(
        std::string path,
        std::size_t size_max = usual_size_max,
        std::vector<int> descriptors = {1, 2}
    );

    /// Moves what has grown beyond the limit to PATH.1, whose old content goes, and begins a new
    /// file. On a full disk the old one goes on growing.
    void rotate_when_long();
    /// Writes to the file of that name from now on, if another process has begun a new one.
    void follow();

private:
    bool is_written_to(const std::string& path) const;
    void write_to(int file) const;

    std::string path_;
    std::size_t size_max_;
    std::vector<int> descriptors_;
    bool is_in_use_;  ///< the descriptors led to the file when the process began
};

}  // namespace vectis::controller
