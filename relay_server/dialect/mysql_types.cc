#include "relay_server/dialect/mysql_catalog_text.h"

// Types as SQLColumns reports them: the same as the columns of a SELECT, with the type codes of
// MariaDB Connector/ODBC's Unicode driver.

namespace sluice::relay::dialect {
namespace {

enum class SizeRule {
  kFixed,
  kLength,    // CHARACTER_MAXIMUM_LENGTH
  kDecimal,   // NUMERIC_PRECISION and NUMERIC_SCALE
  kFraction,  // size, and the point and DATETIME_PRECISION digits
};

struct MysqlType {
  std::string_view name;  // information_schema's DATA_TYPE
  int data_type;
  SizeRule rule;
  std::string_view size = "NULL";
  std::string_view digits = "NULL";
  std::string_view parameter_size = {};  // SQLProcedureColumns', where it tells another one
};

constexpr std::string_view kLongest = "2147483647";

constexpr MysqlType kTypes[] = {
    {"tinyint", -6, SizeRule::kFixed, "3", "0"},
    {"smallint", 5, SizeRule::kFixed, "5", "0"},
    {"year", 5, SizeRule::kFixed, "5", "0", "4"},
    {"mediumint", 4, SizeRule::kFixed, "10", "0", "7"},
    {"int", 4, SizeRule::kFixed, "10", "0"},
    {"bigint", -5, SizeRule::kFixed, "CASE WHEN {type} LIKE '%unsigned%' THEN 20 ELSE 19 END", "0"},
    {"float", 7, SizeRule::kFixed, "7"},
    {"double", 8, SizeRule::kFixed, "15"},
    {"decimal", 3, SizeRule::kDecimal},
    {"char", -8, SizeRule::kLength},
    {"enum", -8, SizeRule::kLength},
    {"set", -8, SizeRule::kLength},
    {"uuid", -8, SizeRule::kFixed, "36"},
    {"inet4", -8, SizeRule::kFixed, "15"},
    {"inet6", -8, SizeRule::kFixed, "39"},
    {"varchar", -9, SizeRule::kLength},
    {"tinytext", -10, SizeRule::kLength},
    {"text", -10, SizeRule::kLength},
    {"mediumtext", -10, SizeRule::kLength},
    // 4294967295 in a signed integer, as Connector/ODBC tells it.
    {"longtext", -10, SizeRule::kFixed, "-1", "NULL", kLongest},
    {"json", -10, SizeRule::kFixed, "-1", "NULL", kLongest},
    {"binary", -2, SizeRule::kLength},
    {"varbinary", -3, SizeRule::kLength},
    {"tinyblob", -4, SizeRule::kLength},
    {"blob", -4, SizeRule::kLength},
    {"mediumblob", -4, SizeRule::kLength},
    {"longblob", -4, SizeRule::kLength},
    {"date", 91, SizeRule::kFixed, "10"},
    {"time", 92, SizeRule::kFraction, "8"},
    {"datetime", 93, SizeRule::kFraction, "19"},
    {"timestamp", 93, SizeRule::kFraction, "19"},
};

std::string SizeOf(const MysqlType& type, std::string_view type_text) {
  switch (type.rule) {
    case SizeRule::kLength:
      return "least(CHARACTER_MAXIMUM_LENGTH, " + std::string(kLongest) + ")";
    case SizeRule::kDecimal:
      return "NUMERIC_PRECISION";
    case SizeRule::kFraction:
      return std::string(type.size) +
             " + CASE WHEN DATETIME_PRECISION > 0 THEN 1 + DATETIME_PRECISION ELSE 0 END";
    case SizeRule::kFixed:
      break;
  }
  std::string size(type.size);
  constexpr std::string_view kPlace = "{type}";
  if (const auto place = size.find(kPlace); place != std::string::npos) {
    size.replace(place, kPlace.size(), type_text);
  }
  return size;
}

// float(M, D) and double(M, D) of a parameter are decimals to Connector/ODBC.
bool IsFloat(const MysqlType& type) { return type.name == "float" || type.name == "double"; }

std::string OfParameter(std::string_view with_digits, std::string_view otherwise) {
  return "CASE WHEN NUMERIC_SCALE IS NULL THEN " + std::string(otherwise) + " ELSE " +
         std::string(with_digits) + " END";
}

std::string_view DigitsOf(const MysqlType& type) {
  if (type.rule == SizeRule::kDecimal) return "NUMERIC_SCALE";
  if (type.rule == SizeRule::kFraction) return "DATETIME_PRECISION";
  return type.digits;
}

}  // namespace

std::string MysqlTypeExpressions(std::string_view type_text, const v1::Catalog& request) {
  const bool parameters = request.function() == v1::Catalog::PROCEDURE_COLUMNS;
  std::string data_type = "CASE lower(DATA_TYPE)";
  std::string size = "CASE lower(DATA_TYPE)";
  std::string digits = "CASE lower(DATA_TYPE)";
  for (const MysqlType& type : kTypes) {
    const std::string when = " WHEN '" + std::string(type.name) + "' THEN ";
    const std::string code = std::to_string(WideTypeCode(type.data_type, request));
    if (parameters && IsFloat(type)) {
      data_type += when + OfParameter("3", code);
      size += when + OfParameter("NUMERIC_PRECISION", type.size);
      digits += when + "NUMERIC_SCALE";
      continue;
    }
    data_type += when + code;
    const bool other_size = parameters && !type.parameter_size.empty();
    size += when + (other_size ? std::string(type.parameter_size) : SizeOf(type, type_text));
    if (DigitsOf(type) != "NULL") digits += when + std::string(DigitsOf(type));
  }
  // BIT(1) is a truth value, longer ones travel as octets; the rest are geometries.
  return data_type + " WHEN 'bit' THEN CASE NUMERIC_PRECISION WHEN 1 THEN -7 ELSE -2 END" +
         " ELSE -4 END AS data_type, " + size + " WHEN 'bit' THEN (NUMERIC_PRECISION + 7) DIV 8" +
         " ELSE " + std::string(kLongest) + " END AS size, " + digits + " END AS digits";
}

}  // namespace sluice::relay::dialect
