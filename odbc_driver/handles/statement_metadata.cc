// What columns and parameters are: SQLNumResultCols, SQLDescribeCol, SQLColAttribute, SQLNumParams,
// SQLDescribeParam and the IRD. A prepared statement that has not run is described by the relay,
// once.

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "odbc_driver/handles/descriptor_fields.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver {
namespace {

// SQLColAttribute's identifiers of ODBC 2 that are not those of descriptor fields (sqlext.h).
struct Odbc2Field {
  SQLUSMALLINT id;
  FieldValue (*read)(const DescriptorRecord& record);
};

constexpr Odbc2Field kOdbc2Fields[] = {
    {SQL_COLUMN_NAME, [](const DescriptorRecord& r) -> FieldValue { return r.name; }},
    {SQL_COLUMN_NULLABLE,
     [](const DescriptorRecord& r) -> FieldValue { return static_cast<SQLLEN>(r.nullable); }},
    {SQL_COLUMN_LENGTH, [](const DescriptorRecord& r) -> FieldValue { return r.octet_length; }},
    {SQL_COLUMN_PRECISION,
     [](const DescriptorRecord& r) -> FieldValue { return static_cast<SQLLEN>(r.column_size); }},
    {SQL_COLUMN_SCALE,
     [](const DescriptorRecord& r) -> FieldValue { return static_cast<SQLLEN>(r.decimal_digits); }},
};

// Numbers leave SQLColAttribute as SQLLEN, whatever the field's own width.
FieldValue Widened(const FieldValue& value) {
  return std::visit(
      [](const auto& held) -> FieldValue {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_integral_v<Held>) {
          return static_cast<SQLLEN>(held);
        } else {
          return held;
        }
      },
      value);
}

SQLSMALLINT NullableCode(v1::Nullability nullability) {
  if (nullability == v1::NULLABILITY_NO_NULLS) return SQL_NO_NULLS;
  return nullability == v1::NULLABILITY_NULLABLE ? SQL_NULLABLE : SQL_NULLABLE_UNKNOWN;
}

}  // namespace

void Statement::TakeDescription(v1::StatementDescription description) {
  text_.description = std::move(description);
  text_.sent = true;
  const auto engine = connection_->engine();
  const auto rules = connection_->type_options().rules;
  for (auto& column : *text_.description->mutable_columns()) info::Apply(rules, engine, column);
  if (engine != v1::ENGINE_POSTGRES) return;
  for (auto& parameter : *text_.description->mutable_parameters()) info::Apply(rules, parameter);
}

const v1::StatementDescription& Statement::Description() {
  if (!text_.description) {
    const auto open = connection_->client();
    if (text_.id == 0) text_.id = open->NewStatementId();
    CancelPoint::Scope scope(cancel_point_, open);
    TakeDescription(open->TakeDescription(*open->StartDescribe(
        text_.id, text_.sent ? nullptr : &text_.wire(), no_scan_ == SQL_NOSCAN_OFF, timeout(),
        [&](std::uint64_t id) { scope.SetRequest(id); })));
  }
  return *text_.description;
}

void Statement::PopulateIrd() {
  if (ird_is_current_) return;
  if (state_ == StatementState::kAllocated) throw DriverError(kHY007StatementNotPrepared);
  Descriptor::ColumnContext context{connection_->engine(), connection_->odbc2(),
                                    connection_->type_options(),
                                    connection_->client()->session().server().database()};
  if (result_ != nullptr) {
    ird_->DescribeColumns(result_->columns(), context);
  } else if (state_ == StatementState::kPrepared) {
    const auto& columns = Description().columns();
    ird_->DescribeColumns({columns.begin(), columns.end()}, context);
  } else {  // it ran without a result set (appendix B, "SQLGetDescField")
    throw DriverError(k24000InvalidCursorState);
  }
  std::optional<DescriptorRecord> bookmark;
  if (cursor_.use_bookmarks != SQL_UB_OFF) bookmark = BookmarkRecord(cursor_.use_bookmarks);
  ird_->DescribeBookmark(std::move(bookmark));
  ird_is_current_ = true;
}

