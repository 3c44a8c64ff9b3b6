// A server that accepts and then says nothing more must not hold a thread for ever. Without a limit
// these cases never end.

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>

#include "relay_server/backend/mysql/mysql_connector.h"
#include "relay_server/backend/mysql/mysql_endpoint.h"

namespace sluice::relay::backend {
namespace {

// Within which even a busy machine gets through a login.
constexpr std::chrono::milliseconds kEnoughToLogIn{1500};

// How far the server goes before it falls silent.
enum class SilentFrom { kStart, kLogin };

// MariaDB's client/server protocol: initial handshake packet, OK packet.
std::string Packet(char sequence, const std::string& payload) {
  return std::string{static_cast<char>(payload.size()), '\0', '\0', sequence} + payload;
}
std::string Greeting() {
  const std::string version("5.5.5-10.11.0-MariaDB\0", 22);
  const std::string thread("\1\0\0\0", 4);
  // CLIENT_LONG_PASSWORD, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, then
  // PLUGIN_AUTH; utf8mb4, autocommit, the length of the scramble.
  const std::string abilities("\x09\xa2\x2d\x02\x00\x08\x00\x15", 8);
  return Packet(0, "\x0a" + version + thread + "12345678" + std::string(1, '\0') + abilities +
                       std::string(10, '\0') + "abcdefghijkl" + std::string(1, '\0') +
                       "mysql_native_password" + std::string(1, '\0'));
}
std::string Ok() { return Packet(2, std::string("\0\0\0\x02\0\0\0", 7)); }

class SilentServer {
 public:
  explicit SilentServer(SilentFrom from)
      : from_(from),
        listener_(Poco::Net::SocketAddress("127.0.0.1", 0)),
        thread_([this] { Serve(); }) {}
  ~SilentServer() {
    listener_.close();
    if (thread_.joinable()) thread_.join();
  }
  Target target() const {
    return {.host = "127.0.0.1",
            .port = listener_.address().port(),
            .database = "d",
            .user = "u",
            .password = "p",
            .connect_timeout = std::chrono::minutes(10)};
  }
  // Once the client is gone: a question after the login has come before.
  bool WasAsked() {
    thread_.join();
    return was_asked_;
  }

 private:
  // Until the client hangs up.
  void Serve() {
    auto client = listener_.acceptConnection();
    std::array<char, 4096> octets{};
    const auto receive = [&] {
      return client.receiveBytes(octets.data(), static_cast<int>(octets.size()));
    };
    if (from_ == SilentFrom::kLogin) {
      const auto send = [&](const std::string& packet) {
        client.sendBytes(packet.data(), static_cast<int>(packet.size()));
      };
      send(Greeting());
      if (receive() <= 0) return;
      send(Ok());
      was_asked_ = receive() > 0;
    }
    while (receive() > 0) {
    }
  }

  const SilentFrom from_;
  bool was_asked_ = false;  // written by the thread
  Poco::Net::ServerSocket listener_;
  std::thread thread_;
};

std::string StateOfConnect(const SilentServer& server) {
  try {
    MysqlConnector(server.target()).Connect(wire::DeadlineAfter(kEnoughToLogIn));
  } catch (const BackendError& error) {
    EXPECT_TRUE(error.connection_lost()) << error.what();
    return error.sqlstate();
  }
  return "none";
}

TEST(SilentServerTest, ALoginEndsAtItsDeadline) {
  EXPECT_EQ(StateOfConnect(SilentServer(SilentFrom::kStart)), "08001");
}

TEST(SilentServerTest, TheFirstQuestionsOfAConnectionEndAtItsDeadline) {
  SilentServer server(SilentFrom::kLogin);
  EXPECT_EQ(StateOfConnect(server), "08001");
  EXPECT_TRUE(server.WasAsked());
}

TEST(SilentServerTest, ACancelEndsAtItsDeadline) {
  for (const auto from : {SilentFrom::kStart, SilentFrom::kLogin}) {
    SilentServer server(from);
    const MysqlEndpoint endpoint(server.target());
    EXPECT_THROW(endpoint.KillQuery(7, wire::DeadlineAfter(kEnoughToLogIn)), BackendError);
    EXPECT_EQ(server.WasAsked(), from == SilentFrom::kLogin);
  }
}

}  // namespace
}  // namespace sluice::relay::backend
