// Hundreds of applications on ten backend connections, each with an oracle. tests/soak/run.sh runs
// it: SLUICE_SOAK_SECONDS, SLUICE_SOAK_SESSIONS, SLUICE_SOAK_SEED.

#include <gmock/gmock.h>

#include <cstdlib>
#include <iostream>
#include <thread>

#include "tests/soak/application.h"

namespace sluice::tests {
namespace {

using testing::IsEmpty;

constexpr int kBackendConnections = 10;

int Option(const char* name, int by_default) {
  const char* text = std::getenv(name);
  return text == nullptr ? by_default : std::atoi(text);
}

class OracleTest : public testing::TestWithParam<Database> {
 protected:
  static std::string Pool() { return ConnectionString(GetParam(), RelaySize::kTen); }

  // The relay's connections, as the server sees them.
  static int ServerConnections(Connection& connection) {
    const PerDatabase sql{
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'sluiced'",
        "SELECT COUNT(*) FROM information_schema.processlist"
        " WHERE db = DATABASE() AND command <> 'Killed'"};
    return std::atoi(connection.Value(sql.For(GetParam())).c_str());
  }
};

TEST_P(OracleTest, EverySessionSeesItsOwn) {
  const int sessions = Option("SLUICE_SOAK_SESSIONS", 100);
  const int seconds = Option("SLUICE_SOAK_SECONDS", 3);
  const int seed = Option("SLUICE_SOAK_SEED", 1);
  Connection connection(Pool());
  connection.Run("DROP TABLE IF EXISTS oracle");
  connection.Run("CREATE TABLE oracle (session INT, n INT, v INT, PRIMARY KEY (session, n))");
  connection.Run("DROP TABLE IF EXISTS oracle_ids");
  const PerDatabase ids{"CREATE TABLE oracle_ids (id SERIAL, session INT)",
                        "CREATE TABLE oracle_ids (id INT AUTO_INCREMENT PRIMARY KEY, session INT)"};
  connection.Run(ids.For(GetParam()));
  Tally tally;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  std::vector<std::thread> threads;
  for (int id = 1; id <= sessions; ++id) {
    threads.emplace_back([&, id] {
      const auto own_seed =
          static_cast<std::uint64_t>(seed) * 1'000'003 + static_cast<unsigned>(id);
      Application(GetParam(), Pool(), id, own_seed, tally).RunUntil(end);
    });
  }
  int most = 0;
  while (std::chrono::steady_clock::now() < end) {
    most = std::max(most, ServerConnections(connection));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(tally.wrong(), IsEmpty());
  EXPECT_LE(most, kBackendConnections);
  EXPECT_LE(ServerConnections(connection), kBackendConnections);
  std::cout << DatabaseName({GetParam(), 0}) << ", " << sessions << " sessions, seed " << seed
            << ": " << tally.Summary() << ", server connections at most " << most << '\n';
  connection.Run("DROP TABLE oracle");
  connection.Run("DROP TABLE oracle_ids");
}

INSTANTIATE_FOR_DATABASES(OracleTest);

}  // namespace
}  // namespace sluice::tests
