#pragma once

#include <vector>

#include "relay_server/backend/mysql/row_reader.h"

namespace sluice::relay::backend {

// Rows of the binary protocol (prepared statements). Not thread-safe; must be gone before its
// statement is.
class BinaryRows final : public RowReader {
 public:
  // Reads the result that the executed statement has at hand, unbuffered. Throws BackendError.
  BinaryRows(MYSQL_STMT* statement, MYSQL* mysql);

  const std::vector<v1::Column>& columns() const { return columns_; }
  bool ReadRow(values::BatchBuilder& batch) override;
  bool SkipRow() override;

  // The statement must be prepared anew before it runs again: what the library knows of its columns
  // is no longer so.
  bool is_outdated() const { return is_outdated_; }

 private:
  // What the library writes of one column.
  struct Cell {
    union {
      std::int64_t integer;
      float real;
      double number;
      MYSQL_TIME time;
    };
    unsigned long length;
    unsigned long zero_fill;  // characters that zeros in front make it; libraries forget some
    MysqlBool is_null;
    MysqlBool truncated;
  };
  using Decoder = void (*)(const Cell& cell, values::ColumnBuilder& out);
  static Decoder DecoderFor(const MYSQL_FIELD& field, v1::ValueType type);

  void Bind(const MYSQL_FIELD* fields);
  bool NextRow();
  void AppendVariable(std::size_t index, values::ColumnBuilder& out);

  MYSQL_STMT* statement_;
  MYSQL* mysql_;
  bool is_outdated_ = false;
  std::vector<v1::Column> columns_;
  std::vector<Decoder> decoders_;  // null: a value of variable width
  std::vector<Cell> cells_;
  std::vector<MYSQL_BIND> binds_;
  std::vector<char>
      variable_space_;  // short values of variable width; longer ones are fetched again
};

}  // namespace sluice::relay::backend
