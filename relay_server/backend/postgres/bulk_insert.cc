#include "relay_server/backend/postgres/bulk_insert.h"

#include <charconv>
#include <map>
#include <string_view>

namespace sluice::relay::backend::postgres {
namespace {

// %1: the table's name as a literal, %2: the types. pg_trigger.tgtype: 1 is ROW, 2 BEFORE,
// 4 INSERT, 64 INSTEAD OF (src/include/catalog/pg_trigger.h).
constexpr std::string_view kQuery = R"(
WITH target AS (
  SELECT oid, relkind, relhasrules, relrowsecurity FROM pg_catalog.pg_class
  WHERE oid = pg_catalog.to_regclass(%1)
), tables AS (
  SELECT oid FROM target
  UNION SELECT p.relid FROM target, pg_catalog.pg_partition_tree(target.oid) p
)
SELECT CASE WHEN
  EXISTS (SELECT FROM target WHERE relkind IN ('r', 'p') AND NOT relhasrules AND NOT relrowsecurity)
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_trigger g JOIN tables ON g.tgrelid = tables.oid
    JOIN pg_catalog.pg_proc f ON f.oid = g.tgfoid
    WHERE NOT g.tgisinternal AND g.tgenabled <> 'D' AND g.tgtype & 4 <> 0
      AND (g.tgtype & 67 <> 3 OR f.provolatile <> 'v'))
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_constraint k
    WHERE k.contype = 'f' AND k.conrelid IN (SELECT oid FROM tables)
      AND k.confrelid IN (SELECT oid FROM tables))
  THEN 1 ELSE 0 END, t.oid,
  CASE WHEN t.typtype <> 'c' AND t.typdelim = ',' THEN t.typarray ELSE 0 END
FROM pg_catalog.pg_type t WHERE t.oid IN (%2))";

std::string Quoted(const std::string& text) {
  std::string quoted = " E'";  // whatever standard_conforming_strings says
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += c;
    quoted += c;
  }
  return quoted + '\'';
}

void Replace(std::string& text, std::string_view what, const std::string& by) {
  text.replace(text.find(what), what.size(), by);
}

Oid NumberAt(const PGresult& answer, int row, int column) {
  const std::string_view text = PQgetvalue(&answer, row, column);
  Oid number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::string BulkInsertQuery(const std::string& table, const std::vector<Oid>& types) {
  std::string list;
  for (const Oid type : types) list += (list.empty() ? "" : ",") + std::to_string(type);
  std::string query(kQuery);
  Replace(query, "%2", list);
  Replace(query, "%1", Quoted(table));
  return query;
}

std::shared_ptr<const BulkInsert> ReadBulkInsert(const RowInsert& insert,
                                                 const std::vector<Oid>& types,
                                                 const PGresult& answer) {
  auto bulk = std::make_shared<BulkInsert>();
  std::map<Oid, Oid> array_types;
  for (int row = 0; row < PQntuples(&answer); ++row) {
    if (NumberAt(answer, row, 0) == 0) return bulk;
    array_types[NumberAt(answer, row, 1)] = NumberAt(answer, row, 2);
  }
  std::string arguments;
  std::string key;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const Oid array_type = array_types[types[i]];
    if (array_type == 0) return std::make_shared<BulkInsert>();
    bulk->array_types.push_back(array_type);
    arguments +=
        (i == 0 ? "pg_catalog.unnest($" : ", pg_catalog.unnest($") + std::to_string(i + 1) + ")";
    key += ' ' + std::to_string(array_type);
  }
  bulk->sql = insert.head + " SELECT * FROM ROWS FROM (" + arguments + ")" +
              (insert.tail.empty() ? "" : " " + insert.tail);
  bulk->key = bulk->sql + key;
  return bulk;
}

}  // namespace sluice::relay::backend::postgres
