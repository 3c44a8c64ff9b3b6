#include "odbc_driver/config/driver_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// One data source, "sales".
std::optional<std::vector<Attribute>> FakeDsn(const std::string& dsn) {
  if (dsn != "sales") return std::nullopt;
  return ParseConnectionString(
      "Driver=Sluice;Server=relay1,relay2;Port=7000;Database=sales;UID=dsn_user;PWD=dsn_pwd;"
      "FetchBytes=65536;Trace=no");
}

ResolvedOptions Resolve(std::string_view text) {
  return ResolveOptions(ParseConnectionString(text), FakeDsn);
}

std::string ErrorOf(std::string_view text) {
  try {
    RequireComplete(Resolve(text).options);
  } catch (const DriverError& error) {
    return std::string(error.state().code) + " " + error.what();
  }
  return "no error";
}

TEST(DriverOptionsTest, DefaultsHoldWhereNothingIsSaid) {
  const DriverOptions options = Resolve("").options;
  EXPECT_EQ(options.port, 7432);
  EXPECT_EQ(options.ssl_mode, std::nullopt);
  EXPECT_EQ(options.connect_timeout, std::chrono::seconds(15));
  EXPECT_EQ(options.query_timeout, std::chrono::seconds(0));
  EXPECT_FALSE(options.read_only);
  EXPECT_EQ(options.fetch_bytes, 1048576u);
}

TEST(DriverOptionsTest, EveryKeywordReachesItsOption) {
  const DriverOptions options =
      Resolve(
          "Driver=Sluice;Server=/run/sluice/sluice.sock;Port=1;Database=d;UID=u;PWD=p;"
          "SSLMode=Verify-CA;SSLRootCert=r;SSLCert=c;SSLKey=k;ConnectTimeout=3;QueryTimeout=4;"
          "ReadOnly=yes;ApplicationName=a;Compression=Off;FetchBytes=67108864;DBMSName=n;"
          "Description=t;Trace=0")
          .options;
  EXPECT_EQ(options.driver, "Sluice");
  EXPECT_THAT(options.servers, ElementsAre("/run/sluice/sluice.sock"));
  EXPECT_EQ(options.port, 1);
  EXPECT_EQ(options.database, "d");
  EXPECT_EQ(options.uid, "u");
  EXPECT_EQ(options.pwd, "p");
  EXPECT_EQ(options.ssl_mode, SslMode::kVerifyCa);
  EXPECT_EQ(options.ssl_root_cert, "r");
  EXPECT_EQ(options.ssl_cert, "c");
  EXPECT_EQ(options.ssl_key, "k");
  EXPECT_EQ(options.connect_timeout, std::chrono::seconds(3));
  EXPECT_EQ(options.query_timeout, std::chrono::seconds(4));
  EXPECT_TRUE(options.read_only);
  EXPECT_EQ(options.application_name, "a");
  EXPECT_EQ(options.compression, Compression::kOff);
  EXPECT_EQ(options.fetch_bytes, 67108864u);
  EXPECT_EQ(options.dbms_name, "n");
  EXPECT_EQ(options.description, "t");
}

TEST(DriverOptionsTest, BlanksAroundTheHostsOfAListAreDropped) {
  EXPECT_THAT(Resolve("Server= a ,  b,c ").options.servers, ElementsAre("a", "b", "c"));
}

TEST(DriverOptionsTest, SynonymsMeanTheSameKeyword) {
  const DriverOptions options =
      Resolve("host=h;db=d;username=u;password=p;Login Timeout=9;App=a").options;
  EXPECT_THAT(options.servers, ElementsAre("h"));
  EXPECT_EQ(options.database, "d");
  EXPECT_EQ(options.uid, "u");
  EXPECT_EQ(options.pwd, "p");
  EXPECT_EQ(options.connect_timeout, std::chrono::seconds(9));
  EXPECT_EQ(options.application_name, "a");
}

