#include "odbc_driver/convert/part_converter.h"

#include <gtest/gtest.h>

#include "odbc_driver/convert/parameter_converter.h"
#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::convert {
namespace {

struct Case {
  const char* name;
  SQLSMALLINT c_type;
  SQLSMALLINT sql_type;
  std::string octets;
};

std::string Units(std::u16string_view text) {
  return {reinterpret_cast<const char*>(text.data()), text.size() * 2};
}

class PartConverterTest : public testing::TestWithParam<Case> {};

std::string Whole(const Case& given) {
  SourceParameter source;
  source.c_type = given.c_type;
  source.sql_type = given.sql_type;
  values::ColumnBuilder builder(ParameterValueType(given.c_type, given.sql_type));
  AppendPutData(source, given.octets, builder);
  v1::ColumnData data;
  builder.Finish(data);
  return data.values();
}

TEST_P(PartConverterTest, PartsOfAnySizeGiveWhatTheWholeDoes) {
  const Case& given = GetParam();
  for (std::size_t part = 1; part <= given.octets.size() + 1; ++part) {
    const auto converter = PartConverter::For(given.c_type, given.sql_type);
    ASSERT_NE(converter, nullptr);
    std::string out;
    for (std::size_t at = 0; at < given.octets.size(); at += part) {
      converter->Convert(std::string_view(given.octets).substr(at, part), out);
    }
    converter->Finish(out);
    EXPECT_EQ(out, Whole(given)) << part;
  }
}

INSTANTIATE_TEST_SUITE_P(
    , PartConverterTest,
    testing::Values(
        Case{"Text", SQL_C_CHAR, SQL_LONGVARCHAR, "a\xC3\x9F\xF0\x9F\x98\x80z"},
        Case{"Octets", SQL_C_BINARY, SQL_LONGVARBINARY, std::string("\x00\x01\xFF\x00", 4)},
        Case{"OctetsAsText", SQL_C_BINARY, SQL_WLONGVARCHAR, "plain"},
        Case{"Utf16", SQL_C_WCHAR, SQL_WLONGVARCHAR, Units(u"a\u00DF\U0001F600z")},
        Case{"LoneSurrogates", SQL_C_WCHAR, SQL_VARCHAR, Units(u"\xDC00x\xD83D\xD83D\xDE00\xD800")},
        Case{"OddOctets", SQL_C_WCHAR, SQL_VARCHAR, Units(u"ab") + "c"},
        Case{"Digits", SQL_C_CHAR, SQL_VARBINARY, "00ffA5"},
        Case{"OddDigits", SQL_C_CHAR, SQL_BINARY, "0102F"},
        Case{"WideDigits", SQL_C_WCHAR, SQL_LONGVARBINARY, Units(u"00ffA5")}),
    [](const auto& tested) { return tested.param.name; });

TEST(PartConverterErrorTest, WhatIsNoDigitIs22018) {
  std::string out;
  try {
    PartConverter::For(SQL_C_CHAR, SQL_LONGVARBINARY)->Convert("0g", out);
    FAIL();
  } catch (const DriverError& error) {
    EXPECT_EQ(error.state().code, "22018");
  }
}

TEST(PartConverterErrorTest, OtherTypesMustBeWhole) {
  EXPECT_EQ(PartConverter::For(SQL_C_CHAR, SQL_NUMERIC), nullptr);
  EXPECT_EQ(PartConverter::For(SQL_C_WCHAR, SQL_TYPE_TIMESTAMP), nullptr);
  EXPECT_EQ(PartConverter::For(SQL_C_SLONG, SQL_VARCHAR), nullptr);
  EXPECT_EQ(PartConverter::For(SQL_C_BINARY, SQL_INTEGER), nullptr);
}

}  // namespace
}  // namespace sluice::driver::convert
