#include "relay_server/app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "proto/wire/frame.h"
#include "tests/fakes/test_certificates.h"
#include "tests/unit/app/config_file.h"

namespace sluice::relay::app {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kPool =
    "[pools.sales]\n"
    "backend = \"postgres\"\n"
    "database = \"sales\"\n"
    "user = \"sluice\"\n";

class ConfigTest : public testing::Test {
 protected:
  Config Load(const std::string& text) { return LoadConfig(directory_.Write("s.toml", text)); }

  // The mistakes, a line each, without the file's directory.
  std::string MistakesIn(const std::string& text) {
    const std::string file = directory_.Write("s.toml", text);
    try {
      LoadConfig(file);
      return "none";
    } catch (const ConfigError& error) {
      std::string lines = error.what();
      const std::string prefix = directory_.path().string() + '/';
      for (auto at = lines.find(prefix); at != std::string::npos; at = lines.find(prefix)) {
        lines.erase(at, prefix.size());
      }
      return lines;
    }
  }

  ScratchDirectory directory_;
};

// ---- What is right ----

TEST_F(ConfigTest, DefaultsAreSafe) {
  const auto config = Load(kPool);
  ASSERT_EQ(config.listen.size(), 1U);
  EXPECT_EQ(config.listen[0].text(), "127.0.0.1:7432");
  ASSERT_EQ(config.http_listen.size(), 1U);
  EXPECT_EQ(config.http_listen[0].text(), "127.0.0.1:7433");
  EXPECT_EQ(config.log_level, log::Level::kInfo);
  EXPECT_EQ(config.max_clients, 10'000U);
  EXPECT_EQ(config.drain_timeout, seconds(30));
  EXPECT_EQ(config.max_message_bytes, wire::kDefaultMaxMessageBytes);
  EXPECT_TRUE(config.compression);
  EXPECT_FALSE(config.tls.enabled());
  EXPECT_TRUE(config.users.empty());
  const auto& pool = config.pools.at("sales");
  EXPECT_THAT(pool.hosts, ElementsAre(BackendAddress{"127.0.0.1", 5432}));
  EXPECT_EQ(pool.modes.by_default, session::PoolMode::kTransaction);
  EXPECT_EQ(pool.limits, pool::PoolLimits());
  EXPECT_EQ(pool.limits.max_connections, 20U);
  EXPECT_EQ(pool.limits.wait_timeout, seconds(10));
  EXPECT_EQ(pool.statement_timeout, milliseconds(0));
}

TEST_F(ConfigTest, EveryKeyOfTheRelayIsRead) {
  const auto config = Load(std::string("[relay]\n"
                                       "listen = [\"127.0.0.1:1\", \"unix:/run/s.sock\"]\n"
                                       "http_listen = \"[::1]:2\"\n"
                                       "log_level = \"warning\"\n"
                                       "max_clients = 3\n"
                                       "max_sessions_per_user = 9\n"
                                       "max_sessions_per_address = 10\n"
                                       "drain_timeout = \"4s\"\n"
                                       "keepalive = \"8s\"\n"
                                       "max_message_bytes = \"5MiB\"\n"
                                       "compression = false\n"
                                       "spool_memory = \"6KiB\"\n"
                                       "spool_limit = 7\n") +
                           kPool);
  ASSERT_EQ(config.listen.size(), 2U);
  EXPECT_EQ(config.listen[0].text(), "127.0.0.1:1");
  EXPECT_EQ(config.listen[1].text(), "unix:/run/s.sock");
  EXPECT_EQ(config.http_listen.at(0).text(), "[::1]:2");
  EXPECT_EQ(config.log_level, log::Level::kWarning);
  EXPECT_EQ(config.max_clients, 3U);
  EXPECT_EQ(config.session_limits.per_user, 9U);
  EXPECT_EQ(config.session_limits.per_address, 10U);
  EXPECT_EQ(config.drain_timeout, seconds(4));
  EXPECT_EQ(config.keepalive, seconds(8));
  EXPECT_EQ(config.max_message_bytes, 5U << 20);
  EXPECT_FALSE(config.compression);
  EXPECT_EQ(config.spool.memory_bytes, 6U << 10);
  EXPECT_EQ(config.spool.file_bytes, 7U);
}

TEST_F(ConfigTest, EveryKeyOfAPoolIsRead) {
  const auto config = Load(
      "[pools.shop]\nbackend = \"mysql\"\nhosts = [\"a\", \"b:1\"]\ndatabase = \"d\"\n"
      "user = \"u\"\npassword = \"p\"\nmode = \"session\"\nmax_connections = 2\n"
      "min_connections = 1\nmax_waiting = 3\nconnect_timeout = \"4ms\"\nwait_timeout = \"5s\"\n"
      "max_connections_per_user = 11\nmax_connections_per_application = 12\n"
      "connect_backoff = \"13s\"\nidle_transaction_timeout = \"14s\"\n"
      "idle_timeout = \"6m\"\nmax_lifetime = \"7h\"\nstatement_timeout = \"8s\"\n"
      "client_modes = [\"session\"]\n"
      "catalog_cache_bytes = \"9MiB\"\ncatalog_cache_age = \"10s\"\n");
  const auto& pool = config.pools.at("shop");
  EXPECT_EQ(pool.engine, v1::ENGINE_MYSQL);
  EXPECT_THAT(pool.hosts, ElementsAre(BackendAddress{"a", 3306}, BackendAddress{"b", 1}));
  EXPECT_EQ(pool.database, "d");
  EXPECT_EQ(pool.user, "u");
  EXPECT_EQ(pool.password, "p");
  EXPECT_EQ(pool.modes, session::PoolModes(session::PoolMode::kSession, false, true));
  EXPECT_EQ(pool.limits.max_connections, 2U);
  EXPECT_EQ(pool.limits.min_connections, 1U);
  EXPECT_EQ(pool.limits.max_waiting, 3U);
  EXPECT_EQ(pool.limits.connect_timeout, milliseconds(4));
  EXPECT_EQ(pool.limits.wait_timeout, seconds(5));
  EXPECT_EQ(pool.limits.idle_timeout, minutes(6));
  EXPECT_EQ(pool.limits.max_connections_per_user, 11U);
  EXPECT_EQ(pool.limits.max_connections_per_application, 12U);
  EXPECT_EQ(pool.limits.connect_backoff, seconds(13));
  EXPECT_EQ(pool.limits.idle_transaction_timeout, seconds(14));
  EXPECT_EQ(pool.limits.max_lifetime, hours(7));
  EXPECT_EQ(pool.statement_timeout, seconds(8));
  EXPECT_EQ(pool.catalog_cache.bytes, std::size_t{9} << 20);
  EXPECT_EQ(pool.catalog_cache.age, seconds(10));
}

TEST_F(ConfigTest, AUserIsRead) {
  const auto hash = session::HashPassword("secret");
  const auto config = Load(std::string(kPool) + "[users.alice]\npassword_hash = \"" + hash +
                           "\"\npools = [\"sales\"]\nread_only = true\nmax_connections = 3\n"
                           "max_sessions = 4\n"
                           "mode = \"session\"\n[users.bob]\npassword_hash = \"" +
                           hash + "\"\npools = \"sales\"\n");
  EXPECT_EQ(config.users.at("alice").password_hash, hash);
  EXPECT_THAT(config.users.at("alice").pools, ElementsAre("sales"));
  EXPECT_TRUE(config.users.at("alice").read_only);
  EXPECT_EQ(config.users.at("alice").max_connections, 3U);
  EXPECT_EQ(config.users.at("alice").max_sessions, 4U);
  EXPECT_EQ(config.users.at("bob").max_connections, 0U);
  EXPECT_EQ(config.users.at("alice").mode, session::PoolMode::kSession);
  EXPECT_FALSE(config.users.at("bob").mode.has_value());
  EXPECT_FALSE(config.users.at("bob").read_only);
}

TEST_F(ConfigTest, AnEmptyHttpListenTurnsHttpOff) {
  EXPECT_TRUE(Load(std::string("[relay]\nhttp_listen = \"\"\n") + kPool).http_listen.empty());
}

TEST_F(ConfigTest, HttpForOtherHostsHasToBeSaidTwice) {
  const auto config =
      Load(std::string("[relay]\nhttp_listen = \"*:7433\"\nhttp_remote = true\n") + kPool);
  EXPECT_EQ(config.http_listen.at(0).text(), "0.0.0.0:7433");
}

TEST_F(ConfigTest, WithTlsAListenerMayBeReachedFromOtherHosts) {
  fakes::TestAuthority authority;
  const auto files = authority.Issue("DNS:localhost");
  const auto config =
      Load("[relay]\nlisten = \"*:7432\"\n[tls]\ncertificate = \"" + files.certificate +
           "\"\nprivate_key = \"" + files.private_key + "\"\n" + kPool);
  EXPECT_TRUE(config.tls.enabled());
  EXPECT_EQ(config.listen.at(0).text(), "0.0.0.0:7432");
}

// ---- Where passwords come from ----

TEST_F(ConfigTest, PasswordFileIsReadWithoutItsLineEnd) {
  for (const char* content : {"s3cret", "s3cret\n", "s3cret\r\n"}) {
    const auto file = directory_.Write("password", content);
    EXPECT_EQ(Load(kPool + ("password_file = \"" + file + "\"\n")).pools.at("sales").password,
              "s3cret");
  }
}

TEST_F(ConfigTest, SpacesOfAPasswordFileCount) {
  const auto file = directory_.Write("password", " a b \n");
  EXPECT_EQ(Load(kPool + ("password_file = \"" + file + "\"\n")).pools.at("sales").password,
            " a b ");
}

TEST_F(ConfigTest, PasswordEnvIsRead) {
  ::setenv("SLUICE_TEST_PASSWORD", "from the environment", 1);
  EXPECT_EQ(Load(std::string(kPool) + "password_env = \"SLUICE_TEST_PASSWORD\"\n")
                .pools.at("sales")
                .password,
            "from the environment");
  ::unsetenv("SLUICE_TEST_PASSWORD");
}

TEST_F(ConfigTest, APasswordFileThatCannotBeReadIsNamed) {
  EXPECT_EQ(MistakesIn(std::string(kPool) + "password_file = \"/nonexistent/password\"\n"),
            "s.toml:5: [pools.sales] password_file: cannot read /nonexistent/password: "
            "No such file or directory");
}

TEST_F(ConfigTest, APasswordFileWithoutPasswordIsAMistake) {
  const auto file = directory_.Write("password", "\n");
  EXPECT_THAT(MistakesIn(kPool + ("password_file = \"" + file + "\"\n")),
              HasSubstr("s.toml:5: [pools.sales] password_file: "));
  EXPECT_THAT(MistakesIn(kPool + ("password_file = \"" + directory_.path().string() + "\"\n")),
              HasSubstr("s.toml:5: [pools.sales] password_file: "));
}

TEST_F(ConfigTest, MistakesNeverShowAPassword) {
  const std::string pool = kPool;
  const std::string user = pool + "[users.alice]\npools = [\"sales\"]\n";
  for (const std::string& text :
       {pool + "password = \"s3cret\"\npassword_env = \"HOME\"\n",
        pool + "password = [\"s3cret\"]\n", pool + "password = \"s3cret\n",
        pool + "password = \"s3cret\" \"more\"\n", pool + "password = s3cret\n",
        user + "password_hash = \"s3cret\"\n", user + "password = \"s3cret\"\n"}) {
    const std::string told = MistakesIn(text);
    EXPECT_THAT(told, HasSubstr("s.toml:"));
    EXPECT_THAT(told, testing::Not(HasSubstr("s3cret"))) << told;
  }
}

// ---- TLS files ----

TEST_F(ConfigTest, ACertificateThatCannotBeReadIsAMistakeAtItsLine) {
  EXPECT_THAT(MistakesIn(std::string("[tls]\ncertificate = \"/nonexistent/crt\"\n"
                                     "private_key = \"/nonexistent/key\"\n") +
                         kPool),
              HasSubstr("s.toml:2: [tls] certificate: TLS with certificate /nonexistent/crt"));
}

// ---- Files ----

TEST_F(ConfigTest, AFileThatIsNotThereIsNamed) {
  try {
    LoadConfig("/nonexistent/sluiced.toml");
    FAIL() << "loaded a file that does not exist";
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(),
                 "/nonexistent/sluiced.toml: cannot be read: No such file or directory");
  }
}

TEST_F(ConfigTest, ADirectoryIsNoFile) {
  try {
    LoadConfig("/");
    FAIL() << "loaded a directory";
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "/: cannot be read: Is a directory");
  }
}

