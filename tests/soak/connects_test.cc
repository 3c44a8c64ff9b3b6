// Connects and disconnects, each leaving in another way, and what is left of them: nothing.
// SLUICE_SOAK_CONNECTS says how many; tests/soak/run.sh --connects 100000 runs that.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <iterator>
#include <thread>
#include <vector>

#include "tests/integration/odbc_session.h"
#include "tests/process_memory.h"

namespace sluice::tests {
namespace {

constexpr int kThreads = 8;
constexpr int kWarmUp = 800;
constexpr int kWays = 6;   // to leave
constexpr int kTexts = 5;  // that are prepared
// What a relay's memory may differ by, in kB, for reasons that do not grow with the connects.
constexpr long kMemorySlack = 24 * 1024;

// What GET /metrics answers.
std::string Metrics(const std::string& host, int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  std::string answer;
  const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    char buffer[4096];
    for (ssize_t got = 0; (got = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) {
      answer.append(buffer, static_cast<std::size_t>(got));
    }
  }
  ::close(fd);
  return answer;
}

std::size_t FilesOf(const std::string& process) {
  const std::filesystem::directory_iterator files("/proc/" + process + "/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

bool Eventually(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

class ConnectsTest : public testing::TestWithParam<Database> {
 protected:
  int Metric(const std::string& name) {
    const std::string text =
        Metrics(relay_["RELAY_HOST"], std::atoi(relay_["RELAY_HTTP_PORT"].c_str()));
    const auto at = text.find('\n' + name + ' ');
    EXPECT_NE(at, std::string::npos) << name;
    return std::atoi(text.c_str() + at + name.size() + 2);
  }
  int PoolMetric(const std::string& name) {
    const char* pool = GetParam() == Database::kPostgres ? "pg" : "mysql";
    return Metric("sluice_pool_" + name + "{pool=\"" + pool + "\"}");
  }

  static void ConnectAndLeave(int way) {
    Connection connection(ConnectionString(GetParam(), RelaySize::kTen));
    Statement statement(connection);
    switch (way % kWays) {
      case 1:
        connection.Value("SELECT 1");
        break;
      case 2:
        connection.SetAutocommit(false);
        statement.Run("SELECT 1");
        break;
      case 3: {
        const PerDatabase series{"SELECT g FROM generate_series(1, 20000) g",
                                 "SELECT seq FROM seq_1_to_20000"};
        statement.Run(series.For(GetParam()));
        statement.Fetch();
        break;
      }
      case 4:
        statement.Prepare("SELECT " + std::to_string(way % kTexts));
        EXPECT_EQ(statement.ExecutePrepared(), SQL_SUCCESS) << statement.diagnostics();
        break;
      case 5:
        EXPECT_TRUE(SQL_SUCCEEDED(statement.Execute("CREATE TEMPORARY TABLE left_here (n INT)")))
            << statement.diagnostics();
        break;
      default:
        break;
    }
    SQLEndTran(SQL_HANDLE_DBC, connection.handle(), SQL_ROLLBACK);
  }

  // Statements that the server keeps prepared: on PostgreSQL for one of the relay's connections, on
  // MySQL for all.
  static int PreparedStatements() {
    Connection connection(ConnectionString(GetParam(), RelaySize::kTen));
    if (GetParam() == Database::kPostgres) {
      return std::stoi(connection.Value("SELECT count(*) FROM pg_prepared_statements"));
    }
    return std::stoi(
        connection.Value("SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS "
                         "WHERE VARIABLE_NAME = 'PREPARED_STMT_COUNT'"));
  }

  static void ConnectOften(int count) {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([=] {
        for (int i = 0; i < count / kThreads; ++i) ConnectAndLeave(i + t);
      });
    }
    for (auto& thread : threads) thread.join();
  }

  std::map<std::string, std::string> relay_ = ServerSettings("relay10");
};

TEST_P(ConnectsTest, LeaveNothingBehind) {
  const char* given = std::getenv("SLUICE_SOAK_CONNECTS");
  ConnectOften(kWarmUp);
  ASSERT_TRUE(Eventually([&] { return Metric("sluice_sessions") == 0; }));
  const std::size_t files = FilesOf(relay_["RELAY_PID"]);
  const std::size_t own_files = FilesOf("self");
  const long memory = ResidentMemory(relay_["RELAY_PID"]);
  ConnectOften(given == nullptr ? 2000 : std::atoi(given));
  EXPECT_TRUE(Eventually([&] { return Metric("sluice_sessions") == 0; }));
  EXPECT_TRUE(Eventually([&] { return PoolMetric("active_connections") == 0; }));
  EXPECT_EQ(PoolMetric("waiting_requests"), 0);
  EXPECT_LE(PoolMetric("idle_connections"), 10);
  // Streams stay warm for a moment, and backend connections were opened: a few, not one per
  // connect.
  constexpr std::size_t kFew = 2 * (kThreads + 10);
  EXPECT_TRUE(Eventually([&] { return FilesOf(relay_["RELAY_PID"]) <= files + kFew; }));
  EXPECT_LE(FilesOf("self"), own_files + kFew);
  // Other fixtures' relays may have some on the same server.
  const int connections = GetParam() == Database::kPostgres ? 1 : 60;
  EXPECT_LE(PreparedStatements(), connections * (kTexts + kWays));
  const long memory_after = ResidentMemory(relay_["RELAY_PID"]);
  std::cout << "the relay's memory: " << memory << " kB before, " << memory_after << " kB after\n";
  if (kMemoryTells) {
    EXPECT_LE(memory_after, memory + kMemorySlack);
  }
}

INSTANTIATE_FOR_DATABASES(ConnectsTest);

}  // namespace
}  // namespace sluice::tests
