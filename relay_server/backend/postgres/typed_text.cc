#include "relay_server/backend/postgres/typed_text.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "relay_server/backend/postgres/sql_text.h"

namespace sluice::relay::backend::postgres {
namespace {

struct BoundType {
  v1::SqlType bound;
  std::string_view cast;
};

// Text, intervals and bit strings come as text, which is what the server takes them for.
constexpr auto kBoundTypes = std::to_array<BoundType>({
    {v1::SQLTYPE_BOOLEAN, "::bool"},
    {v1::SQLTYPE_TINYINT, "::int2"},
    {v1::SQLTYPE_SMALLINT, "::int2"},
    {v1::SQLTYPE_INTEGER, "::int4"},
    {v1::SQLTYPE_BIGINT, "::int8"},
    {v1::SQLTYPE_REAL, "::float4"},
    {v1::SQLTYPE_DOUBLE, "::float8"},
    {v1::SQLTYPE_NUMERIC, "::numeric"},
    {v1::SQLTYPE_DECIMAL, "::numeric"},
    {v1::SQLTYPE_BINARY, "::bytea"},
    {v1::SQLTYPE_VARBINARY, "::bytea"},
    {v1::SQLTYPE_LONGVARBINARY, "::bytea"},
    {v1::SQLTYPE_DATE, "::date"},
    {v1::SQLTYPE_TIME, "::time"},
    {v1::SQLTYPE_TIMESTAMP, "::timestamp"},
    {v1::SQLTYPE_UUID, "::uuid"},
});

std::string_view CastOf(v1::SqlType bound) {
  const auto row = std::ranges::find(kBoundTypes, bound, &BoundType::bound);
  return row == kBoundTypes.end() ? std::string_view() : row->cast;
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
    const std::string_view cast = CastOf(parameters->description(parameter.number - 1).sql_type());
    sql.append(given.sql, copied, parameter.end - copied).append(cast);
    copied = parameter.end;
  }
  if (copied == 0) return execution.statement;
  sql.append(given.sql, copied);
  auto typed = std::make_shared<Statement>();
  typed->sql = std::move(sql);
  typed->parameter_count = given.parameter_count;
  typed->kind = given.kind;
  return typed;
}

}  // namespace sluice::relay::backend::postgres
