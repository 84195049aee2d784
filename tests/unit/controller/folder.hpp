#pragma once

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace vectis::controller {

/// A folder that is gone after the test.
class TestFolder {
public:
    TestFolder() {
        if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no folder for the test");
    }
    ~TestFolder() { std::filesystem::remove_all(path_); }
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;

    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + '/' + name; }

private:
    std::string path_ = (std::filesystem::temp_directory_path() / "vectis-test-XXXXXX").string();
};

}  // namespace vectis::controller
