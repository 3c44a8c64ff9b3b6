#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "odbc_driver/convert/parameter_converter.h"
#include "odbc_driver/cursor/target_table.h"
#include "odbc_driver/handles/descriptor.h"
#include "odbc_driver/handles/parameter_collector.h"
#include "odbc_driver/handles/result_set.h"

namespace sluice::driver {

// Values for some columns of a row or of several: a parameter per column, in the same order.
struct RowValues {
  std::vector<std::size_t> columns;  // of the result, from 0
  v1::ParameterSet parameters;
};

// The rows that the application has written into the buffers of its bound columns, for the table
// behind its cursor (ODBC reference, SQLSetPos and SQLBulkOperations). Rows count from 1, as
// SQLSetPos counts them. Lives for one call and the data that is sent for it; the caller holds the
// ARD's lock while a method runs.
class BoundRows {
 public:
  struct Rules {
    bool odbc2;        // whose default C types count
    bool bind_offset;  // of the ARD; SQLExtendedFetch's rowsets heed none
  };
  // Columns that the table cannot change are left out. Throws DriverError HY003, HY004.
  BoundRows(Descriptor& ard, const Descriptor& ird, const ResultSet& result,
            const cursor::TargetTable& table, const Rules& rules);

  // Those that the row has a value for: SQL_COLUMN_IGNORE leaves a column out.
  std::vector<std::size_t> ColumnsOf(SQLULEN row) const;
  // Of a bound column, from 1; never SQL_C_DEFAULT.
  SQLSMALLINT c_type(SQLSMALLINT column) const;

  // Of a bound column, from 1; nullptr: its values cannot be converted in parts.
  std::unique_ptr<convert::PartConverter> NewPartConverter(SQLSMALLINT column) const;

  // In the order in which SQLParamData asks for them: `number` is the column, from 1, and `row`
  // counts from 0.
  std::vector<DeferredParameter> FindDeferred(const std::vector<SQLULEN>& rows) const;

  using BadRow = ParameterCollector::BadRow;
  // Rows with a value that cannot be sent are taken out of `rows` and added to `bad`.
  RowValues Collect(const std::vector<std::size_t>& columns, std::vector<SQLULEN>& rows,
                    const std::vector<DeferredParameter>& deferred, std::vector<BadRow>& bad) const;

 private:
  struct BoundColumn {
    std::size_t column;
    convert::SourceParameter source;
  };

  const BoundColumn& Find(std::size_t column) const;
  void AppendValue(const BoundColumn& bound, SQLULEN row,
                   const std::vector<DeferredParameter>& deferred,
                   values::ColumnBuilder& builder) const;
  static void NameStreamed(std::size_t column, const std::vector<SQLULEN>& rows,
                           const std::vector<DeferredParameter>& deferred,
                           v1::ParameterColumn& parameter);
  RowValues Build(const std::vector<std::size_t>& columns, const std::vector<SQLULEN>& rows,
                  const std::vector<DeferredParameter>& deferred, std::vector<BadRow>& bad) const;

  std::vector<BoundColumn> columns_;  // rising
};

}  // namespace sluice::driver
