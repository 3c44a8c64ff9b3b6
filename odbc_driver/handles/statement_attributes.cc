// SQLSetStmtAttr and SQLGetStmtAttr.

#include <algorithm>
#include <array>
#include <iterator>

#include "odbc_driver/handles/handle_registry.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver {

// Most attributes are another name for a field of a descriptor's header (ODBC reference,
// SQLSetStmtAttr, "Statement Attributes That Set Descriptor Fields").
struct Statement::Attribute {
  SQLINTEGER id;
  void (*set)(Statement& statement, const FieldInput& input);  // null: can only be read
  FieldValue (*get)(Statement& statement);
};

namespace {

using Set = void (*)(Statement&, const FieldInput&);

void SetHeader(const std::shared_ptr<Descriptor>& descriptor, SQLSMALLINT field,
               const FieldInput& input) {
  const DescriptorLock lock(*descriptor);
  descriptor->SetField(0, field, input);
}

FieldValue GetHeader(const std::shared_ptr<Descriptor>& descriptor, SQLSMALLINT field) {
  const DescriptorLock lock(*descriptor);
  FieldValue value;
  descriptor->GetField(0, field, value);
  // Statement attributes are SQLULEN where the field is an SQLINTEGER.
  if (const auto* number = std::get_if<SQLINTEGER>(&value)) {
    return static_cast<SQLULEN>(static_cast<SQLUINTEGER>(*number));
  }
  return value;
}

// They say how the next cursor is opened: once a statement is prepared, it is too late for them
// (appendix B, "SQLSetStmtAttr").
constexpr std::array kCursorAttributes = {
    SQL_ATTR_CONCURRENCY,   SQL_ATTR_CURSOR_TYPE,       SQL_ATTR_SIMULATE_CURSOR,
    SQL_ATTR_USE_BOOKMARKS, SQL_ATTR_CURSOR_SCROLLABLE, SQL_ATTR_CURSOR_SENSITIVITY,
};

SQLULEN AtMost(const FieldInput& input, SQLULEN largest) {
  if (input.unsigned_integer() > largest) throw DriverError(kHY024InvalidAttributeValue);
  return input.unsigned_integer();
}

}  // namespace

// Keyset-driven and dynamic cursors are served by static ones: all of the result is in the driver.
void Statement::SetCursorType(const FieldInput& input) {
  const SQLULEN type = AtMost(input, SQL_CURSOR_STATIC);
  const bool forward = type == SQL_CURSOR_FORWARD_ONLY || connection_->forward_only();
  cursor_.type = forward ? SQL_CURSOR_FORWARD_ONLY : SQL_CURSOR_STATIC;
  cursor_.type_given = true;
  if (cursor_.type != type) Warn(k01S02OptionValueChanged);
}

// Connector/ODBC has no bookmarks; its applications know that it refuses to take none.
void Statement::SetFetchBookmark(const FieldInput& input) {
  if (input.pointer() == nullptr && connection_->engine() == v1::ENGINE_MYSQL) {
    throw DriverError(kHYC00NotImplemented, "A bookmark is needed");
  }
  fetch_bookmark_ = input.pointer();
}

// Rows are changed optimistically, by comparing values or, on PostgreSQL, versions: nothing is
// locked when they are read.
void Statement::SetConcurrency(const FieldInput& input) {
  const SQLULEN concurrency = AtMost(input, SQL_CONCUR_VALUES);
  if (concurrency == 0) throw DriverError(kHY024InvalidAttributeValue);
  cursor_.concurrency_given = true;
  const bool has_versions = connection_->engine() == v1::ENGINE_POSTGRES;
  const bool is_kept =
      concurrency == SQL_CONCUR_READ_ONLY || (concurrency == SQL_CONCUR_ROWVER && has_versions);
  cursor_.concurrency = is_kept ? concurrency : SQL_CONCUR_VALUES;
  if (cursor_.concurrency != concurrency) Warn(k01S02OptionValueChanged);
}

// "An insensitive cursor is read-only; it corresponds to a static cursor."
void Statement::SetSensitivity(const FieldInput& input) {
  switch (AtMost(input, SQL_SENSITIVE)) {
    case SQL_INSENSITIVE:
      cursor_.type = SQL_CURSOR_STATIC;
      cursor_.concurrency = SQL_CONCUR_READ_ONLY;
      return;
    case SQL_SENSITIVE:
      throw DriverError(kHYC00NotImplemented, "Cursors do not see what others change");
    default:
      return;
  }
}

