#pragma once

#include <condition_variable>
#include <iosfwd>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

namespace vectis::reconcilers {

/// Argon2id hashes in PHC form: "$argon2id$v=19$m=65536,t=3,p=4$…".
class PasswordHasher {
public:
    PasswordHasher() = default;
    PasswordHasher(const PasswordHasher&) = delete;
    PasswordHasher& operator=(const PasswordHasher&) = delete;
    virtual ~PasswordHasher() = default;

    /// `salt` is 32 hexadecimal digits. Throws std::runtime_error if it cannot be computed.
    virtual std::string hash(
        const std::string& password, const std::string& salt, std::stop_token stop
    ) = 0;
};

/// In a child process, two at a time: one hash takes 66 MiB and a third of a second, which the
/// controller must not keep.
class ChildPasswordHasher final : public PasswordHasher {
public:
    explicit ChildPasswordHasher(
        std::vector<std::string> command = {"/proc/self/exe", "hash-password"}
    );

    std::string hash(const std::string& password, const std::string& salt, std::stop_token stop)
        override;

private:
    std::vector<std::string> command_;
    std::mutex mutex_;
    std::condition_variable_any freed_;
    int free_places_ = 2;
};

/// Marks a password without work, for the simulation and for plans.
class ModelPasswordHasher final : public PasswordHasher {
public:
    std::string hash(const std::string& password, const std::string& salt, std::stop_token stop)
        override;
};

/// The hidden sub-command `hash-password`: salt and password, a line each, on `in`; the hash, a
/// line, on `out`. Returns the exit code.
int hash_password_command(std::istream& in, std::ostream& out);

}  // namespace vectis::reconcilers
