#include "odbc_driver/config/libpq_options.h"

#include <gmock/gmock.h>

#include "odbc_driver/config/driver_options.h"
#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string Settings(std::string_view text) {
  const auto options = ReadLibpqOptions(text);
  return options ? SettingsOf(options->variables) : "refused";
}

TEST(LibpqOptionsTest, VariablesAreSet) {
  EXPECT_EQ(Settings("application_name=a;b"), "SET application_name = 'a;b'");
  EXPECT_EQ(Settings("application_name=my\\ app"), "SET application_name = 'my app'");
  EXPECT_EQ(Settings("application_name = 'my ''app'"), "refused");  // '' is an end, and no name
  EXPECT_EQ(Settings("application_name='it\\'s'"), "SET application_name = 'it''s'");
  EXPECT_EQ(Settings("options='-c geqo=off -csearch_path=a,\\\\ b --work_mem=4MB'"),
            "SET geqo = 'off'; SET search_path = 'a', 'b'; SET work_mem = '4MB'");
  EXPECT_EQ(Settings(""), "");
}

TEST(LibpqOptionsTest, BadTextIsRefused) {
  for (const char* text : {"application_name", "=x", "a b=c", "application_name='x"}) {
    EXPECT_EQ(ReadLibpqOptions(text), std::nullopt) << text;
  }
}

TEST(LibpqOptionsTest, WhatMeansNothingHereIsTold) {
  const auto read = ReadLibpqOptions("keepalives=1 host=h options='-d 5' sslmode=prefer");
  ASSERT_TRUE(read);
  EXPECT_THAT(read->unknown, ElementsAre("host", "options=-d", "options=5"));
  const auto resolved = ResolveOptions(
      ParseConnectionString("Server=h;pqopt={host=x application_name=y connect_timeout=7}"));
  EXPECT_THAT(resolved.warnings, ElementsAre("'host' in pqopt is ignored"));
  EXPECT_EQ(resolved.options.connect_timeout, std::chrono::seconds(7));
}

TEST(LibpqOptionsTest, ConnectTimeoutOfTheDriverWins) {
  const auto resolved =
      ResolveOptions(ParseConnectionString("ConnectTimeout=3;pqopt={connect_timeout=7}"));
  EXPECT_EQ(resolved.options.connect_timeout, std::chrono::seconds(3));
  EXPECT_THAT(resolved.warnings, IsEmpty());
}

TEST(ExtraOptionsTest, AreNumbersAsCWritesThem) {
  const auto null_dates = [](const std::string& value) {
    return ResolveOptions(ParseConnectionString("AB=" + value)).options.null_dates;
  };
  EXPECT_TRUE(null_dates("0x08"));
  EXPECT_TRUE(null_dates("0XF"));
  EXPECT_TRUE(null_dates("8"));
  EXPECT_FALSE(null_dates("0x10"));
  EXPECT_FALSE(null_dates("0"));
  EXPECT_THROW(null_dates("0x"), DriverError);
  EXPECT_THROW(null_dates("8z"), DriverError);
}

}  // namespace
}  // namespace sluice::driver::config
