// A catalogue function that names a table costs MySQL one question, and opens that table alone: the
// server would need seconds for the thousands of others that there may be.

#include <functional>
#include <map>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

class CatalogCostTest : public testing::Test {
 protected:
  static constexpr int kTables = 40;

  CatalogCostTest() {
    for (int i = 0; i < kTables; ++i) {
      connection.Run("CREATE TABLE " + Name(i) +
                     " (id INT PRIMARY KEY, other INT, UNIQUE (other), FOREIGN KEY (other)"
                     " REFERENCES " +
                     Name(0) + " (id)) ENGINE = InnoDB");
    }
    connection.SetAutocommit(false);  // one backend connection, whose counters are read
  }
  ~CatalogCostTest() override {
    connection.SetAutocommit(true);
    for (int i = kTables - 1; i >= 0; --i) connection.Run("DROP TABLE " + Name(i));
  }

  std::string Name(int number) const { return prefix + "_" + std::to_string(number); }

  // The questions, and the tables that were opened, since the connection was made.
  std::map<std::string, int> Counters() {
    std::map<std::string, int> counters;
    for (const std::string& row :
         connection.Rows("SHOW SESSION STATUS WHERE Variable_name IN ('Questions', "
                         "'Opened_table_definitions')")) {
      const auto bar = row.find('|');
      counters[row.substr(0, bar)] = std::stoi(row.substr(bar + 1));
    }
    return counters;
  }

  const std::string prefix = UniqueName("cost");
  Connection connection{ConnectionString(Database::kMysql, RelaySize::kOne)};
};

TEST_F(CatalogCostTest, OneQuestionAndOneTable) {
  const std::string name = Name(7);
  SQLCHAR* const table = Chars(name);
  struct Case {
    const char* name;
    std::function<SQLRETURN(SQLHSTMT)> call;
  };
  const Case cases[] = {
      {"SQLTables",
       [&](SQLHSTMT s) {
         return SQLTables(s, nullptr, 0, nullptr, 0, table, SQL_NTS, nullptr, 0);
       }},
      {"SQLColumns",
       [&](SQLHSTMT s) {
         return SQLColumns(s, nullptr, 0, nullptr, 0, table, SQL_NTS, nullptr, 0);
       }},
      {"SQLPrimaryKeys",
       [&](SQLHSTMT s) { return SQLPrimaryKeys(s, nullptr, 0, nullptr, 0, table, SQL_NTS); }},
      {"SQLForeignKeys",
       [&](SQLHSTMT s) {
         return SQLForeignKeys(s, nullptr, 0, nullptr, 0, nullptr, 0, nullptr, 0, nullptr, 0, table,
                               SQL_NTS);
       }},
      {"SQLStatistics",
       [&](SQLHSTMT s) {
         return SQLStatistics(s, nullptr, 0, nullptr, 0, table, SQL_NTS, SQL_INDEX_ALL, SQL_QUICK);
       }},
      {"SQLSpecialColumns",
       [&](SQLHSTMT s) {
         return SQLSpecialColumns(s, SQL_BEST_ROWID, nullptr, 0, nullptr, 0, table, SQL_NTS,
                                  SQL_SCOPE_SESSION, SQL_NULLABLE);
       }},
      {"SQLSpecialColumns, versions",
       [&](SQLHSTMT s) {
         return SQLSpecialColumns(s, SQL_ROWVER, nullptr, 0, nullptr, 0, table, SQL_NTS,
                                  SQL_SCOPE_SESSION, SQL_NULLABLE);
       }},
      {"SQLTablePrivileges",
       [&](SQLHSTMT s) { return SQLTablePrivileges(s, nullptr, 0, nullptr, 0, table, SQL_NTS); }},
      {"SQLColumnPrivileges",
       [&](SQLHSTMT s) {
         return SQLColumnPrivileges(s, nullptr, 0, nullptr, 0, table, SQL_NTS, nullptr, 0);
       }},
      {"SQLProcedures",
       [&](SQLHSTMT s) { return SQLProcedures(s, nullptr, 0, nullptr, 0, table, SQL_NTS); }},
      {"SQLProcedureColumns",
       [&](SQLHSTMT s) {
         return SQLProcedureColumns(s, nullptr, 0, nullptr, 0, table, SQL_NTS, nullptr, 0);
       }},
  };
  for (const Case& function : cases) {
    std::string flush = "FLUSH TABLES " + Name(0);
    for (int i = 1; i < kTables; ++i) flush += ", " + Name(i);
    connection.Run(flush);
    auto before = Counters();
    Statement statement(connection);
    EXPECT_EQ(function.call(statement.handle()), SQL_SUCCESS)
        << function.name << ": " << statement.diagnostics();
    statement.Rows();
    statement.Close();
    auto after = Counters();
    // The questions of Counters() are counted, too. A table of the server's own may be opened.
    EXPECT_EQ(after["Questions"] - before["Questions"], 2) << function.name;
    EXPECT_LE(after["Opened_table_definitions"] - before["Opened_table_definitions"], 5)
        << function.name;
  }
}

}  // namespace
}  // namespace sluice::tests
