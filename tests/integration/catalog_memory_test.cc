// The relay remembers what catalogue functions answered; what a statement of the pool has changed
// since must show nevertheless, whoever changed it.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CatalogMemoryTest : public DatabaseTest {
 protected:
  static std::vector<std::string> ColumnNames(Connection& asking, const std::string& table) {
    Statement s(asking);
    EXPECT_EQ(SQLColumns(s.handle(), nullptr, 0, nullptr, 0, Chars(table), SQL_NTS, nullptr, 0),
              SQL_SUCCESS)
        << s.diagnostics();
    std::vector<std::string> names;
    while (s.Fetch()) names.push_back(s.Text(4).value_or("NULL"));
    return names;
  }

  Connection other{ConnectionString(GetParam())};
};

TEST_P(CatalogMemoryTest, AChangeShowsToWhoMadeItAndToOthers) {
  const std::string table = MakeTable("a INT");
  for (Connection* asking : {&connection, &other, &connection}) {
    EXPECT_THAT(ColumnNames(*asking, table), ElementsAre("a"));
  }
  other.Run("ALTER TABLE " + table + " ADD COLUMN b INT");
  EXPECT_THAT(ColumnNames(other, table), ElementsAre("a", "b"));
  EXPECT_THAT(ColumnNames(connection, table), ElementsAre("a", "b"));
  connection.Run("DROP TABLE " + table);
  EXPECT_THAT(ColumnNames(other, table), IsEmpty());
  EXPECT_THAT(ColumnNames(connection, table), IsEmpty());
}

// DDL of MySQL commits at once.
TEST_P(CatalogMemoryTest, AChangeInATransactionShowsToOthersFromItsEnd) {
  const std::string table = MakeTable("a INT");
  connection.SetAutocommit(false);
  for (const bool commits : {false, true}) {
    connection.Run("CREATE TABLE " + table + "_new (a INT)");
    EXPECT_THAT(ColumnNames(connection, table + "_new"), ElementsAre("a"));
    EXPECT_EQ(ColumnNames(other, table + "_new").empty(), is_postgres());
    ASSERT_EQ(connection.End(commits ? SQL_COMMIT : SQL_ROLLBACK), SQL_SUCCESS)
        << connection.diagnostics();
    const bool lost = is_postgres() && !commits;
    EXPECT_EQ(ColumnNames(connection, table + "_new").empty(), lost);
    EXPECT_EQ(ColumnNames(other, table + "_new").empty(), lost);
    if (!lost) connection.Run("DROP TABLE " + table + "_new");
    ASSERT_EQ(connection.End(SQL_COMMIT), SQL_SUCCESS) << connection.diagnostics();
  }
}

TEST_P(CatalogMemoryTest, ATableOfAnotherSessionAloneIsNotShown) {
  const std::string table = UniqueName("mine");
  EXPECT_THAT(ColumnNames(other, table), IsEmpty());
  connection.Run("CREATE TEMPORARY TABLE " + table + " (a INT)");
  // Not every version of MariaDB lists them.
  if (is_postgres()) {
    EXPECT_THAT(ColumnNames(connection, table), ElementsAre("a"));
  }
  EXPECT_THAT(ColumnNames(other, table), IsEmpty());
  connection.Run("DROP TABLE " + table);
  EXPECT_THAT(ColumnNames(connection, table), IsEmpty());
}

INSTANTIATE_FOR_DATABASES(CatalogMemoryTest);

}  // namespace
}  // namespace sluice::tests
