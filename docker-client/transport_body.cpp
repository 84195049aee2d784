#include "docker-client/transport_body.hpp"

#include "docker-client/error.hpp"

#include <curl/curl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vectis::docker {

BodyFile::BodyFile(const std::string& path) {
    const auto refuse = [&path](const std::string& why) {
        return EngineError(EngineError::Outcome::not_sent, "cannot read " + path + ": " + why);
    };
    // Asked before it is opened: opening a named pipe blocks.
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) throw refuse(std::strerror(errno));
    if (!S_ISREG(status.st_mode)) throw refuse("it is no regular file");
    file_.reset(std::fopen(path.c_str(), "rbe"));
    if (!file_) throw refuse(std::strerror(errno));
    size_ = status.st_size;
}

std::size_t BodyFile::read(char* bytes, std::size_t size, std::size_t count, void* file) {
    auto& self = *static_cast<BodyFile*>(file);
    const auto wanted = std::min(size * count, static_cast<std::size_t>(self.size_ - self.read_));
    const std::size_t got = std::fread(bytes, 1, wanted, self.file_.get());
    self.read_ += static_cast<std::int64_t>(got);
    if (got == 0 && wanted > 0) {
        self.has_failed_ = true;
        return CURL_READFUNC_ABORT;
    }
    return got;
}

}  // namespace vectis::docker
