#include "relay_server/backend/postgres/typed_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string_view>

#include "proto/values/decimal.h"
#include "relay_server/backend/postgres/sql_text.h"
#include "sql/lexer.h"

namespace sluice::relay::backend::postgres {
namespace {

struct BoundType {
  v1::SqlType bound;
  std::string_view cast;
  bool is_number = false;
};

// Text, intervals and bit strings come as text, which is what the server takes them for.
constexpr auto kBoundTypes = std::to_array<BoundType>({
    {v1::SQLTYPE_BOOLEAN, "::bool"},
    {v1::SQLTYPE_TINYINT, "::int2", true},
    {v1::SQLTYPE_SMALLINT, "::int2", true},
    {v1::SQLTYPE_INTEGER, "::int4", true},
    {v1::SQLTYPE_BIGINT, "::int8", true},
    {v1::SQLTYPE_REAL, "::float4", true},
    {v1::SQLTYPE_DOUBLE, "::float8", true},
    {v1::SQLTYPE_NUMERIC, "::numeric", true},
    {v1::SQLTYPE_DECIMAL, "::numeric", true},
    {v1::SQLTYPE_BINARY, "::bytea"},
    {v1::SQLTYPE_VARBINARY, "::bytea"},
    {v1::SQLTYPE_LONGVARBINARY, "::bytea"},
    {v1::SQLTYPE_DATE, "::date"},
    {v1::SQLTYPE_TIME, "::time"},
    {v1::SQLTYPE_TIMESTAMP, "::timestamp"},
    {v1::SQLTYPE_UUID, "::uuid"},
});

const BoundType* FindBoundType(v1::SqlType bound) {
  const auto row = std::ranges::find(kBoundTypes, bound, &BoundType::bound);
  return row == kBoundTypes.end() ? nullptr : &*row;
}

bool IsWithin(std::string_view digits, std::int64_t lowest, std::int64_t highest) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc{} && end == digits.data() + digits.size() && number >= lowest &&
         number <= highest;
}

std::string TextOf(const values::ColumnView& column, std::uint32_t row) {
  switch (column.type()) {
    case v1::VALUE_TYPE_INT16:
      return std::to_string(column.Fixed<std::int16_t>(row));
    case v1::VALUE_TYPE_INT32:
      return std::to_string(column.Fixed<std::int32_t>(row));
    case v1::VALUE_TYPE_INT64:
      return std::to_string(column.Fixed<std::int64_t>(row));
    case v1::VALUE_TYPE_UINT64:
      return std::to_string(column.Fixed<std::uint64_t>(row));
    case v1::VALUE_TYPE_FLOAT32:
    case v1::VALUE_TYPE_FLOAT64: {
      std::string text;
      const bool is_single = column.type() == v1::VALUE_TYPE_FLOAT32;
      values::AppendDouble(is_single ? column.Fixed<float>(row) : column.Fixed<double>(row), text);
      return text;
    }
    case v1::VALUE_TYPE_DECIMAL:
    case v1::VALUE_TYPE_TEXT:
      return std::string(column.Variable(row));
    default:
      return {};
  }
}

bool IsMisfit(const values::ColumnView& column, std::uint32_t row, Oid server_type) {
  if (column.IsNull(row)) return false;
  const auto fits = [&]<typename Integer>(Integer) {
    using Limits = std::numeric_limits<Integer>;
    return IsWithin(TextOf(column, row), Limits::min(), Limits::max());
  };
  if (server_type == kInt2) return !fits(std::int16_t{});
  if (server_type == kInt4) return !fits(std::int32_t{});
  return server_type == kInt8 && !fits(std::int64_t{});
}

bool IsNumber(const values::ParameterSetView& parameters, std::size_t index) {
  const BoundType* type = FindBoundType(parameters.description(index).sql_type());
  return type != nullptr && type->is_number;
}

bool HasMisfit(const values::ParameterSetView& parameters, std::uint32_t row,
               const std::vector<Oid>& server_types) {
  const std::size_t count = std::min(parameters.column_count(), server_types.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (IsNumber(parameters, i) && IsMisfit(parameters.column(i), row, server_types[i])) {
      return true;
    }
  }
  return false;
}

std::shared_ptr<const Statement> WithText(const Statement& given, std::string sql) {
  auto typed = std::make_shared<Statement>();
  typed->sql = std::move(sql);
  typed->parameter_count = given.parameter_count;
  typed->kind = given.kind;
  typed->sets = given.sets;
  typed->drops_prepared = given.drops_prepared;
  return typed;
}

}  // namespace

std::shared_ptr<const Statement> WithBoundTypes(const Execution& execution) {
  const values::ParameterSetView* parameters = execution.parameters;
  const Statement& given = *execution.statement;
  if (parameters == nullptr || parameters->column_count() == 0) return execution.statement;
  std::string sql;
  std::size_t copied = 0;
  for (const BareParameter& parameter : BareParameters(given.sql)) {
    if (parameter.number == 0 || parameter.number > parameters->column_count()) continue;
    const BoundType* type = FindBoundType(parameters->description(parameter.number - 1).sql_type());
    sql.append(given.sql, copied, parameter.end - copied);
    if (type != nullptr) sql.append(type->cast);
    copied = parameter.end;
  }
  if (copied == 0) return execution.statement;
  sql.append(given.sql, copied);
  return WithText(given, std::move(sql));
}

std::shared_ptr<const Statement> WithTypesThatSuit(const Execution& execution, std::uint32_t row,
                                                   const BackendError& error,
                                                   const std::vector<Oid>& server_types) {
  constexpr std::string_view kAmbiguous[] = {"42725",
                                             "42P18"};         // function, datatype of a parameter
  constexpr std::string_view kRefused[] = {"22003", "22P02"};  // out of range, no such value
  const values::ParameterSetView* parameters = execution.parameters;
  const Statement& given = *execution.statement;
  // Where a string with backslashes ends is for the session's settings to say.
  if (parameters == nullptr || given.sql.find('\\') != std::string::npos) return nullptr;
  const bool is_refused = std::ranges::count(kRefused, error.sqlstate()) != 0;
  const bool is_ambiguous = std::ranges::count(kAmbiguous, error.sqlstate()) != 0;
  if (!is_ambiguous && !(is_refused && HasMisfit(*parameters, row, server_types))) return nullptr;
  std::string sql;
  bool has_types = false;
  for (const auto& token : sql::Tokenize(given.sql, sql::kPostgresLexicalRules)) {
    sql.append(token.text);
    if (token.kind != sql::TokenKind::kParameter) continue;
    std::size_t number = 0;
    std::from_chars(token.text.data() + 1, token.text.data() + token.text.size(), number);
    if (number == 0 || number > parameters->column_count()) continue;
    const BoundType* type = FindBoundType(parameters->description(number - 1).sql_type());
    if (type == nullptr || !(type->is_number || is_ambiguous)) continue;
    sql.append(type->cast);
    has_types = true;
  }
  return has_types ? WithText(given, std::move(sql)) : nullptr;
}

}  // namespace sluice::relay::backend::postgres
