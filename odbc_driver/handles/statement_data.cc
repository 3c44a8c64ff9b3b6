// SQLParamData and SQLPutData: values at execution, kept or streamed to the relay.

#include <cstring>
#include <memory>
#include <string>

#include "odbc_driver/convert/c_type.h"
#include "odbc_driver/convert/unicode.h"
#include "odbc_driver/handles/application_memory.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver {
namespace {

// Of an SQL_NTS value, without its terminator.
std::size_t TerminatedOctets(SQLSMALLINT c_type, const void* data) {
  if (c_type == SQL_C_WCHAR) {
    return convert::CountUnits(static_cast<const char*>(data)) * sizeof(SQLWCHAR);
  }
  return std::strlen(static_cast<const char*>(data));
}

}  // namespace

SQLRETURN Statement::ParamData(SQLPOINTER* token) {
  CheckAllowed(Operation::kParamData, state_);
  if (deferred_next_ > 0) FinishStreaming(deferred_[deferred_next_ - 1]);
  if (deferred_next_ < deferred_.size()) {
    if (token != nullptr) *token = deferred_[deferred_next_].token;
    // The row of an array that the value is for.
    StoreCount(ipd_->header().rows_processed_ptr, deferred_[deferred_next_].row + 1);
    ++deferred_next_;
    state_ = StatementState::kMustPut;
    return SQL_NEED_DATA;
  }
  if (change_ != nullptr) return FinishChange();
  const SQLRETURN outcome = Run();
  // The next statement of the text wants data, too.
  return outcome == SQL_NEED_DATA ? ParamData(token) : outcome;
}

void Statement::PutData(SQLPOINTER data, SQLLEN length) {
  CheckAllowed(Operation::kPutData, state_);
  auto& parameter = deferred_[deferred_next_ - 1];
  if (parameter.is_null || (parameter.is_given && length == SQL_NULL_DATA)) {
    throw DriverError(kHY020ConcatenateNull);
  }
  const SQLSMALLINT c_type = DeferredCType(parameter.number);
  const auto* type = convert::FindCType(c_type);
  std::size_t octets = 0;
  if (length == SQL_NULL_DATA) {
    parameter.is_null = true;
  } else if (data == nullptr && (length != 0 || type->width != 0)) {
    throw DriverError(kHY009NullPointer);
  } else if (type->width != 0) {  // a value of fixed width comes whole, whatever the length says
    octets = type->width;
  } else if (length == SQL_NTS) {
    octets = TerminatedOctets(c_type, data);
  } else if (length < 0) {
    throw DriverError(kHY090InvalidLength);
  } else {
    octets = static_cast<std::size_t>(length);
  }
  if (type->width != 0 && parameter.is_given) throw DriverError(kHY019NonCharacterInPieces);
  KeepOrStream(parameter, {static_cast<const char*>(data), octets});
  parameter.is_given = true;
  state_ = StatementState::kCanPut;
}

// A part of text or octets that makes a long value goes to the relay at once.
void Statement::KeepOrStream(DeferredParameter& parameter, std::string_view part) {
  const bool is_long = parameter.octets.size() + part.size() >= StreamedValue::kFromOctets;
  if (is_long && parameter.streamed == nullptr) {
    auto converter = change_ != nullptr ? change_->values->NewPartConverter(parameter.number)
                                        : collector_->NewPartConverter(parameter.number);
    if (converter != nullptr) {
      parameter.streamed =
          std::make_shared<StreamedValue>(std::move(converter), connection_->client(), timeout());
    }
  }
  if (parameter.streamed == nullptr) {
    CheckDeferredSize(part.size());
    parameter.octets.append(part);
    return;
  }
  CancelPoint::Scope scope(cancel_point_, connection_->client());
  parameter.streamed->Append(std::exchange(parameter.octets, {}), scope);
  parameter.streamed->Append(part, scope);
}

void Statement::FinishStreaming(DeferredParameter& parameter) {
  if (parameter.streamed == nullptr) return;
  CancelPoint::Scope scope(cancel_point_, connection_->client());
  parameter.streamed->Finish(scope);
}

// What SQLPutData brings and is not streamed stays in memory until the statement is sent, and no
// message may be longer than the relay takes. Text in UTF-16 may shrink to half of it on its way,
// as digits for octets do.
void Statement::CheckDeferredSize(std::size_t more) const {
  const std::uint64_t longest = connection_->client()->session().max_message_bytes();
  std::uint64_t octets = more;
  for (const auto& parameter : deferred_) octets += parameter.octets.size();
  if (longest == 0 || octets / 2 <= longest) return;
  throw client::RequestFailed("54000",
                              "the values sent with SQLPutData are longer than the relay "
                              "takes in one message: max_message_bytes is " +
                                  std::to_string(longest));
}

}  // namespace sluice::driver
