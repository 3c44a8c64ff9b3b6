#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "odbc_driver/handles/field_value.h"
#include "odbc_driver/info/dynamic_function.h"
#include "odbc_driver/info/sqlstate.h"
#include "odbc_driver/platform/odbc.h"
#include "sluice/v1/session.pb.h"

namespace sluice::driver {

// Who speaks and by which version's rules, when a record is made.
struct DiagnosticContext {
  bool odbc2 = false;                          // SQLSTATEs of ODBC 2.x
  v1::Engine engine = v1::ENGINE_UNSPECIFIED;  // named in the prefix of the server's messages
  std::string connection_name;                 // SQL_DIAG_CONNECTION_NAME
  std::string server_name;                     // SQL_DIAG_SERVER_NAME
};

struct DiagnosticRecord {
  std::string sqlstate;
  SQLINTEGER native_code = 0;
  std::string message;  // with its prefixes
  SQLLEN row = SQL_NO_ROW_NUMBER;
  SQLINTEGER column = SQL_NO_COLUMN_NUMBER;
  std::string connection_name;
  std::string server_name;
};

// The diagnostic data structure of a handle (ODBC reference, "Diagnostics"): header and records.
// Guarded by the handle's call_mutex().
class Diagnostics {
 public:
  void Clear();

  // Found by the driver: "[Sluice] message".
  void Add(const DiagnosticContext& context, const SqlState& state, std::string_view message,
           SQLLEN row = SQL_NO_ROW_NUMBER, SQLINTEGER column = SQL_NO_COLUMN_NUMBER);
  // A warning without a better text than the state's meaning.
  void Warn(const DiagnosticContext& context, const SqlState& state) {
    Add(context, state, state.meaning);
  }
  // Reported by the relay or, through it, by the database.
  void Add(const DiagnosticContext& context, const v1::Diagnostic& diagnostic);

  bool empty() const { return records_.empty(); }
  std::size_t size() const { return records_.size(); }
  // 1-based, in rank order; nullptr beyond the last.
  const DiagnosticRecord* record(std::size_t number);

  void set_return_code(SQLRETURN code) { header_.return_code = code; }
  void set_row_count(SQLLEN count) { header_.row_count = count; }
  void set_cursor_row_count(SQLLEN count) { header_.cursor_row_count = count; }
  void set_dynamic_function(const info::DynamicFunction& function) {
    header_.dynamic_function = function;
  }

  // A field of the header (number 0) or of a record. SQL_NO_DATA: no such record. Throws
  // DriverError for a field that does not exist or that the handle's kind does not have.
  SQLRETURN GetField(SQLSMALLINT handle_type, SQLSMALLINT number, SQLSMALLINT field,
                     FieldValue& value);

 private:
  FieldValue HeaderField(SQLSMALLINT handle_type, SQLSMALLINT field) const;
  static FieldValue RecordField(const DiagnosticRecord& record, SQLSMALLINT field);
  void Rank();

  std::vector<DiagnosticRecord> records_;
  bool ranked_ = true;
  struct Header {
    SQLRETURN return_code = SQL_SUCCESS;
    SQLLEN row_count = -1;
    SQLLEN cursor_row_count = -1;
    info::DynamicFunction dynamic_function;
  } header_;
};

}  // namespace sluice::driver
