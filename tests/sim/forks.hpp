#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace vectis::sim {

/// Branches of a simulation, each a process of its own: what has happened so far is shared for
/// nothing, and what a branch does is seen by nobody else. For a process with one thread.
class Forks {
public:
    /// At most `limit` branches at once.
    explicit Forks(unsigned limit) : limit_(limit) {}
    ~Forks() { wait(); }
    Forks(const Forks&) = delete;
    Forks& operator=(const Forks&) = delete;

    /// True in the new branch, which goes on from here and ends with `finish`; false in the one
    /// that asked. Waits while there are too many.
    bool branch(const std::string& name);
    /// Ends a branch. An empty verdict is success; only then `report` is kept.
    [[noreturn]] void finish(const std::string& verdict, const std::string& report) const;
    /// Until every branch has ended.
    void wait();

    int count() const { return count_; }
    /// By name, of those that ended well.
    const std::map<std::string, std::string>& reports() const { return reports_; }
    /// "name: verdict" of the others.
    const std::vector<std::string>& failures() const { return failures_; }

private:
    struct Branch {
        std::string name;
        int pipe = -1;
    };
    void reap();

    unsigned limit_;
    int count_ = 0;
    int out_ = -1;  ///< in a branch: where its message goes
    std::map<pid_t, Branch> running_;
    std::map<std::string, std::string> reports_;
    std::vector<std::string> failures_;
};

}  // namespace vectis::sim
