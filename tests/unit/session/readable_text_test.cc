#include "relay_server/session/readable_text.h"

#include <gtest/gtest.h>

namespace sluice::relay::session {
namespace {

std::string Readable(std::string text) {
  MakeUtf8(text);
  return text;
}

TEST(ReadableTextTest, LeavesUtf8AsItIs) {
  for (const char* text : {"", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                           "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf", "a\xef\xbf\xbd z"}) {
    EXPECT_EQ(Readable(text), text);
  }
}

TEST(ReadableTextTest, ReplacesEachOctetThatIsNone) {
  const std::string mark = "\xef\xbf\xbd";
  EXPECT_EQ(Readable("a\xe9z"), "a" + mark + "z");
  EXPECT_EQ(Readable("\x80"), mark);
  EXPECT_EQ(Readable("\xc0\xaf"), mark + mark);             // overlong
  EXPECT_EQ(Readable("\xed\xa0\x80"), mark + mark + mark);  // a surrogate
  EXPECT_EQ(Readable("\xf4\x90\x80\x80"), mark + mark + mark + mark);
  EXPECT_EQ(Readable("cut \xe2\x82"), "cut " + mark + mark);
}

}  // namespace
}  // namespace sluice::relay::session
