#include "odbc_driver/handles/statement.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "odbc_driver/convert/c_type.h"
#include "odbc_driver/convert/parameter_converter.h"
#include "odbc_driver/handles/handle_registry.h"

namespace sluice::driver {

Statement::Statement(std::shared_ptr<Connection> connection)
    : Handle(kKind),
      connection_(std::move(connection)),
      implicit_ard_(
          std::make_shared<Descriptor>(DescriptorRole::kArd, connection_, shared_call_mutex())),
      implicit_apd_(
          std::make_shared<Descriptor>(DescriptorRole::kApd, connection_, shared_call_mutex())),
      ird_(std::make_shared<Descriptor>(DescriptorRole::kIrd, connection_, shared_call_mutex())),
      ipd_(std::make_shared<Descriptor>(DescriptorRole::kIpd, connection_, shared_call_mutex())),
      ard_(implicit_ard_),
      apd_(implicit_apd_),
      query_timeout_(static_cast<SQLULEN>(connection_->default_query_timeout().count())),
      metadata_id_(connection_->metadata_id() ? SQL_TRUE : SQL_FALSE) {
  ird_->set_populate([this] { PopulateIrd(); });
  for (const auto& descriptor : {implicit_ard_, implicit_apd_, ird_, ipd_}) {
    descriptor->set_check([this] { CheckDescriptorUse(); });
  }
}

Statement::~Statement() = default;

void Statement::CheckDescriptorUse() const {
  if (waiting_ != nullptr) throw DriverError(kHY010SequenceError, "A function is still executing");
  CheckAllowed(Operation::kDescriptor, state_);
}

void Statement::FreeByApplication() {
  CheckAllowed(Operation::kFree, state_);
  Free();
}

void Statement::Free() {
  waiting_.reset();
  executing_ = false;
  DropResult();
  ReleaseScript();
  SetText({});
  connection_->ForgetCursorName(*this);
  auto& registry = HandleRegistry::Instance();
  for (const auto& descriptor : {implicit_ard_, implicit_apd_, ird_, ipd_}) {
    descriptor->set_freed();
    descriptor->set_populate({});
    descriptor->set_check({});
    if (descriptor->value() != nullptr) registry.Remove(descriptor->value());
  }
  set_freed();
  registry.Remove(value());
}

void Statement::FreeStmt(SQLUSMALLINT option) {
  CheckAllowed(Operation::kBind, state_);
  switch (option) {
    case SQL_CLOSE:  // unlike SQLCloseCursor, not an error without a cursor
      DropResult();
      RewindScript();
      return;
    case SQL_UNBIND: {
      const DescriptorLock lock(*ard_);
      ard_->SetCount(0);
      return;
    }
    case SQL_RESET_PARAMS: {
      const DescriptorLock lock(*apd_);
      apd_->SetCount(0);
      ipd_->SetCount(0);
      return;
    }
    default:
      throw DriverError(kHY092InvalidOption);
  }
}

void Statement::CloseCursor() {
  CheckAllowed(Operation::kCloseCursor, state_);
  DropResult();
  RewindScript();
}

void Statement::DropResult() {
  editor_.reset();
  change_count_.reset();
  kept_.reset();
  result_.reset();
  open_cursor_ = {};
  position_ = {};
  rowset_ = {};
  bookmark_cell_.reset();
  if (rest_ != nullptr) rest_client_->ReleaseCursor(std::move(rest_));
  rest_client_.reset();
  refcursors_.clear();
  fetcher_ = RowsetFetcher();
  cell_reader_.Reset();
  ird_is_current_ = false;
  row_count_ = -1;
  state_ = prepared_ ? StatementState::kPrepared : StatementState::kAllocated;
}

SQLRETURN Statement::Cancel() {
  if (cancel_point_.Cancel()) return SQL_SUCCESS;
  // Nothing waits for the relay. If no call runs at all, this one may end the asking for data.
  const std::unique_lock lock(call_mutex(), std::try_to_lock);
  if (!lock.owns_lock() || freed()) return SQL_SUCCESS;
  diagnostics().Clear();
  if (NeedsData(state_) && waiting_ == nullptr) {
    ForgetDeferred();
    RewindScript();
  }
  return SQL_SUCCESS;
}

SQLRETURN Statement::SendData(Operation operation, const std::function<SQLRETURN()>& step) {
  CheckAllowed(operation, state_);
  try {
    return step();
  } catch (...) {
    if (NeedsData(state_)) ForgetDeferred();
    throw;
  }
}

void Statement::ForgetDeferred() {
  collector_.reset();
  deferred_.clear();
  deferred_next_ = 0;
  state_ = prepared_ ? StatementState::kPrepared : StatementState::kAllocated;
  if (change_ == nullptr) return;
  state_ = change_->state;  // the cursor stays where it was
  change_.reset();
}

SQLSMALLINT Statement::DeferredCType(SQLSMALLINT number) const {
  return change_ != nullptr ? change_->values->c_type(number) : collector_->c_type(number);
}

void Statement::BindColumn(SQLUSMALLINT column, SQLSMALLINT c_type, SQLPOINTER data,
                           SQLLEN buffer_length, SQLLEN* length_or_indicator) {
  CheckAllowed(Operation::kBind, state_);
  if (column == 0 && cursor_.use_bookmarks == SQL_UB_OFF) {
    throw DriverError(k07009InvalidDescriptorIndex, "SQL_ATTR_USE_BOOKMARKS is off");
  }
  // psqlodbc, and Connector/ODBC before there is a result, leave it until rows are fetched.
  if (result_ != nullptr && column > result_->columns().size() &&
      connection_->engine() == v1::ENGINE_MYSQL) {
    throw DriverError(k07009InvalidDescriptorIndex);
  }
  if (buffer_length < 0) throw DriverError(kHY090InvalidLength);
  if (c_type != SQL_C_DEFAULT && convert::FindCType(c_type) == nullptr) {
    throw DriverError(kHY003InvalidCType);
  }
  // Connector/ODBC looks at it here, psqlodbc never.
  if (connection_->engine() == v1::ENGINE_MYSQL && HasCursor(state_) && data != nullptr &&
      column > result_->columns().size()) {
    throw DriverError(k07009InvalidDescriptorIndex, "The result has no such column");
  }
  const DescriptorLock lock(*ard_);
  const auto number = static_cast<SQLSMALLINT>(column);
  if (data == nullptr && length_or_indicator == nullptr) return ard_->Unbind(number);
  auto& record = ard_->Make(number);
  record = DescriptorRecord();
  Descriptor::SetConciseType(record, info::ToOdbc3Type(c_type));
  record.octet_length = buffer_length;
  record.length = static_cast<SQLULEN>(buffer_length);
  record.data_ptr = data;
  record.indicator_ptr = length_or_indicator;
  record.octet_length_ptr = length_or_indicator;
}

void Statement::BindParameter(SQLUSMALLINT number, ParameterBinding binding) {
  CheckAllowed(Operation::kBind, state_);
  if (number == 0) throw DriverError(k07009InvalidDescriptorIndex);
  // The driver manager's mapping of SQLSetParam, whose parameters have no direction and whose
  // buffers have no length: nothing is written into them.
  if (binding.buffer_length == SQL_SETPARAM_VALUE_MAX) {
    binding.buffer_length = 0;
    binding.input_output_type = SQL_PARAM_INPUT;
  }
  if (binding.buffer_length < 0) throw DriverError(kHY090InvalidLength);
  CheckParameterType(binding.input_output_type);
  if (binding.c_type != SQL_C_DEFAULT && convert::FindCType(binding.c_type) == nullptr) {
    throw DriverError(kHY003InvalidCType);
  }
  const SQLSMALLINT sql_type = info::ToOdbc3Type(binding.sql_type);
  convert::ToSqlType(sql_type);  // HY004
  if (binding.data == nullptr && binding.length_or_indicator == nullptr &&
      binding.input_output_type != SQL_PARAM_OUTPUT) {
    throw DriverError(kHY009NullPointer);
  }

  const DescriptorLock lock(*apd_);
  auto& application = apd_->Make(static_cast<SQLSMALLINT>(number));
  application = DescriptorRecord();
  Descriptor::SetConciseType(application, info::ToOdbc3Type(binding.c_type));
  application.octet_length = binding.buffer_length;
  application.data_ptr = binding.data;
  application.indicator_ptr = binding.length_or_indicator;
  application.octet_length_ptr = binding.length_or_indicator;

  auto& implementation = ipd_->Make(static_cast<SQLSMALLINT>(number));
  implementation = DescriptorRecord();
  Descriptor::SetConciseType(implementation, sql_type);
  implementation.parameter_type = binding.input_output_type;
  if (SizeIsPrecision(sql_type)) {
    constexpr SQLULEN kMostDigits = std::numeric_limits<SQLSMALLINT>::max();
    implementation.precision = static_cast<SQLSMALLINT>(std::min(binding.column_size, kMostDigits));
    implementation.scale = binding.decimal_digits;
  } else {
    implementation.length = binding.column_size;
    implementation.precision = binding.decimal_digits;
  }
}

// ODBC reference, SQLSetCursorName: the names that drivers generate are reserved.
void Statement::SetCursorName(const std::string& name) {
  CheckAllowed(Operation::kSetCursorName, state_);
  const std::string key = cursor::CursorNameKey(name);
  if (key.starts_with("sql_cur") || key.starts_with("sqlcur")) {
    throw DriverError(k34000InvalidCursorName, "Names that begin with SQLCUR are the driver's");
  }
  connection_->NameCursor(*this, name);
  cursor_name_ = name;
}

std::string Statement::CursorName() {
  CheckAllowed(Operation::kGetCursorName, state_);
  if (cursor_name_.empty()) {
    const std::string name = connection_->NewCursorName();
    connection_->NameCursor(*this, name);
    cursor_name_ = name;
  }
  return cursor_name_;
}

}  // namespace sluice::driver