// SQL_UB_ON of ODBC 2 is SQL_UB_FIXED.
void Statement::SetUseBookmarks(const FieldInput& input) {
  cursor_.use_bookmarks = AtMost(input, SQL_UB_VARIABLE);
}

SQLULEN Statement::RowNumber() {
  if (state_ != StatementState::kPositioned || rowset_.rows == 0) {
    throw DriverError(k24000InvalidCursorState);
  }
  return static_cast<SQLULEN>(rowset_.current_row());
}

const Statement::Attribute Statement::kAttributes[] = {
    {SQL_ATTR_APP_PARAM_DESC,
     [](Statement& s, const FieldInput& in) { s.UseDescriptor(s.apd_, s.implicit_apd_, in); },
     [](Statement& s) -> FieldValue { return s.DescriptorHandle(s.apd_); }},
    {SQL_ATTR_APP_ROW_DESC,
     [](Statement& s, const FieldInput& in) { s.UseDescriptor(s.ard_, s.implicit_ard_, in); },
     [](Statement& s) -> FieldValue { return s.DescriptorHandle(s.ard_); }},
    {SQL_ATTR_IMP_PARAM_DESC, nullptr,
     [](Statement& s) -> FieldValue { return s.DescriptorHandle(s.ipd_); }},
    {SQL_ATTR_IMP_ROW_DESC, nullptr,
     [](Statement& s) -> FieldValue { return s.DescriptorHandle(s.ird_); }},

    {SQL_ATTR_PARAM_BIND_OFFSET_PTR,
     [](Statement& s, const FieldInput& in) { SetHeader(s.apd_, SQL_DESC_BIND_OFFSET_PTR, in); },
     [](Statement& s) { return GetHeader(s.apd_, SQL_DESC_BIND_OFFSET_PTR); }},
    {SQL_ATTR_PARAM_BIND_TYPE,
     [](Statement& s, const FieldInput& in) { SetHeader(s.apd_, SQL_DESC_BIND_TYPE, in); },
     [](Statement& s) { return GetHeader(s.apd_, SQL_DESC_BIND_TYPE); }},
    {SQL_ATTR_PARAM_OPERATION_PTR,
     [](Statement& s, const FieldInput& in) { SetHeader(s.apd_, SQL_DESC_ARRAY_STATUS_PTR, in); },
     [](Statement& s) { return GetHeader(s.apd_, SQL_DESC_ARRAY_STATUS_PTR); }},
    {SQL_ATTR_PARAMSET_SIZE,
     [](Statement& s, const FieldInput& in) { SetHeader(s.apd_, SQL_DESC_ARRAY_SIZE, in); },
     [](Statement& s) { return GetHeader(s.apd_, SQL_DESC_ARRAY_SIZE); }},
    {SQL_ATTR_PARAM_STATUS_PTR,
     [](Statement& s, const FieldInput& in) { SetHeader(s.ipd_, SQL_DESC_ARRAY_STATUS_PTR, in); },
     [](Statement& s) { return GetHeader(s.ipd_, SQL_DESC_ARRAY_STATUS_PTR); }},
    {SQL_ATTR_PARAMS_PROCESSED_PTR,
     [](Statement& s, const FieldInput& in) { SetHeader(s.ipd_, SQL_DESC_ROWS_PROCESSED_PTR, in); },
     [](Statement& s) { return GetHeader(s.ipd_, SQL_DESC_ROWS_PROCESSED_PTR); }},
    {SQL_ATTR_ROW_ARRAY_SIZE,
     [](Statement& s, const FieldInput& in) { SetHeader(s.ard_, SQL_DESC_ARRAY_SIZE, in); },
     [](Statement& s) { return GetHeader(s.ard_, SQL_DESC_ARRAY_SIZE); }},
    {SQL_ATTR_ROW_BIND_OFFSET_PTR,
     [](Statement& s, const FieldInput& in) { SetHeader(s.ard_, SQL_DESC_BIND_OFFSET_PTR, in); },
     [](Statement& s) { return GetHeader(s.ard_, SQL_DESC_BIND_OFFSET_PTR); }},
    {SQL_ATTR_ROW_BIND_TYPE,
     [](Statement& s, const FieldInput& in) { SetHeader(s.ard_, SQL_DESC_BIND_TYPE, in); },
     [](Statement& s) { return GetHeader(s.ard_, SQL_DESC_BIND_TYPE); }},
    {SQL_ATTR_ROW_OPERATION_PTR,
     [](Statement& s, const FieldInput& in) { SetHeader(s.ard_, SQL_DESC_ARRAY_STATUS_PTR, in); },
     [](Statement& s) { return GetHeader(s.ard_, SQL_DESC_ARRAY_STATUS_PTR); }},
    {SQL_ATTR_ROW_STATUS_PTR,
     [](Statement& s, const FieldInput& in) { SetHeader(s.ird_, SQL_DESC_ARRAY_STATUS_PTR, in); },
     [](Statement& s) { return GetHeader(s.ird_, SQL_DESC_ARRAY_STATUS_PTR); }},
    {SQL_ATTR_ROWS_FETCHED_PTR,
     [](Statement& s, const FieldInput& in) { SetHeader(s.ird_, SQL_DESC_ROWS_PROCESSED_PTR, in); },
     [](Statement& s) { return GetHeader(s.ird_, SQL_DESC_ROWS_PROCESSED_PTR); }},

    {SQL_ATTR_MAX_LENGTH,
     [](Statement& s, const FieldInput& in) { s.max_length_ = in.unsigned_integer(); },
     [](Statement& s) -> FieldValue { return s.max_length_; }},
    {SQL_ATTR_MAX_ROWS,
     [](Statement& s, const FieldInput& in) { s.max_rows_ = in.unsigned_integer(); },
     [](Statement& s) -> FieldValue { return s.max_rows_; }},
    {SQL_ATTR_METADATA_ID,
     [](Statement& s, const FieldInput& in) { s.metadata_id_ = AtMost(in, SQL_TRUE); },
     [](Statement& s) -> FieldValue { return s.metadata_id_; }},
    {SQL_ATTR_NOSCAN,
     [](Statement& s, const FieldInput& in) { s.no_scan_ = AtMost(in, SQL_NOSCAN_ON); },
     [](Statement& s) -> FieldValue { return s.no_scan_; }},
    {SQL_ATTR_QUERY_TIMEOUT,
     [](Statement& s, const FieldInput& in) { s.query_timeout_ = in.uint32(); },
     [](Statement& s) -> FieldValue { return s.query_timeout_; }},
    {SQL_ATTR_RETRIEVE_DATA,
     [](Statement& s, const FieldInput& in) { s.retrieve_data_ = AtMost(in, SQL_RD_ON); },
     [](Statement& s) -> FieldValue { return s.retrieve_data_; }},
    {SQL_ATTR_ROW_NUMBER, nullptr, [](Statement& s) -> FieldValue { return s.RowNumber(); }},

    // While a cursor is open, what it is (SQLSetStmtAttr, 01S02 at execution).
    {SQL_ATTR_CONCURRENCY, [](Statement& s, const FieldInput& in) { s.SetConcurrency(in); },
     [](Statement& s) -> FieldValue {
       return s.result_ != nullptr ? s.open_cursor_.concurrency : s.cursor_.concurrency;
     }},
    {SQL_ATTR_CURSOR_SCROLLABLE,
     [](Statement& s, const FieldInput& in) {
       const bool scrollable = AtMost(in, SQL_SCROLLABLE) == SQL_SCROLLABLE;
       s.cursor_.type_given = true;
       s.cursor_.type = scrollable ? SQL_CURSOR_STATIC : SQL_CURSOR_FORWARD_ONLY;
     },
     [](Statement& s) -> FieldValue {
       return s.cursor_.scrollable() ? SQLULEN{SQL_SCROLLABLE} : SQLULEN{SQL_NONSCROLLABLE};
     }},
    {SQL_ATTR_CURSOR_SENSITIVITY, [](Statement& s, const FieldInput& in) { s.SetSensitivity(in); },
     [](Statement& s) -> FieldValue {
       return s.cursor_.read_only() ? SQLULEN{SQL_INSENSITIVE} : SQLULEN{SQL_UNSPECIFIED};
     }},
    {SQL_ATTR_CURSOR_TYPE, [](Statement& s, const FieldInput& in) { s.SetCursorType(in); },
     [](Statement& s) -> FieldValue { return s.cursor_.type; }},
    // Of keyset-driven cursors, which there are none of.
    {SQL_ATTR_KEYSET_SIZE,
     [](Statement& s, const FieldInput& in) {
       if (in.unsigned_integer() != 0) s.Warn(k01S02OptionValueChanged);
     },
     [](Statement&) -> FieldValue { return SQLULEN{0}; }},
    {SQL_ATTR_USE_BOOKMARKS, [](Statement& s, const FieldInput& in) { s.SetUseBookmarks(in); },
     [](Statement& s) -> FieldValue { return s.cursor_.use_bookmarks; }},
    {SQL_ATTR_FETCH_BOOKMARK_PTR,
     [](Statement& s, const FieldInput& in) { s.SetFetchBookmark(in); },
     [](Statement& s) -> FieldValue { return s.fetch_bookmark_; }},
    {SQL_ROWSET_SIZE,
     [](Statement& s, const FieldInput& in) {
       if (in.unsigned_integer() == 0) throw DriverError(kHY024InvalidAttributeValue);
       s.odbc2_rowset_size_ = in.unsigned_integer();
     },
     [](Statement& s) -> FieldValue { return s.odbc2_rowset_size_; }},
    // Whether a positioned statement may find its row by all values, where there is no unique key.
    {SQL_ATTR_SIMULATE_CURSOR,
     [](Statement& s, const FieldInput& in) { s.cursor_.simulation = AtMost(in, SQL_SC_UNIQUE); },
     [](Statement& s) -> FieldValue { return s.cursor_.simulation; }},
    {SQL_ATTR_ASYNC_ENABLE,
     [](Statement& s, const FieldInput& in) {
       s.async_ = AtMost(in, SQL_ASYNC_ENABLE_ON) == SQL_ASYNC_ENABLE_ON;
     },
     [](Statement& s) -> FieldValue {
       return static_cast<SQLULEN>(s.async_ ? SQL_ASYNC_ENABLE_ON : SQL_ASYNC_ENABLE_OFF);
     }},
    {SQL_ATTR_ENABLE_AUTO_IPD,
     [](Statement&, const FieldInput& in) {
       if (AtMost(in, SQL_TRUE) == SQL_TRUE) throw DriverError(kHYC00NotImplemented);
     },
     [](Statement&) -> FieldValue { return SQLULEN{SQL_FALSE}; }},
};

