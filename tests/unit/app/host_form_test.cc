// The forms in which a pool may name a host of its database.

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "relay_server/app/config.h"
#include "tests/unit/app/config_file.h"

namespace sluice::relay::app {
namespace {

struct HostForm {
  const char* name;
  const char* backend;
  const char* text;
  BackendAddress address;
};

void PrintTo(const HostForm& form, std::ostream* out) { *out << form.text; }

class HostFormTest : public testing::TestWithParam<HostForm> {};

TEST_P(HostFormTest, IsUnderstood) {
  const auto& form = GetParam();
  const ScratchDirectory directory;
  const auto config = LoadConfig(directory.Write(
      "s.toml", std::string("[pools.p]\nbackend = \"") + form.backend +
                    "\"\ndatabase = \"d\"\nuser = \"u\"\nhosts = [\"" + form.text + "\"]\n"));
  const auto& host = config.pools.at("p").hosts.at(0);
  EXPECT_EQ(host.host, form.address.host);
  EXPECT_EQ(host.port, form.address.port);
}

INSTANTIATE_TEST_SUITE_P(
    All, HostFormTest,
    testing::Values(
        HostForm{"PostgresName", "postgres", "db.example", {"db.example", 5432}},
        HostForm{"MysqlName", "mysql", "db.example", {"db.example", 3306}},
        HostForm{"NameAndPort", "mysql", "db.example:3307", {"db.example", 3307}},
        HostForm{"Ipv6", "postgres", "[::1]", {"::1", 5432}},
        HostForm{"Ipv6AndPort", "postgres", "[::1]:5433", {"::1", 5433}},
        HostForm{"BareIpv6", "postgres", "fe80::1", {"fe80::1", 5432}},
        HostForm{"SocketDirectory", "postgres", "/run/postgresql", {"/run/postgresql", 5432}},
        HostForm{"SocketDirectoryAndPort",
                 "postgres",
                 "/run/postgresql:5433",
                 {"/run/postgresql", 5433}},
        HostForm{"SocketFile", "mysql", "/run/mysqld/m.sock", {"/run/mysqld/m.sock", 0}},
        HostForm{"SocketFileWithColon", "mysql", "/run/a:1.sock", {"/run/a:1.sock", 0}}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace sluice::relay::app
