#include "reconcilers/maps/postgres_map_source.hpp"

#include <utility>

namespace vectis::reconcilers {
namespace {

using controller::Row;
using controller::Rows;
using controller::Transaction;

constexpr std::chrono::seconds patience(20);  // 100,000 mailboxes take less than one

/// One row: place, number of entries, digest, and the text if the digest is another one. A digest
/// is computed where the rows are, so that an unchanged table costs no traffic.
std::string select_of(Transaction& transaction, const MapQuery& query, std::size_t place) {
    return "SELECT " + std::to_string(place) + " AS place, entries, digest, CASE WHEN digest <> " +
           transaction.quote(query.known_digest) +
           " THEN text END FROM (SELECT entries, text, encode(sha256(convert_to(text, 'UTF8')), "
           "'hex') AS digest FROM (SELECT count(*) AS entries, coalesce(string_agg(key || E'\\t' "
           "|| value || E'\\n', '' ORDER BY key COLLATE \"C\"), '') AS text FROM " +
           transaction.quote_name(query.view) + ") AS lines) AS map";
}

}  // namespace

std::vector<MapContent> PostgresMapSource::read(
    const std::vector<MapQuery>& queries, std::stop_token stop
) {
    Rows rows;
    pool_.transact({patience, std::move(stop)}, [&](Transaction& transaction) {
        // All rows are read: a plan that looks at each for each, because the statistics know little
        // of recursion and of what was just loaded, takes minutes.
        transaction.run_script("SET LOCAL enable_nestloop = off");
        // One statement sees one moment.
        std::string sql;
        for (std::size_t i = 0; i < queries.size(); ++i)
            sql += (i == 0 ? "" : " UNION ALL ") + select_of(transaction, queries[i], i);
        rows = transaction.run(sql + " ORDER BY place");
    });
    std::vector<MapContent> out;
    for (Row& row : rows)
        out.push_back(
            {.digest = row[2].value(), .entries = std::stoll(row[1].value()), .text = row[3]}
        );
    return out;
}

}  // namespace vectis::reconcilers