const Statement::Attribute& Statement::FindAttribute(SQLINTEGER attribute) {
  const auto* found = std::find_if(std::begin(kAttributes), std::end(kAttributes),
                                   [&](const Attribute& row) { return row.id == attribute; });
  if (found == std::end(kAttributes)) throw DriverError(kHY092InvalidOption);
  return *found;
}

void Statement::SetAttribute(SQLINTEGER attribute, const FieldInput& input) {
  const bool of_cursor = std::ranges::find(kCursorAttributes, attribute) != kCursorAttributes.end();
  if (of_cursor && prepared_ && NeedsData(state_)) throw DriverError(kHY011AttributeCannotBeSet);
  CheckAllowed(of_cursor ? Operation::kSetCursorAttribute : Operation::kSetAttribute, state_);
  const auto& row = FindAttribute(attribute);
  if (row.set == nullptr) {
    const bool implementation =
        attribute == SQL_ATTR_IMP_ROW_DESC || attribute == SQL_ATTR_IMP_PARAM_DESC;
    throw DriverError(implementation ? kHY017ImplicitDescriptor : kHY092InvalidOption,
                      "The attribute can only be read");
  }
  row.set(*this, input);
}

FieldValue Statement::GetAttribute(SQLINTEGER attribute) {
  CheckAllowed(Operation::kGetAttribute, state_);
  return FindAttribute(attribute).get(*this);
}