TEST_F(ConfigTest, ASyntaxErrorIsToldWithItsLine) {
  EXPECT_THAT(MistakesIn(kPool + std::string("mode = transaction\n")),
              testing::StartsWith("s.toml:5: "));
}

TEST_F(ConfigTest, AllMistakesAreToldInTheOrderOfTheFile) {
  EXPECT_EQ(MistakesIn("typo = 1\n[relay]\nmax_clients = 0\nmax_client = 5\n[pools.sales]\n"
                       "backend = \"oracle\"\ndatabase = \"d\"\nuser = \"u\"\n"),
            "s.toml:1: unknown section \"typo\"; there may be [relay], [tls], [pools.NAME] and "
            "[users.NAME]\n"
            "s.toml:3: [relay] max_clients must be a whole number from 1 to 1000000\n"
            "s.toml:4: [relay] has no key \"max_client\"; it may have: compression, "
            "drain_timeout, http_listen, http_remote, keepalive, listen, log_level, max_clients, "
            "max_message_bytes, max_sessions_per_address, max_sessions_per_user, "
            "spool_limit, spool_memory\n"
            "s.toml:6: [pools.sales] backend must be \"postgres\" or \"mysql\"");
}

// ---- What is wrong: one mistake each ----

struct Mistake {
  const char* name;
  std::string text;
  const char* told;
};

