#include "odbc_driver/cursor/target_table.h"

#include <algorithm>
#include <utility>

#include "odbc_driver/cursor/row_identity.h"
#include "sql/lexer.h"

namespace sluice::driver::cursor {
namespace {

// In the order of Condition::Kind, but for kIdentity.
constexpr const char* kTests[] = {" = ?", " IS NULL", " = LAST_INSERT_ID()"};

bool Has(const std::vector<std::size_t>& columns, std::size_t column) {
  return std::ranges::find(columns, column) != columns.end();
}

bool IsNull(const v1::ParameterColumn& parameter) {
  return !parameter.data().nulls().empty() && (parameter.data().nulls()[0] & 1) != 0;
}

// A literal of PostgreSQL, whatever standard_conforming_strings says.
std::string EscapeString(std::string_view text) {
  std::string literal = "E'";
  for (const char character : text) {
    if (character == '\'' || character == '\\') literal += character;
    literal += character;
  }
  return literal += '\'';
}

// A literal of MySQL, whatever NO_BACKSLASH_ESCAPES says.
std::string HexLiteral(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string literal = "0x";
  for (const char character : text) {
    const auto octet = static_cast<unsigned char>(character);
    literal += kDigits[octet >> 4];
    literal += kDigits[octet & 15];
  }
  return literal;
}

std::string Octets(const std::string& expression) { return "CAST(" + expression + " AS BINARY)"; }

// The name that an identifier of MySQL means, with or without quotes.
std::string Unquoted(std::string_view identifier) {
  const char quote = identifier.empty() ? '\0' : identifier.front();
  if (quote != '`' && quote != '"') return std::string(identifier);
  std::string name;
  for (std::size_t i = 1; i + 1 < identifier.size(); ++i) {
    name += identifier[i];
    if (identifier[i] == quote) ++i;  // doubled
  }
  return name;
}

bool SameName(std::string_view identifier, std::string_view name, bool fold) {
  const std::string plain = Unquoted(identifier);
  return fold ? sql::EqualsIgnoreCase(plain, name) : plain == name;
}

}  // namespace

std::optional<TargetTable> TargetTable::Of(const std::vector<v1::Column>& columns,
                                           v1::Engine engine, bool has_identity) {
  std::optional<std::size_t> from;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const v1::Column& column = columns[i];
    if (column.base_column().empty() || column.table().empty()) continue;
    if (!from) from = i;
    const v1::Column& first = columns[*from];
    if (column.table() != first.table() || column.schema() != first.schema() ||
        column.catalog() != first.catalog()) {
      return std::nullopt;
    }
  }
  if (!from) return std::nullopt;
  return TargetTable(columns, engine, *from, has_identity);
}

TargetTable::TargetTable(const std::vector<v1::Column>& columns, v1::Engine engine,
                         std::size_t from, bool has_identity)
    : columns_(&columns), engine_(engine), from_(from), has_identity_(has_identity) {}

v1::Catalog TargetTable::KeyRequest() const {
  const v1::Column& column = (*columns_)[from_];
  v1::Catalog request;
  request.set_function(v1::Catalog::STATISTICS);
  if (!column.catalog().empty()) request.set_catalog(column.catalog());
  if (!column.schema().empty()) request.set_schema(column.schema());
  request.set_table(column.table());
  request.set_unique_only(true);
  request.set_exact_statistics(true);  // a remembered index may be gone
  return request;
}

void TargetTable::SetKeys(const std::vector<std::vector<std::string>>& keys) {
  keys_.clear();
  for (const auto& names : keys) {
    std::vector<std::size_t> key;
    for (const std::string& name : names) {
      const auto found = std::ranges::find(*columns_, name, &v1::Column::base_column);
      if (name.empty() || found == columns_->end()) break;
      key.push_back(static_cast<std::size_t>(found - columns_->begin()));
    }
    if (!names.empty() && key.size() == names.size()) keys_.push_back(std::move(key));
  }
  std::ranges::stable_sort(keys_, {}, [](const auto& key) { return key.size(); });
}

// The first of several references to the same column counts (SQLSetPos leaves it to the driver).
bool TargetTable::IsChangeable(std::size_t column) const {
  const std::string& name = (*columns_)[column].base_column();
  if (name.empty()) return false;
  return std::ranges::find(*columns_, name, &v1::Column::base_column) ==
         columns_->begin() + static_cast<std::ptrdiff_t>(column);
}

