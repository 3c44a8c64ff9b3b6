#include "odbc_driver/client/server_address.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace sluice::driver::client {
namespace {

TEST(ServerAddressTest, ReadsEveryForm) {
  const struct {
    const char* text;
    const char* host;
    std::uint16_t port;
    const char* shown;
  } cases[] = {
      {"db", "db", 7432, "db:7432"},
      {"db:99", "db", 99, "db:99"},
      {"10.0.0.1:99", "10.0.0.1", 99, "10.0.0.1:99"},
      {"[::1]", "::1", 7432, "[::1]:7432"},
      {"[::1]:99", "::1", 99, "[::1]:99"},
      {"fe80::1", "fe80::1", 7432, "[fe80::1]:7432"},
      {"/run/sluice.sock", "/run/sluice.sock", 0, "/run/sluice.sock"},
  };
  for (const auto& expected : cases) {
    const ServerAddress address = ParseServer(expected.text, 7432);
    EXPECT_EQ(address.host, expected.host) << expected.text;
    EXPECT_EQ(address.port, expected.port) << expected.text;
    EXPECT_EQ(address.Text(), expected.shown) << expected.text;
  }
}

TEST(ServerAddressTest, RefusesWhatIsNoAddress) {
  for (const char* text : {"", ":99", "db:", "db:0", "db:65536", "db:9x", "[::1", "[]", "[::1]x"}) {
    EXPECT_THROW(ParseServer(text, 7432), std::invalid_argument) << text;
  }
}

}  // namespace
}  // namespace sluice::driver::client
