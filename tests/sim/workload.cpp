#include "tests/sim/workload.hpp"

#include "resources/kind.hpp"

#include <stdexcept>

namespace vectis::sim {
namespace {

namespace json = boost::json;
using std::chrono::minutes;

constexpr const char* bad_image = "example/postfix:broken";
constexpr const char* good_image = "example/postfix:next";

json::object platform_spec() {
    return {
        {"hostname", "mail.example.test"},
        {"profile", "dev"},
        {"components", {{"postfix", {{"memoryMiB", 256}}}}},
    };
}

/// The first wave succeeds, the last does not.
json::object with_two_components() {
    json::object spec = platform_spec();
    spec["components"] = {
        {"valkey", {{"memoryMiB", 96}}},
        {"postfix", {{"memoryMiB", 256}, {"image", {{"reference", bad_image}}}}}
    };
    return spec;
}

json::object with_image(const char* reference) {
    json::object spec = platform_spec();
    spec["components"] = {{"postfix", {{"memoryMiB", 256}, {"image", {{"reference", reference}}}}}};
    return spec;
}

resources::Object object(
    const char* api_version, const resources::ObjectKey& key, const json::object& spec
) {
    resources::Object out{.api_version = api_version, .kind = key.kind};
    out.metadata.ns = key.ns;
    out.metadata.name = key.name;
    out.spec = spec;
    const std::vector<resources::FieldError> errors =
        resources::find_kind(key.kind)->validate(resources::to_json(out));
    if (!errors.empty()) throw std::logic_error(resources::to_text(errors.front()));
    return out;
}

resources::Object platform(const json::object& spec) {
    return object("platform.vectis.dev/v1", {"Platform", "", "default"}, spec);
}

json::object with(const char* field, const json::value& value) {
    json::object spec = platform_spec();
    spec[field] = value;
    return spec;
}

controller::DesiredChange first_declaration() {
    const char* mail = "mail.vectis.dev/v1";
    return {
        .apply =
            {platform(platform_spec()),
             object(mail, {"Domain", "", "example.test"}, {}),
             object(mail, {"Mailbox", "example.test", "alice"}, {}),
             object(
                 mail,
                 {"Alias", "example.test", "info"},
                 {{"destinations", json::array{"alice@example.test"}}}
             )}
    };
}

controller::DesiredChange change_to(const json::object& spec) {
    return {.apply = {platform(spec)}};
}

template <class T>
void require(const controller::StoreResult<T>& result) {
    if (!result) throw std::logic_error(result.error().message());
}

void declare(controller::Store& store, const resources::Object& wanted) {
    std::optional<resources::Object> stored = store.get(resources::key_of(wanted));
    if (!stored) return require(store.create(wanted));
    if (stored->spec == wanted.spec) return;
    stored->spec = wanted.spec;
    stored->metadata.resource_version.clear();
    require(store.update(*stored));
}

void declare(Life& life, const controller::DesiredChange& change) {
    for (const resources::Object& wanted : change.apply) {
        const bool is_mail = wanted.api_version.starts_with("mail.");
        if (is_mail)
            declare(life.mail(), wanted);
        else
            declare(life.store(), wanted);
    }
    for (const resources::ObjectKey& key : change.remove) (void)life.store().remove(key, {});
}

}  // namespace

void prepare(Machine& machine, const Workload& workload) {
    machine.engine.add_image(good_image);
    machine.engine.add_image(bad_image);
    machine.engine.set_behaviour(bad_image, {.never_ready = true});
    if (!workload.is_deployed) return;
    Life life(machine);
    declare(life, first_declaration());
    life.run(minutes(3));
}

void act(Life& life, const Workload& workload) {
    declare(life, workload.change);
}

const std::vector<Workload>& workloads() {
    static const std::vector<Workload> all{
        {"deploy", false, first_declaration()},
        {"image", true, change_to(with_image(good_image))},
        {"bad-image", true, change_to(with_image(bad_image))},
        {"two-components", true, change_to(with_two_components())},
        {"subnet", true, change_to(with("dataSubnet", "172.31.251.0/24"))},
        {"configuration", true, change_to(with("messageSizeLimitMiB", 30))},
        {"live-file", true, change_to(with("rspamd", {{"rejectScore", 12}}))},
        {"delete", true, {.remove = {{"Platform", "", "default"}}}},
    };
    return all;
}

const Workload* find_workload(std::string_view name) {
    for (const Workload& workload : workloads()) {
        if (workload.name == name) return &workload;
    }
    return nullptr;
}

}  // namespace vectis::sim
