#include "odbc_driver/info/dynamic_function.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

namespace sluice::driver::info {
namespace {

struct KindRow {
  v1::StatementKind kind;
  DynamicFunction function;
};

constexpr KindRow kKinds[] = {
    {v1::STATEMENT_KIND_SELECT, {SQL_DIAG_SELECT_CURSOR, "SELECT CURSOR"}},
    {v1::STATEMENT_KIND_INSERT, {SQL_DIAG_INSERT, "INSERT"}},
    {v1::STATEMENT_KIND_UPDATE, {SQL_DIAG_UPDATE_WHERE, "UPDATE WHERE"}},
    {v1::STATEMENT_KIND_DELETE, {SQL_DIAG_DELETE_WHERE, "DELETE WHERE"}},
    {v1::STATEMENT_KIND_CALL, {SQL_DIAG_CALL, "CALL"}},
};

// A statement by its verb and by the kind of object that the verb is done to; without an object,
// the verb is enough.
struct WordRow {
  std::string_view verb;
  std::string_view object;
  DynamicFunction function;
};

constexpr WordRow kWords[] = {
    {"ALTER", "DOMAIN", {SQL_DIAG_ALTER_DOMAIN, "ALTER DOMAIN"}},
    {"ALTER", "TABLE", {SQL_DIAG_ALTER_TABLE, "ALTER TABLE"}},
    {"CREATE", "ASSERTION", {SQL_DIAG_CREATE_ASSERTION, "CREATE ASSERTION"}},
    {"CREATE", "CHARACTER", {SQL_DIAG_CREATE_CHARACTER_SET, "CREATE CHARACTER SET"}},
    {"CREATE", "COLLATION", {SQL_DIAG_CREATE_COLLATION, "CREATE COLLATION"}},
    {"CREATE", "DOMAIN", {SQL_DIAG_CREATE_DOMAIN, "CREATE DOMAIN"}},
    {"CREATE", "INDEX", {SQL_DIAG_CREATE_INDEX, "CREATE INDEX"}},
    {"CREATE", "SCHEMA", {SQL_DIAG_CREATE_SCHEMA, "CREATE SCHEMA"}},
    {"CREATE", "TABLE", {SQL_DIAG_CREATE_TABLE, "CREATE TABLE"}},
    {"CREATE", "TRANSLATION", {SQL_DIAG_CREATE_TRANSLATION, "CREATE TRANSLATION"}},
    {"CREATE", "VIEW", {SQL_DIAG_CREATE_VIEW, "CREATE VIEW"}},
    {"DROP", "ASSERTION", {SQL_DIAG_DROP_ASSERTION, "DROP ASSERTION"}},
    {"DROP", "CHARACTER", {SQL_DIAG_DROP_CHARACTER_SET, "DROP CHARACTER SET"}},
    {"DROP", "COLLATION", {SQL_DIAG_DROP_COLLATION, "DROP COLLATION"}},
    {"DROP", "DOMAIN", {SQL_DIAG_DROP_DOMAIN, "DROP DOMAIN"}},
    {"DROP", "INDEX", {SQL_DIAG_DROP_INDEX, "DROP INDEX"}},
    {"DROP", "SCHEMA", {SQL_DIAG_DROP_SCHEMA, "DROP SCHEMA"}},
    {"DROP", "TABLE", {SQL_DIAG_DROP_TABLE, "DROP TABLE"}},
    {"DROP", "TRANSLATION", {SQL_DIAG_DROP_TRANSLATION, "DROP TRANSLATION"}},
    {"DROP", "VIEW", {SQL_DIAG_DROP_VIEW, "DROP VIEW"}},
    {"GRANT", "", {SQL_DIAG_GRANT, "GRANT"}},
    {"REVOKE", "", {SQL_DIAG_REVOKE, "REVOKE"}},
};

// "CREATE OR REPLACE GLOBAL TEMPORARY TABLE": as many words may stand between verb and object.
constexpr int kMaxWordsBetween = 6;

// Keywords are ASCII in every locale of the process; C's functions do not make an I of i in a
// Turkish one.
constexpr char ToUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
constexpr bool IsLetter(char c) { return ToUpper(c) >= 'A' && ToUpper(c) <= 'Z'; }
constexpr bool IsWordPart(char c) { return IsLetter(c) || (c >= '0' && c <= '9') || c == '_'; }

// The next word in capital letters; comments and punctuation are passed over. Empty at the end.
std::string TakeWord(std::string_view& sql) {
  while (!sql.empty() && !IsLetter(sql.front())) {
    if (sql.starts_with("--")) {
      sql.remove_prefix(std::min(sql.find('\n'), sql.size()));
    } else if (sql.starts_with("/*")) {
      const auto end = sql.find("*/", 2);
      sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 2);
    } else {
      sql.remove_prefix(1);
    }
  }
  std::string word;
  while (!sql.empty() && IsWordPart(sql.front())) {
    word += ToUpper(sql.front());
    sql.remove_prefix(1);
  }
  return word;
}

DynamicFunction FromWords(std::string_view sql) {
  const std::string verb = TakeWord(sql);
  const bool known = std::any_of(std::begin(kWords), std::end(kWords),
                                 [&](const WordRow& row) { return row.verb == verb; });
  for (int count = 0; known && count <= kMaxWordsBetween; ++count) {
    const std::string object = TakeWord(sql);
    for (const WordRow& row : kWords) {
      if (row.verb == verb && (row.object.empty() || row.object == object)) return row.function;
    }
  }
  return {};
}

}  // namespace

std::string VerbOf(std::string_view sql) { return TakeWord(sql); }

DynamicFunction DynamicFunctionOf(v1::StatementKind kind, std::string_view sql) {
  for (const KindRow& row : kKinds) {
    if (row.kind == kind) return row.function;
  }
  return FromWords(sql);
}

}  // namespace sluice::driver::info
