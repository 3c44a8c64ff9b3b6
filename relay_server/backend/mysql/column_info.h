#pragma once

#include "relay_server/backend/mysql/mysql_api.h"
#include "sluice/v1/values.pb.h"

// What a column of a MySQL result is in the terms of the contract: the one table of MySQL's types.

namespace sluice::relay::backend {

// The connection's character set is utf8mb4, in whose bytes the server counts widths.
v1::Column DescribeColumn(const MYSQL_FIELD& field);

}  // namespace sluice::relay::backend
