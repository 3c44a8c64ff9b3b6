#include "odbc_driver/config/connection_string.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string ErrorOf(std::string_view text) {
  try {
    ParseConnectionString(text);
  } catch (const DriverError& error) {
    EXPECT_EQ(error.state().code, "08001");
    return error.what();
  }
  return "no error";
}

TEST(ConnectionStringTest, SplitsKeywordsAndValuesInOrder) {
  EXPECT_THAT(
      ParseConnectionString("DSN=sales;UID=alice;PWD=x"),
      ElementsAre(Attribute{"DSN", "sales"}, Attribute{"UID", "alice"}, Attribute{"PWD", "x"}));
}

TEST(ConnectionStringTest, EmptyTextAndStraySemicolonsGiveNothing) {
  EXPECT_THAT(ParseConnectionString(""), IsEmpty());
  EXPECT_THAT(ParseConnectionString(" ; ;; "), IsEmpty());
}

TEST(ConnectionStringTest, BlanksAroundKeywordsAndPlainValuesAreDropped) {
  EXPECT_THAT(ParseConnectionString(" User ID = alice b ; PWD= x;"),
              ElementsAre(Attribute{"User ID", "alice b"}, Attribute{"PWD", "x"}));
}

TEST(ConnectionStringTest, BracedValuesKeepBlanksSemicolonsAndDoubledBraces) {
  EXPECT_THAT(ParseConnectionString("PWD={ a;b}}c=d{ } ;UID=u"),
              ElementsAre(Attribute{"PWD", " a;b}c=d{ "}, Attribute{"UID", "u"}));
}

TEST(ConnectionStringTest, EmptyValuesAreKept) {
  EXPECT_THAT(ParseConnectionString("PWD=;UID={}"),
              ElementsAre(Attribute{"PWD", ""}, Attribute{"UID", ""}));
}

TEST(ConnectionStringTest, BracesInsideAPlainValueAreOrdinary) {
  EXPECT_THAT(ParseConnectionString("PWD=a{b}c=d"), ElementsAre(Attribute{"PWD", "a{b}c=d"}));
}

TEST(ConnectionStringTest, TheTextEndsAtANul) {
  EXPECT_THAT(ParseConnectionString(std::string_view("UID=u\0", 6)),
              ElementsAre(Attribute{"UID", "u"}));
}

TEST(ConnectionStringTest, MalformedTextNamesThePositionAndNothingOfTheText) {
  EXPECT_THAT(ErrorOf("UID=u;secret"), HasSubstr("no '=' after the keyword at character 7"));
  EXPECT_THAT(ErrorOf("=x"), HasSubstr("no keyword before '='"));
  EXPECT_THAT(ErrorOf("PWD={secret"), HasSubstr("no '}' for the '{' at character 5"));
  EXPECT_THAT(ErrorOf("PWD={secret}}"), HasSubstr("no '}'"));
  EXPECT_THAT(ErrorOf("PWD={secret}x"), HasSubstr("must follow the '}' at character 13"));
  for (const char* text : {"UID=u;secret", "PWD={secret", "PWD={secret}x"}) {
    EXPECT_THAT(ErrorOf(text), Not(HasSubstr("secret")));
  }
}

TEST(ConnectionStringTest, TheFirstOfARepeatedKeywordIsFoundWithoutCase) {
  const auto attributes = ParseConnectionString("uid=first;UID=second");
  EXPECT_EQ(FindAttribute(attributes, "Uid"), "first");
  EXPECT_EQ(FindAttribute(attributes, "PWD"), std::nullopt);
}

class RoundTripTest : public ::testing::TestWithParam<std::string> {};

TEST_P(RoundTripTest, WhatIsWrittenIsReadAgain) {
  const std::vector<Attribute> attributes{{"PWD", GetParam()}, {"UID", "after"}};
  EXPECT_EQ(ParseConnectionString(FormatConnectionString(attributes)), attributes);
}

INSTANTIATE_TEST_SUITE_P(Values, RoundTripTest,
                         ::testing::Values("", "plain", " lead", "trail ", "a;b", "{", "}", "}}",
                                           "{a}", "a=b", "[]{}(),;?*=!@", "ü€😀", "\t", "a b"));

TEST(ConnectionStringTest, OnlyValuesThatNeedBracesGetThem) {
  EXPECT_EQ(QuoteValue("db.example.com"), "db.example.com");
  EXPECT_EQ(QuoteValue("a b"), "a b");
  EXPECT_EQ(QuoteValue("a}b"), "{a}}b}");
}

}  // namespace
}  // namespace sluice::driver::config
