#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "proto/values/column_batch.h"
#include "relay_server/backend/backend.h"
#include "relay_server/backend/mysql/mysql_api.h"

namespace sluice::relay::backend {

// Gives the values of a parameter set to a prepared statement, a row at a time, each in its natural
// type. Borrows the set. Not thread-safe.
class ParameterBinder {
 public:
  // `long_values` are those that the set names; null: it has them in their places.
  ParameterBinder(const values::ParameterSetView& parameters, const LongValues* long_values);

  // Binds one row for the next mysql_stmt_execute. Throws BackendError: 07002 when the statement
  // has another number of markers, 22008 and 07006 for values that MySQL cannot take.
  void BindRow(MYSQL_STMT* statement, std::uint32_t row);
  // Values of the row that BindRow() has left to mysql_stmt_send_long_data: takes the number of the
  // parameter, from 0, and the value's id.
  using TakeLongValue = std::function<void(unsigned int, const LongValues&, std::uint32_t)>;
  void ForEachLongValue(std::uint32_t row, const TakeLongValue& take) const;
  bool has_long_values() const { return !long_ids_.empty(); }
  // Binds rows, none of which has a long value, for one mysql_stmt_execute with an array (see
  // SetArraySize). Throws like BindRow.
  void BindRows(MYSQL_STMT* statement, std::uint32_t first, std::uint32_t count);
  // As many rows from `first` on as make a packet of about that size; at least one, at most `rows`.
  std::uint32_t CountRows(std::uint32_t first, std::uint32_t rows, std::uint64_t bytes) const;
  // Bytes of the row's values of variable width, for the check against max_allowed_packet.
  std::uint64_t RowBytes(std::uint32_t row) const;
  std::uint64_t LongBytes(std::uint32_t row) const;  // of those, in long values

 private:
  struct Slot {
    MYSQL_TIME time;
    std::string text;
    unsigned long length;
    MysqlBool is_null;
  };
  // What Connector/C reads an array of rows from: a column of each.
  struct BulkSlot {
    std::vector<MYSQL_TIME> times;
    std::vector<std::string> texts;
    std::vector<const void*> values;  // of those, and of variable width
    std::vector<unsigned long> lengths;
    std::vector<char> indicators;
  };

  void BindVariable(MYSQL_BIND& bind, Slot& slot, std::string_view value);
  void BindTemporal(std::size_t index, std::uint32_t row);
  void BindValue(std::size_t index, std::uint32_t row);
  void CheckCount(MYSQL_STMT* statement) const;
  void BindColumn(std::size_t index, std::uint32_t first, std::uint32_t count, MYSQL_BIND& bind);

  const values::ParameterSetView& parameters_;
  const LongValues* const long_values_;
  // By row and parameter, from 0.
  std::map<std::pair<std::uint32_t, std::size_t>, std::uint32_t> long_ids_;
  std::vector<Slot> slots_;
  std::vector<MYSQL_BIND> binds_;
  std::vector<BulkSlot> bulk_slots_;  // empty: no rows were bound as an array
};

}  // namespace sluice::relay::backend
