// A million rows, read row by row: neither the application's process nor the relay grows with them.

#include <algorithm>
#include <cstdint>
#include <memory>

#include "tests/integration/odbc_session.h"
#include "tests/process_memory.h"

namespace sluice::tests {
namespace {

constexpr long kAllowedGrowth = 16 * 1024;  // kB
constexpr int kRows = 1'000'000;

class ScanTest : public testing::TestWithParam<Database> {
 protected:
  // Ten to the sixth power rows from a table of ten.
  std::string MillionRows() const {
    return "SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d + 100000 * f.d AS id, "
           "'some text that is not short' AS v FROM " +
           table + " a, " + table + " b, " + table + " c, " + table + " d, " + table + " e, " +
           table + " f";
  }
  void SetUp() override {
    connection.Run("CREATE TABLE " + table + " (d INT)");
    connection.Run("INSERT INTO " + table + " VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)");
  }
  void TearDown() override { connection.Run("DROP TABLE " + table); }

  const std::string table = UniqueName("digits");
  Connection connection{ConnectionString(GetParam(), RelaySize::kFive)};
};

TEST_P(ScanTest, AMillionRowsNeedNoMemoryOfTheirOwn) {
  const std::string relay = ServerSettings("relay5")["RELAY_PID"];
  Statement statement(connection);
  statement.Run(MillionRows());
  SQLINTEGER id = 0;
  char text[64];
  SQLLEN lengths[2];
  SQLBindCol(statement.handle(), 1, SQL_C_SLONG, &id, sizeof id, &lengths[0]);
  SQLBindCol(statement.handle(), 2, SQL_C_CHAR, text, sizeof text, &lengths[1]);
  ASSERT_TRUE(statement.Fetch());
  const long own_before = ResidentMemory("self");
  const long relay_before = ResidentMemory(relay);
  long own_most = own_before;
  long relay_most = relay_before;
  std::int64_t sum = id;
  int count = 1;
  for (; SQL_SUCCEEDED(SQLFetch(statement.handle())); ++count) {
    sum += id;
    if (count % 100'000 != 0) continue;
    own_most = std::max(own_most, ResidentMemory("self"));
    relay_most = std::max(relay_most, ResidentMemory(relay));
  }
  EXPECT_EQ(count, kRows) << statement.diagnostics();
  EXPECT_EQ(sum, std::int64_t{kRows} * (kRows - 1) / 2);
  if (!kMemoryTells) return;
  EXPECT_LT(own_most - own_before, kAllowedGrowth);
  EXPECT_LT(relay_most - relay_before, kAllowedGrowth);
}

// What the relay holds for a reader that pauses is bounded, whatever the result's size: the rest
// goes to a temporary file once another client wants the backend connection.
TEST_P(ScanTest, OthersWorkWhileFiveReadersPause) {
  std::vector<std::unique_ptr<Connection>> readers;
  std::vector<std::unique_ptr<Statement>> statements;
  for (int i = 0; i < 5; ++i) {
    readers.push_back(std::make_unique<Connection>(ConnectionString(GetParam(), RelaySize::kFive)));
    statements.push_back(std::make_unique<Statement>(*readers.back()));
    statements.back()->Run(MillionRows() + " WHERE f.d < 2");
    ASSERT_TRUE(statements.back()->Fetch());
  }
  EXPECT_EQ(connection.Value("SELECT 1"), "1");
  for (auto& statement : statements) {
    int count = 1;
    while (SQL_SUCCEEDED(SQLFetch(statement->handle()))) ++count;
    EXPECT_EQ(count, kRows / 5) << statement->diagnostics();
  }
}

INSTANTIATE_TEST_SUITE_P(, ScanTest, testing::Values(Database::kPostgres, Database::kMysql),
                         DatabaseName);

}  // namespace
}  // namespace sluice::tests
