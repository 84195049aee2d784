#include "api/cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace vectis::api {
namespace {

void write(std::FILE* file, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), file);
    std::fflush(file);
}

}  // namespace

Terminal::Terminal(std::FILE* out, std::FILE* err) : out_(out), err_(err) {
    const char* term = std::getenv("TERM");
    const int descriptor = ::fileno(err);
    is_live_ = descriptor >= 0 && ::isatty(descriptor) == 1 && term != nullptr &&
               std::string(term) != "dumb";
}

void Terminal::print(std::string_view text) {
    write(out_, text);
}
void Terminal::complain(std::string_view text) {
    write(err_, text);
}

int Terminal::width() const {
    constexpr int usual = 100;
    winsize size{};
    if (::ioctl(::fileno(err_), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual;
    return size.ws_col;
}

}  // namespace vectis::api