TEST(DriverOptionsTest, OtherDriversWordsForTheTlsModeAreUnderstood) {
  const auto mode = [](const std::string& word) {
    return Resolve("Server=s;Database=d;UID=u;SSLMode=" + word).options.ssl_mode;
  };
  EXPECT_EQ(mode("prefer"), std::nullopt);  // the default, as "Preferred" and "allow"
  EXPECT_EQ(mode("Preferred"), std::nullopt);
  EXPECT_EQ(mode("allow"), std::nullopt);
  EXPECT_EQ(mode("DISABLED"), SslMode::kDisable);
  EXPECT_EQ(mode("REQUIRED"), SslMode::kRequire);
  EXPECT_EQ(mode("VERIFY_CA"), SslMode::kVerifyCa);
  EXPECT_EQ(mode("VERIFY_IDENTITY"), SslMode::kVerifyFull);
}

TEST(DriverOptionsTest, TheLastOfAKeywordAndItsSynonymsCounts) {
  EXPECT_EQ(Resolve("User=first;UID=second;uid=third").options.uid, "third");
  EXPECT_EQ(Resolve("Port=70000;Port=7433").options.port, 7433);  // the first one is not looked at
}

TEST(DriverOptionsTest, ThePoolOfTheDataSourceIsKeptBesideTheStringsDatabase) {
  EXPECT_EQ(Resolve("DSN=sales;Database=other").options.database, "other");
  EXPECT_FALSE(Resolve("DSN=sales;Database=other").pool_of_dsn.empty());
  EXPECT_EQ(Resolve("DSN=sales").pool_of_dsn, "");
}

TEST(DriverOptionsTest, TheConnectionStringWinsOverTheDataSource) {
  const ResolvedOptions resolved = Resolve("DSN=sales;UID=me;Port=8000");
  EXPECT_EQ(resolved.options.uid, "me");
  EXPECT_EQ(resolved.options.port, 8000);
  EXPECT_EQ(resolved.options.pwd, "dsn_pwd");
  EXPECT_THAT(resolved.options.servers, ElementsAre("relay1", "relay2"));
  EXPECT_THAT(resolved.warnings, IsEmpty());
}

TEST(DriverOptionsTest, AnEmptyValueTakesTheDataSourcesAway) {
  EXPECT_EQ(Resolve("DSN=sales;PWD=").options.pwd, "");
}

TEST(DriverOptionsTest, ABadValueOfTheDataSourceDoesNotMatterWhenItIsOverridden) {
  const auto reader = [](const std::string&) { return ParseConnectionString("Port=x;UID=u"); };
  EXPECT_EQ(ResolveOptions(ParseConnectionString("DSN=d;Port=5"), reader).options.port, 5);
}

TEST(DriverOptionsTest, UnknownKeywordsAreWarningsThatNameTheirSource) {
  EXPECT_THAT(Resolve("Colour=red;UID=u").warnings,
              ElementsAre("Unknown keyword 'Colour' in the connection string is ignored"));
  const auto reader = [](const std::string&) { return ParseConnectionString("Shade=1"); };
  EXPECT_THAT(ResolveOptions(ParseConnectionString("DSN=d"), reader).warnings,
              ElementsAre("Unknown keyword 'Shade' in the data source 'd' is ignored"));
}

TEST(DriverOptionsTest, TheDriverManagersKeywordsArePassedOver) {
  EXPECT_THAT(Resolve("FILEDSN=f;SAVEFILE=s;Threading=0;CPTimeout=1").warnings, IsEmpty());
}

TEST(DriverOptionsTest, AnUnknownDataSourceIsAnErrorUnlessTheServerIsGiven) {
  EXPECT_EQ(ErrorOf("DSN=nowhere"), "IM002 There is no data source named 'nowhere'");
  EXPECT_EQ(ErrorOf("DSN=nowhere;Server=s;Database=d;UID=u"), "no error");
}

struct BadValue {
  const char* text;
  const char* error;
};

class BadValueTest : public ::testing::TestWithParam<BadValue> {};

