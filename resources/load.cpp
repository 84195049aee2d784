#include "resources/load.hpp"

#include "resources/domain/domain.hpp"
#include "resources/kind.hpp"
#include "resources/platform/platform.hpp"
#include "resources/text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <map>
#include <optional>

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

/// Mailboxes and aliases share their addresses.
ObjectKey rival_of(const ObjectKey& key) {
    return {key.kind == "Alias" ? "Mailbox" : "Alias", key.ns, key.name};
}

/// What to do about the other object of an address, which is stored and stays until it is deleted.
std::string rival_problem(const ObjectKey& rival) {
    return to_text(rival) +
           " is still there, and an address can be one of both only: declare neither, delete it "
           "with 'vectis delete " +
           (rival.kind == "Alias" ? "alias " : "mailbox ") + rival.name + " -n " + rival.ns +
           "', then declare this one";
}

void check_mail(LoadResult& out, const std::set<ObjectKey>& known, const std::set<ObjectKey>& own) {
    std::set<ObjectKey> declared;
    AliasMap aliases;
    for (const LoadedObject& loaded : out.objects) {
        declared.insert(key_of(loaded.object));
        if (loaded.object.kind == "Alias")
            aliases[address_of(loaded.object)] = destinations_of(loaded.object);
    }
    const std::vector<LoadedObject> objects = out.objects;
    for (const LoadedObject& loaded : objects) {
        const std::string& kind = loaded.object.kind;
        if (kind != "Mailbox" && kind != "Alias") continue;
        const std::string& domain = loaded.object.metadata.ns;
        const ObjectKey domain_key{"Domain", "", domain};
        if (!declared.contains(domain_key) && !known.contains(domain_key))
            report(out, loaded, "/metadata/namespace", "there is no Domain '" + domain + "'");
        const ObjectKey rival = rival_of(key_of(loaded.object));
        if (kind == "Alias" && declared.contains(rival))
            report(
                out,
                loaded,
                "/metadata/name",
                "there is a Mailbox of that name; an address can be one of both only"
            );
        else if (!declared.contains(rival) && (known.contains(rival) || own.contains(rival)))
            report(out, loaded, "/metadata/name", rival_problem(rival));
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

/// The declared catch-all of a domain, or nothing if the domain is not among what is loaded.
std::optional<std::string> catch_all_of(const LoadResult& out, const std::string& domain) {
    for (const LoadedObject& loaded : out.objects) {
        if (key_of(loaded.object) == ObjectKey{"Domain", "", domain})
            return view<DomainSpec>(loaded.object.spec).catch_all;
    }
    return std::nullopt;
}

/// Postfix takes every message to the postmaster, so the address has to take it too.
void check_postmaster(LoadResult& out, const std::set<ObjectKey>& known) {
    std::set<ObjectKey> all = known;
    for (const LoadedObject& loaded : out.objects) all.insert(key_of(loaded.object));
    const std::vector<LoadedObject> objects = out.objects;
    for (const LoadedObject& loaded : objects) {
        if (loaded.object.kind != "Platform") continue;
        const auto spec = view<PlatformSpec>(loaded.object.spec);
        const std::size_t at = spec.postmaster.rfind('@');
        if (at == std::string::npos) continue;
        const std::string local = spec.postmaster.substr(0, at);
        const std::string domain = spec.postmaster.substr(at + 1);
        if (domain == spec.hostname && !all.contains({"Domain", "", domain}))
            report(out, loaded, "/spec/postmaster", "there is no Domain '" + domain + "'");
        const std::optional<std::string> catch_all = catch_all_of(out, domain);
        if (catch_all && catch_all->empty() && !all.contains({"Mailbox", domain, local}) &&
            !all.contains({"Alias", domain, local})) {
            report(
                out,
                loaded,
                "/spec/postmaster",
                "there is no Mailbox and no Alias '" + spec.postmaster + "'"
            );
        }
    }
}

}  // namespace

LoadResult load(
    std::span<const SourceFile> files,
    const std::set<ObjectKey>& known,
    const std::set<ObjectKey>& own
) {
    LoadResult out;
    for (const SourceFile& file : files) {
        const ParsedYaml parsed = parse_yaml(file.text, file.path);
        out.errors.insert(out.errors.end(), parsed.errors.begin(), parsed.errors.end());
        if (!parsed.errors.empty()) continue;
        for (const Document& document : parsed.documents) load_document(document, file.path, out);
    }
    check_duplicates(out);
    check_mail(out, known, own);
    check_postmaster(out, known);
    return out;
}

}  // namespace vectis::resources
