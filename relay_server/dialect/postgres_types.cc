#include "relay_server/dialect/postgres_catalog_text.h"

// Types as SQLColumns reports them: the same as the columns of a SELECT, with the conventions of
// psqlodbc's Unicode driver (255 characters where no length is known, 8190 for long text).

namespace sluice::relay::dialect {
namespace {

// How size and digits follow from the type modifier (pg_attribute.atttypmod, -1: none).
enum class SizeRule : char {
  kFixed = 'f',
  kCharacters = 'c',  // modifier - 4
  kBits = 'b',        // modifier
  kNumeric = 'n',     // modifier - 4: precision in the upper half, scale in 11 signed bits
  kTime = 't',        // modifier: digits of the fraction
  kTimestamp = 's',
};

struct PostgresType {
  int oid;  // pg_type.oid, fixed for built-in types
  int data_type;
  SizeRule rule;
  int size;  // without modifier
  std::string_view digits;
  std::string_view octets;  // transfer octet length, where it does not follow from the size
};

constexpr std::string_view kNull = "NULL";

// Any other type (enumerations, arrays, ranges, network addresses …) is text of 255 characters.
constexpr PostgresType kTypes[] = {
    {16, -7, SizeRule::kFixed, 1, kNull, "1"},             // bool
    {17, -4, SizeRule::kFixed, 0, kNull, "-4"},            // bytea: no limit
    {18, -8, SizeRule::kFixed, 1, kNull, kNull},           // "char"
    {19, -9, SizeRule::kFixed, 63, kNull, kNull},          // name
    {20, -5, SizeRule::kFixed, 19, "0", "8"},              // int8
    {21, 5, SizeRule::kFixed, 5, "0", "2"},                // int2
    {23, 4, SizeRule::kFixed, 10, "0", "4"},               // int4
    {25, -10, SizeRule::kFixed, 8190, kNull, kNull},       // text
    {26, 4, SizeRule::kFixed, 10, "0", "4"},               // oid
    {28, 4, SizeRule::kFixed, 10, "0", "4"},               // xid
    {114, -10, SizeRule::kFixed, 8190, kNull, kNull},      // json
    {142, -10, SizeRule::kFixed, 8190, kNull, kNull},      // xml
    {650, -9, SizeRule::kFixed, 50, kNull, kNull},         // cidr
    {700, 7, SizeRule::kFixed, 9, kNull, "4"},             // float4
    {701, 6, SizeRule::kFixed, 17, kNull, "8"},            // float8
    {790, 6, SizeRule::kFixed, 10, kNull, "8"},            // money
    {829, -9, SizeRule::kFixed, 17, kNull, kNull},         // macaddr
    {869, -9, SizeRule::kFixed, 50, kNull, kNull},         // inet
    {1042, -8, SizeRule::kCharacters, 255, kNull, kNull},  // bpchar
    {1043, -9, SizeRule::kCharacters, 255, kNull, kNull},  // varchar
    {1082, 91, SizeRule::kFixed, 10, kNull, "6"},          // date
    {1083, 92, SizeRule::kTime, 15, "6", "6"},             // time
    {1114, 93, SizeRule::kTimestamp, 26, "6", "16"},       // timestamp
    {1184, 93, SizeRule::kTimestamp, 26, "6", "16"},       // timestamptz
    {1186, -9, SizeRule::kFixed, 67, kNull, kNull},        // interval
    {1560, -9, SizeRule::kBits, 1, kNull, kNull},          // bit
    {1562, -9, SizeRule::kBits, 255, kNull, kNull},        // varbit
    {1700, 2, SizeRule::kNumeric, 28, "6", kNull},         // numeric
    {2950, -11, SizeRule::kFixed, 36, kNull, "16"},        // uuid
    {3802, -10, SizeRule::kFixed, 8190, kNull, kNull},     // jsonb
};

constexpr int kBool = 16;
constexpr PostgresType kBoolAsChar = {kBool, 12, SizeRule::kFixed, 5, kNull, "5"};

// psqlodbc's defaults, where only the other of its options is given.
constexpr int kVarcharSize = 255;
constexpr int kLongSize = 8190;
constexpr int kWideVarchar = -9;
constexpr int kWideLong = -10;
constexpr int kVarbinary = -3;

int SizeOf(const v1::TypeRules& rules, bool is_long) {
  if (is_long) {
    return rules.has_max_longvarchar_size() ? static_cast<int>(rules.max_longvarchar_size())
                                            : kLongSize;
  }
  return rules.has_max_varchar_size() ? static_cast<int>(rules.max_varchar_size()) : kVarcharSize;
}

// Types that ODBC does not have: long as they were, or as the rules say.
PostgresType UnknownByRules(PostgresType type, const v1::TypeRules& rules) {
  constexpr int kXml = 142;
  const bool was_long = type.data_type == kWideLong;
  const bool is_long =
      rules.has_unknowns_as_longvarchar() ? rules.unknowns_as_longvarchar() : was_long;
  type.size = SizeOf(rules, is_long);
  type.data_type = is_long || type.oid == kXml ? kWideLong : kWideVarchar;
  return type;
}

// As the driver describes the columns of a SELECT (odbc_driver/info/type_rules.h).
PostgresType ByRules(PostgresType type, const v1::TypeRules& rules) {
  constexpr int kBytea = 17;
  constexpr int kText = 25;
  if (type.oid == kBytea) {
    if (!rules.has_bytea_as_longvarbinary() || rules.bytea_as_longvarbinary()) return type;
    type.data_type = kVarbinary;
    type.size = SizeOf(rules, rules.unknowns_as_longvarchar());
    type.octets = kNull;  // they follow from the size
  } else if (type.oid == kText) {
    const bool is_long = !rules.has_text_as_longvarchar() || rules.text_as_longvarchar();
    type.size = SizeOf(rules, is_long);
    type.data_type = is_long ? kWideLong : kWideVarchar;
  } else if (type.rule == SizeRule::kCharacters) {
    type.size = SizeOf(rules, false);
  } else if (type.rule == SizeRule::kFixed &&
             (type.size == kVarcharSize || type.size == kLongSize)) {
    return UnknownByRules(type, rules);
  }
  return type;
}

std::string TypeRows(const v1::Catalog& request) {
  std::string rows;
  for (const PostgresType& row : kTypes) {
    const PostgresType& known = row.oid == kBool && request.bools_as_char() ? kBoolAsChar : row;
    const PostgresType type =
        request.has_type_rules() ? ByRules(known, request.type_rules()) : known;
    const int data_type = TypeCode(type.data_type, request);
    rows += rows.empty() ? "(" : ", (";
    rows += std::to_string(type.oid) + ", " + std::to_string(data_type) + ", '" +
            static_cast<char>(type.rule) + "', " + std::to_string(type.size) + ", ";
    // The first row tells the columns' types.
    const std::string_view cast = type.oid == kTypes[0].oid ? "::integer" : "";
    rows.append(type.digits).append(cast).append(", ").append(type.octets).append(")");
  }
  return rows;
}

}  // namespace

std::string PostgresTypeJoin(std::string_view modifier, const v1::Catalog& request) {
  const PostgresType other = UnknownByRules(
      {0, kWideVarchar, SizeRule::kFixed, kVarcharSize, kNull, kNull}, request.type_rules());
  // A declared length above MaxVarcharSize makes long text.
  std::string is_long;
  if (request.type_rules().has_max_varchar_size()) {
    is_long = "WHEN m.rule = 'c' AND y.modifier - 4 > " +
              std::to_string(request.type_rules().max_varchar_size()) + " THEN " +
              std::to_string(TypeCode(kWideLong, request)) + " ";
  }
  // A domain over a domain over a domain is followed to its end, and no further: a recursive query
  // makes the server expect so many rows that it compiles the statement, which takes longer than
  // all of it. The modifier is that of the innermost domain.
  return " LEFT JOIN LATERAL (SELECT CASE WHEN e.typtype <> 'd' THEN e.oid"
         " WHEN g.typtype <> 'd' THEN g.oid ELSE h.oid END AS type,"
         " CASE WHEN e.typtype <> 'd' THEN t.typtypmod WHEN g.typtype <> 'd' THEN e.typtypmod"
         " ELSE g.typtypmod END AS modifier FROM pg_catalog.pg_type e"
         " LEFT JOIN pg_catalog.pg_type g ON e.typtype = 'd' AND g.oid = e.typbasetype"
         " LEFT JOIN pg_catalog.pg_type h ON g.typtype = 'd' AND h.oid = g.typbasetype"
         // NULL for what is no domain: nothing is looked up.
         " WHERE e.oid = nullif(t.typbasetype, 0)) AS b ON true"
         " LEFT JOIN (VALUES " +
         TypeRows(request) +
         ") AS m(oid, data_type, rule, size, digits, octets)"
         // The domain lo over oid stands for the octets of large objects.
         " ON m.oid = CASE WHEN t.typname = 'lo' AND b.type = 26 THEN 17"
         " ELSE coalesce(b.type, t.oid)::integer END"
         " CROSS JOIN LATERAL (SELECT coalesce(b.modifier, " +
         std::string(modifier) +
         ") AS modifier) AS y"
         " CROSS JOIN LATERAL (SELECT CASE " +
         is_long + "WHEN m.data_type IS NULL THEN " +
         std::to_string(TypeCode(other.data_type, request)) +
         " ELSE m.data_type END AS data_type,"
         " CASE WHEN m.rule = 'c' AND y.modifier >= 4 THEN y.modifier - 4"
         " WHEN m.rule = 'b' AND y.modifier >= 0 THEN y.modifier"
         " WHEN m.rule = 'n' AND y.modifier >= 4 THEN ((y.modifier - 4) >> 16) & 65535"
         " WHEN m.rule = 't' AND y.modifier >= 0"
         " THEN CASE y.modifier WHEN 0 THEN 8 ELSE 9 + y.modifier END"
         " WHEN m.rule = 's' AND y.modifier >= 0"
         " THEN CASE y.modifier WHEN 0 THEN 19 ELSE 20 + y.modifier END"
         " ELSE coalesce(m.size, " +
         std::to_string(other.size) +
         ") END AS size,"
         " CASE WHEN m.rule = 'n' AND y.modifier >= 4"
         " THEN (((y.modifier - 4) & 2047) # 1024) - 1024"
         " WHEN m.rule IN ('t', 's') AND y.modifier >= 0 THEN y.modifier"
         " ELSE m.digits END AS digits) AS z";
}

}  // namespace sluice::relay::dialect
