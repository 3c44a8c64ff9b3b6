#include "odbc_driver/info/type_facts.h"

#include <gtest/gtest.h>

#include <ostream>

namespace sluice::driver::info {
namespace {

struct Expected {
  const char* name;
  TypeSource source;
  SQLSMALLINT concise_type;
  SQLULEN column_size;
  SQLSMALLINT decimal_digits;
  SQLLEN display_size;
  SQLLEN octet_length;
  SQLINTEGER radix;
  SQLSMALLINT precision;
};

void PrintTo(const Expected& expected, std::ostream* out) { *out << expected.name; }

TypeSource Sized(v1::SqlType type, std::uint64_t size, int scale = 0) {
  return {.sql_type = type, .size = size, .scale = scale, .engine = v1::ENGINE_POSTGRES};
}
TypeSource Unsigned(v1::SqlType type) { return {.sql_type = type, .is_unsigned = true}; }
TypeSource OfMysql(v1::SqlType sql_type, std::uint64_t size) {
  TypeSource source = Sized(sql_type, size);
  source.engine = v1::ENGINE_MYSQL;
  return source;
}

TypeSource Bits(v1::ValueType value_type, std::uint64_t size) {
  return {.sql_type = v1::SQLTYPE_BITS, .value_type = value_type, .size = size};
}

class TypeFactsTest : public ::testing::TestWithParam<Expected> {};

TEST_P(TypeFactsTest, SizesAreThoseOfAppendixD) {
  const Expected& expected = GetParam();
  const TypeFacts facts = FactsOf(expected.source);
  EXPECT_EQ(facts.concise_type, expected.concise_type);
  EXPECT_EQ(facts.column_size, expected.column_size);
  EXPECT_EQ(facts.decimal_digits, expected.decimal_digits);
  EXPECT_EQ(facts.display_size, expected.display_size);
  EXPECT_EQ(facts.octet_length, expected.octet_length);
  EXPECT_EQ(facts.num_prec_radix, expected.radix);
  EXPECT_EQ(facts.precision, expected.precision);
  // SQL_DESC_SCALE: the digits of numbers and of fractions of a second alike.
  EXPECT_EQ(facts.scale, expected.decimal_digits);
  EXPECT_EQ(facts.length, expected.column_size);
}

INSTANTIATE_TEST_SUITE_P(
    Types, TypeFactsTest,
    ::testing::Values(
        Expected{"bool", Sized(v1::SQLTYPE_BOOLEAN, 1), SQL_BIT, 1, 0, 1, 1, 10, 1},
        Expected{"tinyint", Sized(v1::SQLTYPE_TINYINT, 3), SQL_TINYINT, 3, 0, 4, 1, 10, 3},
        Expected{"utinyint", Unsigned(v1::SQLTYPE_TINYINT), SQL_TINYINT, 3, 0, 3, 1, 10, 3},
        Expected{"smallint", Sized(v1::SQLTYPE_SMALLINT, 5), SQL_SMALLINT, 5, 0, 6, 2, 10, 5},
        Expected{"integer", Sized(v1::SQLTYPE_INTEGER, 10), SQL_INTEGER, 10, 0, 11, 4, 10, 10},
        Expected{"uinteger", Unsigned(v1::SQLTYPE_INTEGER), SQL_INTEGER, 10, 0, 10, 4, 10, 10},
        Expected{"bigint", Sized(v1::SQLTYPE_BIGINT, 19), SQL_BIGINT, 19, 0, 20, 8, 10, 19},
        Expected{"ubigint", Unsigned(v1::SQLTYPE_BIGINT), SQL_BIGINT, 20, 0, 20, 8, 10, 20},
        Expected{"mysql_bigint", OfMysql(v1::SQLTYPE_BIGINT, 19), SQL_BIGINT, 20, 0, 20, 8, 10, 19},
        Expected{"real", OfMysql(v1::SQLTYPE_REAL, 0), SQL_REAL, 7, 0, 14, 4, 10, 7},
        Expected{"double", OfMysql(v1::SQLTYPE_DOUBLE, 0), SQL_DOUBLE, 15, 0, 24, 8, 10, 15},
        Expected{"float4", Sized(v1::SQLTYPE_REAL, 9), SQL_REAL, 9, 0, 15, 4, 10, 9},
        Expected{"float8", Sized(v1::SQLTYPE_DOUBLE, 17), SQL_FLOAT, 17, 0, 24, 8, 10, 17},
        Expected{"numeric", Sized(v1::SQLTYPE_NUMERIC, 12, 3), SQL_NUMERIC, 12, 3, 14, 14, 10, 12},
        Expected{"any_numeric", Sized(v1::SQLTYPE_NUMERIC, 0), SQL_NUMERIC, 38, 6, 40, 40, 10, 38},
        Expected{"char", Sized(v1::SQLTYPE_CHAR, 7), SQL_WCHAR, 7, 0, 7, 28, 0, 0},
        Expected{"varchar", Sized(v1::SQLTYPE_VARCHAR, 9), SQL_WVARCHAR, 9, 0, 9, 36, 0, 0},
        Expected{"text", Sized(v1::SQLTYPE_LONGVARCHAR, 0), SQL_WLONGVARCHAR, 8190, 0, 8190, 32760,
                 0, 0},
        Expected{"longtext", Sized(v1::SQLTYPE_LONGVARCHAR, 4294967295), SQL_WLONGVARCHAR,
                 0x7FFFFFFF, 0, 0x7FFFFFFF, 0x7FFFFFFC, 0, 0},
        Expected{"varbinary", Sized(v1::SQLTYPE_VARBINARY, 5), SQL_VARBINARY, 5, 0, 10, 5, 0, 0},
        Expected{"date", Sized(v1::SQLTYPE_DATE, 10), SQL_TYPE_DATE, 10, 0, 10, 6, 0, 0},
        Expected{"time", Sized(v1::SQLTYPE_TIME, 8), SQL_TYPE_TIME, 8, 0, 8, 6, 0, 0},
        Expected{"time3", Sized(v1::SQLTYPE_TIME, 12, 3), SQL_TYPE_TIME, 12, 3, 12, 6, 0, 3},
        Expected{"timestamp", Sized(v1::SQLTYPE_TIMESTAMP, 19), SQL_TYPE_TIMESTAMP, 19, 0, 19, 16,
                 0, 0},
        Expected{"timestamp6", Sized(v1::SQLTYPE_TIMESTAMP, 26, 6), SQL_TYPE_TIMESTAMP, 26, 6, 26,
                 16, 0, 6},
        Expected{"uuid", Sized(v1::SQLTYPE_UUID, 36), SQL_GUID, 36, 0, 36, 16, 0, 0},
        Expected{"interval", Sized(v1::SQLTYPE_INTERVAL, 0), SQL_WVARCHAR, 67, 0, 67, 268, 0, 0},
        Expected{"bit_text", Bits(v1::VALUE_TYPE_TEXT, 12), SQL_WVARCHAR, 12, 0, 12, 48, 0, 0},
        Expected{"bit_octets", Bits(v1::VALUE_TYPE_BYTES, 12), SQL_BINARY, 12, 0, 4, 2, 0, 0},
        Expected{"unknown", Sized(v1::SQLTYPE_UNSPECIFIED, 0), SQL_WVARCHAR, 8190, 0, 8190, 32760,
                 0, 0}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(TypeFactsFieldsTest, DatesHaveVerboseTypeSubcodeAndOdbc2Code) {
  const TypeFacts facts = FactsOf(Sized(v1::SQLTYPE_TIMESTAMP, 26, 6));
  EXPECT_EQ(facts.verbose_type, SQL_DATETIME);
  EXPECT_EQ(facts.datetime_subcode, SQL_CODE_TIMESTAMP);
  EXPECT_EQ(facts.odbc2_type, SQL_TIMESTAMP);
  EXPECT_EQ(FactsOf(Sized(v1::SQLTYPE_INTEGER, 10)).verbose_type, SQL_INTEGER);
}

TEST(TypeFactsFieldsTest, OnlySignedNumbersAreNotUnsigned) {
  EXPECT_FALSE(FactsOf(Sized(v1::SQLTYPE_INTEGER, 10)).is_unsigned);
  EXPECT_FALSE(FactsOf(Sized(v1::SQLTYPE_NUMERIC, 10)).is_unsigned);
  EXPECT_TRUE(FactsOf(Unsigned(v1::SQLTYPE_INTEGER)).is_unsigned);
  EXPECT_TRUE(FactsOf(Sized(v1::SQLTYPE_VARCHAR, 10)).is_unsigned);
}

TEST(TypeFactsFieldsTest, ColumnsAndParametersAreReadAlike) {
  v1::Column column;
  column.set_sql_type(v1::SQLTYPE_VARCHAR);
  column.set_size(20);
  column.set_is_case_sensitive(true);
  v1::Parameter parameter;
  parameter.set_sql_type(v1::SQLTYPE_VARCHAR);
  parameter.set_size(20);
  EXPECT_TRUE(FactsOf(column, v1::ENGINE_POSTGRES).case_sensitive);
  EXPECT_EQ(FactsOf(column, v1::ENGINE_POSTGRES).column_size,
            FactsOf(parameter, v1::ENGINE_POSTGRES).column_size);
}

TEST(TypeFactsFieldsTest, LiteralsAreTheDatabases) {
  TypeSource source = Sized(v1::SQLTYPE_LONGVARBINARY, 0);
  EXPECT_EQ(FactsOf(source).literal_prefix, "'\\x");
  source.engine = v1::ENGINE_MYSQL;
  EXPECT_EQ(FactsOf(source).literal_prefix, "0x");
  EXPECT_EQ(FactsOf(source).literal_suffix, "");
  EXPECT_EQ(FactsOf(Sized(v1::SQLTYPE_INTEGER, 10)).literal_prefix, "");
  EXPECT_EQ(FactsOf(Sized(v1::SQLTYPE_INTEGER, 10)).literal_suffix, "");
  for (const v1::SqlType quoted :
       {v1::SQLTYPE_VARCHAR, v1::SQLTYPE_DATE, v1::SQLTYPE_TIMESTAMP, v1::SQLTYPE_UUID}) {
    EXPECT_EQ(FactsOf(Sized(quoted, 10)).literal_prefix, "'") << quoted;
    EXPECT_EQ(FactsOf(Sized(quoted, 10)).literal_suffix, "'") << quoted;
  }
}

TEST(TypeFactsFieldsTest, OnlyTextIsSearchableWithLike) {
  EXPECT_EQ(FactsOf(Sized(v1::SQLTYPE_VARCHAR, 10)).searchable, SQL_PRED_SEARCHABLE);
  EXPECT_EQ(FactsOf(Sized(v1::SQLTYPE_INTEGER, 10)).searchable, SQL_PRED_BASIC);
  EXPECT_EQ(FactsOf(Sized(v1::SQLTYPE_VARBINARY, 10)).searchable, SQL_PRED_BASIC);
}

TEST(TypeFactsFieldsTest, ApplicationsWithoutUnicodeGetTypesWithoutW) {
  for (const auto sql_type :
       {v1::SQLTYPE_CHAR, v1::SQLTYPE_VARCHAR, v1::SQLTYPE_LONGVARCHAR, v1::SQLTYPE_INTERVAL}) {
    TypeSource source = Sized(sql_type, 10);
    const TypeFacts wide = FactsOf(source);
    source.options.narrow_text = true;
    const TypeFacts narrow = FactsOf(source);
    EXPECT_EQ(narrow.concise_type, ToNarrowType(wide.concise_type));
    EXPECT_NE(narrow.concise_type, wide.concise_type);
    EXPECT_EQ(narrow.verbose_type, narrow.concise_type);
    EXPECT_EQ(narrow.odbc2_type, narrow.concise_type);
    EXPECT_EQ(narrow.column_size, wide.column_size);
  }
}

TEST(TypeFactsFieldsTest, BoolsAsCharAreTextOfPostgresAlone) {
  TypeSource source = Sized(v1::SQLTYPE_BOOLEAN, 1);
  source.engine = v1::ENGINE_POSTGRES;
  source.options.bools_as_char = true;
  EXPECT_EQ(FactsOf(source).concise_type, SQL_VARCHAR);
  EXPECT_EQ(FactsOf(source).column_size, 5u);
  EXPECT_EQ(FactsOf(source).octet_length, 5);
  EXPECT_EQ(FactsOf(source).literal_prefix, "'");
  source.engine = v1::ENGINE_MYSQL;
  EXPECT_EQ(FactsOf(source).concise_type, SQL_BIT);
}

TEST(TypeFactsFieldsTest, OnlyTextIsSearchableWithLikeOnPostgres) {
  v1::Column column;
  column.set_sql_type(v1::SQLTYPE_VARCHAR);
  column.set_type_name("varchar");
  EXPECT_EQ(FactsOf(column, v1::ENGINE_POSTGRES).searchable, SQL_PRED_SEARCHABLE);
  column.set_type_name("_int4");
  EXPECT_EQ(FactsOf(column, v1::ENGINE_POSTGRES).searchable, SQL_PRED_BASIC);
  EXPECT_EQ(FactsOf(column, v1::ENGINE_MYSQL).searchable, SQL_PRED_SEARCHABLE);
}

TEST(TypeFactsFieldsTest, MoneyHasAFixedScale) {
  v1::Column column;
  column.set_sql_type(v1::SQLTYPE_DOUBLE);
  column.set_type_name("money");
  EXPECT_TRUE(FactsOf(column, v1::ENGINE_POSTGRES).fixed_prec_scale);
  column.set_type_name("float8");
  EXPECT_FALSE(FactsOf(column, v1::ENGINE_POSTGRES).fixed_prec_scale);
}

TEST(TypeFactsFieldsTest, DateCodesTranslateBothWays) {
  for (const int code : {SQL_TYPE_DATE, SQL_TYPE_TIME, SQL_TYPE_TIMESTAMP, SQL_INTEGER}) {
    EXPECT_EQ(ToOdbc3Type(ToOdbc2Type(static_cast<SQLSMALLINT>(code))), code);
  }
  EXPECT_EQ(ToOdbc2Type(SQL_TYPE_DATE), SQL_DATE);
}

}  // namespace
}  // namespace sluice::driver::info
