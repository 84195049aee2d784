#pragma once

#include "resources/field_error.hpp"
#include "resources/schema.hpp"
#include "resources/view.hpp"

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace vectis::resources {

struct DatabaseRole {
    std::string name{};
    std::string password_secret{};

    friend bool operator==(const DatabaseRole&, const DatabaseRole&) = default;
    static constexpr auto fields = std::tuple{
        field("name", &DatabaseRole::name, "Name of the role.")
            .required()
            .matching("[a-z][a-z0-9_]{0,62}", "a name such as vectis_postfix"),
        field("passwordSecret", &DatabaseRole::password_secret, "Secret NAME/KEY of its password.")
            .required(),
    };
};

/// A database on a Postgres Workload with its schema, roles, grants and views.
struct DatabaseSpec {
    std::string workload = "postgres";
    std::string network = "data";
    std::int64_t port = 5432;
    std::string database = "vectis";
    std::string superuser_secret{};
    std::string migrations = "mail";
    std::vector<DatabaseRole> roles{};

    friend bool operator==(const DatabaseSpec&, const DatabaseSpec&) = default;
    static constexpr auto fields = std::tuple{
        field("workload", &DatabaseSpec::workload, "The Workload that runs Postgres."),
        field("network", &DatabaseSpec::network, "The Network on which it is reached."),
        field("port", &DatabaseSpec::port, "Its port.").in(1, 65535),
        field("database", &DatabaseSpec::database, "Name of the database.")
            .matching("[a-z][a-z0-9_]{0,62}", "a name such as vectis"),
        field(
            "superuserSecret",
            &DatabaseSpec::superuser_secret,
            "Secret NAME/KEY of the password of role postgres."
        )
            .required(),
        field("migrations", &DatabaseSpec::migrations, "Folder of manifests/sql to apply."),
        field("roles", &DatabaseSpec::roles, "Roles that can log in.").keyed_by("name"),
    };
};

template <>
DatabaseSpec view<DatabaseSpec>(const boost::json::object& spec);

/// Rules that no single field can state; paths start at the object's root.
std::vector<FieldError> validate(const DatabaseSpec& spec);

}  // namespace vectis::resources
