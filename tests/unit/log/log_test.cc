#include "relay_server/log/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::relay::log {
namespace {

using ::testing::MatchesRegex;

TEST(LogTest, WritesFieldsInOrder) {
  EXPECT_EQ(Format(Level::kInfo, "opened",
                   {{"user", "alice"}, {"session", 7}, {"big", ~0ULL}, {"tls", true}, {"s", 0.5}}),
            "INFO opened user=alice session=7 big=18446744073709551615 tls=true s=0.5");
}

TEST(LogTest, AValueCannotForgeALineOrAField) {
  EXPECT_EQ(Format(Level::kWarning, "e", {{"v", "a b"}}), "WARNING e v=\"a b\"");
  EXPECT_EQ(Format(Level::kError, "e", {{"v", "x\n2026 INFO ok=\"1\"\x1b"}}),
            "ERROR e v=\"x\\n2026 INFO ok=\\\"1\\\"\\x1b\"");
  EXPECT_EQ(Format(Level::kDebug, "e", {{"v", ""}, {"w", "a=b"}}), "DEBUG e v=\"\" w=\"a=b\"");
}

TEST(LogTest, ALongValueIsCut) {
  const std::string line = Format(Level::kInfo, "e", {{"v", std::string(100'000, 'a')}, {"w", 1}});
  EXPECT_LT(line.size(), 3000u);
  EXPECT_TRUE(line.ends_with("a... w=1"));
}

TEST(LogTest, LevelsBelowTheLimitAreOff) {
  SetLevel(Level::kWarning);
  EXPECT_FALSE(IsEnabled(Level::kInfo));
  EXPECT_TRUE(IsEnabled(Level::kError));
  SetLevel(Level::kInfo);
}

TEST(LogTest, ALineThatIsOnBeginsWithItsTimeInUtc) {
  SetLevel(Level::kWarning);
  ::testing::internal::CaptureStderr();
  Write(Level::kInfo, "unseen", {});
  Write(Level::kWarning, "seen", {{"n", 1}});
  const std::string written = ::testing::internal::GetCapturedStderr();
  SetLevel(Level::kInfo);
  EXPECT_THAT(written, MatchesRegex("20..-..-..T..:..:..\\....Z WARNING seen n=1\n"));
}

}  // namespace
}  // namespace sluice::relay::log
