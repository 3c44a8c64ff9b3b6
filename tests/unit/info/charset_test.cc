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

TEST(CharsetTest, IsSetByAStatementOfItsOwn) {
  for (const char* sql :
       {"SET NAMES 'LATIN1'", "set names latin1;", " SET client_encoding TO latin1",
        "SET SESSION client_encoding='Latin1'"}) {
    EXPECT_EQ(CharsetSetBy(sql), Charset::kWindows1252) << sql;
  }
  EXPECT_EQ(CharsetSetBy("SET NAMES utf8mb4"), Charset::kUtf8);
  for (const char* sql : {"", "SELECT 1", "SET NAMES koi8r", "SET LOCAL client_encoding TO latin1",
                          "SET NAMES latin1 COLLATE latin1_german1_ci", "SET NAMES DEFAULT",
                          "SET search_path TO latin1", "SET NAMES latin1; SELECT 1"}) {
    EXPECT_EQ(CharsetSetBy(sql), std::nullopt) << sql;
  }
}

TEST(CharsetTest, TellsWhatItDoesNotHave) {
  std::string octets;
  EXPECT_FALSE(FromUtf8("a\u20ac\U0001f600\u00df", Charset::kIso88591, octets));
  EXPECT_EQ(octets, "a??\xdf");
}

}  // namespace
}  // namespace sluice::driver::info
