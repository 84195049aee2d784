#include "reconcilers/assembly.hpp"

#include "reconcilers/certificate/certificate_reconciler.hpp"
#include "reconcilers/issuer/issuer_reconciler.hpp"
#include "reconcilers/mail/alias_reconciler.hpp"
#include "reconcilers/mail/domain_reconciler.hpp"
#include "reconcilers/mail/mail_survey.hpp"
#include "reconcilers/mail/mailbox_reconciler.hpp"
#include "reconcilers/maps/mapset_reconciler.hpp"
#include "reconcilers/network/network_reconciler.hpp"
#include "reconcilers/platform/platform_reconciler.hpp"
#include "reconcilers/secret/secret_reconciler.hpp"
#include "reconcilers/volume/volume_reconciler.hpp"
#include "reconcilers/workload/workload_reconciler.hpp"

#include <optional>

namespace vectis::reconcilers {
namespace {

std::string attribute(const docker::Event& event, const char* name) {
    const auto place = event.attributes.find(name);
    return place == event.attributes.end() ? std::string{} : place->second;
}

}  // namespace

Assembly::Assembly(const Parts& parts)
    : seams_(parts.seams),
      controller_(parts.controller),
      world_(parts.seams.engine, parts.seams.identity),
      probes_(
          parts.prober,
          parts.seams.clock,
          [this](const resources::ObjectKey& key) { controller_.wake(key); }
      ),
      images_(parts.seams.engine, parts.seams.manifests, parts.jobs, built_image_labels()),
      maps_(
          [this] { return map_sets(); },
          [this](const resources::ObjectKey& key) {
              controller_.wake(key, controller::Priority::user);
          }
      ),
      mail_{
          seams_.clock,
          seams_.random,
          seams_.mail,
          seams_.secrets,
          parts.directory,
          parts.hasher,
          maps_,
          seams_.installation_key,
          seams_.trace
      } {
    reconcilers_.push_back(std::make_unique<PlatformReconciler>(seams_));
    reconcilers_.push_back(std::make_unique<NetworkReconciler>(seams_, world_));
    reconcilers_.push_back(std::make_unique<VolumeReconciler>(seams_, world_));
    reconcilers_.push_back(std::make_unique<SecretReconciler>(seams_));
    reconcilers_.push_back(std::make_unique<IssuerReconciler>(seams_, parts.pki));
    reconcilers_.push_back(std::make_unique<CertificateReconciler>(seams_, parts.pki, [this] {
        wake_workloads();
    }));
    reconcilers_.push_back(std::make_unique<WorkloadReconciler>(seams_, world_, images_, probes_));
    reconcilers_.push_back(std::make_unique<DatabaseReconciler>(
        seams_,
        parts.database,
        [this, ready = parts.on_database_ready](const controller::Target& target) {
            ready(target);
            maps_.hear();
            if (!is_mail_surveyed_.exchange(true)) controller_.wake(mail_survey_key);
        },
        [this, gone = parts.on_database_gone] {
            is_mail_surveyed_ = false;
            gone();
        }
    ));
    reconcilers_.push_back(std::make_unique<DomainReconciler>(mail_));
    reconcilers_.push_back(std::make_unique<MailboxReconciler>(mail_));
    reconcilers_.push_back(std::make_unique<AliasReconciler>(mail_));
    reconcilers_
        .push_back(std::make_unique<MailSurvey>(mail_, [this](const resources::ObjectKey& key) {
            controller_.wake(key, controller::Priority::resync);
        }));
    reconcilers_.push_back(std::make_unique<MapSetReconciler>(
        MapSetReconciler::Parts{seams_, world_, parts.map_source, parts.map_files, maps_}
    ));
    seams_.mail.subscribe([this](const controller::Change& change) {
        if (controller::is_edit(change)) maps_.hear();
    });
    for (const auto& reconciler : reconcilers_) controller_.add(*reconciler);
    controller_.queue().limit(
        {"Database", "Domain", "Mailbox", "Alias", "MailSurvey"}, mail_workers
    );
    controller_.queue().limit({"MapSet"}, map_workers);
}

Assembly::~Assembly() = default;

void Assembly::hear(const docker::Event& event) {
    if (event.type == "container") {
        // Execs are ours and frequent, and change nothing that is looked at.
        if (event.action.starts_with("exec_") || event.action == "top" ||
            event.action == "archive-path" || event.action == "extract-to-dir")
            return;
        const resources::ObjectKey key = key_from(event.attributes, seams_.identity);
        if (key.kind.empty()) return;
        world_.hear(event.id);
        probes_.hurry(key);
        controller_.wake(key, controller::Priority::user);
        maps_.hear();  // a container that comes up may wait for its tables
    } else if (event.type == "network") {
        const std::string container = attribute(event, "container");
        const std::optional<docker::ContainerSummary> known = world_.recall(container);
        world_.hear(container);
        const bool is_ours = wake_named("Network", attribute(event, "name"));
        if (is_ours && event.action == "create") wake_workloads();  // some may wait for it
        if (known)
            controller_.wake(key_from(known->labels, seams_.identity), controller::Priority::user);
    } else if (event.type == "image") {
        images_.forget();
        wake_workloads();
    } else if (event.type == "volume") {
        if (event.action != "create" && event.action != "destroy") return;
        world_.hear("");
        const bool is_ours = wake_named("Volume", event.id);
        if (is_ours && event.action == "create") wake_workloads();
    }
}

bool Assembly::look(std::size_t shares, std::stop_token stop) {
    // All of them in one of so many looks: no image is asked for more often than a container.
    const bool is_image_surprise = looks_++ % shares == 0 && images_.resync(stop);
    return world_.resync(shares, std::move(stop)) || is_image_surprise;
}

/// "vectis-mail" → Network mail; false if no such object is declared.
bool Assembly::wake_named(const std::string& kind, const std::string& name) {
    const std::string prefix = seams_.identity.project + '-';
    if (!name.starts_with(prefix)) return false;
    const resources::ObjectKey key{kind, "", name.substr(prefix.size())};
    if (!seams_.platform.get(key)) return false;
    controller_.wake(key, controller::Priority::user);
    return true;
}

std::vector<resources::ObjectKey> Assembly::map_sets() {
    std::vector<resources::ObjectKey> out;
    for (const resources::Object& object : seams_.platform.list({.kind = "MapSet"}).items)
        out.push_back(resources::key_of(object));
    return out;
}

void Assembly::wake_workloads() {
    for (const resources::Object& object : seams_.platform.list({.kind = "Workload"}).items)
        controller_.wake(resources::key_of(object));
}

}  // namespace vectis::reconcilers
