#include "resources/load.hpp"
#include "resources/yaml.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

/// Any bytes are read or refused; what was read, written and read again is the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vectis::resources;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::vector<SourceFile> files{{"f.yaml", text}};
    (void)load(files, {});
    const ParsedYaml parsed = parse_yaml(text, "f.yaml");
    if (!parsed.errors.empty()) return 0;
    for (const Document& document : parsed.documents) {
        if (document.value.empty()) continue;
        const ParsedYaml again = parse_yaml(to_yaml(document.value), "again.yaml");
        if (!again.errors.empty() || again.documents.size() != 1 ||
            again.documents.front().value != document.value)
            std::abort();
    }
    return 0;
}
