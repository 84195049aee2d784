#include "resources/field_error.hpp"

namespace vectis::resources {

std::string to_text(const FieldError& error) {
    std::string out;
    if (!error.file.empty()) out += error.file + ':';
    if (error.line > 0)
        out += std::to_string(error.line) + ':' + std::to_string(error.column) + ':';
    if (!out.empty()) out += ' ';
    if (!error.path.empty()) out += error.path + ": ";
    return out + error.message;
}

}  // namespace vectis::resources
