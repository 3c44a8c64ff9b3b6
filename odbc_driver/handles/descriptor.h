#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "odbc_driver/handles/field_value.h"
#include "odbc_driver/handles/handle.h"
#include "odbc_driver/info/type_facts.h"

namespace sluice::driver {

class Connection;

// ODBC reference, "Descriptors": what one column or parameter is (implementation) or where its
// values are (application). Initial values are those of SQLSetDescField's table.
struct DescriptorRecord {
  SQLSMALLINT concise_type = SQL_C_DEFAULT;
  SQLSMALLINT type = SQL_C_DEFAULT;
  SQLSMALLINT datetime_interval_code = 0;
  SQLSMALLINT precision = 0;
  SQLSMALLINT scale = 0;
  bool scale_given = false;  // no field of its own: SQL_DESC_SCALE was set after the type
  SQLSMALLINT nullable = SQL_NULLABLE_UNKNOWN;
  SQLSMALLINT parameter_type = SQL_PARAM_INPUT;
  SQLSMALLINT searchable = SQL_PRED_NONE;
  SQLSMALLINT unnamed = SQL_UNNAMED;
  SQLSMALLINT updatable = SQL_ATTR_READONLY;
  SQLSMALLINT is_unsigned = SQL_FALSE;
  SQLSMALLINT fixed_prec_scale = SQL_FALSE;
  SQLSMALLINT rowver = SQL_FALSE;
  SQLINTEGER case_sensitive = SQL_FALSE;
  SQLINTEGER auto_unique_value = SQL_FALSE;
  SQLINTEGER num_prec_radix = 0;
  SQLINTEGER datetime_interval_precision = 0;
  SQLULEN length = 0;
  SQLULEN column_size =
      0;  // no field of its own: SQLDescribeCol's and SQL_COLUMN_PRECISION's answer
  SQLSMALLINT decimal_digits = 0;  // likewise SQLDescribeCol's and SQL_COLUMN_SCALE's
  SQLLEN octet_length = 0;
  SQLLEN display_size = 0;
  std::string name;
  std::string label;
  std::string base_column_name;
  std::string base_table_name;
  std::string catalog_name;
  std::string schema_name;
  std::string table_name;
  std::string type_name;
  std::string local_type_name;
  std::string literal_prefix;
  std::string literal_suffix;
  SQLPOINTER data_ptr = nullptr;
  SQLPOINTER indicator_ptr = nullptr;
  SQLPOINTER octet_length_ptr = nullptr;

  bool IsBound() const {
    return data_ptr != nullptr || indicator_ptr != nullptr || octet_length_ptr != nullptr;
  }
};

// ODBC reference, SQLBindParameter, "ColumnSize Argument": the size goes to SQL_DESC_PRECISION and
// the decimal digits to SQL_DESC_SCALE for these types; else to SQL_DESC_LENGTH and
// SQL_DESC_PRECISION.
bool SizeIsPrecision(SQLSMALLINT sql_type);

// SQLBindParameter's InputOutputType, SQL_DESC_PARAMETER_TYPE. Throws DriverError HY105, HYC00.
void CheckParameterType(SQLSMALLINT type);

struct DescriptorHeader {
  SQLULEN array_size = 1;
  SQLPOINTER array_status_ptr = nullptr;
  SQLPOINTER bind_offset_ptr = nullptr;
  SQLINTEGER bind_type = SQL_BIND_BY_COLUMN;
  SQLPOINTER rows_processed_ptr = nullptr;
};

enum class DescriptorRole : unsigned {
  kArd = 1,  // buffers of columns
  kApd = 2,  // buffers of parameters
  kIrd = 4,  // columns; the driver alone writes it
  kIpd = 8,  // parameters
};

// Guarded by call_mutex(), which an implicit descriptor shares with its statement.
class Descriptor : public Handle {
 public:
  static constexpr HandleKind kKind = HandleKind::kDescriptor;

  // An explicit descriptor may serve as ARD or as APD; until then it counts as either.
  Descriptor(DescriptorRole role, std::shared_ptr<Connection> connection,
             std::shared_ptr<std::mutex> statement_mutex);
  explicit Descriptor(std::shared_ptr<Connection> connection);
  ~Descriptor() override;

  DescriptorRole role() const { return role_; }
  bool is_explicit() const { return explicit_; }
  const std::shared_ptr<Connection>& connection() const { return connection_; }
  DiagnosticContext diagnostic_context() const override;

