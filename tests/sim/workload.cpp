#include "tests/sim/workload.hpp"

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

json::object with_image(const char* reference) {
    json::object spec = platform_spec();
    spec["components"] = {{"postfix", {{"memoryMiB", 256}, {"image", {{"reference", reference}}}}}};
    return spec;
}

template <class T>
void require(const controller::StoreResult<T>& result) {
    if (!result) throw std::logic_error(result.error().message());
}

void declare(
    controller::Store& store,
    const char* api_version,
    const resources::ObjectKey& key,
    const json::object& spec
) {
    std::optional<resources::Object> stored = store.get(key);
    if (stored && stored->spec == spec) return;
    if (stored) {
        stored->spec = spec;
        stored->metadata.resource_version.clear();
        return require(store.update(*stored));
    }
    resources::Object object{.api_version = api_version, .kind = key.kind};
    object.metadata.ns = key.ns;
    object.metadata.name = key.name;
    object.spec = spec;
    require(store.create(object));
}

void declare_platform(Life& life, const json::object& spec) {
    declare(life.store(), "platform.vectis.dev/v1", {"Platform", "", "default"}, spec);
}

void declare_mail(Life& life) {
    const char* version = "mail.vectis.dev/v1";
    declare(life.mail(), version, {"Domain", "", "example.test"}, {});
    declare(life.mail(), version, {"Mailbox", "example.test", "alice"}, {});
    declare(
        life.mail(),
        version,
        {"Alias", "example.test", "info"},
        {{"targets", {"alice@example.test"}}}
    );
}

void deploy(Machine& machine) {
    machine.engine.add_image(good_image);
    machine.engine.add_image(bad_image);
    machine.engine.set_behaviour(bad_image, {.never_ready = true});
    Life life(machine);
    declare_platform(life, platform_spec());
    declare_mail(life);
    life.run(minutes(3));
}

std::function<void(Life&)> change_to(const json::object& spec) {
    return [spec](Life& life) { declare_platform(life, spec); };
}

json::object with(const char* field, const json::value& value) {
    json::object spec = platform_spec();
    spec[field] = value;
    return spec;
}

}  // namespace

const std::vector<Workload>& workloads() {
    static const std::vector<Workload> all{
        {"deploy",
         [](Machine&) {},
         [](Life& life) {
             declare_platform(life, platform_spec());
             declare_mail(life);
         }},
        {"image", deploy, change_to(with_image(good_image))},
        {"bad-image", deploy, change_to(with_image(bad_image))},
        {"configuration", deploy, change_to(with("messageSizeLimitMiB", 30))},
        {"live-file", deploy, change_to(with("rspamd", {{"rejectScore", 12}}))},
        {"delete",
         deploy,
         [](Life& life) { (void)life.store().remove({"Platform", "", "default"}, {}); }},
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
