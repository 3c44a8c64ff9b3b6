#include "odbc_driver/handles/table_editor.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "odbc_driver/cursor/row_identity.h"

namespace sluice::driver {
namespace {

// Columns of SQLStatistics, from 0.
constexpr std::size_t kIndexName = 5;
constexpr std::size_t kColumnName = 8;
constexpr std::size_t kFilterCondition = 12;

constexpr const char* kNoKey =
    "The row cannot be found again: the cursor selects no unique key of its table";

// The row by its new key.
void ApplyChange(const RowValues& changed, cursor::TargetTable::RowCondition& key) {
  int parameter = 0;
  for (auto& part : key.where) {
    if (part.kind != cursor::TargetTable::Condition::kParameter) continue;
    const auto found = std::ranges::find(changed.columns, part.column);
    if (found != changed.columns.end()) {
      const auto& value =
          changed.parameters.columns(static_cast<int>(found - changed.columns.begin()));
      // One that was streamed is used up: the row is looked for by its old key, and not found.
      if (value.sent_values().empty()) *key.parameters.mutable_columns(parameter) = value;
    }
    ++parameter;
  }
}

}  // namespace

std::unique_ptr<TableEditor> TableEditor::Over(const ResultSet& result, CancelPoint& cancel,
                                               Session session) {
  auto table = cursor::TargetTable::Of(result.columns(), session.engine, result.has_identity());
  if (!table) return nullptr;
  return std::unique_ptr<TableEditor>(
      new TableEditor(std::move(*table), result, cancel, std::move(session)));
}

TableEditor::TableEditor(cursor::TargetTable table, const ResultSet& result, CancelPoint& cancel,
                         Session session)
    : table_(std::move(table)), result_(result), cancel_(cancel), session_(std::move(session)) {}

TableEditor::~TableEditor() {
  if (text_id_ != 0) session_.client->ReleaseStatement(text_id_);
}

client::ExecuteResponse TableEditor::Send(const std::string& sql,
                                          const v1::ParameterSet& parameters) {
  const bool known = text_id_ != 0 && text_ == sql;
  if (!known) {
    if (text_id_ != 0) session_.client->ReleaseStatement(text_id_);
    text_id_ = session_.client->NewStatementId();
    text_ = sql;
  }
  CancelPoint::Scope scope(cancel_, session_.client);
  client::ExecuteRequest request;
  request.statement_id = text_id_;
  request.sql = known ? nullptr : &text_;
  request.parameters = parameters.columns().empty() ? nullptr : &parameters;
  request.escape_scan = false;
  request.prepared = known;
  request.timeout = timeout_;
  request.on_request_id = [&](std::uint64_t id) { scope.SetRequest(id); };
  try {
    return session_.client->Execute(request);
  } catch (...) {
    session_.client->ReleaseStatement(std::exchange(text_id_, 0));  // it may have been refused
    throw;
  }
}

wire::Deadline TableEditor::deadline() const {
  return timeout_.duration.count() == 0 ? wire::kNoDeadline
                                        : wire::DeadlineAfter(timeout_.duration);
}

// One request, when a key is needed first.
void TableEditor::FindKeys() {
  if (keys_known_) return;
  auto response = [this] {
    CancelPoint::Scope scope(cancel_, session_.client);
    return session_.client->RunCatalog(table_.KeyRequest(), timeout_,
                                       [&](std::uint64_t id) { scope.SetRequest(id); });
  }();
  ResultSet indexes(session_.client, std::move(response.cursor),
                    {response.result.columns().begin(), response.result.columns().end()},
                    session_.engine, session_.options);
  for (const std::size_t column : {kIndexName, kColumnName, kFilterCondition}) {
    const auto& types = indexes.value_types();
    if (column < types.size() && values::FixedWidth(types[column]) == 0) continue;
    throw values::MalformedBatch("the relay does not tell the indexes of a table as SQLStatistics");
  }
  std::map<std::string, std::vector<std::string>> keys;
  while (const std::uint32_t rows = indexes.Available(deadline(), cancel_)) {
    const auto& batch = indexes.batch();
    for (std::uint32_t row = indexes.position(); row < indexes.position() + rows; ++row) {
      if (batch.column(kIndexName).IsNull(row)) continue;  // the table itself
      auto& key = keys[std::string(batch.column(kIndexName).Variable(row))];
      const bool of_all_rows = batch.column(kFilterCondition).IsNull(row) ||
                               batch.column(kFilterCondition).Variable(row).empty();
      const auto& name = batch.column(kColumnName);
      key.emplace_back(of_all_rows && !name.IsNull(row) ? name.Variable(row) : "");
    }
    indexes.Advance(rows);
  }
  std::vector<std::vector<std::string>> names;
  for (auto& [index, columns] : keys) names.push_back(std::move(columns));
  table_.SetKeys(names);
  keys_known_ = true;
}

TableEditor::RowCondition TableEditor::KeyOf(const cursor::RowView& row) {
  FindKeys();
  auto key = table_.ConditionByKey(row);
  if (!key) key = table_.ConditionByIdentity(row);
  if (!key) throw DriverError(kHYC00NotImplemented, kNoKey);
  return std::move(*key);
}

// The cursor selects all columns of the table, and none of a type that cannot be compared.
bool TableEditor::ComparesWholeRow() {
  if (session_.engine != v1::ENGINE_MYSQL) return false;
  if (compares_whole_row_) return *compares_whole_row_;
  std::set<std::string> names;
  bool comparable = true;
  for (std::size_t column = 0; column < result_.columns().size(); ++column) {
    if (!table_.IsChangeable(column)) continue;
    comparable = comparable && table_.IsComparable(column);
    names.insert(result_.columns()[column].base_column());
  }
  compares_whole_row_ = false;
  if (!comparable) return false;
  client::ExecuteResponse all = Send("SELECT * FROM " + table_.Name() + " LIMIT 0", {});
  if (all.cursor != nullptr) session_.client->ReleaseCursor(std::move(all.cursor));
  compares_whole_row_ = static_cast<int>(names.size()) == all.result.columns_size();
  return *compares_whole_row_;
}

std::optional<TableEditor::RowCondition> TableEditor::VersionOf(const cursor::RowView& row) const {
  return compares_versions_ ? table_.ConditionByIdentity(row) : std::nullopt;
}

TableEditor::RowCondition TableEditor::OneRow(const cursor::RowView& row) {
  FindKeys();
  if (auto version = VersionOf(row)) return std::move(*version);
  auto condition = table_.ConditionByKey(row);
  limit_.clear();
  if (!condition) {
    if (auto identity = table_.ConditionByIdentity(row)) return std::move(*identity);
    limit_ = " LIMIT 1";
  }
  if (!condition && ComparesWholeRow()) condition.emplace();
  if (condition) table_.AddOldValues(*condition, row);
  if (!condition || condition->where.empty()) throw DriverError(kHYC00NotImplemented, kNoKey);
  return std::move(*condition);
}

std::optional<TableEditor::RowCondition> TableEditor::ConditionOf(const cursor::RowView& row) {
  FindKeys();
  if (auto version = VersionOf(row)) return version;
  auto condition = table_.ConditionByKey(row);
  if (!condition) {
    if (auto identity = table_.ConditionByIdentity(row)) return identity;
    condition.emplace();
  }
  table_.AddOldValues(*condition, row);
  if (condition->where.empty()) return std::nullopt;
  return condition;
}

bool TableEditor::OutlivesChanges(const cursor::RowView& row) {
  FindKeys();
  return table_.ConditionByKey(row).has_value() || !table_.ConditionByIdentity(row);
}

bool TableEditor::Holds(const std::string& condition) {
  ResultSet found = Rows(Send(table_.SelectIf(condition), {}));
  return found.Available(deadline(), cancel_) != 0;
}

std::uint64_t TableEditor::Delete(const cursor::RowView& row) {
  const RowCondition found = OneRow(row);
  return Send(table_.Delete(found.where) + limit_, found.parameters).result.affected_rows();
}

TableEditor::Change TableEditor::Update(const cursor::RowView& row, const RowValues& values) {
  const RowCondition found = OneRow(row);
  v1::ParameterSet parameters = values.parameters;
  parameters.MergeFrom(found.parameters);
  parameters.set_row_count(1);
  const std::string sql = table_.Update(values.columns, found.where);
  if (!OutlivesChanges(row)) {  // it is another one then, which only this statement can tell
    ResultSet changed = Rows(Send(sql + table_.Returning(), parameters));
    auto now = TakeRow(changed, &row);
    return {now ? 1u : 0u, std::move(now)};
  }
  const auto count = Send(sql + limit_, parameters).result.affected_rows();
  if (count == 0) return {0};
  return {count, Reload(row, &values)};
}

std::optional<v1::ColumnBatch> TableEditor::Reload(const cursor::RowView& row,
                                                   const RowValues* changed) {
  FindKeys();
  auto by_key = table_.ConditionByKey(row);
  RowCondition key = by_key ? std::move(*by_key) : OneRow(row);
  if (changed != nullptr) ApplyChange(*changed, key);
  ResultSet found = Rows(Send(table_.Select(key.where) + (by_key ? "" : limit_), key.parameters));
  return TakeRow(found, &row);
}

ResultSet TableEditor::Rows(client::ExecuteResponse response) const {
  return ResultSet(session_.client, std::move(response.cursor),
                   {response.result.columns().begin(), response.result.columns().end()},
                   session_.engine, session_.options);
}

std::optional<v1::ColumnBatch> TableEditor::TakeRow(ResultSet& found,
                                                    const cursor::RowView* otherwise) {
  if (found.Available(deadline(), cancel_) == 0) return std::nullopt;
  values::BatchBuilder builder(result_.value_types());
  std::size_t next = 0;
  for (std::size_t column = 0; column < result_.columns().size(); ++column) {
    const bool read = table_.IsChangeable(column) && next < found.columns().size();
    const std::size_t from = next;
    if (read) ++next;
    if (read && found.value_types()[from] == result_.value_types()[column]) {
      builder.column(column).AppendFrom(found.batch().column(from), found.position());
    } else if (otherwise != nullptr) {
      builder.column(column).AppendFrom(otherwise->batch->column(column), otherwise->row);
    } else {
      builder.column(column).AppendNull();
    }
  }
  for (std::size_t part = 0; result_.has_identity() && part < cursor::kIdentityColumns; ++part) {
    auto& column = builder.column(result_.columns().size() + part);
    if (found.has_identity()) {
      column.AppendFrom(found.batch().column(found.columns().size() + part), found.position());
    } else {
      column.AppendNull();
    }
  }
  builder.EndRow();
  v1::ColumnBatch batch;
  builder.Finish(batch);
  return batch;
}

v1::Result TableEditor::InsertArray(const RowValues& values,
                                    std::vector<v1::Diagnostic>& diagnostics) {
  auto response = Send(table_.Insert(values.columns), values.parameters);
  diagnostics = std::move(response.diagnostics);
  return std::move(response.result);
}

bool TableEditor::KeyIsGiven(const RowValues& one_row) {
  FindKeys();
  return table_.ConditionByKey(one_row.columns, one_row.parameters).has_value();
}

std::optional<v1::ColumnBatch> TableEditor::InsertAndRead(const RowValues& values) {
  if (session_.engine == v1::ENGINE_POSTGRES) return InsertReturning(values);
  Send(table_.Insert(values.columns), values.parameters);
  return ReadInserted(values);
}

std::optional<v1::ColumnBatch> TableEditor::InsertReturning(const RowValues& values) {
  const std::string sql = table_.Insert(values.columns);
  try {
    ResultSet added = Rows(Send(sql + table_.Returning(), values.parameters));
    return TakeRow(added, nullptr);
  } catch (const client::RequestFailed& error) {
    if (!result_.has_identity() || error.sqlstate() != "0A000") throw;
  }
  // PostgreSQL does not tell what it has written to a partitioned table: the row is one that
  // cannot be found again without a key.
  ResultSet added = Rows(Send(sql + table_.Returning(false), values.parameters));
  return TakeRow(added, nullptr);
}

std::optional<v1::ColumnBatch> TableEditor::ReadInserted(const RowValues& values) {
  FindKeys();
  auto key = table_.ConditionByKey(values.columns, values.parameters);
  if (!key) key = table_.ConditionByGeneratedKey(values.columns, values.parameters);
  if (!key) return std::nullopt;
  ResultSet found = Rows(Send(table_.Select(key->where), key->parameters));
  return TakeRow(found, nullptr);
}

}  // namespace sluice::driver
