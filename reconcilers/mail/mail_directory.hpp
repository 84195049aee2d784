#pragma once

#include "controller/postgres/connection_pool.hpp"
#include "controller/store.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace vectis::reconcilers {

/// What the mail servers see, at one moment.
struct MailSight {
    std::set<resources::ObjectKey> shown{};
    std::map<std::string, std::string> credential_sources{};  ///< by the uid of the mailbox
};

/// What the mail servers see, and the passwords that they check. Calls that get no answer throw
/// controller::StoreError.
class MailDirectory {
public:
    MailDirectory() = default;
    MailDirectory(const MailDirectory&) = delete;
    MailDirectory& operator=(const MailDirectory&) = delete;
    virtual ~MailDirectory() = default;

    /// False before there is a database.
    virtual bool is_open() = 0;
    /// Whether the mail servers find this object's address now.
    virtual bool shows(const resources::ObjectKey& key) = 0;
    /// All of it at once.
    virtual MailSight look() = 0;
    /// The mark given with the mailbox's hash, or nothing if it has none.
    virtual std::optional<std::string> credential_source(const std::string& mailbox_uid) = 0;
    virtual void put_credential(
        const std::string& mailbox_uid, const std::string& hash, const std::string& source
    ) = 0;
};

/// The views and the table of manifests/sql/mail.
class PostgresDirectory final : public MailDirectory {
public:
    explicit PostgresDirectory(controller::ConnectionPool& pool) : pool_(pool) {}

    bool is_open() override { return pool_.target().has_value(); }
    bool shows(const resources::ObjectKey& key) override;
    MailSight look() override;
    std::optional<std::string> credential_source(const std::string& mailbox_uid) override;
    void put_credential(
        const std::string& mailbox_uid, const std::string& hash, const std::string& source
    ) override;

private:
    controller::ConnectionPool& pool_;
};

/// The same over any store, for the simulation and for plans. Open between `open` and `close`.
class ModelDirectory final : public MailDirectory {
public:
    /// The store must not change any more once this is gone.
    explicit ModelDirectory(controller::Store& database);

    void open() { is_open_ = true; }
    void close() { is_open_ = false; }
    /// Puts back what was found in a database.
    void restore(std::map<std::string, std::string> sources);
    bool is_open() override { return is_open_; }
    bool shows(const resources::ObjectKey& key) override;
    MailSight look() override;
    std::optional<std::string> credential_source(const std::string& mailbox_uid) override;
    void put_credential(
        const std::string& mailbox_uid, const std::string& hash, const std::string& source
    ) override;

private:
    void hear(const controller::Change& change);

    controller::Store& database_;
    bool is_open_ = false;
    std::mutex mutex_;
    std::set<std::string> mailboxes_;  ///< uids of those that there are
    std::map<std::string, std::string> sources_;
};

}  // namespace vectis::reconcilers
