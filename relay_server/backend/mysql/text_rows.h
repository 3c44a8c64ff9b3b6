#pragma once

#include <vector>

#include "relay_server/backend/mysql/row_reader.h"

namespace sluice::relay::backend {

// Rows of the text protocol (COM_QUERY). Not thread-safe; must be gone before its connection is.
class TextRows final : public RowReader {
 public:
  // Opens the result that the connection has at hand, unbuffered. Throws BackendError.
  explicit TextRows(MYSQL* mysql);

  const std::vector<v1::Column>& columns() const { return columns_; }
  bool ReadRow(values::BatchBuilder& batch) override;
  bool SkipRow() override;

 private:
  using Decoder = void (*)(std::string_view text, values::ColumnBuilder& out);
  static Decoder DecoderFor(v1::ValueType type);

  MYSQL_ROW NextRow();

  MYSQL* mysql_;
  ResultHandle result_;
  std::vector<v1::Column> columns_;
  std::vector<Decoder> decoders_;  // one per column
};

}  // namespace sluice::relay::backend
