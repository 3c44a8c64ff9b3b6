#include <limits>

#include "proto/values/datetime.h"
#include "tests/unit/convert/conversion_case.h"

namespace sluice::driver::convert {
namespace {

using Outcome = PartReader::Outcome;

struct PartCase {
  Value value;
  SQLSMALLINT c_type;
  std::string expected;
};

// Reads `test` through a buffer of `size` bytes between guards; what the parts make together.
std::string ReadThrough(const PartCase& test, std::size_t size) {
  TestColumn column(test.value.type);
  test.value.append(column);
  PartReader reader;
  reader.Start(column.source(), column.view(), 0, test.c_type, 0);
  const std::size_t terminator = TerminatorOf(test.c_type);
  std::string joined;
  for (std::size_t parts = 0; parts <= test.expected.size() + 1; ++parts) {
    std::string memory(size + 16, Binding::kGuard);
    SQLLEN left = -1;
    const Outcome outcome = reader.Read(memory.data() + 8, static_cast<SQLLEN>(size), &left);
    EXPECT_EQ(memory.substr(0, 8), std::string(8, Binding::kGuard));
    EXPECT_EQ(memory.substr(8 + size), std::string(8, Binding::kGuard));
    EXPECT_EQ(left, static_cast<SQLLEN>(test.expected.size() - joined.size()));
    const std::size_t usable = test.c_type == SQL_C_WCHAR ? size - size % 2 : size;
    const std::size_t delivered =
        std::min(static_cast<std::size_t>(left), usable < terminator ? 0 : usable - terminator);
    joined += memory.substr(8, delivered);
    if (usable >= terminator) {
      EXPECT_EQ(memory.substr(8 + delivered, terminator), std::string(terminator, '\0'));
    }
    if (outcome == Outcome::kComplete) {
      EXPECT_EQ(reader.Read(memory.data(), 4, &left), Outcome::kNoMoreData);
      return joined;
    }
    EXPECT_EQ(outcome, Outcome::kTruncated);
    if (delivered == 0) return joined;  // no room for data: the reading never ends
  }
  ADD_FAILURE() << "the reading does not end";
  return joined;
}

TEST(PartReader, EveryBufferSizeGivesTheWholeValueAndEachRemainingLength) {
  const std::string mixed = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80z";
  const std::vector<PartCase> cases = {
      {Text(mixed), SQL_C_CHAR, mixed},
      {Text(mixed), SQL_C_BINARY, mixed},
      {Text(mixed), SQL_C_WCHAR, Wide(u"a\u00fc\u20ac\U0001f600z")},
      {Bytes(std::string("\0\1\xff", 3)), SQL_C_BINARY, std::string("\0\1\xff", 3)},
      {Bytes(std::string("\0\1\xff", 3)), SQL_C_CHAR, "0001FF"},
      {Bytes(std::string("\0\1\xff", 3)), SQL_C_WCHAR, Wide(u"0001FF")},
      {Int32(-12345), SQL_C_CHAR, "-12345"},
      {Int32(-12345), SQL_C_WCHAR, Wide(u"-12345")},
      {Int32(-12345), SQL_C_BINARY, Raw(std::int32_t{-12345})},
      {Decimal("1.250"), SQL_C_CHAR, "1.250"},
      {IntervalValue(14, 3, Clock(4, 5, 6)), SQL_C_BINARY, "1 year 2 mons 3 days 04:05:06"},
      {DateValue(2024, 2, 29), SQL_C_WCHAR, Wide(u"2024-02-29")},
      {Text(""), SQL_C_CHAR, ""},
      {Text(""), SQL_C_WCHAR, ""},
      {Bytes(""), SQL_C_BINARY, ""},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    for (std::size_t size = 1; size <= cases[i].expected.size() + 4; ++size) {
      SCOPED_TRACE(testing::Message() << "case " << i << ", buffer of " << size);
      const std::string joined = ReadThrough(cases[i], size);
      const std::size_t unit = cases[i].c_type == SQL_C_WCHAR ? 2 : 1;
      if (size / unit * unit > TerminatorOf(cases[i].c_type)) {
        EXPECT_EQ(joined, cases[i].expected);
      }
    }
  }
}

TEST(PartReader, EveryValueTypeHasAText) {
  const std::vector<PartCase> cases = {
      {Bool(true), SQL_C_CHAR, "1"},
      {Int16(-7), SQL_C_CHAR, "-7"},
      {Int64(-5'000'000'000), SQL_C_CHAR, "-5000000000"},
      {UInt64(18446744073709551615U), SQL_C_CHAR, "18446744073709551615"},
      {Float32(0.1F), SQL_C_CHAR, "0.1"},
      {Float64(-0.25), SQL_C_CHAR, "-0.25"},
      {DateValue(2024, 2, 29), SQL_C_CHAR, "2024-02-29"},
      {TimeValue(Clock(1, 2, 3)), SQL_C_CHAR, "01:02:03"},
      {TimestampValue({2024, 2, 29}, Clock(1, 2, 3)), SQL_C_CHAR, "2024-02-29 01:02:03"},
      {IntervalValue(14, 3, Clock(4, 5, 6)), SQL_C_CHAR, "1 year 2 mons 3 days 04:05:06"},
      {Uuid(std::string(16, '\xAB')), SQL_C_CHAR, "ABABABAB-ABAB-ABAB-ABAB-ABABABABABAB"},
  };
  for (const PartCase& test : cases) EXPECT_EQ(ReadThrough(test, 5), test.expected);
}

TEST(PartReader, AskingForTheLengthFirstLosesNothing) {
  for (const std::string& text : {std::string("abc"), std::string()}) {
    TestColumn column(v1::VALUE_TYPE_TEXT);
    column.Text(text);
    PartReader reader;
    reader.Start(column.source(), column.view(), 0, SQL_C_CHAR, 0);
    char buffer[8];
    SQLLEN length = -1;
    EXPECT_EQ(reader.Read(buffer, 0, &length), Outcome::kTruncated);
    EXPECT_EQ(length, static_cast<SQLLEN>(text.size()));
    EXPECT_EQ(reader.Read(buffer, sizeof buffer, &length), Outcome::kComplete);
    EXPECT_EQ(length, static_cast<SQLLEN>(text.size()));
    EXPECT_STREQ(buffer, text.c_str());
    EXPECT_EQ(reader.Read(buffer, sizeof buffer, &length), Outcome::kNoMoreData);
  }
}

TEST(PartReader, StartsAnewForTheNextCell) {
  TestColumn column(v1::VALUE_TYPE_TEXT);
  column.Text("first").Text("second");
  PartReader reader;
  EXPECT_FALSE(reader.active());
  char buffer[16];
  SQLLEN length = 0;
  reader.Start(column.source(), column.view(), 0, SQL_C_CHAR, 0);
  EXPECT_EQ(reader.Read(buffer, 3, &length), Outcome::kTruncated);
  reader.Start(column.source(), column.view(), 1, SQL_C_CHAR, 0);
  EXPECT_EQ(reader.Read(buffer, sizeof buffer, &length), Outcome::kComplete);
  EXPECT_STREQ(buffer, "second");
}

TEST(PartReader, MaxLengthEndsTheValueEarly) {
  TestColumn column(v1::VALUE_TYPE_TEXT);
  column.Text("abcdef");
  PartReader reader;
  reader.Start(column.source(), column.view(), 0, SQL_C_CHAR, 4);
  char buffer[16];
  SQLLEN length = 0;
  EXPECT_EQ(reader.Read(buffer, sizeof buffer, &length), Outcome::kComplete);
  EXPECT_EQ(length, 4);
  EXPECT_STREQ(buffer, "abcd");
}

TEST(PartReader, ValueWithoutBinaryFormIsAnError) {
  TestColumn column(v1::VALUE_TYPE_TIME);
  column.Fixed(-Clock(838, 59, 59));
  PartReader reader;
  reader.Start(column.source(), column.view(), 0, SQL_C_BINARY, 0);
  char buffer[16];
  SQLLEN length = 0;
  EXPECT_EQ(reader.Read(buffer, sizeof buffer, &length), Outcome::kError);
}

TEST(PartReader, TheLongestIntervalIsReadAsOctetsToo) {
  const auto least = std::numeric_limits<std::int32_t>::min();
  const std::int32_t months = -(178'956'969 * 12 + 11);
  const std::string text = "-178956969 years -11 mons -2147483648 days -2562047788:00:54.775808";
  const PartCase longest{IntervalValue(months, least, std::numeric_limits<std::int64_t>::min()),
                         SQL_C_BINARY, text};
  EXPECT_EQ(ReadThrough(longest, 16), text);
}

// A relay that says so is wrong, but the application must not come to harm.
TEST(BinaryTest, TypesThatDoNotSuitEachOtherHaveTheLayoutOfTheValue) {
  TestColumn column(v1::VALUE_TYPE_TIMESTAMP);
  column.source().sql_type = v1::SQLTYPE_SMALLINT;
  column.Fixed(values::PackTimestamp({{2024, 1, 31}, 0}));
  SQL_TIMESTAMP_STRUCT out{};
  TargetColumn target;
  target.c_type = SQL_C_BINARY;
  target.data = reinterpret_cast<char*>(&out);
  target.buffer_length = sizeof out;
  std::vector<CellProblem> problems;
  FindConverter(column.source(), SQL_C_BINARY)(column.source(), column.view(), 0, 1, target, 0,
                                               problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(out.year, 2024);
  EXPECT_EQ(out.day, 31);
}

}  // namespace
}  // namespace sluice::driver::convert
