#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "odbc_driver/client/relay_client.h"
#include "odbc_driver/cursor/target_table.h"
#include "odbc_driver/handles/bound_rows.h"
#include "odbc_driver/handles/cancel_point.h"
#include "odbc_driver/handles/result_set.h"
#include "odbc_driver/info/type_facts.h"

namespace sluice::driver {

// Reads and changes rows of the table behind an open cursor. A row is found by a unique key, and
// changed only while it still has the values that the cursor has read (SQL_CONCUR_VALUES), or while
// it is the version that the cursor has read (SQL_CONCUR_ROWVER). Belongs
// to one result set. Guarded by the statement's call_mutex(). Methods that ask the relay throw
// DriverError and RequestFailed.
class TableEditor {
 public:
  struct Session {
    std::shared_ptr<client::RelayClient> client;
    v1::Engine engine;
    info::TypeOptions options;
  };
  // nullptr: the columns come from no table, or from several. Borrows `result` and `cancel`.
  static std::unique_ptr<TableEditor> Over(const ResultSet& result, CancelPoint& cancel,
                                           Session session);
  ~TableEditor();
  TableEditor(const TableEditor&) = delete;
  TableEditor& operator=(const TableEditor&) = delete;

  const cursor::TargetTable& table() const { return table_; }
  // From now on rows are changed while they are the version that was read, whatever of it the
  // cursor shows. False: the result does not tell versions.
  bool CompareVersions() {
    compares_versions_ = result_.has_identity();
    return compares_versions_;
  }
  void set_timeout(client::RequestTimeout timeout) { timeout_ = timeout; }  // of what follows

  using RowCondition = cursor::TargetTable::RowCondition;
  // Throws DriverError HYC00: the cursor selects no unique key that the row has values for.
  RowCondition KeyOf(const cursor::RowView& row);
  // With all values that can be compared. Where there is no key: by the row's identity, or by these
  // values alone where they are the whole row on MySQL, which can be told to change one of several
  // that are alike. Throws DriverError HYC00.
  RowCondition OneRow(const cursor::RowView& row);
  // The same for a statement that may change several rows; nullopt: nothing tells the row apart.
  std::optional<RowCondition> ConditionOf(const cursor::RowView& row);
  // Whether the row can still be found when another has changed it.
  bool OutlivesChanges(const cursor::RowView& row);

  // Whether a condition of the table's NameTest() holds.
  bool Holds(const std::string& condition);

  // How many rows were found.
  std::uint64_t Delete(const cursor::RowView& row);
  struct Change {
    std::uint64_t found;
    std::optional<v1::ColumnBatch> row = {};  // as it is now; a trigger may have moved it away
  };
  Change Update(const cursor::RowView& row, const RowValues& values);
  // The row as it is now, as a row of the result: what is not the table's is taken from `row`.
  // `changed` are the values that an update has given it. nullopt: it is not there.
  std::optional<v1::ColumnBatch> Reload(const cursor::RowView& row, const RowValues* changed);

  // Inserts all rows; what became of each is in the response.
  v1::Result InsertArray(const RowValues& values, std::vector<v1::Diagnostic>& diagnostics);
  // Whether the rows can be inserted first and then be read by their keys.
  bool KeyIsGiven(const RowValues& one_row);
  // The new row as a row of the result, with NULL for what is not the table's; nullopt: the server
  // does not tell. One row.
  std::optional<v1::ColumnBatch> InsertAndRead(const RowValues& values);
  std::optional<v1::ColumnBatch> ReadInserted(const RowValues& values);
  // The next row of a result that TargetTable::Returning() or Select() describes.
  std::optional<v1::ColumnBatch> TakeRow(ResultSet& found, const cursor::RowView* otherwise);

 private:
  TableEditor(cursor::TargetTable table, const ResultSet& result, CancelPoint& cancel,
              Session session);

  wire::Deadline deadline() const;
  void FindKeys();
  bool ComparesWholeRow();
  std::optional<RowCondition> VersionOf(const cursor::RowView& row) const;
  client::ExecuteResponse Send(const std::string& sql, const v1::ParameterSet& parameters);
  ResultSet Rows(client::ExecuteResponse response) const;
  std::optional<v1::ColumnBatch> InsertReturning(const RowValues& values);

  cursor::TargetTable table_;
  const ResultSet& result_;
  CancelPoint& cancel_;
  const Session session_;
  client::RequestTimeout timeout_;
  bool keys_known_ = false;
  bool compares_versions_ = false;
  std::optional<bool> compares_whole_row_;
  std::string limit_;  // behind a statement for the row of OneRow()
  // The text that was sent last: of many rows it travels once.
  std::string text_;
  std::uint32_t text_id_ = 0;  // 0: none
};

}  // namespace sluice::driver
