#include "tests/sim/postgres_model.hpp"

#include <utility>

namespace vectis::sim {

using controller::Preconditions;
using controller::Query;
using controller::StoreResult;
using reconcilers::DatabaseTarget;
using resources::Object;
using resources::ObjectKey;
using Place = Effect::Place;

PostgresModel::PostgresModel(const Wire& with, controller::Clock& clock, controller::Random& random)
    : wire(with), mail(medium, clock, random) {
    directory.open();
    mail.subscribe([this](const controller::Change& change) {
        for (const controller::Store::Listener& listener : listeners) listener(change);
    });
}

reconcilers::DatabaseState WiredAdmin::observe(
    const DatabaseTarget& target,
    const std::map<std::string, std::string>& role_passwords,
    std::stop_token stop
) {
    model_.wire.require_postgres();
    return model_.admin.observe(target, role_passwords, std::move(stop));
}

void WiredAdmin::create_database(const DatabaseTarget& target, std::stop_token stop) {
    model_.wire.change_postgres({Place::database, "create_database", target.database}, [&] {
        model_.admin.create_database(target, stop);
    });
}

void WiredAdmin::apply_migration(
    const DatabaseTarget& target, const reconcilers::Migration& migration, std::stop_token stop
) {
    model_.wire.change_postgres({Place::database, "apply_migration", migration.name}, [&] {
        model_.admin.apply_migration(target, migration, stop);
    });
}

void WiredAdmin::ensure_role(
    const DatabaseTarget& target,
    const std::string& role,
    const std::string& password,
    std::stop_token stop
) {
    model_.wire.change_postgres({Place::database, "ensure_role", role}, [&] {
        model_.admin.ensure_role(target, role, password, stop);
    });
}

void WiredAdmin::repair_grants(const DatabaseTarget& target, std::stop_token stop) {
    model_.wire.change_postgres({Place::database, "repair_grants", target.database}, [&] {
        model_.admin.repair_grants(target, stop);
    });
}

std::optional<Object> WiredMail::get(const ObjectKey& key) {
    model_.wire.require_postgres();
    return model_.mail.get(key);
}

controller::ObjectList WiredMail::list(const Query& query) {
    model_.wire.require_postgres();
    return model_.mail.list(query);
}

StoreResult<Object> WiredMail::create(const Object& object) {
    return model_.wire.change_postgres({Place::mail, "create", object.metadata.name}, [&] {
        return model_.mail.create(object);
    });
}

StoreResult<Object> WiredMail::update(const Object& object) {
    return model_.wire.change_postgres({Place::mail, "update", object.metadata.name}, [&] {
        return model_.mail.update(object);
    });
}

StoreResult<Object> WiredMail::update_status(const Object& object) {
    return model_.wire.change_postgres({Place::mail, "update_status", object.metadata.name}, [&] {
        return model_.mail.update_status(object);
    });
}

StoreResult<Object> WiredMail::remove(const ObjectKey& key, const Preconditions& preconditions) {
    return model_.wire.change_postgres({Place::mail, "remove", key.name}, [&] {
        return model_.mail.remove(key, preconditions);
    });
}

StoreResult<std::vector<controller::Change>> WiredMail::changes(
    const Query& query, std::int64_t after, std::size_t limit
) {
    model_.wire.require_postgres();
    return model_.mail.changes(query, after, limit);
}

bool WiredMail::wait_for_change(
    std::int64_t after, controller::Duration timeout, std::stop_token stop
) {
    return model_.mail.wait_for_change(after, timeout, std::move(stop));
}

void WiredMail::subscribe(Listener listener) {
    model_.listeners.push_back(std::move(listener));
}

bool WiredDirectory::shows(const ObjectKey& key) {
    model_.wire.require_postgres();
    return model_.directory.shows(key);
}

reconcilers::MailSight WiredDirectory::look() {
    model_.wire.require_postgres();
    return model_.directory.look();
}

std::optional<std::string> WiredDirectory::credential_source(const std::string& mailbox_uid) {
    model_.wire.require_postgres();
    return model_.directory.credential_source(mailbox_uid);
}

void WiredDirectory::put_credential(
    const std::string& mailbox_uid, const std::string& hash, const std::string& source
) {
    model_.wire.change_postgres({Place::database, "put_credential", mailbox_uid}, [&] {
        model_.directory.put_credential(mailbox_uid, hash, source);
    });
}

std::vector<reconcilers::MapContent> WiredMapSource::read(
    const std::vector<reconcilers::MapQuery>& queries, std::stop_token stop
) {
    model_.wire.require_postgres();
    return source_.read(queries, std::move(stop));
}

}  // namespace vectis::sim
