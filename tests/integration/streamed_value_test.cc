// Values of SQLPutData that are too long to be kept: neither the application's process nor, until
// the statement runs, the relay grows with them. When it runs, libpq wants the value whole: the
// relay has it once, and libpq's message once more. MySQL's library takes it in pieces.

#include <fstream>
#include <string>
#include <vector>

#include "tests/integration/odbc_session.h"
#include "tests/process_memory.h"

namespace sluice::tests {
namespace {

constexpr std::size_t kMegabyte = std::size_t{1} << 20;
constexpr long kAllowedGrowth = 4 * 1024;        // kB
constexpr long kAllowedRelayGrowth = 16 * 1024;  // kB
constexpr std::size_t kMegabytes = 256;          // of a value

// Lets the most memory that a process has had resident be what it has now.
void ForgetPeak(const std::string& process) {
  std::ofstream("/proc/" + process + "/clear_refs") << 5;
}

class StreamedValueTest : public testing::TestWithParam<Database> {
 protected:
  // kB that the relay may grow by while the statement runs.
  long allowed_while_it_runs() const {
    return GetParam() == Database::kPostgres ? static_cast<long>(kMegabytes) * 1024 * 5 / 2
                                             : kAllowedRelayGrowth;
  }
  const char* Sql(const PerDatabase& sql) const { return sql.For(GetParam()); }

  void Begin(Statement& statement) {
    ASSERT_EQ(SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_BINARY,
                               SQL_LONGVARBINARY, 1 << 30, 0, &at_execution_, 0, &at_execution_),
              SQL_SUCCESS);
    ASSERT_EQ(statement.Execute(Sql({"SELECT octet_length(CAST(? AS bytea))", "SELECT LENGTH(?)"})),
              SQL_NEED_DATA)
        << statement.diagnostics();
    SQLPOINTER token = nullptr;
    ASSERT_EQ(SQLParamData(statement.handle(), &token), SQL_NEED_DATA);
    EXPECT_EQ(token, &at_execution_);
  }
  void PutMegabytes(Statement& statement, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(SQLPutData(statement.handle(), piece_.data(), static_cast<SQLLEN>(piece_.size())),
                SQL_SUCCESS)
          << statement.diagnostics();
    }
  }

  Connection connection{ConnectionString(GetParam(), RelaySize::kFive)};
  std::string piece_ = std::string(kMegabyte, '\x5A');
  SQLLEN at_execution_ = SQL_DATA_AT_EXEC;
};

TEST_P(StreamedValueTest, LongValueIsNeverInMemory) {
  connection.Value("SELECT 1");
  const std::string relay = ServerSettings("relay5")["RELAY_PID"];
  Statement statement(connection);
  Begin(statement);
  PutMegabytes(statement, 1);
  const long before = PeakMemory();
  const long relay_before = ResidentMemory(relay);
  PutMegabytes(statement, kMegabytes - 1);
  if (kMemoryTells) {
    EXPECT_LE(ResidentMemory(relay) - relay_before, kAllowedRelayGrowth);
  }
  SQLPOINTER token = nullptr;
  ForgetPeak(relay);
  ASSERT_EQ(SQLParamData(statement.handle(), &token), SQL_SUCCESS) << statement.diagnostics();
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(statement.Number(1), static_cast<SQLBIGINT>(kMegabytes * kMegabyte));
  statement.Close();
  const auto relay_growth = [&] { return ResidentMemory(relay) - relay_before; };
  // The relay gives its memory back when it gives the connection back, which is not waited for.
  for (int i = 0; i < 1000 && relay_growth() > kAllowedRelayGrowth; ++i) {
    connection.Value("SELECT 1");
  }
  if (kMemoryTells) {
    EXPECT_LE(PeakMemory() - before, kAllowedGrowth);
    EXPECT_LE(MemoryOf(relay, "VmHWM") - relay_before, allowed_while_it_runs());
    EXPECT_LE(relay_growth(), kAllowedRelayGrowth) << "it is not kept";
  }
}

TEST_P(StreamedValueTest, CancelInTheMiddleLeavesTheStatementUsable) {
  Statement statement(connection);
  Begin(statement);
  PutMegabytes(statement, 3);
  ASSERT_EQ(SQLCancel(statement.handle()), SQL_SUCCESS);
  SQLFreeStmt(statement.handle(), SQL_RESET_PARAMS);
  statement.Run("SELECT 1");
  statement.Close();
  Begin(statement);
  PutMegabytes(statement, 2);
  SQLPOINTER token = nullptr;
  ASSERT_EQ(SQLParamData(statement.handle(), &token), SQL_SUCCESS) << statement.diagnostics();
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(statement.Number(1), static_cast<SQLBIGINT>(2 * kMegabyte));
}

INSTANTIATE_FOR_DATABASES(StreamedValueTest);

}  // namespace
}  // namespace sluice::tests
