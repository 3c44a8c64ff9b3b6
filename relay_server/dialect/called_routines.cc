#include "relay_server/dialect/called_routines.h"

#include <algorithm>

#include "relay_server/dialect/names.h"

namespace sluice::relay::dialect {
namespace {

// In alphabetical order. Key words, and functions of the servers that leave nothing behind; others
// of theirs are found harmless when the server is asked. Neither does what is named here draw from
// a sequence.
constexpr std::string_view kPassedOver[] = {"abs",
                                            "all",
                                            "and",
                                            "any",
                                            "array",
                                            "array_agg",
                                            "as",
                                            "asc",
                                            "avg",
                                            "between",
                                            "bigint",
                                            "binary",
                                            "by",
                                            "case",
                                            "cast",
                                            "ceil",
                                            "ceiling",
                                            "char",
                                            "character",
                                            "clock_timestamp",
                                            "coalesce",
                                            "col_description",
                                            "concat",
                                            "convert",
                                            "count",
                                            "curdate",
                                            "current_setting",
                                            "date",
                                            "dayofweek",
                                            "dayofyear",
                                            "decimal",
                                            "desc",
                                            "distinct",
                                            "else",
                                            "except",
                                            "exists",
                                            "extract",
                                            "filter",
                                            "floor",
                                            "found_rows",
                                            "from",
                                            "gen_random_uuid",
                                            "generate_series",
                                            "get_lock",
                                            "greatest",
                                            "group_concat",
                                            "having",
                                            "hour",
                                            "if",
                                            "ifnull",
                                            "in",
                                            "int",
                                            "intersect",
                                            "interval",
                                            "into",
                                            "join",
                                            "json_agg",
                                            "jsonb_agg",
                                            "last_insert_id",
                                            "least",
                                            "left",
                                            "length",
                                            "like",
                                            "limit",
                                            "ln",
                                            "lo_close",
                                            "lo_creat",
                                            "lo_create",
                                            "lo_export",
                                            "lo_from_bytea",
                                            "lo_get",
                                            "lo_import",
                                            "lo_lseek",
                                            "lo_lseek64",
                                            "lo_open",
                                            "lo_put",
                                            "lo_tell",
                                            "lo_tell64",
                                            "lo_truncate",
                                            "lo_truncate64",
                                            "lo_unlink",
                                            "log",
                                            "loread",
                                            "lower",
                                            "lowrite",
                                            "max",
                                            "md5",
                                            "min",
                                            "minute",
                                            "mod",
                                            "month",
                                            "not",
                                            "now",
                                            "nullif",
                                            "numeric",
                                            "obj_description",
                                            "on",
                                            "or",
                                            "over",
                                            "partition",
                                            "pg_backend_pid",
                                            "pg_get_expr",
                                            "pg_get_viewdef",
                                            "pg_is_in_recovery",
                                            "pg_notify",
                                            "pg_relation_size",
                                            "pg_sleep",
                                            "pg_table_size",
                                            "pg_total_relation_size",
                                            "position",
                                            "power",
                                            "regexp_replace",
                                            "replace",
                                            "returning",
                                            "right",
                                            "round",
                                            "row_count",
                                            "row_number",
                                            "select",
                                            "set_config",
                                            "some",
                                            "sqrt",
                                            "string_agg",
                                            "substr",
                                            "substring",
                                            "sum",
                                            "table",
                                            "then",
                                            "timestamp",
                                            "to_char",
                                            "trim",
                                            "union",
                                            "unnest",
                                            "upper",
                                            "using",
                                            "values",
                                            "varchar",
                                            "version",
                                            "when",
                                            "where",
                                            "with",
                                            "year"};

static_assert(std::ranges::is_sorted(kPassedOver));

// Behind these a name with parentheses is no call: INSERT INTO t (…), … AS t (…).
constexpr std::string_view kBefore[] = {"INTO", "TABLE", "AS"};

bool IsName(const Token& token) {
  return token.kind == TokenKind::kWord || token.kind == TokenKind::kQuotedIdentifier;
}

bool FollowsNoCall(const StatementWords& words, std::size_t begin) {
  return begin > 0 && std::ranges::any_of(kBefore, [&](std::string_view word) {
           return words.IsWord(begin - 1, word);
         });
}

}  // namespace

std::vector<std::string> CalledRoutines(const StatementWords& words) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (!words.IsSymbol(i + 1, '(') || !IsName(words[i])) continue;
    std::size_t begin = i;
    while (begin > 1 && words.IsSymbol(begin - 1, '.') && IsName(words[begin - 2])) begin -= 2;
    if (FollowsNoCall(words, begin)) continue;
    const bool quoted = words[i].kind == TokenKind::kQuotedIdentifier;
    std::string name = quoted ? std::string(Unquoted(words[i])) : LowerCase(words[i].text);
    const bool qualified = begin < i;
    if (!quoted && !qualified && std::ranges::binary_search(kPassedOver, std::string_view(name))) {
      continue;
    }
    names.push_back(std::move(name));
  }
  // A text may call very many.
  std::ranges::sort(names);
  const auto doubled = std::ranges::unique(names);
  names.erase(doubled.begin(), doubled.end());
  return names;
}

}  // namespace sluice::relay::dialect
