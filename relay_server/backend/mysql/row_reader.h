#pragma once

#include <vector>

#include "proto/values/column_batch.h"
#include "relay_server/backend/mysql/mysql_api.h"
#include "sluice/v1/values.pb.h"

// Reads the rows of one open result set, one by one and straight from the socket.

namespace sluice::relay::backend {

class RowReader {
 public:
  virtual ~RowReader() = default;
  // Appends the next row; false: there was none, the result set has ended. Throws BackendError.
  virtual bool ReadRow(values::BatchBuilder& batch) = 0;
  // The same without looking at the row.
  virtual bool SkipRow() = 0;
};

// Columns of a result, from its metadata.
std::vector<v1::Column> DescribeColumns(MYSQL_RES* metadata);

}  // namespace sluice::relay::backend
