#include "tests/unit/convert/conversion_case.h"

namespace sluice::driver::convert {
namespace {

const std::string kMixed = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80z";  // aü€😀z: 11 octets
const std::u16string kMixedWide = u"a\u00fc\u20ac\U0001f600z";        // 6 units

TEST(TextToText, WholeValues) {
  const std::string long_text(1000, 'x');
  CheckConversions({
      {Text("abc"), SQL_C_CHAR, "abc"},
      {Text(""), SQL_C_CHAR, ""},
      {Text(long_text), SQL_C_CHAR, long_text},
      {Text(kMixed), SQL_C_CHAR, kMixed},
      {Text("abc"), SQL_C_WCHAR, Wide(u"abc")},
      {Text(""), SQL_C_WCHAR, ""},
      {Text(long_text), SQL_C_WCHAR, Wide(std::u16string(1000, u'x'))},
      {Text(kMixed), SQL_C_WCHAR, Wide(kMixedWide)},
      {Text(kMixed), SQL_C_BINARY, kMixed},
      {Text("\xff"), SQL_C_WCHAR, Wide(u"\ufffd")},
  });
}

// A cell of `capacity` bytes for `value`, twice.
struct Truncated {
  std::string cell;
  SQLLEN length;
  std::string state;
};
Truncated Deliver(const Value& value, SQLSMALLINT c_type, std::size_t capacity) {
  TestColumn column(value.type);
  value.append(column);
  value.append(column);
  Binding binding(c_type, capacity, 2);
  const auto problems = ConvertAll(column, binding);
  EXPECT_EQ(binding.Cell(0), binding.Cell(1));
  EXPECT_EQ(binding.Indicator(0), binding.Indicator(1));
  EXPECT_EQ(StateAt(problems, 0), StateAt(problems, 1));
  return {binding.Cell(0), binding.Indicator(0), StateAt(problems, 0)};
}

TEST(TextToChar, AnyBufferSizeIsTerminatedAndCutBetweenCharacters) {
  const std::vector<std::size_t> whole_characters = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
  for (std::size_t capacity = 0; capacity <= kMixed.size() + 2; ++capacity) {
    SCOPED_TRACE(capacity);
    const auto [cell, length, state] = Deliver(Text(kMixed), SQL_C_CHAR, capacity);
    EXPECT_EQ(length, static_cast<SQLLEN>(kMixed.size()));
    EXPECT_EQ(state, capacity > kMixed.size() ? "" : "01004");
    if (capacity == 0) continue;
    const std::size_t cut = whole_characters[std::min(capacity - 1, kMixed.size())];
    EXPECT_STREQ(cell.c_str(), kMixed.substr(0, cut).c_str());
  }
}

TEST(TextToWChar, AnyBufferSizeIsTerminatedAndCutBetweenSurrogatePairs) {
  const std::vector<std::size_t> whole_characters = {0, 1, 2, 3, 3, 5, 6};
  for (std::size_t capacity = 0; capacity <= kMixedWide.size() * 2 + 4; ++capacity) {
    SCOPED_TRACE(capacity);
    const auto [cell, length, state] = Deliver(Text(kMixed), SQL_C_WCHAR, capacity);
    EXPECT_EQ(length, static_cast<SQLLEN>(kMixedWide.size() * 2));
    const std::size_t units = capacity / 2;
    EXPECT_EQ(state, units > kMixedWide.size() ? "" : "01004");
    if (capacity % 2 == 1) {
      EXPECT_EQ(cell.back(), Binding::kGuard);  // half a unit is not used
    }
    if (units == 0) continue;
    const std::size_t cut = whole_characters[std::min(units - 1, kMixedWide.size())];
    EXPECT_EQ(cell.substr(0, cut * 2 + 2), Wide(kMixedWide.substr(0, cut)) + std::string(2, '\0'));
  }
}

TEST(TextToBinary, AnyBufferSizeIsFilledWithoutTerminator) {
  for (std::size_t capacity = 0; capacity <= kMixed.size() + 2; ++capacity) {
    SCOPED_TRACE(capacity);
    const auto [cell, length, state] = Deliver(Text(kMixed), SQL_C_BINARY, capacity);
    EXPECT_EQ(length, static_cast<SQLLEN>(kMixed.size()));
    EXPECT_EQ(state, capacity >= kMixed.size() ? "" : "01004");
    const std::size_t cut = std::min(capacity, kMixed.size());
    EXPECT_EQ(cell, kMixed.substr(0, cut) + std::string(capacity - cut, Binding::kGuard));
  }
}

TEST(BytesToHex, NeverDeliversHalfAnOctet) {
  const std::string octets("\x00\x9a\xff", 3);
  const std::vector<std::string> expected = {"", "", "", "00", "00", "009A", "009A", "009AFF"};
  for (std::size_t room = 0; room < expected.size(); ++room) {
    SCOPED_TRACE(room);
    const std::string state = room == 7 ? "" : "01004";
    const auto narrow = Deliver(Bytes(octets), SQL_C_CHAR, room);
    EXPECT_EQ(narrow.length, 6);
    EXPECT_EQ(narrow.state, state);
    if (room != 0) {
      EXPECT_STREQ(narrow.cell.c_str(), expected[room].c_str());
    }
    const auto wide = Deliver(Bytes(octets), SQL_C_WCHAR, room * 2);
    EXPECT_EQ(wide.length, 12);
    EXPECT_EQ(wide.state, state);
    if (room == 0) continue;
    const std::u16string text(expected[room].begin(), expected[room].end());
    EXPECT_EQ(wide.cell.substr(0, text.size() * 2 + 2), Wide(text) + std::string(2, '\0'));
  }
}

TEST(Bytes, WholeValues) {
  CheckConversions({
      {Bytes(std::string("\0\1", 2)), SQL_C_BINARY, std::string("\0\1", 2)},
      {Bytes(""), SQL_C_BINARY, ""},
      {Bytes(""), SQL_C_CHAR, ""},
      {Bytes("\xab\xcd"), SQL_C_CHAR, "ABCD"},
      {Bytes("\xab\xcd"), SQL_C_WCHAR, Wide(u"ABCD")},
  });
}

TEST(Text, WithoutDataPointerOnlyTheLengthIsDelivered) {
  for (const SQLSMALLINT c_type : std::vector<SQLSMALLINT>{SQL_C_CHAR, SQL_C_WCHAR, SQL_C_BINARY}) {
    for (const Value& value : {Text(kMixed), Bytes(kMixed), Int32(12345)}) {
      TestColumn column(value.type);
      value.append(column);
      Binding binding(c_type, 64, 1);
      binding.target().data = nullptr;
      EXPECT_TRUE(ConvertAll(column, binding).empty());
      EXPECT_GT(binding.Indicator(0), 0);
    }
  }
}

TEST(Text, MaxLengthCutsWithoutWarning) {
  struct Row {
    SQLSMALLINT c_type;
    std::string expected;
  };
  for (const auto& [c_type, expected] :
       std::vector<Row>{{SQL_C_CHAR, std::string("a\xc3\xbc\0", 4)},
                        {SQL_C_WCHAR, Wide(std::u16string(u"a\u00fc\0", 3))},
                        {SQL_C_BINARY, "a\xc3\xbc"}}) {
    TestColumn column(v1::VALUE_TYPE_TEXT);
    column.Text(kMixed);
    Binding binding(c_type, 64, 1);
    binding.target().max_length = 3;
    EXPECT_TRUE(ConvertAll(column, binding).empty());
    EXPECT_EQ(binding.Cell(0).substr(0, expected.size()), expected);
  }
  TestColumn bytes(v1::VALUE_TYPE_BYTES);
  bytes.Text("abcdef");
  Binding binding(SQL_C_BINARY, 6, 1);
  binding.target().max_length = 2;
  EXPECT_TRUE(ConvertAll(bytes, binding).empty());
  EXPECT_EQ(binding.Indicator(0), 2);
}

TEST(Indicator, OfItsOwnAddressIsZeroForAValue) {
  TestColumn column(v1::VALUE_TYPE_TEXT);
  column.Text("abc").Null();
  Binding binding(SQL_C_CHAR, 8, 2);
  std::vector<SQLLEN> lengths(2, Binding::kUntouched);
  binding.target().octet_length = lengths.data();
  EXPECT_TRUE(ConvertAll(column, binding).empty());
  EXPECT_EQ(binding.Indicator(0), 0);
  EXPECT_EQ(lengths[0], 3);
  EXPECT_EQ(binding.Indicator(1), SQL_NULL_DATA);
  EXPECT_EQ(lengths[1], Binding::kUntouched);
}

TEST(Indicator, MissingIsAnErrorOfTheNullCellOnly) {
  for (const Value& value : {Text("abc"), Int32(7)}) {
    TestColumn column(value.type);
    value.append(column);
    column.Null();
    value.append(column);
    Binding binding(value.type == v1::VALUE_TYPE_TEXT ? SQL_C_CHAR : SQL_C_SLONG, 4, 3);
    binding.target().indicator = nullptr;
    binding.target().octet_length = nullptr;
    const auto problems = ConvertAll(column, binding);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(StateAt(problems, 1), "22002");
    EXPECT_FALSE(binding.Untouched(2));
  }
}

// One cell that is cut or wrong does not stop the rows behind it.
TEST(Rowset, EveryRowIsConvertedWhateverHappensToTheOthers) {
  TestColumn column(v1::VALUE_TYPE_TEXT);
  column.Text("1").Text("x").Text("2.5").Text("99999999999").Text("3");
  Binding binding(SQL_C_SLONG, 4, 5);
  const auto problems = ConvertAll(column, binding);
  EXPECT_EQ(problems.size(), 3U);
  EXPECT_EQ(StateAt(problems, 1), "22018");
  EXPECT_EQ(StateAt(problems, 2), "01S07");
  EXPECT_EQ(StateAt(problems, 3), "22003");
  EXPECT_EQ(binding.As<SQLINTEGER>(0), 1);
  EXPECT_EQ(binding.As<SQLINTEGER>(2), 2);
  EXPECT_EQ(binding.As<SQLINTEGER>(4), 3);
}

// Rows of a batch that continue a rowset begun by the batch before.
TEST(Rowset, SourceAndTargetRowsAreIndependent) {
  for (const bool with_null : {false, true}) {
    TestColumn column(v1::VALUE_TYPE_INT64);
    for (std::int64_t i = 0; i < 4; ++i) column.Fixed(i * 10);
    if (with_null) column.Null();
    Binding binding(SQL_C_SBIGINT, 8, 6);
    std::vector<CellProblem> problems;
    FindConverter(column.source(), SQL_C_SBIGINT)(column.source(), column.view(), 1, 3,
                                                  binding.target(), 2, problems);
    EXPECT_TRUE(binding.Untouched(1));
    EXPECT_EQ(binding.As<std::int64_t>(2), 10);
    EXPECT_EQ(binding.As<std::int64_t>(4), 30);
    EXPECT_EQ(binding.Indicator(4), 8);
    EXPECT_TRUE(binding.Untouched(5));
    EXPECT_EQ(binding.Indicator(5), Binding::kUntouched);
  }
}

TEST(Rowset, ProblemsNameTheTargetRow) {
  TestColumn column(v1::VALUE_TYPE_TEXT);
  column.Text("1").Text("x");
  Binding binding(SQL_C_SLONG, 4, 9);
  std::vector<CellProblem> problems;
  FindConverter(column.source(), SQL_C_SLONG)(column.source(), column.view(), 1, 1,
                                              binding.target(), 8, problems);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].row, 8U);
}

}  // namespace
}  // namespace sluice::driver::convert
