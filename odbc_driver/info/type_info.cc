#include "odbc_driver/info/type_info.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "odbc_driver/info/sqlstate.h"
#include "odbc_driver/info/type_facts.h"
#include "odbc_driver/info/type_info_table.h"
#include "proto/values/column_batch.h"

namespace sluice::driver::info {
namespace {

struct ResultColumn {
  std::string_view name;
  std::string_view odbc2_name;
  v1::SqlType sql_type;
  std::uint64_t size;
  bool nullable;
};

// The columns of the reference page, in order. ODBC 2 has the first fifteen, some by other names.
constexpr ResultColumn kColumns[] = {
    {"TYPE_NAME", "TYPE_NAME", v1::SQLTYPE_VARCHAR, 128, false},
    {"DATA_TYPE", "DATA_TYPE", v1::SQLTYPE_SMALLINT, 5, false},
    {"COLUMN_SIZE", "PRECISION", v1::SQLTYPE_INTEGER, 10, true},
    {"LITERAL_PREFIX", "LITERAL_PREFIX", v1::SQLTYPE_VARCHAR, 128, true},
    {"LITERAL_SUFFIX", "LITERAL_SUFFIX", v1::SQLTYPE_VARCHAR, 128, true},
    {"CREATE_PARAMS", "CREATE_PARAMS", v1::SQLTYPE_VARCHAR, 128, true},
    {"NULLABLE", "NULLABLE", v1::SQLTYPE_SMALLINT, 5, false},
    {"CASE_SENSITIVE", "CASE_SENSITIVE", v1::SQLTYPE_SMALLINT, 5, false},
    {"SEARCHABLE", "SEARCHABLE", v1::SQLTYPE_SMALLINT, 5, false},
    {"UNSIGNED_ATTRIBUTE", "UNSIGNED_ATTRIBUTE", v1::SQLTYPE_SMALLINT, 5, true},
    {"FIXED_PREC_SCALE", "MONEY", v1::SQLTYPE_SMALLINT, 5, false},
    {"AUTO_UNIQUE_VALUE", "AUTO_INCREMENT", v1::SQLTYPE_SMALLINT, 5, true},
    {"LOCAL_TYPE_NAME", "LOCAL_TYPE_NAME", v1::SQLTYPE_VARCHAR, 128, true},
    {"MINIMUM_SCALE", "MINIMUM_SCALE", v1::SQLTYPE_SMALLINT, 5, true},
    {"MAXIMUM_SCALE", "MAXIMUM_SCALE", v1::SQLTYPE_SMALLINT, 5, true},
    {"SQL_DATA_TYPE", "SQL_DATA_TYPE", v1::SQLTYPE_SMALLINT, 5, false},
    {"SQL_DATETIME_SUB", "SQL_DATETIME_SUB", v1::SQLTYPE_SMALLINT, 5, true},
    {"NUM_PREC_RADIX", "NUM_PREC_RADIX", v1::SQLTYPE_INTEGER, 10, true},
    {"INTERVAL_PRECISION", "INTERVAL_PRECISION", v1::SQLTYPE_SMALLINT, 5, true},
};
// Every code that an application may ask for, whether or not a database has the type.
constexpr SQLSMALLINT kDefinedTypes[] = {
    SQL_CHAR,         SQL_VARCHAR,        SQL_LONGVARCHAR, SQL_WCHAR,         SQL_WVARCHAR,
    SQL_WLONGVARCHAR, SQL_DECIMAL,        SQL_NUMERIC,     SQL_SMALLINT,      SQL_INTEGER,
    SQL_REAL,         SQL_FLOAT,          SQL_DOUBLE,      SQL_BIT,           SQL_TINYINT,
    SQL_BIGINT,       SQL_BINARY,         SQL_VARBINARY,   SQL_LONGVARBINARY, SQL_TYPE_DATE,
    SQL_TYPE_TIME,    SQL_TYPE_TIMESTAMP, SQL_GUID,
};

bool IsDefined(SQLSMALLINT type) {
  const bool is_interval = type >= SQL_INTERVAL_YEAR && type <= SQL_INTERVAL_MINUTE_TO_SECOND;
  return is_interval || std::find(std::begin(kDefinedTypes), std::end(kDefinedTypes), type) !=
                            std::end(kDefinedTypes);
}

v1::ValueType ValueTypeOf(v1::SqlType type) {
  if (type == v1::SQLTYPE_SMALLINT) return v1::VALUE_TYPE_INT16;
  if (type == v1::SQLTYPE_INTEGER) return v1::VALUE_TYPE_INT32;
  return v1::VALUE_TYPE_TEXT;
}

v1::Column MakeColumn(const ResultColumn& source, bool odbc2) {
  v1::Column column;
  column.set_name(std::string(odbc2 ? source.odbc2_name : source.name));
  column.set_sql_type(source.sql_type);
  column.set_value_type(ValueTypeOf(source.sql_type));
  column.set_size(source.size);
  column.set_nullability(source.nullable ? v1::NULLABILITY_NULLABLE : v1::NULLABILITY_NO_NULLS);
  column.set_is_case_sensitive(source.sql_type == v1::SQLTYPE_VARCHAR);
  return column;
}

// Appends one row, cell by cell in the order of kColumns.
class RowWriter {
 public:
  explicit RowWriter(values::BatchBuilder& batch) : batch_(batch) {}