void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }

std::string InRelay(const std::string& line) { return "[relay]\n" + line + '\n' + kPool; }
std::string InPool(const std::string& line) { return kPool + line + '\n'; }
std::string InUser(const std::string& lines) { return kPool + ("[users.alice]\n" + lines); }

class ConfigMistakeTest : public ConfigTest, public testing::WithParamInterface<Mistake> {};

TEST_P(ConfigMistakeTest, IsToldWithItsLine) {
  EXPECT_EQ(MistakesIn(GetParam().text), GetParam().told);
}

constexpr const char* kNoDuration =
    " must be a duration such as \"250ms\", \"10s\", \"5m\" or \"1h\"";

INSTANTIATE_TEST_SUITE_P(
    Files, ConfigMistakeTest,
    testing::Values(
        Mistake{"Empty", "", "s.toml: there is no [pools.NAME]: nothing to serve"},
        Mistake{"EmptyPools", "[pools]\n", "s.toml: there is no [pools.NAME]: nothing to serve"},
        Mistake{"SectionTwice", std::string(kPool) + kPool,
                "s.toml:5: Error while parsing table header: cannot redefine existing table "
                "'pools.sales'"},
        Mistake{"UnknownSection", std::string("[realy]\n") + kPool,
                "s.toml:1: unknown section \"realy\"; there may be [relay], [tls], [pools.NAME] "
                "and [users.NAME]"},
        Mistake{"RelayIsNoTable", std::string("relay = 1\n") + kPool,
                "s.toml:1: [relay] must be a table"},
        Mistake{"UsersIsNoTable", std::string("users = \"alice\"\n") + kPool,
                "s.toml:1: users must be tables [users.NAME]"},
        Mistake{"PoolIsNoTable", std::string("[pools]\nother = true\n") + kPool,
                "s.toml:2: [pools.other] must be a table"}),
    [](const auto& instance) { return instance.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Relay, ConfigMistakeTest,
    testing::Values(
        Mistake{"ListenWrongType", InRelay("listen = 7432"),
                "s.toml:2: [relay] listen must be a string or an array of strings"},
        Mistake{"ListenMixedTypes", InRelay("listen = [\"127.0.0.1:7432\", 7432]"),
                "s.toml:2: [relay] listen must be a string or an array of strings"},
        Mistake{"ListenEmpty", InRelay("listen = []"),
                "s.toml:2: [relay] listen: at least one address is needed"},
        Mistake{"ListenWithoutPort", InRelay("listen = \"127.0.0.1\""),
                "s.toml:2: [relay] listen: \"127.0.0.1\" is no address: host:port, [ipv6]:port, "
                "*:port or unix:/path is expected"},
        Mistake{"ListenPortTooLarge", InRelay("listen = \"127.0.0.1:65536\""),
                "s.toml:2: [relay] listen: \"127.0.0.1:65536\" is no address: host:port, "
                "[ipv6]:port, *:port or unix:/path is expected"},
        Mistake{"ListenRelativeSocket", InRelay("listen = \"unix:s.sock\""),
                "s.toml:2: [relay] listen: \"unix:s.sock\": a unix socket is given as "
                "unix:/absolute/path"},
        Mistake{"ListenRemoteWithoutTls", InRelay("listen = [\"127.0.0.1:1\", \"10.0.0.1:7432\"]"),
                "s.toml:2: [relay] listen: 10.0.0.1:7432 can be reached from other hosts, which "
                "needs [tls] certificate and private_key"},
        Mistake{"ListenAnyWithoutTls", InRelay("listen = \"*:7432\""),
                "s.toml:2: [relay] listen: 0.0.0.0:7432 can be reached from other hosts, which "
                "needs [tls] certificate and private_key"},
        Mistake{"ListenAnyIpv6WithoutTls", InRelay("listen = \"[::]:7432\""),
                "s.toml:2: [relay] listen: [::]:7432 can be reached from other hosts, which "
                "needs [tls] certificate and private_key"},
        Mistake{"HttpRemote", InRelay("http_listen = \"*:7433\""),
                "s.toml:2: [relay] http_listen: 0.0.0.0:7433 can be reached from other hosts, "
                "without encryption or password: add http_remote = true if that is meant"},
        Mistake{"HttpUnix", InRelay("http_listen = \"unix:/run/s\""),
                "s.toml:2: [relay] http_listen: HTTP is not served on unix sockets"},
        Mistake{"HttpWrongType", InRelay("http_listen = [\"127.0.0.1:1\"]"),
                "s.toml:2: [relay] http_listen must be a string"},
        Mistake{"LogLevel", InRelay("log_level = \"verbose\""),
                "s.toml:2: [relay] log_level must be \"debug\" or \"info\" or \"warning\" or "
                "\"error\""},
        Mistake{"MaxClientsText", InRelay("max_clients = \"5\""),
                "s.toml:2: [relay] max_clients must be a whole number from 1 to 1000000"},
        Mistake{"MaxClientsFraction", InRelay("max_clients = 5.0"),
                "s.toml:2: [relay] max_clients must be a whole number from 1 to 1000000"},
        Mistake{"MessageTooSmall", InRelay("max_message_bytes = \"1KiB\""),
                "s.toml:2: [relay] max_message_bytes must be a size such as 65536, \"64KiB\", "
                "\"16MiB\" or \"1GiB\", from 1048576 to 1073741824 bytes"},
        Mistake{"SizeWithoutUnit", InRelay("spool_memory = \"64 KB\""),
                "s.toml:2: [relay] spool_memory must be a size such as 65536, \"64KiB\", "
                "\"16MiB\" or \"1GiB\", from 0 to 1073741824 bytes"},
        Mistake{"NegativeSize", InRelay("spool_memory = -1"),
                "s.toml:2: [relay] spool_memory must be a size such as 65536, \"64KiB\", "
                "\"16MiB\" or \"1GiB\", from 0 to 1073741824 bytes"},
        Mistake{"CertificateWithoutKey", std::string("[tls]\ncertificate = \"/a\"\n") + kPool,
                "s.toml:2: [tls] certificate: certificate and private_key go together"},
        Mistake{"KeyWithoutCertificate", std::string("[tls]\nprivate_key = \"/a\"\n") + kPool,
                "s.toml:2: [tls] private_key: certificate and private_key go together"},
        Mistake{"ClientCaAlone", std::string("[tls]\nclient_ca = \"/a\"\n") + kPool,
                "s.toml:2: [tls] client_ca: needs certificate and private_key"},
        Mistake{"UnknownTlsKey", std::string("[tls]\nciphers = \"all\"\n") + kPool,
                "s.toml:2: [tls] has no key \"ciphers\"; it may have: certificate, client_ca, "
                "private_key"}),
    [](const auto& instance) { return instance.param.name; });

const std::string kDrain = std::string("s.toml:2: [relay] drain_timeout") + kNoDuration;
INSTANTIATE_TEST_SUITE_P(
    Durations, ConfigMistakeTest,
    testing::Values(
        Mistake{"Number", InRelay("drain_timeout = 10"), kDrain.c_str()},
        Mistake{"NoUnit", InRelay("drain_timeout = \"10\""), kDrain.c_str()},
        Mistake{"NoNumber", InRelay("drain_timeout = \"s\""), kDrain.c_str()},
        Mistake{"Negative", InRelay("drain_timeout = \"-1s\""), kDrain.c_str()},
        Mistake{"Fraction", InRelay("drain_timeout = \"1.5s\""), kDrain.c_str()},
        Mistake{"Space", InRelay("drain_timeout = \"1 s\""), kDrain.c_str()},
        Mistake{"UnknownUnit", InRelay("drain_timeout = \"1d\""), kDrain.c_str()},
        Mistake{"Overflow", InRelay("drain_timeout = \"9223372036854775807h\""), kDrain.c_str()},
        Mistake{"BeyondACentury", InRelay("drain_timeout = \"1000000h\""), kDrain.c_str()},
        Mistake{"Empty", InRelay("drain_timeout = \"\""), kDrain.c_str()}),
    [](const auto& instance) { return instance.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Pools, ConfigMistakeTest,
    testing::Values(
        Mistake{"NoBackend", "[pools.p]\ndatabase = \"d\"\nuser = \"u\"\n",
                "s.toml:1: [pools.p] backend is required"},
        Mistake{"NoDatabase", "[pools.p]\nbackend = \"mysql\"\nuser = \"u\"\n",
                "s.toml:1: [pools.p] database is required"},
        Mistake{"NoUser", "[pools.p]\nbackend = \"mysql\"\ndatabase = \"d\"\n",
                "s.toml:1: [pools.p] user is required"},
        Mistake{"UnknownBackend", "[pools.p]\nbackend = \"x\"\ndatabase = \"d\"\nuser = \"u\"\n",
                "s.toml:2: [pools.p] backend must be \"postgres\" or \"mysql\""},
        Mistake{"UnknownMode", InPool("mode = \"statement\""),
                "s.toml:5: [pools.sales] mode must be \"transaction\" or \"session\""},
        Mistake{"NoHosts", InPool("hosts = []"),
                "s.toml:5: [pools.sales] hosts: at least one host is needed"},
        Mistake{"EmptyHost", InPool("hosts = [\"\"]"),
                "s.toml:5: [pools.sales] hosts: a host may not be empty"},
        Mistake{"OnlyAPort", InPool("hosts = [\":5432\"]"),
                "s.toml:5: [pools.sales] hosts: a host may not be empty"},
        Mistake{"NoPortAfterColon", InPool("hosts = [\"a:\"]"),
                "s.toml:5: [pools.sales] hosts: \"a:\" has no valid port: host:port is expected"},
        Mistake{"PortZero", InPool("hosts = [\"a:0\"]"),
                "s.toml:5: [pools.sales] hosts: \"a:0\" has no valid port: host:port is expected"},
        Mistake{"PortIsAWord", InPool("hosts = [\"a:pg\"]"),
                "s.toml:5: [pools.sales] hosts: \"a:pg\" has no valid port: host:port is "
                "expected"},
        Mistake{"PortTooLarge", InPool("hosts = [\"a:70000\"]"),
                "s.toml:5: [pools.sales] hosts: \"a:70000\" has no valid port: host:port is "
                "expected"},
        Mistake{"NoConnections", InPool("max_connections = 0"),
                "s.toml:5: [pools.sales] max_connections must be a whole number from 1 to 10000"},
        Mistake{"MinAboveMax", InPool("min_connections = 21"),
                "s.toml:5: [pools.sales] min_connections: must not exceed max_connections"},
        Mistake{"ConnectTimeoutZero", InPool("connect_timeout = \"0s\""),
                "s.toml:5: [pools.sales] connect_timeout: must be more than 0"},
        Mistake{"NegativeWaiting", InPool("max_waiting = -1"),
                "s.toml:5: [pools.sales] max_waiting must be a whole number from 0 to 1000000"},
        Mistake{"TwoPasswords", InPool("password = \"a\"\npassword_env = \"HOME\""),
                "s.toml:6: [pools.sales] password_env: only one of password, password_file and "
                "password_env may be given"},
        Mistake{"NoSuchEnvironment", InPool("password_env = \"SLUICE_TEST_UNSET\""),
                "s.toml:5: [pools.sales] password_env: the environment has no SLUICE_TEST_UNSET"},
        Mistake{"UnknownKey", InPool("max_conections = 5"),
                "s.toml:5: [pools.sales] has no key \"max_conections\"; it may have: audit, "
                "backend, catalog_cache_age, catalog_cache_bytes, client_modes, connect_backoff, "
                "connect_timeout, "
                "database, hosts, idle_timeout, idle_transaction_timeout, max_connections, "
                "max_connections_per_application, max_connections_per_user, max_lifetime, "
                "max_waiting, min_connections, mode, password, password_env, password_file, "
                "statement_timeout, user, wait_timeout"}),
    [](const auto& instance) { return instance.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Users, ConfigMistakeTest,
    testing::Values(
        Mistake{"NoHash", InUser("pools = [\"sales\"]\n"),
                "s.toml:5: [users.alice] password_hash is required"},
        Mistake{"EmptyHash", InUser("password_hash = \"\"\npools = [\"sales\"]\n"),
                "s.toml:6: [users.alice] password_hash: is no output of sluiced --hash-password"},
        Mistake{"PlainPassword", InUser("password_hash = \"secret\"\npools = [\"sales\"]\n"),
                "s.toml:6: [users.alice] password_hash: is no output of sluiced --hash-password"},
        Mistake{"NoPools", InUser("password_hash = \"$y$j9T$abc$def\"\n"),
                "s.toml:5: [users.alice] pools is required"},
        Mistake{"UnknownPool", InUser("password_hash = \"$y$j9T$abc$def\"\npools = [\"x\"]\n"),
                "s.toml:7: [users.alice] pools: there is no [pools.x]"},
        Mistake{"ReadOnlyText",
                InUser("password_hash = \"$y$j9T$abc$def\"\npools = [\"sales\"]\n"
                       "read_only = \"yes\"\n"),
                "s.toml:8: [users.alice] read_only must be true or false"},
        Mistake{"UnknownKey",
                InUser("password_hash = \"$y$j9T$abc$def\"\npools = [\"sales\"]\n"
                       "readonly = true\n"),
                "s.toml:8: [users.alice] has no key \"readonly\"; it may have: "
                "max_connections, max_sessions, mode, password_hash, pools, read_only"}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace sluice::relay::app