// Implicit descriptors get their handle when it is first asked for.
SQLPOINTER Statement::DescriptorHandle(const std::shared_ptr<Descriptor>& descriptor) {
  if (descriptor->value() == nullptr) HandleRegistry::Instance().Add(descriptor);
  return descriptor->value();
}

void Statement::UseDescriptor(std::shared_ptr<Descriptor>& slot,
                              const std::shared_ptr<Descriptor>& implicit,
                              const FieldInput& input) {
  if (input.pointer() == SQL_NULL_HDESC) {
    slot = implicit;
    return;
  }
  auto given = HandleRegistry::Instance().Find<Descriptor>(input.pointer());
  if (given == nullptr) throw DriverError(kHY024InvalidAttributeValue, "Not a descriptor handle");
  if (given == implicit) {
    slot = implicit;
    return;
  }
  if (!given->is_explicit()) throw DriverError(kHY017ImplicitDescriptor);
  if (given->connection() != connection_) {
    throw DriverError(kHY024InvalidAttributeValue, "The descriptor is of another connection");
  }
  // A descriptor may serve the rows of one statement and the parameters of another; Connector/ODBC
  // refuses both of the same one.
  const auto& other = &slot == &ard_ ? apd_ : ard_;
  if (given == other && connection_->engine() == v1::ENGINE_MYSQL) {
    throw DriverError(kHY024InvalidAttributeValue,
                      "The descriptor is the statement's other application descriptor");
  }
  slot = std::move(given);
}

}  // namespace sluice::driver