bool TargetTable::IsComparable(std::size_t column) const {
  if (!IsChangeable(column)) return false;
  switch ((*columns_)[column].sql_type()) {
    case v1::SQLTYPE_BOOLEAN:
    case v1::SQLTYPE_TINYINT:
    case v1::SQLTYPE_SMALLINT:
    case v1::SQLTYPE_INTEGER:
    case v1::SQLTYPE_BIGINT:
    case v1::SQLTYPE_NUMERIC:
    case v1::SQLTYPE_DECIMAL:
    case v1::SQLTYPE_DATE:
    case v1::SQLTYPE_UUID:
      return true;
    case v1::SQLTYPE_VARCHAR:
    case v1::SQLTYPE_LONGVARCHAR:  // where MaxVarcharSize makes it long
      return (*columns_)[column].type_name() == "varchar";
    default:
      return false;
  }
}

std::string TargetTable::Quoted(const std::string& name) const {
  const char quote = engine_ == v1::ENGINE_MYSQL ? '`' : '"';
  std::string quoted(1, quote);
  for (const char character : name) {
    if (character == quote) quoted += quote;
    quoted += character;
  }
  return quoted += quote;
}

// PostgreSQL's catalogue is the session's own database.
std::string TargetTable::Name() const {
  const v1::Column& column = (*columns_)[from_];
  const std::string& space = engine_ == v1::ENGINE_MYSQL ? column.catalog() : column.schema();
  return (space.empty() ? "" : Quoted(space) + ".") + Quoted(column.table());
}

std::string TargetTable::Where(const std::vector<Condition>& where) const {
  if (where.empty()) return " WHERE 1 = 0";  // a row that nothing tells apart: never all rows
  std::string text;
  for (const Condition& condition : where) {
    text += text.empty() ? " WHERE " : " AND ";
    if (condition.kind == Condition::kIdentity) {
      const IdentityColumn& column = kRowIdentity[condition.column];
      text.append(column.name).append(" = CAST(? AS ").append(column.type).append(")");
      continue;
    }
    text += Quoted((*columns_)[condition.column].base_column());
    text += kTests[condition.kind];
  }
  return text;
}

// PostgreSQL finds names on its search path and folds them, MySQL takes its current database.
std::optional<std::string> TargetTable::NameTest(const std::vector<std::string>& name,
                                                 bool fold) const {
  if (name.empty()) return std::nullopt;
  if (engine_ != v1::ENGINE_MYSQL) {
    std::string written;
    for (const std::string& part : name) written += (written.empty() ? "" : ".") + part;
    return "to_regclass(" + EscapeString(written) + ") = to_regclass(" + EscapeString(Name()) + ")";
  }
  const v1::Column& column = (*columns_)[from_];
  if (name.size() > 2 || !SameName(name.back(), column.table(), fold)) return std::nullopt;
  if (name.size() == 2) {
    return SameName(name.front(), column.catalog(), fold) ? std::optional("") : std::nullopt;
  }
  if (column.catalog().empty()) return std::nullopt;  // rows of a view that is computed first
  const std::string expected = "CONVERT(" + HexLiteral(column.catalog()) + " USING utf8mb4)";
  return fold ? Octets("LOWER(DATABASE())") + " = " + Octets("LOWER(" + expected + ")")
              : Octets("DATABASE()") + " = " + Octets(expected);
}

std::string TargetTable::SelectIf(const std::string& condition) const {
  return std::string("SELECT 1 ") + (engine_ == v1::ENGINE_MYSQL ? "FROM DUAL " : "") + "WHERE " +
         condition;
}

std::string TargetTable::Update(const std::vector<std::size_t>& set,
                                const std::vector<Condition>& where) const {
  std::string text = "UPDATE " + Name();
  for (std::size_t i = 0; i < set.size(); ++i) {
    text += i == 0 ? " SET " : ", ";
    text += Quoted((*columns_)[set[i]].base_column()) + " = ?";
  }
  return text + Where(where);
}

std::string TargetTable::Delete(const std::vector<Condition>& where) const {
  return "DELETE FROM " + Name() + Where(where);
}

std::string TargetTable::Insert(const std::vector<std::size_t>& columns) const {
  if (columns.empty()) {
    return "INSERT INTO " + Name() +
           (engine_ == v1::ENGINE_MYSQL ? " () VALUES ()" : " DEFAULT VALUES");
  }
  std::string names;
  std::string markers;
  for (const std::size_t column : columns) {
    names += (names.empty() ? "" : ", ") + Quoted((*columns_)[column].base_column());
    markers += markers.empty() ? "?" : ", ?";
  }
  return "INSERT INTO " + Name() + " (" + names + ") VALUES (" + markers + ")";
}

std::string TargetTable::Returning(bool with_identity) const {
  return " RETURNING " + SelectList(with_identity);
}

