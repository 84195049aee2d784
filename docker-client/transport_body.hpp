#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

namespace vectis::docker {

/// A file that libcurl sends as the body of a request. Its size is taken once: a file that turns
/// out to be shorter is a failure, not a short body.
class BodyFile {
public:
    /// Throws EngineError (not_sent) unless `path` is a regular file that can be read.
    explicit BodyFile(const std::string& path);

    std::int64_t size() const { return size_; }
    bool has_failed() const { return has_failed_; }

    /// CURLOPT_READFUNCTION with a BodyFile as its data.
    static std::size_t read(char* bytes, std::size_t size, std::size_t count, void* file);

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, Close> file_;
    std::int64_t size_ = 0;
    std::int64_t read_ = 0;
    bool has_failed_ = false;
};

}  // namespace vectis::docker
