#include "odbc_driver/setup/config_dsn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "odbc_driver/config/driver_options.h"
#include "odbc_driver/info/sqlstate.h"
#include "odbc_driver/platform/odbc.h"
#include "odbc_driver/platform/process.h"
#include "odbc_driver/platform/profile.h"
// After odbc.h, which it needs.
#include <odbcinst.h>

namespace sluice::driver::setup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

// odbc.ini of its own in a fresh directory; the installer library finds it through the environment.
class ConfigDsnTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto name = "sluice-config-dsn-" + std::to_string(platform::ProcessId());
    directory_ = std::filesystem::temp_directory_path() / name;
    std::filesystem::create_directories(directory_);
    setenv("ODBCSYSINI", directory_.c_str(), 1);
    setenv("ODBCINI", (directory_ / "odbc.ini").c_str(), 1);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  static std::string ErrorOf(const char* attributes) {
    try {
      ChangeDsn(DsnRequest::kAdd, "Sluice", ParseAttributeList(attributes));
    } catch (const DriverError& error) {
      return error.what();
    }
    return "no error";
  }

  std::filesystem::path directory_;
};

TEST_F(ConfigDsnTest, AnAddedDataSourceConnects) {
  ChangeDsn(DsnRequest::kAdd, "Sluice",
            ParseAttributeList("DSN=sales\0Host=relay\0Database=sales\0UID=alice\0PWD={p=;1}\0"));
  const auto entries = config::ReadDsn("sales");
  ASSERT_TRUE(entries.has_value());
  EXPECT_THAT(
      *entries,
      IsSupersetOf({config::Attribute{"Driver", "Sluice"}, config::Attribute{"Server", "relay"},
                    config::Attribute{"UID", "alice"}, config::Attribute{"PWD", "p=;1"}}));
  EXPECT_EQ(entries->size(), 5u) << "the name is the section's, not an entry of it";
}

TEST_F(ConfigDsnTest, AConfiguredDataSourceKeepsWhatIsNotMentioned) {
  ChangeDsn(DsnRequest::kAdd, "Sluice", ParseAttributeList("DSN=sales\0Server=a\0UID=alice\0"));
  ChangeDsn(DsnRequest::kConfigure, "Sluice", ParseAttributeList("DSN=sales;Server=b\0"));
  EXPECT_EQ(platform::ReadPrivateProfile("sales", "Server", ""), "b");
  EXPECT_EQ(platform::ReadPrivateProfile("sales", "UID", ""), "alice");
  EXPECT_EQ(platform::ReadPrivateProfile("sales", "Port", "fallback"), "fallback");
}

TEST_F(ConfigDsnTest, ARemovedDataSourceIsGone) {
  ChangeDsn(DsnRequest::kAdd, "Sluice", ParseAttributeList("DSN=sales\0Server=a\0"));
  ChangeDsn(DsnRequest::kRemove, "Sluice", ParseAttributeList("DSN=sales\0"));
  EXPECT_EQ(config::ReadDsn("sales"), std::nullopt);
}

TEST_F(ConfigDsnTest, WhatAConnectionWouldRefuseIsNotWritten) {
  EXPECT_THAT(ErrorOf("DSN=sales\0Port=x\0"), HasSubstr("keyword Port"));
  EXPECT_THAT(ErrorOf("DSN=sales\0Colour=red\0"), HasSubstr("Unknown keyword 'Colour'"));
  EXPECT_THAT(ErrorOf("Server=a\0"), HasSubstr("DSN is missing"));
  EXPECT_THAT(ErrorOf("DSN=a[b]\0Server=a\0"), HasSubstr("no name for a data source"));
  EXPECT_EQ(config::ReadDsn("sales"), std::nullopt);
}

TEST_F(ConfigDsnTest, TheExportedFunctionsReportThroughTheInstallersErrorList) {
  EXPECT_TRUE(ConfigDSN(nullptr, ODBC_ADD_DSN, "Sluice", "DSN=sales\0Server=a\0"));
  EXPECT_TRUE(config::ReadDsn("sales").has_value());
  EXPECT_FALSE(ConfigDSN(nullptr, ODBC_CONFIG_DSN, "Sluice", "DSN=sales\0PWD=secret\0Port=x\0"));
  DWORD code = 0;
  char message[512] = "";
  SQLInstallerError(1, &code, message, sizeof message, nullptr);
  EXPECT_EQ(code, DWORD{ODBC_ERROR_REQUEST_FAILED});
  EXPECT_FALSE(ConfigDSN(nullptr, 77, "Sluice", "DSN=sales\0"));
  EXPECT_TRUE(ConfigDSN(nullptr, ODBC_REMOVE_DSN, "Sluice", "DSN=sales\0"));
  EXPECT_FALSE(config::ReadDsn("sales").has_value());
}

TEST_F(ConfigDsnTest, TheDriverItselfHasNothingToConfigure) {
  char text[] = "x";
  WORD length = 7;
  EXPECT_TRUE(ConfigDriver(nullptr, ODBC_REMOVE_DRIVER, "Sluice", nullptr, text, 2, &length));
  EXPECT_STREQ(text, "");
  EXPECT_EQ(length, 0);
  char no_room[] = "x";
  EXPECT_TRUE(ConfigDriver(nullptr, ODBC_REMOVE_DRIVER, "Sluice", nullptr, no_room, 0, nullptr));
  EXPECT_STREQ(no_room, "x");
  EXPECT_TRUE(ConfigDriver(nullptr, ODBC_INSTALL_DRIVER, "Sluice", nullptr, nullptr, 0, nullptr));
  EXPECT_FALSE(ConfigDriver(nullptr, ODBC_CONFIG_DRIVER, "Sluice", "A=b", nullptr, 0, nullptr));
}

TEST_F(ConfigDsnTest, AttributeListsEndAtTheDoubleNul) {
  EXPECT_THAT(ParseAttributeList("DSN=a\0UID=b\0\0PWD=c\0"),
              ElementsAre(config::Attribute{"DSN", "a"}, config::Attribute{"UID", "b"}));
  EXPECT_THAT(ParseAttributeList(nullptr), IsEmpty());
}

TEST(ProcessTest, KnowsItsProgramAndHost) {
  EXPECT_EQ(platform::ProcessName(), "config_test");
  EXPECT_THAT(platform::HostName(), Not(""));
  EXPECT_EQ(platform::ProcessId(), ::getpid());
}

}  // namespace
}  // namespace sluice::driver::setup
