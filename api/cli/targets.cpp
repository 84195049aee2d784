#include "api/cli/targets.hpp"

#include "api/cli/errors.hpp"
#include "api/http.hpp"
#include "resources/text.hpp"

#include <vector>

namespace vectis::api {
namespace {

using resources::Kind;

const Kind& kind_named(const std::string& name) {
    const Kind* kind = resources::find_kind(name);
    if (kind != nullptr) return *kind;
    std::vector<std::string_view> known;
    for (const Kind& candidate : resources::kinds()) {
        known.push_back(candidate.plural);
        known.push_back(candidate.singular);
    }
    const std::string near = resources::nearest(name, known);
    if (!near.empty())
        throw InvalidInput("there is no kind '" + name + "'; did you mean '" + near + "'?");
    std::string all;
    for (const Kind& candidate : resources::kinds())
        all += (all.empty() ? "" : ", ") + std::string(candidate.plural);
    throw InvalidInput("there is no kind '" + name + "'; there are " + all);
}

Target named(const Kind& kind, const std::string& ns, const std::string& name) {
    Target out{&kind, kind.is_namespaced ? ns : "", name};
    if (name.empty()) throw InvalidInput("a name is missing after " + std::string(kind.singular));
    const std::size_t at = name.rfind('@');
    if (kind.is_namespaced && at != std::string::npos) {
        out.name = name.substr(0, at);
        out.ns = name.substr(at + 1);
        if (!ns.empty() && ns != out.ns)
            throw InvalidInput("'" + name + "' is not in namespace " + ns);
    }
    if (kind.is_namespaced && out.ns.empty() && kind.home == resources::Home::platform)
        out.ns = "vectis";
    if (kind.is_namespaced && out.ns.empty())
        throw InvalidInput(
            std::string(kind.singular) + " '" + name + "' needs its domain: -n DOMAIN, or " + name +
            "@DOMAIN"
        );
    return out;
}

std::vector<Target> whole_kinds(const std::string& names, const std::string& ns) {
    std::vector<Target> out;
    if (names == "all") {
        for (const Kind& kind : resources::kinds()) {
            if (ns.empty() || kind.is_namespaced) out.push_back({&kind, ns, ""});
        }
        return out;
    }
    for (std::size_t start = 0; start <= names.size();) {
        const std::size_t comma = std::min(names.find(',', start), names.size());
        const Kind* kind = &kind_named(names.substr(start, comma - start));
        out.push_back({kind, kind->is_namespaced ? ns : "", ""});
        start = comma + 1;
    }
    return out;
}

}  // namespace

std::vector<Target> parse_targets(std::span<const std::string> arguments, const std::string& ns) {
    if (arguments.empty())
        throw InvalidInput(
            "name a kind, such as 'workloads', or an object, such as 'workload/postfix'"
        );
    std::vector<Target> out;
    if (arguments.front().find('/') != std::string::npos) {
        for (const std::string& argument : arguments) {
            const std::size_t slash = argument.find('/');
            if (slash == std::string::npos)
                throw InvalidInput("'" + argument + "' must be KIND/NAME like the others");
            out.push_back(
                named(kind_named(argument.substr(0, slash)), ns, argument.substr(slash + 1))
            );
        }
        return out;
    }
    if (arguments.size() == 1) return whole_kinds(arguments.front(), ns);
    const Kind& kind = kind_named(arguments.front());
    for (const std::string& name : arguments.subspan(1)) out.push_back(named(kind, ns, name));
    return out;
}

std::vector<Target> parse_named_targets(
    std::span<const std::string> arguments, const std::string& ns
) {
    std::vector<Target> out = parse_targets(arguments, ns);
    for (const Target& target : out) {
        if (target.name.empty())
            throw InvalidInput(
                "name an object, such as " + std::string(target.kind->singular) + "/NAME"
            );
    }
    return out;
}

std::string path_of(const Target& target) {
    std::string out = "/apis/" + std::string(target.kind->api_version);
    if (!target.ns.empty()) out += "/namespaces/" + percent_encode(target.ns);
    out += '/' + std::string(target.kind->plural);
    if (!target.name.empty()) out += '/' + percent_encode(target.name);
    return out;
}

Target target_of(const resources::Object& object) {
    const Kind& kind = kind_named(object.kind);
    return {&kind, object.metadata.ns, object.metadata.name};
}

std::string short_name(const Target& target) {
    return std::string(target.kind->singular) + '/' + target.name;
}

}  // namespace vectis::api
