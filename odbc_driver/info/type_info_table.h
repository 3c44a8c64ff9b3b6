#pragma once

#include <span>
#include <string_view>

#include "odbc_driver/platform/odbc.h"
#include "sluice/v1/session.pb.h"

// The rows behind GetTypeInfo: the data types of each database.

namespace sluice::driver::info {

struct TypeInfoRow {
  std::string_view type_name;
  SQLSMALLINT data_type;  // ODBC 3 code
  SQLINTEGER column_size;
  std::string_view literal_prefix = {};  // empty: NULL
  std::string_view literal_suffix = {};
  std::string_view create_params = {};
  bool is_case_sensitive = false;
  SQLSMALLINT searchable = SQL_PRED_BASIC;
  bool is_unsigned = false;
  bool is_auto_unique = false;  // the type makes values (serial), or may (AUTO_INCREMENT)
  bool is_fixed_prec_scale = false;
  SQLSMALLINT maximum_scale = -1;  // -1: NULL, the type has no scale; the minimum is 0
  SQLSMALLINT radix = 0;           // 0: NULL, no number
  SQLSMALLINT datetime_subcode = 0;
};

// In the reference's order: by data_type, and within one type the closest match first.
std::span<const TypeInfoRow> TypeInfoRows(v1::Engine engine);

}  // namespace sluice::driver::info
