#include "odbc_driver/info/charset.h"

#include <gtest/gtest.h>

namespace sluice::driver::info {
namespace {

TEST(CharsetTest, IsFoundByItsNames) {
  EXPECT_EQ(FindCharset("UTF8"), Charset::kUtf8);
  EXPECT_EQ(FindCharset("utf8mb4"), Charset::kUtf8);
  EXPECT_EQ(FindCharset("latin1"), Charset::kWindows1252);
  EXPECT_EQ(FindCharset("ISO-8859-1"), Charset::kIso88591);
  EXPECT_EQ(FindCharset("ISO_8859_15"), Charset::kIso885915);
  EXPECT_EQ(FindCharset("sjis"), std::nullopt);
  EXPECT_EQ(FindCharset(""), std::nullopt);
}

TEST(CharsetTest, EveryOctetComesBack) {
  std::string octets;
  for (int octet = 1; octet < 256; ++octet) octets += static_cast<char>(octet);
  for (const auto charset : {Charset::kIso88591, Charset::kIso885915, Charset::kWindows1252}) {
    std::string back;
    EXPECT_TRUE(FromUtf8(ToUtf8(octets, charset), charset, back));
    EXPECT_EQ(back, octets);
  }
  EXPECT_EQ(ToUtf8("\xfc\x80", Charset::kWindows1252), "\u00fc\u20ac");
  EXPECT_EQ(ToUtf8("\xa4", Charset::kIso885915), "\u20ac");
}

TEST(CharsetTest, TellsWhatItDoesNotHave) {
  std::string octets;
  EXPECT_FALSE(FromUtf8("a\u20ac\U0001f600\u00df", Charset::kIso88591, octets));
  EXPECT_EQ(octets, "a??\xdf");
}

}  // namespace
}  // namespace sluice::driver::info
