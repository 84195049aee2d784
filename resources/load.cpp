#include "resources/load.hpp"

#include "resources/kind.hpp"
#include "resources/text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <map>

namespace vectis::resources {
namespace json = boost::json;
namespace {

/// The place of the nearest ancestor of a path that the file shows.
Position position_of(const Document& document, std::string path) {
    for (;;) {
        const auto place = document.positions.find(path);
        if (place != document.positions.end()) return place->second;
        const std::size_t slash = path.rfind('/');
        if (slash == std::string::npos) return {1, 1};
        path.resize(slash);
    }
}

void add(
    std::vector<FieldError>& errors,
    const Document& document,
    const std::string& file,
    FieldError error
) {
    const Position position = position_of(document, error.path);
    error.file = file;
    error.line = position.line;
    error.column = position.column;
    errors.push_back(std::move(error));
}

std::string kind_problem(const json::object& object) {
    const json::value* value = object.if_contains("kind");
    if (value == nullptr || !value->is_string())
        return "is required: Platform, Domain, Mailbox, Alias …";
    std::vector<std::string_view> names;
    for (const Kind& kind : kinds()) names.push_back(kind.name);
    const std::string_view name(value->as_string().data(), value->as_string().size());
    if (std::find(names.begin(), names.end(), name) != names.end()) return {};
    const std::string near = nearest(name, names);
    return "unknown kind '" + std::string(name) + "'" +
           (near.empty() ? "" : "; did you mean '" + near + "'?");
}

void load_document(const Document& document, const std::string& file, LoadResult& out) {
    if (const std::string problem = kind_problem(document.value); !problem.empty()) {
        add(out.errors, document, file, {.path = "/kind", .message = problem});
        return;
    }
    const Kind* kind = find_kind(document.value.at("kind").as_string());
    const std::vector<FieldError> errors = kind->validate(document.value);
    for (const FieldError& error : errors) add(out.errors, document, file, error);
    if (!errors.empty()) return;
    LoadedObject loaded{from_json(document.value), file, position_of(document, "/metadata/name")};
    loaded.object.status.clear();
    out.objects.push_back(std::move(loaded));
}

void report(
    LoadResult& out, const LoadedObject& loaded, const std::string& path, const std::string& message
) {
    out.errors.push_back({loaded.file, loaded.position.line, loaded.position.column, path, message}
    );
}

void check_duplicates(LoadResult& out) {
    std::map<ObjectKey, const LoadedObject*> seen;
    const LoadedObject* platform = nullptr;
    for (const LoadedObject& loaded : out.objects) {
        const auto [place, is_new] = seen.emplace(key_of(loaded.object), &loaded);
        const auto where = [](const LoadedObject& other) {
            return other.file + ":" + std::to_string(other.position.line);
        };
        if (!is_new)
            report(
                out,
                loaded,
                "/metadata/name",
                to_text(place->first) + " is declared twice; first in " + where(*place->second)
            );
        if (loaded.object.kind != "Platform" || !is_new) continue;
        if (platform != nullptr)
            report(
                out,
                loaded,
                "/kind",
                "there can be one Platform only; the first is in " + where(*platform)
            );
        platform = &loaded;
    }
}

std::vector<std::string> destinations_of(const Object& alias) {
    std::vector<std::string> out;
    const json::value* list = alias.spec.if_contains("destinations");
    if (list == nullptr || !list->is_array()) return out;
    for (const json::value& destination : list->as_array()) {
        if (destination.is_string()) out.emplace_back(destination.as_string());
    }
    return out;
}

using AliasMap = std::map<std::string, std::vector<std::string>>;

/// Whether mail for `address` comes back to it over other aliases.
bool leads_back(
    const AliasMap& aliases,
    const std::string& address,
    const std::string& from,
    std::set<std::string>& visited
) {
    const auto alias = aliases.find(from);
    if (alias == aliases.end() || !visited.insert(from).second) return false;
    return std::any_of(alias->second.begin(), alias->second.end(), [&](const std::string& next) {
        return next == address || leads_back(aliases, address, next, visited);
    });
}

std::string address_of(const Object& object) {
    return object.metadata.name + '@' + object.metadata.ns;
}

void check_mail(LoadResult& out, const std::set<ObjectKey>& known) {
    std::set<ObjectKey> all = known;
    AliasMap aliases;
    for (const LoadedObject& loaded : out.objects) {
        all.insert(key_of(loaded.object));
        if (loaded.object.kind == "Alias")
            aliases[address_of(loaded.object)] = destinations_of(loaded.object);
    }
    const std::vector<LoadedObject> objects = out.objects;
    for (const LoadedObject& loaded : objects) {
        const std::string& kind = loaded.object.kind;
        if (kind != "Mailbox" && kind != "Alias") continue;
        const std::string& domain = loaded.object.metadata.ns;
        if (!all.contains({"Domain", "", domain}))
            report(out, loaded, "/metadata/namespace", "there is no Domain '" + domain + "'");
        if (kind == "Alias" && all.contains({"Mailbox", domain, loaded.object.metadata.name})) {
            report(
                out,
                loaded,
                "/metadata/name",
                "there is a Mailbox of that name; an address can be one of both only"
            );
        }
        std::set<std::string> visited;
        if (kind == "Alias" &&
            leads_back(aliases, address_of(loaded.object), address_of(loaded.object), visited)) {
            report(
                out,
                loaded,
                "/spec/destinations",
                "mail for " + address_of(loaded.object) + " would come back to it"
            );
        }
    }
}

}  // namespace

LoadResult load(std::span<const SourceFile> files, const std::set<ObjectKey>& known) {
    LoadResult out;
    for (const SourceFile& file : files) {
        const ParsedYaml parsed = parse_yaml(file.text, file.path);
        out.errors.insert(out.errors.end(), parsed.errors.begin(), parsed.errors.end());
        if (!parsed.errors.empty()) continue;
        for (const Document& document : parsed.documents) load_document(document, file.path, out);
    }
    check_duplicates(out);
    check_mail(out, known);
    return out;
}

}  // namespace vectis::resources
