#pragma once

#include "controller/event_log.hpp"
#include "controller/journal_store.hpp"
#include "controller/sim_clock.hpp"
#include "docker-client/model/model_engine.hpp"
#include "reconcilers/core/seams.hpp"
#include "reconcilers/core/world_cache.hpp"
#include "reconcilers/memory_secrets.hpp"
#include "resources/condition.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vectis::test {

/// Everything that one reconciler needs, in memory, on one thread.
struct ReconcilerWorld {
    controller::SimClock clock{};
    controller::SeededRandom random{1};
    controller::NoJournal journal{};
    controller::JournalStore store{journal, clock, random};
    reconcilers::MemorySecrets secrets{};
    controller::EventMemory events{clock};
    controller::Manifests manifests{std::map<std::string, std::string>{}};
    docker::ModelEngine engine{[this] { return docker::Time(clock.now()); }};
    reconcilers::Seams seams{
        clock,
        random,
        engine,
        store,
        store,
        secrets,
        events,
        manifests,
        {"inst-1", "vectis"},
        "key",
        {}
    };
    reconcilers::WorldCache cache{engine, seams.identity};

    resources::ObjectKey create(
        const std::string& kind,
        const std::string& name,
        const boost::json::object& spec,
        const std::string& ns = {}
    ) {
        resources::Object object;
        object.api_version = "platform.vectis.dev/v1";
        object.kind = kind;
        object.metadata.name = name;
        object.metadata.ns = ns;
        object.spec = spec;
        return resources::key_of(store.create(object).value());
    }

    bool is_ready(const resources::ObjectKey& key) {
        const std::optional<resources::Object> object = store.get(key);
        return object &&
               resources::is_true_for(object->status, "Ready", object->metadata.generation);
    }

    /// All that people can read: objects and events.
    std::string shown() {
        std::string out;
        for (const resources::Object& object : store.list({}).items)
            out += boost::json::serialize(resources::to_json(object));
        for (const controller::Event& event : events.list(0)) out += event.reason + event.message;
        return out;
    }
};

}  // namespace vectis::test
