#include "controller/file_secrets.hpp"

#include "controller/store.hpp"
#include "resources/yaml.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <sys/stat.h>

#include <optional>
#include <utility>

namespace vectis::controller {
namespace json = boost::json;
namespace {

constexpr const char* header =
    "# Secrets of this Vectis installation. Keep it private, keep it in the backup.\n";

Secrets::Values values_of(const std::string& name, const json::value& value) {
    if (!value.is_object())
        throw StoreError(
            std::string(secrets_file) + ": '" + name + "' must be a mapping of keys to texts"
        );
    Secrets::Values out;
    for (const auto& [key, text] : value.as_object()) {
        if (!text.is_string())
            throw StoreError(
                std::string(secrets_file) + ": '" + name + "', key '" + std::string(key) +
                "' must be a text in quotes"
            );
        out[std::string(key)] = std::string(text.as_string());
    }
    return out;
}

}  // namespace

void check_secrets_mode(const std::string& path) {
    struct stat facts{};
    if (::stat(path.c_str(), &facts) != 0) return;
    if ((facts.st_mode & 077U) != 0)
        throw StoreError(path + " can be read by others: chmod 600 " + path);
}

FileSecrets::FileSecrets(Disk& disk) : disk_(disk) {
    const std::optional<std::string> text = disk_.read(secrets_file);
    if (!text) return;
    const resources::ParsedYaml parsed = resources::parse_yaml(*text, secrets_file);
    if (!parsed.errors.empty()) throw StoreError(resources::to_text(parsed.errors.front()));
    if (parsed.documents.size() > 1)
        throw StoreError(std::string(secrets_file) + ": more than one document");
    if (parsed.documents.empty()) return;
    for (const auto& [name, value] : parsed.documents.front().value)
        values_[std::string(name)] = values_of(std::string(name), value);
}

std::optional<Secrets::Values> FileSecrets::get(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    const auto place = values_.find(name);
    return place == values_.end() ? std::nullopt : std::optional(place->second);
}

void FileSecrets::put(const std::string& name, const Values& values) {
    const std::scoped_lock lock(mutex_);
    std::map<std::string, Values> next = values_;
    next[name] = values;
    write(next);
    values_ = std::move(next);
}

void FileSecrets::remove(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    std::map<std::string, Values> next = values_;
    if (next.erase(name) == 0) return;
    write(next);
    values_ = std::move(next);
}

std::vector<std::string> FileSecrets::names() {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> out;
    for (const auto& [name, values] : values_) out.push_back(name);
    return out;
}

void FileSecrets::write(const std::map<std::string, Values>& all) {
    json::object document;
    for (const auto& [name, values] : all) {
        json::object entry;
        for (const auto& [key, value] : values) entry[key] = value;
        document[name] = std::move(entry);
    }
    disk_.replace(secrets_file, header + resources::to_yaml(document));
}

}  // namespace vectis::controller
