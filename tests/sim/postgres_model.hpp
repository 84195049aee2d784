#pragma once

#include "controller/journal_store.hpp"
#include "reconcilers/database/model_admin.hpp"
#include "reconcilers/mail/mail_directory.hpp"
#include "reconcilers/maps/model_map_source.hpp"
#include "tests/sim/wire.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vectis::sim {

/// Postgres: cluster, mail objects, credentials. It outlives the controllers.
class PostgresModel {
public:
    PostgresModel(const Wire& wire, controller::Clock& clock, controller::Random& random);

    const Wire& wire;
    reconcilers::ModelAdmin admin{};
    controller::NoJournal medium{};
    controller::JournalStore mail;
    reconcilers::ModelDirectory directory{mail};
    /// Who hears of changes: the controller that lives now.
    std::vector<controller::Store::Listener> listeners{};
};

class WiredAdmin final : public reconcilers::DatabaseAdmin {
public:
    explicit WiredAdmin(PostgresModel& model) : model_(model) {}

    reconcilers::DatabaseState observe(
        const reconcilers::DatabaseTarget& target,
        const std::map<std::string, std::string>& role_passwords,
        std::stop_token stop
    ) override;
    void create_database(const reconcilers::DatabaseTarget& target, std::stop_token stop) override;
    void apply_migration(
        const reconcilers::DatabaseTarget& target,
        const reconcilers::Migration& migration,
        std::stop_token stop
    ) override;
    void ensure_role(
        const reconcilers::DatabaseTarget& target,
        const std::string& role,
        const std::string& password,
        std::stop_token stop
    ) override;
    void repair_grants(const reconcilers::DatabaseTarget& target, std::stop_token stop) override;

private:
    PostgresModel& model_;
};

/// One controller's view of the mail objects. Its listeners end with it.
class WiredMail final : public controller::Store {
public:
    explicit WiredMail(PostgresModel& model) : model_(model) {}
    ~WiredMail() override { model_.listeners.clear(); }

    std::optional<resources::Object> get(const resources::ObjectKey& key) override;
    controller::ObjectList list(const controller::Query& query) override;
    controller::StoreResult<resources::Object> create(const resources::Object& object) override;
    controller::StoreResult<resources::Object> update(const resources::Object& object) override;
    controller::StoreResult<resources::Object> update_status(const resources::Object& object
    ) override;
    controller::StoreResult<resources::Object> remove(
        const resources::ObjectKey& key, const controller::Preconditions& preconditions
    ) override;
    std::int64_t version() override { return model_.mail.version(); }
    controller::StoreResult<std::vector<controller::Change>> changes(
        const controller::Query& query, std::int64_t after, std::size_t limit
    ) override;
    bool wait_for_change(std::int64_t after, controller::Duration timeout, std::stop_token stop)
        override;
    void subscribe(Listener listener) override;

private:
    PostgresModel& model_;
};

/// One controller's view of what the mail servers see.
class WiredDirectory final : public reconcilers::MailDirectory {
public:
    explicit WiredDirectory(PostgresModel& model) : model_(model) {}

    void open() { is_open_ = true; }
    void close() { is_open_ = false; }
    bool is_open() override { return is_open_; }
    bool shows(const resources::ObjectKey& key) override;
    reconcilers::MailSight look() override;
    std::optional<std::string> credential_source(const std::string& mailbox_uid) override;
    void put_credential(
        const std::string& mailbox_uid, const std::string& hash, const std::string& source
    ) override;

private:
    PostgresModel& model_;
    bool is_open_ = false;
};

/// One controller's view of what belongs into the lookup tables.
class WiredMapSource final : public reconcilers::MapSource {
public:
    WiredMapSource(PostgresModel& model, std::function<bool()> is_open)
        : model_(model), source_(model.mail, std::move(is_open), [&model](const std::string& uid) {
              return model.directory.credential_source(uid);
          }) {}

    bool is_open() override { return source_.is_open(); }
    std::vector<reconcilers::MapContent> read(
        const std::vector<reconcilers::MapQuery>& queries, std::stop_token stop
    ) override;

private:
    PostgresModel& model_;
    reconcilers::ModelMapSource source_;
};

}  // namespace vectis::sim
