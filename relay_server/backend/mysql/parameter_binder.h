#pragma once

#include <string>
#include <vector>

#include "proto/values/column_batch.h"
#include "relay_server/backend/mysql/mysql_api.h"

namespace sluice::relay::backend {

// Gives the values of a parameter set to a prepared statement, a row at a time, each in its natural
// type. Borrows the set. Not thread-safe.
class ParameterBinder {
 public:
  explicit ParameterBinder(const values::ParameterSetView& parameters);

  // Binds one row for the next mysql_stmt_execute. Throws BackendError: 07002 when the statement
  // has another number of markers, 22008 and 07006 for values that MySQL cannot take.
  void BindRow(MYSQL_STMT* statement, std::uint32_t row);
  // Bytes of the row's values of variable width, for the check against max_allowed_packet.
  std::uint64_t RowBytes(std::uint32_t row) const;

 private:
  struct Slot {
    MYSQL_TIME time;
    std::string text;
    unsigned long length;
    MysqlBool is_null;
  };

  void BindVariable(MYSQL_BIND& bind, Slot& slot, std::string_view value);
  void BindTemporal(std::size_t index, std::uint32_t row);
  void BindValue(std::size_t index, std::uint32_t row);

  const values::ParameterSetView& parameters_;
  std::vector<Slot> slots_;
  std::vector<MYSQL_BIND> binds_;
};

}  // namespace sluice::relay::backend
