#pragma once

#include "controller/controller.hpp"
#include "reconcilers/core/database_admin.hpp"
#include "reconcilers/core/images.hpp"
#include "reconcilers/core/jobs.hpp"
#include "reconcilers/core/map_board.hpp"
#include "reconcilers/core/map_source.hpp"
#include "reconcilers/core/pki.hpp"
#include "reconcilers/core/probe_board.hpp"
#include "reconcilers/core/prober.hpp"
#include "reconcilers/core/seams.hpp"
#include "reconcilers/core/world_cache.hpp"
#include "reconcilers/database/database_reconciler.hpp"
#include "reconcilers/mail/mail_parts.hpp"
#include "reconcilers/maps/map_files.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

namespace vectis::reconcilers {

/// What talks to Postgres may wait for it, and hashing takes long: at most so many workers do
/// these.
inline constexpr std::size_t mail_workers = 2;
/// Lookup tables never wait behind the mail objects that change them.
inline constexpr std::size_t map_workers = 2;

/// All reconcilers over one set of seams, wired to one controller. The same for production, plans
/// and the simulation: only what is behind the seams differs.
class Assembly {
public:
    struct Parts {
        Seams seams;
        controller::Controller& controller;
        Jobs& jobs;
        Prober& prober;
        Pki& pki;
        DatabaseAdmin& database;
        DatabaseReconciler::OnReady on_database_ready;
        DatabaseReconciler::OnGone on_database_gone;
        MailDirectory& directory;
        PasswordHasher& hasher;
        MapSource& map_source;
        MapFiles& map_files;
    };
    explicit Assembly(const Parts& parts);
    ~Assembly();
    Assembly(const Assembly&) = delete;
    Assembly& operator=(const Assembly&) = delete;

    /// Something happened on the engine: look again at what it may concern.
    void hear(const docker::Event& event);
    /// A new look at the engine, with one of `shares` of the containers inspected, and once in so
    /// many looks the images; true if it shows what no event announced. One look at a time.
    bool look(std::size_t shares, std::stop_token stop);
    WorldCache& world() { return world_; }
    ProbeBoard& probes() { return probes_; }

private:
    bool wake_named(const std::string& kind, const std::string& engine_name);
    void wake_workloads();
    std::vector<resources::ObjectKey> map_sets();

    Seams seams_;
    controller::Controller& controller_;
    WorldCache world_;
    std::size_t looks_ = 0;
    ProbeBoard probes_;
    Images images_;
    MapBoard maps_;
    MailParts mail_;
    std::atomic<bool> is_mail_surveyed_ = false;  ///< since its database was found Ready
    std::vector<std::unique_ptr<controller::Reconciler>> reconcilers_;
};

}  // namespace vectis::reconcilers
