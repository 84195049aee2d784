#include "tests/sim/workload.hpp"

#include "controller/apply.hpp"
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

resources::Object volume(const char* name, bool is_retained) {
    return object("platform.vectis.dev/v1", {"Volume", "", name}, {{"retain", is_retained}});
}

/// A container of its own with a live file, which no Platform takes back.
resources::Object with_live_file(const char* image, const char* content) {
    return object(
        "platform.vectis.dev/v1",
        {"Workload", "", "alone"},
        {{"image", {{"reference", image}}},
         {"live",
          {{"path", "/etc/live"},
           {"files", json::array{{{"path", "settings"}, {"content", content}}}},
           {"reloadSignal", "HUP"}}},
         {"networks", json::array{{{"network", "mail"}}}},
         {"probe", {{"type", "tcp"}, {"port", 25}}}}
    );
}

void declare(Life& life, const controller::DesiredChange& change) {
    const controller::Stores stores{life.store(), life.mail()};
    const controller::ApplyOutcome outcome = controller::apply(
        stores, life.clock(), "cli", change.apply, {.retry = controller::Retry::yes}
    );
    if (!outcome.conflicts.empty()) throw std::logic_error(outcome.conflicts.front());
    for (const resources::ObjectKey& key : change.remove) (void)stores.of(key).remove(key, {});
}

}  // namespace

void prepare(Machine& machine, const Workload& workload) {
    machine.engine.add_image(good_image);
    machine.engine.add_image(bad_image);
    machine.engine.set_behaviour(bad_image, {.never_ready = true});
    if (!workload.is_deployed) return;
    Life life(machine);
    declare(life, first_declaration());
    declare(life, {.apply = workload.before});
    life.run(minutes(3));
    machine.run_programs();
}

void act(Life& life, const Workload& workload) {
    declare(life, workload.change);
}

const std::vector<Workload>& workloads() {
    static const std::vector<Workload> all{
        {.name = "deploy", .is_deployed = false, .change = first_declaration()},
        {.name = "image", .is_deployed = true, .change = change_to(with_image(good_image))},
        {.name = "bad-image",
         .is_deployed = true,
         .change = change_to(with_image(bad_image)),
         .share = 2},
        {.name = "two-components",
         .is_deployed = true,
         .change = change_to(with_two_components()),
         .share = 8},
        {.name = "subnet",
         .is_deployed = true,
         .change = change_to(with("dataSubnet", "172.31.251.0/24")),
         .share = 2},
        {.name = "subnet-unready",  // before it ever was Ready, so that no gate orders the change
         .is_deployed = true,
         .change = change_to(with("dataSubnet", "172.31.251.0/24")),
         .before = {platform(with_image(bad_image))},
         .share = 8},
        {.name = "configuration",
         .is_deployed = true,
         .change = change_to(with("messageSizeLimitMiB", 30))},
        {.name = "live-file",
         .is_deployed = true,
         .change = change_to(with("rspamd", {{"rejectScore", 12}}))},
        {.name = "bad-image-with-live-file",
         .is_deployed = true,
         .change = {.apply = {with_live_file(bad_image, "new")}},
         .before = {with_live_file(good_image, "old")},
         .share = 2},
        {.name = "antivirus",
         .is_deployed = true,
         .change = change_to(with("antivirus", {{"enabled", true}})),
         .share = 4},
        {.name = "delete",
         .is_deployed = true,
         .change = {.remove = {{"Platform", "", "default"}}},
         .is_end = true},
        {.name = "delete-volumes",
         .is_deployed = true,
         .change = {.remove = {{"Volume", "", "scratch"}, {"Volume", "", "archive"}}},
         .before = {volume("scratch", false), volume("archive", true)},
         .gives_up = {"sim-scratch"}},
        {.name = "names-taken",
         .is_deployed = false,
         .change = first_declaration(),
         .taken = {.networks = {"sim-mail"}, .volumes = {"sim-postfix-queue"}},
         .share = 60},
        {.name = "container-taken",
         .is_deployed = true,
         .change = change_to(with_image(good_image)),
         .taken = {.containers = {"sim-postfix-2"}}},
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
