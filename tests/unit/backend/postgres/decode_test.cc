#include "relay_server/backend/postgres/decode.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "relay_server/backend/backend.h"
#include "relay_server/backend/postgres/lru_map.h"
#include "relay_server/backend/postgres/sql_text.h"

// Decoders, caches and text rules, without a server.

namespace sluice::relay::backend::postgres {
namespace {

using std::string_literals::operator""s;

std::string Decode(Decoder decoder, v1::ValueType type, const std::string& wire) {
  values::ColumnBuilder builder(type);
  decoder(wire.data(), wire.size(), builder);
  v1::ColumnData data;
  builder.Finish(data);
  const values::ColumnView view(type, 1, data);
  if (const std::size_t width = values::FixedWidth(type); width != 0) {
    return {view.FixedBytes(0), width};
  }
  return std::string(view.Variable(0));
}

std::string Word(int value) {
  return {static_cast<char>((value >> 8) & 255), static_cast<char>(value & 255)};
}

// numeric_send's form.
std::string Numeric(int weight, int sign, int scale, const std::vector<int>& digits) {
  std::string wire =
      Word(static_cast<int>(digits.size())) + Word(weight) + Word(sign) + Word(scale);
  for (const int digit : digits) wire += Word(digit);
  return wire;
}

struct NumericCase {
  std::string wire;
  const char* text;
};

class NumericDecoderTest : public testing::TestWithParam<NumericCase> {};

INSTANTIATE_TEST_SUITE_P(Values, NumericDecoderTest,
                         testing::Values(NumericCase{Numeric(0, 0, 0, {}), "0"},
                                         NumericCase{Numeric(0, 0, 2, {}), "0.00"},
                                         NumericCase{Numeric(0, 0, 0, {1}), "1"},
                                         NumericCase{Numeric(1, 0, 0, {1}), "10000"},
                                         NumericCase{Numeric(1, 0, 0, {1, 5}), "10005"},
                                         NumericCase{Numeric(0, 0x4000, 2, {12, 3400}), "-12.34"},
                                         NumericCase{Numeric(-1, 0, 4, {1}), "0.0001"},
                                         NumericCase{Numeric(-2, 0, 8, {1}), "0.00000001"},
                                         NumericCase{Numeric(-2, 0, 5, {1000}), "0.00001"},
                                         NumericCase{Numeric(0, 0, 6, {1, 5000}), "1.500000"},
                                         NumericCase{Numeric(2, 0, 1, {1}), "100000000.0"},
                                         NumericCase{Numeric(0, 0xC000, 0, {}), "NaN"},
                                         NumericCase{Numeric(0, 0xD000, 0, {}), "Infinity"},
                                         NumericCase{Numeric(0, 0xF000, 0, {}), "-Infinity"}));

TEST_P(NumericDecoderTest, GivesTheServersText) {
  EXPECT_EQ(Decode(DecodeBinaryNumeric, v1::VALUE_TYPE_DECIMAL, GetParam().wire), GetParam().text);
}

TEST(DecodeTest, ValuesOfWrongLengthAreRefused) {
  EXPECT_THROW(Decode(DecodeBinaryInt32, v1::VALUE_TYPE_INT32, "abc"), BackendError);
  EXPECT_THROW(Decode(DecodeBinaryUuid, v1::VALUE_TYPE_UUID, ""), BackendError);
  EXPECT_THROW(Decode(DecodeBinaryNumeric, v1::VALUE_TYPE_DECIMAL, "abc"), BackendError);
  EXPECT_THROW(
      Decode(DecodeBinaryNumeric, v1::VALUE_TYPE_DECIMAL, Numeric(0, 0, 0, {1}).substr(0, 9)),
      BackendError);
  EXPECT_THROW(Decode(DecodeBinaryJsonb, v1::VALUE_TYPE_TEXT, "\2{}"), BackendError);
}

TEST(DecodeTest, TextThatDoesNotFitIsRefused) {
  EXPECT_THROW(Decode(DecodeTextInt16, v1::VALUE_TYPE_INT16, "32768"), BackendError);
  EXPECT_THROW(Decode(DecodeTextInt32, v1::VALUE_TYPE_INT32, "1x"), BackendError);
  EXPECT_THROW(Decode(DecodeTextBytea, v1::VALUE_TYPE_BYTES, "abc"), BackendError);
  EXPECT_THROW(Decode(DecodeTextBytea, v1::VALUE_TYPE_BYTES, "\\xzz"), BackendError);
  EXPECT_THROW(Decode(DecodeTextUuid, v1::VALUE_TYPE_UUID, "0011"), BackendError);
  EXPECT_THROW(Decode(DecodeTextDate, v1::VALUE_TYPE_DATE, "31/01/2024"), BackendError);
}

TEST(DecodeTest, OneOctetCharacters) {
  EXPECT_EQ(Decode(DecodeBinaryChar, v1::VALUE_TYPE_TEXT, "r"), "r");
  EXPECT_EQ(Decode(DecodeBinaryChar, v1::VALUE_TYPE_TEXT, "\0"s), "");
  EXPECT_EQ(Decode(DecodeBinaryChar, v1::VALUE_TYPE_TEXT, "\xe9"), "\\351");
}

TEST(SqlTextTest, TransactionControlIsRecognised) {
  for (const char* sql :
       {"BEGIN", "  begin work", "/* a /* b */ */ COMMIT", "-- x\nROLLBACK TO a", "savepoint s",
        "RELEASE s", "START TRANSACTION", "SET TRANSACTION READ ONLY"}) {
    EXPECT_TRUE(IsTransactionControl(sql)) << sql;
  }
  for (const char* sql : {"SELECT 1", "SET x TO 1", "BEGINNING", "", "/* BEGIN", "-- BEGIN"}) {
    EXPECT_FALSE(IsTransactionControl(sql)) << sql;
  }
}

TEST(SqlTextTest, CopyToTheClientIsRecognised) {
  EXPECT_TRUE(IsClientCopy("COPY t FROM STDIN"));
  EXPECT_TRUE(IsClientCopy("copy (select 1) to\nstdout;"));
  EXPECT_FALSE(IsClientCopy("COPY t FROM '/tmp/stdin'"));
  EXPECT_FALSE(IsClientCopy("SELECT 'COPY t FROM STDIN'"));
}

TEST(LruMapTest, TheEntryNotUsedForLongestMakesRoom) {
  LruMap<int> map(2);
  EXPECT_EQ(map.Put("a", 1), std::nullopt);
  EXPECT_EQ(map.Put("b", 2), std::nullopt);
  ASSERT_NE(map.Find("a"), nullptr);
  EXPECT_EQ(map.Put("c", 3), 2);
  EXPECT_EQ(map.Find("b"), nullptr);
  EXPECT_EQ(map.Put("a", 9), 1);
  EXPECT_EQ(*map.Find("a"), 9);
  EXPECT_EQ(map.size(), 2U);
}

}  // namespace
}  // namespace sluice::relay::backend::postgres
