#include "odbc_driver/convert/unicode.h"

#include <gtest/gtest.h>

#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::convert {
namespace {

struct TextPair {
  std::string utf8;
  std::u16string utf16;
};

class UnicodeRoundTrip : public testing::TestWithParam<TextPair> {};

TEST_P(UnicodeRoundTrip, BothDirections) {
  std::u16string utf16;
  AppendUtf16(GetParam().utf8, utf16);
  EXPECT_EQ(utf16, GetParam().utf16);
  EXPECT_EQ(Utf16Length(GetParam().utf8), GetParam().utf16.size());
  std::string utf8;
  AppendUtf8(GetParam().utf16, utf8);
  EXPECT_EQ(utf8, GetParam().utf8);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, UnicodeRoundTrip,
    testing::Values(TextPair{"", u""}, TextPair{"abc", u"abc"}, TextPair{"12345678", u"12345678"},
                    TextPair{"a long enough ASCII text to go eight at a time",
                             u"a long enough ASCII text to go eight at a time"},
                    TextPair{"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80", u"\x7f\x80\x7ff\x800"},
                    TextPair{"\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", u"\xd7ff\xe000\xffff"},
                    TextPair{"Gr\xc3\xbc\xc3\x9f"
                             "e \xe2\x82\xac",
                             u"Gr\u00fc\u00dfe \u20ac"},
                    TextPair{"\xf0\x90\x80\x80", u"\U00010000"},
                    TextPair{"\xf4\x8f\xbf\xbf", u"\U0010ffff"},
                    TextPair{"12345678\xf0\x9f\x98\x80"
                             "90",
                             u"12345678\U0001f600"
                             u"90"},
                    TextPair{std::string("a\0b", 3), std::u16string(u"a\0b", 3)}));

TEST(Unicode, EachMalformedOctetBecomesAReplacementCharacter) {
  const std::vector<TextPair> cases = {
      {"\x80", u"\ufffd"},                                // a continuation alone
      {"a\xc3", u"a\ufffd"},                              // cut short
      {"\xe2\x82", u"\ufffd\ufffd"},                      // cut short
      {"\xf0\x9f\x98", u"\ufffd\ufffd\ufffd"},            // cut short
      {"\xc0\xaf", u"\ufffd\ufffd"},                      // overlong
      {"\xe0\x9f\xbf", u"\ufffd\ufffd\ufffd"},            // overlong
      {"\xed\xa0\x80", u"\ufffd\ufffd\ufffd"},            // a surrogate
      {"\xf4\x90\x80\x80", u"\ufffd\ufffd\ufffd\ufffd"},  // above U+10FFFF
      {"\xff"
       "b",
       u"\ufffd"
       u"b"},
  };
  for (const auto& [utf8, expected] : cases) {
    std::u16string utf16;
    AppendUtf16(utf8, utf16);
    EXPECT_EQ(utf16, expected) << testing::PrintToString(utf8);
    EXPECT_EQ(Utf16Length(utf8), expected.size());
  }
}

TEST(Unicode, EachLoneSurrogateBecomesAReplacementCharacter) {
  const std::u16string high{char16_t{0xD83D}};
  const std::u16string low{char16_t{0xDE00}};
  for (const auto& [utf16, expected] : std::vector<std::pair<std::u16string, std::string>>{
           {high, "\xef\xbf\xbd"},
           {low, "\xef\xbf\xbd"},
           {high + u"x", "\xef\xbf\xbdx"},
           {low + high, "\xef\xbf\xbd\xef\xbf\xbd"},
           {high + high + low, "\xef\xbf\xbd\xf0\x9f\x98\x80"}}) {
    std::string utf8;
    AppendUtf8(utf16, utf8);
    EXPECT_EQ(utf8, expected);
  }
}

TEST(Unicode, PrefixSplitsNoCharacter) {
  const std::string text = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80";  // 1 + 2 + 3 + 4 octets
  const std::vector<std::size_t> expected = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (std::size_t limit = 0; limit < expected.size(); ++limit) {
    EXPECT_EQ(Utf8Prefix(text, limit), expected[limit]) << limit;
  }
}

TEST(Unicode, PrefixOfTextThatIsNoUtf8IsCutWhereItIs) {
  EXPECT_EQ(Utf8Prefix(std::string(10, '\x80'), 5), 5U);
}

TEST(SqlStrings, AreCutAtANulThatTheLengthCounts) {
  const char16_t wide[] = u"SELECT\0";
  const auto* text = reinterpret_cast<const SQLWCHAR*>(wide);
  EXPECT_EQ(FromSqlWChar(text, 7), "SELECT");
  EXPECT_EQ(FromSqlWChar(text, 3), "SEL");
  EXPECT_EQ(FromSqlWChar(text, SQL_NTS), "SELECT");
  const auto* narrow = reinterpret_cast<const SQLCHAR*>("SELECT");
  EXPECT_EQ(FromSqlChar(narrow, 7), "SELECT");
  EXPECT_EQ(FromSqlChar(narrow, 3), "SEL");
  EXPECT_EQ(FromSqlChar(narrow, SQL_NTS), "SELECT");
}

// Latin-1, half a character, an overlong form, a surrogate; U+FFFD itself is as good as any.
TEST(SqlStrings, OctetsThatAreNotUtf8Are22021) {
  for (const std::string text : {"M\xFCller", "eight octets \xC3", "\xC0\x80", "\xED\xA0\x80"}) {
    const auto* octets = reinterpret_cast<const SQLCHAR*>(text.c_str());
    try {
      FromSqlChar(octets, SQL_NTS);
      FAIL() << "no error";
    } catch (const DriverError& error) {
      EXPECT_EQ(error.state().code, "22021");
    }
  }
  const auto* narrow = reinterpret_cast<const SQLCHAR*>("\xC3\xBC\xEF\xBF\xBD\xF0\x9F\x8C\x9C");
  EXPECT_EQ(FromSqlChar(narrow, SQL_NTS).size(), 9u);
}

TEST(SqlStrings, NullPointerIsTheEmptyString) {
  EXPECT_EQ(FromSqlWChar(nullptr, SQL_NTS), "");
  EXPECT_EQ(FromSqlChar(nullptr, 0), "");
}

TEST(SqlStrings, NegativeLengthIsHY090) {
  const auto* narrow = reinterpret_cast<const SQLCHAR*>("x");
  const SQLWCHAR wide[] = {'x', 0};
  for (const auto& call : std::vector<std::function<void()>>{[&] { FromSqlChar(narrow, -1); },
                                                             [&] { FromSqlWChar(wide, -4); }}) {
    try {
      call();
      FAIL() << "no error";
    } catch (const DriverError& error) {
      EXPECT_EQ(error.state().code, "HY090");
    }
  }
}

}  // namespace
}  // namespace sluice::driver::convert
