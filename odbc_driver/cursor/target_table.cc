#include "odbc_driver/cursor/target_table.h"

#include <algorithm>
#include <utility>

namespace sluice::driver::cursor {

std::optional<TargetTable> TargetTable::Of(const std::vector<v1::Column>& columns,
                                           v1::Engine engine) {
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
  return TargetTable(columns, engine, *from);
}

TargetTable::TargetTable(const std::vector<v1::Column>& columns, v1::Engine engine,
                         std::size_t from)
    : columns_(&columns), engine_(engine), from_(from) {}

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
  std::string text;
  for (const Condition& condition : where) {
    text += text.empty() ? " WHERE " : " AND ";
    text += Quoted((*columns_)[condition.column].base_column());
    text += condition.is_null ? " IS NULL" : " = ?";
  }
  return text;
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

std::string TargetTable::Select(const std::vector<Condition>& where) const {
  std::string names;
  for (std::size_t column = 0; column < columns_->size(); ++column) {
    if (!IsChangeable(column)) continue;
    names += (names.empty() ? "SELECT " : ", ") + Quoted((*columns_)[column].base_column());
  }
  return names + " FROM " + Name() + Where(where);
}

}  // namespace sluice::driver::cursor