  DescriptorHeader& header() { return header_; }

  // An IRD is filled when it is asked for: the statement says how. Throws what that throws.
  void set_populate(std::function<void()> populate) { populate_ = std::move(populate); }
  void Populate() {
    if (populate_) populate_();
  }

  // The statement of an implicit descriptor may refuse that the application uses it now.
  void set_check(std::function<void()> check) { check_ = std::move(check); }
  void CheckUse() {
    if (check_) check_();
  }

  // Records are numbered from 1. Number 0 is the bookmark column's, which only row descriptors have
  // and which does not count. Changes make generation() differ. The last one may have the greatest
  // number that there is: loops over them count in int.
  SQLSMALLINT count() const { return static_cast<SQLSMALLINT>(records_.size()); }
  const DescriptorRecord* Find(SQLSMALLINT number) const;  // nullptr: there is none
  DescriptorRecord& Make(SQLSMALLINT number);              // grows the descriptor
  void SetCount(SQLSMALLINT count);
  void Unbind(SQLSMALLINT number);  // SQLBindCol with null pointers: lowers the count when the last
  std::uint64_t generation() const { return generation_; }
  void Touch() { ++generation_; }

  // ODBC reference, SQLGetDescField and SQLSetDescField. Throw DriverError.
  // SQL_NO_DATA: no such record.
  SQLRETURN GetField(SQLSMALLINT number, SQLSMALLINT field, FieldValue& value) const;
  void SetField(SQLSMALLINT number, SQLSMALLINT field, const FieldInput& input);
  // SQLSetDescRec's arguments.
  struct RecordInput {
    SQLSMALLINT type;
    SQLSMALLINT subtype;
    SQLLEN length;
    SQLSMALLINT precision;
    SQLSMALLINT scale;
    SQLPOINTER data;
    SQLLEN* octet_length;
    SQLLEN* indicator;
  };
  void SetRecord(SQLSMALLINT number, const RecordInput& input);
  // SQL_DESC_COUNT and the records of another descriptor (SQLCopyDesc).
  struct Contents {
    DescriptorHeader header;
    std::vector<DescriptorRecord> records;
    std::optional<DescriptorRecord> bookmark;
  };
  Contents Copy() const { return {header_, records_, bookmark_}; }
  void Assign(Contents contents);

  // Keeps concise type, verbose type and interval code in agreement. Throws DriverError HY021.
  static void SetConciseType(DescriptorRecord& record, SQLSMALLINT concise_type);
  // ODBC reference, SQLSetDescRec, "Consistency Checks". Throws DriverError HY021.
  void CheckConsistency(const DescriptorRecord& record) const;

  // The driver's own writing of the IRD.
  struct ColumnContext {
    v1::Engine engine = v1::ENGINE_UNSPECIFIED;
    bool odbc2 = false;
    info::TypeOptions options;
    std::string database;  // PostgreSQL: the catalogue of every table
  };
  void DescribeColumns(const std::vector<v1::Column>& columns, const ColumnContext& context);
  // Absent: bookmarks are off.
  void DescribeBookmark(std::optional<DescriptorRecord> record) { bookmark_ = std::move(record); }

 private:
  bool IsKnownType(SQLSMALLINT concise_type) const;
  void SetType(DescriptorRecord& record, SQLSMALLINT type);
  void CheckWritable(SQLSMALLINT field) const;
  void SetHeaderField(SQLSMALLINT field, const FieldInput& input);
  void SetRecordField(DescriptorRecord& record, SQLSMALLINT field, const FieldInput& input);

  const DescriptorRole role_;
  const bool explicit_;
  const std::shared_ptr<Connection> connection_;
  DescriptorHeader header_;
  std::vector<DescriptorRecord> records_;
  std::optional<DescriptorRecord> bookmark_;
  std::uint64_t generation_ = 1;
  std::function<void()> populate_;
  std::function<void()> check_;
};

// Holds an explicit descriptor's lock while its statement uses it; an implicit one shares the
// statement's, which is held already.
class DescriptorLock {
 public:
  explicit DescriptorLock(const Descriptor& descriptor) {
    if (descriptor.is_explicit()) lock_ = std::unique_lock(descriptor.call_mutex());
  }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace sluice::driver