SQLSMALLINT Statement::ResultColumnCount() {
  CheckAllowed(Operation::kNumResultCols, state_);
  if (result_ != nullptr) return static_cast<SQLSMALLINT>(result_->columns().size());
  if (state_ != StatementState::kPrepared) return 0;
  return static_cast<SQLSMALLINT>(Description().columns_size());
}

const DescriptorRecord& Statement::IrdRecord(Operation operation, SQLUSMALLINT column) {
  CheckAllowed(operation, state_);
  PopulateIrd();
  if (ird_->count() == 0) throw DriverError(k07005NotACursorSpecification);
  const auto* record = ird_->Find(static_cast<SQLSMALLINT>(column));
  if (record == nullptr) throw DriverError(k07009InvalidDescriptorIndex);
  return *record;
}

ColumnDescription Statement::DescribeColumn(SQLUSMALLINT column) {
  const auto& record = IrdRecord(Operation::kDescribeCol, column);
  return {record.name, record.concise_type, record.column_size, record.decimal_digits,
          record.nullable};
}

FieldValue Statement::ColumnAttribute(SQLUSMALLINT column, SQLUSMALLINT field) {
  if (field == SQL_DESC_COUNT || field == SQL_COLUMN_COUNT) {
    return static_cast<SQLLEN>(ResultColumnCount());
  }
  const auto& record = IrdRecord(Operation::kColAttribute, column);
  const auto* odbc2 = std::find_if(std::begin(kOdbc2Fields), std::end(kOdbc2Fields),
                                   [&](const Odbc2Field& row) { return row.id == field; });
  if (odbc2 != std::end(kOdbc2Fields)) return odbc2->read(record);
  const auto* found = FindRecordField(static_cast<SQLSMALLINT>(field));
  if (found == nullptr || (found->readable & static_cast<unsigned>(DescriptorRole::kIrd)) == 0) {
    throw DriverError(kHY091InvalidDescriptorField);
  }
  return Widened(ReadRecordField(record, *found));
}

SQLSMALLINT Statement::ParameterCount() {
  CheckAllowed(Operation::kNumParams, state_);
  if (text_.sql.empty()) return 0;  // a catalogue function has run
  const int count = is_script() ? ScriptMarkers() : CountParameters();
  if (count <= std::numeric_limits<SQLSMALLINT>::max()) return static_cast<SQLSMALLINT>(count);
  throw DriverError(kHY000GeneralError, "The text has more parameters than ODBC can number");
}

// A text that the database refuses is for SQLExecute to tell: native drivers count the markers
// without asking the database.
int Statement::CountParameters() {
  try {
    if (!text_.is_refused) return Description().parameters_size();
  } catch (const client::RequestFailed& error) {
    if (EndsCall(error.sqlstate())) throw;
    text_.is_refused = true;
  }
  return connection_->client()->CountParameters(text_.id, text_.wire(), no_scan_ == SQL_NOSCAN_OFF,
                                                timeout());
}

ParameterDescription Statement::DescribeParameter(SQLUSMALLINT number) {
  CheckAllowed(Operation::kDescribeParam, state_);
  if (number == 0) throw DriverError(k07009InvalidDescriptorIndex);
  if (!prepared_) throw DriverError(kHY010SequenceError);
  const std::size_t part = PartOfMarker(number);
  const auto& parameters = DescriptionOf(part).parameters();
  const int index = number - 1 - (is_script() ? script_[part].markers.before : 0);
  if (index >= parameters.size()) throw DriverError(k07009InvalidDescriptorIndex);
  const auto& parameter = parameters[index];
  const auto facts = info::FactsOf(parameter, connection_->engine(), connection_->type_options());
  return {connection_->odbc2() ? facts.odbc2_type : facts.concise_type, facts.column_size,
          facts.decimal_digits, NullableCode(parameter.nullability())};
}

}  // namespace sluice::driver