std::string TargetTable::SelectList(bool with_identity) const {
  std::string names;
  for (std::size_t column = 0; column < columns_->size(); ++column) {
    if (!IsChangeable(column)) continue;
    names += (names.empty() ? "" : ", ") + Quoted((*columns_)[column].base_column());
  }
  return has_identity_ && with_identity ? names + ", " + IdentitySelectList() : names;
}

std::string TargetTable::Select(const std::vector<Condition>& where) const {
  return "SELECT " + SelectList(true) + " FROM " + Name() + Where(where);
}

void TargetTable::AddValue(RowCondition& condition, std::size_t column, const RowView& row) const {
  const values::ColumnView& values = row.batch->column(column);
  const bool is_null = values.IsNull(row.row);
  condition.where.push_back({column, is_null ? Condition::kNull : Condition::kParameter});
  condition.parameters.set_row_count(1);
  if (is_null) return;
  const v1::Column& described = (*columns_)[column];
  auto& parameter = *condition.parameters.add_columns();
  parameter.set_value_type(described.value_type());
  parameter.set_sql_type(described.sql_type());
  parameter.set_size(described.size());
  parameter.set_scale(described.scale());
  values::ColumnBuilder builder(parameter.value_type());
  builder.AppendFrom(values, row.row);
  builder.Finish(*parameter.mutable_data());
}

std::optional<TargetTable::RowCondition> TargetTable::ConditionByKey(const RowView& row) const {
  for (const auto& key : keys_) {
    const auto is_null = [&](std::size_t column) {
      return row.batch->column(column).IsNull(row.row);
    };
    if (std::ranges::any_of(key, is_null)) continue;
    RowCondition condition;
    for (const std::size_t column : key) AddValue(condition, column, row);
    return condition;
  }
  return std::nullopt;
}

std::optional<TargetTable::RowCondition> TargetTable::ConditionByIdentity(
    const RowView& row) const {
  if (!has_identity_) return std::nullopt;
  RowCondition condition;
  condition.parameters.set_row_count(1);
  for (std::size_t part = 0; part < kIdentityColumns; ++part) {
    const values::ColumnView& values = row.batch->column(columns_->size() + part);
    if (values.IsNull(row.row)) return std::nullopt;
    condition.where.push_back({part, Condition::kIdentity});
    auto& parameter = *condition.parameters.add_columns();
    parameter.set_value_type(v1::VALUE_TYPE_TEXT);
    parameter.set_sql_type(v1::SQLTYPE_VARCHAR);
    values::ColumnBuilder builder(parameter.value_type());
    builder.AppendFrom(values, row.row);
    builder.Finish(*parameter.mutable_data());
  }
  return condition;
}

std::optional<TargetTable::RowCondition> TargetTable::ConditionByKey(
    const std::vector<std::size_t>& columns, const v1::ParameterSet& values) const {
  for (const auto& key : keys_) {
    RowCondition condition;
    for (const std::size_t column : key) {
      const auto found = std::ranges::find(columns, column);
      if (found == columns.end()) break;
      const auto& value = values.columns(static_cast<int>(found - columns.begin()));
      if (IsNull(value)) break;
      condition.where.push_back({column, Condition::kParameter});
      *condition.parameters.add_columns() = value;
    }
    if (condition.where.size() != key.size()) continue;
    condition.parameters.set_row_count(1);
    return condition;
  }
  return std::nullopt;
}

std::optional<TargetTable::RowCondition> TargetTable::ConditionByGeneratedKey(
    const std::vector<std::size_t>& columns, const v1::ParameterSet& values) const {
  if (engine_ != v1::ENGINE_MYSQL) return std::nullopt;
  for (std::size_t column = 0; column < columns_->size(); ++column) {
    if (!(*columns_)[column].is_auto_increment() || !IsChangeable(column)) continue;
    const auto given = std::ranges::find(columns, column);
    if (given != columns.end() &&
        !IsNull(values.columns(static_cast<int>(given - columns.begin())))) {
      return std::nullopt;
    }
    RowCondition condition;
    condition.where.push_back({column, Condition::kGenerated});
    return condition;
  }
  return std::nullopt;
}

void TargetTable::AddOldValues(RowCondition& condition, const RowView& row) const {
  std::vector<std::size_t> known;
  for (const Condition& part : condition.where) known.push_back(part.column);
  for (std::size_t column = 0; column < columns_->size(); ++column) {
    if (IsComparable(column) && !Has(known, column)) AddValue(condition, column, row);
  }
}

}  // namespace sluice::driver::cursor