  RowWriter& Text(std::string_view text) {
    batch_.column(next_++).AppendVariable(text);
    return *this;
  }
  RowWriter& TextOrNull(std::string_view text) { return text.empty() ? Null() : Text(text); }
  RowWriter& Short(SQLSMALLINT value) {
    batch_.column(next_++).AppendFixed<std::int16_t>(value);
    return *this;
  }
  RowWriter& Integer(SQLINTEGER value) {
    batch_.column(next_++).AppendFixed<std::int32_t>(value);
    return *this;
  }
  RowWriter& ShortIf(bool present, SQLSMALLINT value) { return present ? Short(value) : Null(); }
  RowWriter& Null() {
    batch_.column(next_++).AppendNull();
    return *this;
  }

 private:
  values::BatchBuilder& batch_;
  std::size_t next_ = 0;
};

void AppendRow(const TypeInfoRow& row, bool odbc2, values::BatchBuilder& batch) {
  const bool is_datetime = row.datetime_subcode != 0;
  RowWriter writer(batch);
  writer.Text(row.type_name)
      .Short(odbc2 ? ToOdbc2Type(row.data_type) : row.data_type)
      .Integer(row.column_size)
      .TextOrNull(row.literal_prefix)
      .TextOrNull(row.literal_suffix)
      .TextOrNull(row.create_params)
      .Short(SQL_NULLABLE)
      .Short(row.is_case_sensitive ? SQL_TRUE : SQL_FALSE)
      .Short(row.searchable)
      .ShortIf(row.radix != 0, row.is_unsigned ? SQL_TRUE : SQL_FALSE)
      .Short(row.is_fixed_prec_scale ? SQL_TRUE : SQL_FALSE)
      .ShortIf(row.radix != 0, row.is_auto_unique ? SQL_TRUE : SQL_FALSE)
      .Text(row.type_name)
      .ShortIf(row.maximum_scale >= 0, 0)
      .ShortIf(row.maximum_scale >= 0, row.maximum_scale)
      .Short(is_datetime ? SQLSMALLINT{SQL_DATETIME} : row.data_type)
      .ShortIf(is_datetime, row.datetime_subcode);
  if (row.radix != 0) {
    writer.Integer(row.radix);
  } else {
    writer.Null();
  }
  writer.Null();
  batch.EndRow();
}

}  // namespace

namespace {

// Text types that result sets name by a code without W are listed under it too.
std::vector<TypeInfoRow> WithNarrowRows(std::span<const TypeInfoRow> rows) {
  std::vector<TypeInfoRow> narrow(rows.begin(), rows.end());
  for (TypeInfoRow row : rows) {
    row.data_type = ToNarrowType(row.data_type);
    const bool listed = std::any_of(narrow.begin(), narrow.end(), [&row](const TypeInfoRow& other) {
      return other.data_type == row.data_type && other.type_name == row.type_name;
    });
    if (!listed) narrow.push_back(row);
  }
  std::stable_sort(narrow.begin(), narrow.end(),
                   [](const auto& a, const auto& b) { return a.data_type < b.data_type; });
  return narrow;
}

// As the columns of these types are described. Where text is not long, applications that look for a
// long type find varchar, as in psqlodbc.
std::vector<TypeInfoRow> WithRules(std::span<const TypeInfoRow> rows, const TypeRules& rules) {
  constexpr auto kSize = [](const std::optional<std::uint32_t>& size, SQLINTEGER otherwise) {
    return size ? static_cast<SQLINTEGER>(*size) : otherwise;
  };
  const bool short_text = !rules.text_as_longvarchar.value_or(true);
  std::vector<TypeInfoRow> ruled;
  for (TypeInfoRow row : rows) {
    const bool is_long = row.data_type == SQL_WLONGVARCHAR || row.data_type == SQL_LONGVARCHAR;
    if (row.type_name == "varchar" || row.type_name == "char") {
      row.column_size = kSize(rules.max_varchar_size, row.column_size);
    } else if (row.type_name == "text" && short_text) {
      row.column_size = kSize(rules.max_varchar_size, kDefaultMaxVarcharSize);
      TypeInfoRow instead = row;
      instead.type_name = "varchar";
      instead.create_params = "length";
      ruled.push_back(instead);
      row.data_type = row.data_type == SQL_LONGVARCHAR ? SQL_VARCHAR : SQL_WVARCHAR;
    } else if (is_long && !rules.unknowns_as_longvarchar.value_or(true) &&
               row.type_name.starts_with("json")) {
      row.data_type = SQL_WVARCHAR;
      row.column_size = kSize(rules.max_varchar_size, kDefaultMaxVarcharSize);
    } else if (is_long) {
      row.column_size = kSize(rules.max_longvarchar_size, row.column_size);
    } else if (row.data_type == SQL_VARBINARY && !rules.bytea_as_longvarbinary.value_or(true)) {
      const bool by_long = rules.unknowns_as_longvarchar.value_or(false);
      row.column_size = by_long ? kSize(rules.max_longvarchar_size, kDefaultMaxLongVarcharSize)
                                : kSize(rules.max_varchar_size, kDefaultMaxVarcharSize);
    }
    ruled.push_back(row);
  }
  std::ranges::stable_sort(ruled, {}, &TypeInfoRow::data_type);
  return ruled;
}

}  // namespace

TypeInfoResult GetTypeInfo(v1::Engine engine, SQLSMALLINT data_type, bool odbc2,
                           TypeOptions options) {
  const SQLSMALLINT wanted = ToOdbc3Type(data_type);
  if (data_type != SQL_ALL_TYPES && !IsDefined(wanted)) {
    throw DriverError(kHY004InvalidSqlType,
                      "SQLGetTypeInfo: ODBC has no data type " + std::to_string(data_type));
  }
  TypeInfoResult result;
  std::vector<values::ValueType> value_types;
  for (const ResultColumn& column : kColumns) {
    result.columns.push_back(MakeColumn(column, odbc2));
    value_types.push_back(result.columns.back().value_type());
  }
  values::BatchBuilder batch(value_types);
  std::vector<TypeInfoRow> ruled;
  std::vector<TypeInfoRow> narrow;
  std::span<const TypeInfoRow> rows = TypeInfoRows(engine);
  if (engine == v1::ENGINE_POSTGRES && options.rules != TypeRules()) {
    rows = ruled = WithRules(rows, options.rules);
  }
  if (options.narrow_text) rows = narrow = WithNarrowRows(rows);
  for (const TypeInfoRow& row : rows) {
    if (data_type == SQL_ALL_TYPES || row.data_type == wanted) AppendRow(row, odbc2, batch);
  }
  batch.Finish(result.batch);
  return result;
}

}  // namespace sluice::driver::info