TEST_P(BadValueTest, TheErrorNamesKeywordValueAndWhatIsAllowed) {
  EXPECT_EQ(ErrorOf(GetParam().text), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Keywords, BadValueTest,
    ::testing::Values(
        BadValue{"Server=a,,b",
                 "08001 Invalid value 'a,,b' for the keyword Server: allowed is a host name, an "
                 "address or the absolute path of a unix socket, or several separated by commas"},
        BadValue{"Port=0",
                 "08001 Invalid value '0' for the keyword Port: allowed is a number from 1 to "
                 "65535"},
        BadValue{"Port=65536",
                 "08001 Invalid value '65536' for the keyword Port: allowed is a number from 1 to "
                 "65535"},
        BadValue{"Port=74x",
                 "08001 Invalid value '74x' for the keyword Port: allowed is a number from 1 to "
                 "65535"},
        BadValue{"SSLMode=none",
                 "08001 Invalid value 'none' for the keyword SSLMode: allowed is disable, "
                 "require, verify-ca or verify-full"},
        BadValue{"ConnectTimeout=-1",
                 "08001 Invalid value '-1' for the keyword ConnectTimeout: allowed is seconds from "
                 "0 (none) to 86400"},
        BadValue{"Timeout=86401",
                 "08001 Invalid value '86401' for the keyword ConnectTimeout: allowed is seconds "
                 "from 0 (none) to 86400"},
        BadValue{"QueryTimeout=1.5",
                 "08001 Invalid value '1.5' for the keyword QueryTimeout: allowed is seconds from "
                 "0 (none) to 86400"},
        BadValue{"ReadOnly=maybe",
                 "08001 Invalid value 'maybe' for the keyword ReadOnly: allowed is yes, no, true, "
                 "false, 1 or 0"},
        BadValue{"Compression=yes",
                 "08001 Invalid value 'yes' for the keyword Compression: allowed is auto, on or "
                 "off"},
        BadValue{"FetchBytes=65535",
                 "08001 Invalid value '65535' for the keyword FetchBytes: allowed is bytes from "
                 "65536 (64 KiB) to 67108864 (64 MiB)"},
        BadValue{"FetchBytes=67108865",
                 "08001 Invalid value '67108865' for the keyword FetchBytes: allowed is bytes from "
                 "65536 (64 KiB) to 67108864 (64 MiB)"}));

TEST(DriverOptionsTest, WhatIsMissingIsNamed) {
  EXPECT_THAT(ErrorOf("Database=d;UID=u"), HasSubstr("08001 The keyword Server is missing"));
  EXPECT_THAT(ErrorOf("Server=s;UID=u"), HasSubstr("08001 The keyword Database is missing"));
  EXPECT_THAT(ErrorOf("Server=s;Database=d"), HasSubstr("28000 The keyword UID is missing"));
}

TEST(DriverOptionsTest, ThePasswordIsInNoErrorOrWarning) {
  EXPECT_THAT(ErrorOf("PWD=secret;Port=x"), Not(HasSubstr("secret")));
  EXPECT_THAT(ErrorOf("PWD=secret"), Not(HasSubstr("secret")));
  for (const std::string& warning : Resolve("PWD=secret;Passwort=secret").warnings) {
    EXPECT_THAT(warning, Not(HasSubstr("secret")));
  }
}

TEST(DriverOptionsTest, SqlConnectsArgumentsWinOverTheDataSource) {
  EXPECT_EQ(ResolveOptions(AttributesOfConnect("sales", "me", std::nullopt), FakeDsn).options.uid,
            "me");
  EXPECT_EQ(ResolveOptions(AttributesOfConnect("sales", "me", "mine"), FakeDsn).options.pwd,
            "mine");
  const auto kept = ResolveOptions(AttributesOfConnect("sales", "", ""), FakeDsn).options;
  EXPECT_EQ(kept.uid, "dsn_user");
  EXPECT_EQ(kept.pwd, "dsn_pwd");
}

TEST(DriverOptionsTest, TheCompletedStringConnectsTheSameWayAgain) {
  const ResolvedOptions resolved = Resolve("pwd={a;}}b};DSN=sales;User=me");
  const std::string completed = CompletedConnectionString(resolved);
  EXPECT_EQ(completed,
            "DSN=sales;Server={relay1,relay2};Port=7000;Database=sales;UID=me;PWD={a;}}b};"
            "FetchBytes=65536");
  EXPECT_EQ(CompletedConnectionString(Resolve(completed)), completed);
}

TEST(DriverOptionsTest, TheCompletedStringNamesTheDriverWhereThereIsNoDataSource) {
  EXPECT_EQ(CompletedConnectionString(Resolve("Driver=Sluice;Host=s;DB=d;UID=u")),
            "Driver=Sluice;Server=s;Database=d;UID=u");
}

TEST(BrowseRequestTest, ListsWhatIsMissingAndWhatMayBeAdded) {
  EXPECT_EQ(
      BrowseRequest(Resolve("Driver=Sluice;Server=s").options),
      "DATABASE:Database=?;UID:User=?;*PWD:Password=?;*PORT:Port=?;"
      "*SSLMODE:TLS mode={disable,require,verify-ca,verify-full};*READONLY:Read-only={yes,no}");
  EXPECT_EQ(
      BrowseRequest(Resolve("Server=s;Database=d;PWD=p;Port=1;SSLMode=disable;ReadOnly=1").options),
      "UID:User=?");
}

TEST(BrowseRequestTest, IsEmptyWhenNothingRequiredIsMissing) {
  EXPECT_EQ(BrowseRequest(Resolve("Server=s;Database=d;UID=u").options), "");
}

TEST(KeywordTableTest, DefaultsInTheTableAreTheOnesInForce) {
  const DriverOptions plain;
  for (const KeywordSpec& spec : Keywords()) {
    if (spec.default_value.empty() || spec.name == "SSLMode") continue;
    DriverOptions options;
    options.port = 1;
    options.connect_timeout = options.query_timeout = std::chrono::seconds(77);
    options.read_timeout = options.write_timeout = std::chrono::seconds(77);
    options.type_rules.no_bigint = !plain.type_rules.no_bigint;
    options.fetch_bytes = options.scroll_bytes = 1;
    options.read_only = !plain.read_only;
    options.bools_as_char = !plain.bools_as_char;
    options.true_is_minus1 = !plain.true_is_minus1;
    options.longest_sizes = !plain.longest_sizes;
    options.fetch_refcursors = !plain.fetch_refcursors;
    options.error_scope = ErrorScope::kNone;
    options.pinning = Pinning::kNever;
    options.compression = Compression::kOff;
    options.pool_mode = PoolMode::kSession;
    options.multi_statements = !plain.multi_statements;
    options.forward_only = !plain.forward_only;
    options.charset = info::Charset::kIso88591;
    ASSERT_TRUE(spec.apply(options, spec.default_value)) << spec.name;
    const bool as_default =
        options.port == plain.port || options.connect_timeout == plain.connect_timeout ||
        options.query_timeout == plain.query_timeout ||
        options.read_timeout == plain.read_timeout ||
        options.write_timeout == plain.write_timeout ||
        options.type_rules.no_bigint == plain.type_rules.no_bigint ||
        options.fetch_bytes == plain.fetch_bytes || options.scroll_bytes == plain.scroll_bytes ||
        options.read_only == plain.read_only || options.bools_as_char == plain.bools_as_char ||
        options.true_is_minus1 == plain.true_is_minus1 ||
        options.longest_sizes == plain.longest_sizes ||
        options.fetch_refcursors == plain.fetch_refcursors ||
        options.error_scope == plain.error_scope || options.pinning == plain.pinning ||
        options.compression == plain.compression || options.pool_mode == plain.pool_mode ||
        options.null_dates == plain.null_dates || options.prepare_errors == plain.prepare_errors ||
        options.multi_statements == plain.multi_statements ||
        options.forward_only == plain.forward_only || options.charset == plain.charset;
    EXPECT_TRUE(as_default) << spec.name;
  }
}

TEST(DriverOptionsTest, PsqlodbcsTypeOptionsAreAbsentUntilTheyAreGiven) {
  EXPECT_EQ(Resolve("Server=h").options.type_rules, info::TypeRules());
  const auto by_name = Resolve(
      "MaxVarcharSize=100;MaxLongVarcharSize=200;TextAsLongVarchar=0;UnknownsAsLongVarchar=1;"
      "ByteaAsLongVarBinary=0;TrueIsMinus1=1;UnknownSizes=2;BoolsAsChar=0;FetchRefcursors=1");
  const auto abbreviated = Resolve("B0=100;B1=200;B7=0;B8=1;C7=0;C6=1;A9=2;B9=0");
  const info::TypeRules expected{.max_varchar_size = 100,
                                 .max_longvarchar_size = 200,
                                 .text_as_longvarchar = false,
                                 .unknowns_as_longvarchar = true,
                                 .bytea_as_longvarbinary = false};
  EXPECT_TRUE(by_name.options.fetch_refcursors);
  for (const auto* resolved : {&by_name, &abbreviated}) {
    EXPECT_TRUE(resolved->warnings.empty());
    EXPECT_EQ(resolved->options.type_rules, expected);
    EXPECT_TRUE(resolved->options.true_is_minus1);
    EXPECT_TRUE(resolved->options.longest_sizes);
    EXPECT_FALSE(resolved->options.bools_as_char);
  }
  for (const char* bad : {"B0=0", "B0=-4", "B1=x", "A9=3", "B7=2"}) {
    EXPECT_THROW(Resolve(bad), DriverError) << bad;
  }
}

TEST(DriverOptionsTest, TheProtocolsLevelSaysWhatAnErrorUndoes) {
  const auto scope = [](const std::string& text) { return Resolve(text).options.error_scope; };
  EXPECT_EQ(scope("Protocol=7.4-0"), ErrorScope::kNone);
  EXPECT_EQ(scope("A1=7.4-1"), ErrorScope::kTransaction);
  for (const char* text : {"Protocol=7.4-2", "Protocol=7.4", "A1=6.4", "Protocol="}) {
    EXPECT_EQ(scope(text), ErrorScope::kStatement) << text;
  }
  for (const char* bad : {"Protocol=7.4-3", "Protocol=7.4-", "Protocol=new", "Protocol=-1"}) {
    EXPECT_THROW(Resolve(bad), DriverError) << bad;
  }
}

TEST(DriverOptionsTest, HowPsqlodbcTalksToItsServerIsPassedOver) {
  EXPECT_TRUE(Resolve("UseDeclareFetch=1;Fetch=100;A7=100;B6=1;C8=1;CX=1").warnings.empty());
  EXPECT_EQ(Resolve("ShowSystemTables=1").warnings.size(), 1u);
}

// Data sources of native drivers hold all of their options.
TEST(DriverOptionsTest, ForeignOptionsThatChangeNothingAreNoWarnings) {
  EXPECT_THAT(Resolve("ShowSystemTables=0;RowVersioning=No;FakeOidIndex=0;LFConversion=0;CA=d;"
                      "ExtraSysTablePrefixes=dd_;BI=-5;NumericAs=-101;pqopt={}")
                  .warnings,
              IsEmpty());
  EXPECT_THAT(Resolve("SAFE=1;PAD_SPACE=1;NO_SCHEMA=1;FULL_COLUMN_NAMES=1;DYNAMIC_CURSOR=1;"
                      "FORCETLS=0;NO_TRANSACTIONS=1;SSLMODE=DISABLED")
                  .warnings,
              IsEmpty());
  EXPECT_EQ(Resolve("LFConversion=1;RowVersioning=1;BI=12;FORCETLS=1;SSLCA=/x").warnings.size(),
            5u);
}

TEST(KeywordTableTest, NoNameOrSynonymMeansTwoKeywords) {
  std::map<std::string, std::string_view> seen;
  for (const KeywordSpec& spec : Keywords()) {
    std::stringstream names(std::string(spec.name) + "," + std::string(spec.synonyms));
    for (std::string name; std::getline(names, name, ',');) {
      EXPECT_EQ(FindKeyword(name), &spec) << name;
      EXPECT_TRUE(seen.emplace(name, spec.name).second) << name;
    }
  }
}

// docs/connection-options.md has the row of the table for every keyword, word for word.
TEST(KeywordTableTest, TheDocumentationHasTheSameTable) {
  std::ifstream file(SLUICE_SOURCE_DIR "/docs/connection-options.md");
  ASSERT_TRUE(file.is_open());
  std::stringstream document;
  document << file.rdbuf();
  for (const KeywordSpec& spec : Keywords()) {
    std::string synonyms(spec.synonyms);
    for (std::size_t at = 0; (at = synonyms.find(',', at)) != std::string::npos; at += 2) {
      synonyms.replace(at, 1, ", ");
    }
    std::ostringstream row;
    row << "| `" << spec.name << "` | " << synonyms << " | "
        << (spec.default_value.empty() ? "" : "`" + std::string(spec.default_value) + "`") << " | "
        << spec.allowed << " | " << spec.meaning << " |";
    EXPECT_THAT(document.str(), HasSubstr(row.str()));
  }
}

}  // namespace
}  // namespace sluice::driver::config
