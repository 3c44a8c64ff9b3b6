// Large arrays of parameters, which go to the database many rows at a time: the application is told
// what it would be told of the rows one by one.

#include <array>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::Each;
using testing::ElementsAre;

class BulkArrayTest : public DatabaseTest {
 protected:
  static constexpr std::size_t kWidth = 32;

  void Fill(std::size_t count) {
    rows = count;
    ids.resize(count);
    texts.assign(count * kWidth, '\0');
    lengths.assign(count, SQL_NTS);
    status.assign(count, 99);
    for (std::size_t i = 0; i < count; ++i) {
      ids[i] = static_cast<SQLINTEGER>(i + 1);
      std::snprintf(&texts[i * kWidth], kWidth, "row \"%zu\\'", i + 1);
      if (i % 10 == 9) lengths[i] = SQL_NULL_DATA;
    }
  }

  void Bind(Statement& insert) {
    insert.Set(SQL_ATTR_PARAMSET_SIZE, rows);
    insert.SetPointer(SQL_ATTR_PARAM_STATUS_PTR, status.data());
    insert.SetPointer(SQL_ATTR_PARAMS_PROCESSED_PTR, &processed);
    ASSERT_EQ(SQLBindParameter(insert.handle(), 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 10, 0,
                               ids.data(), 0, nullptr),
              SQL_SUCCESS);
    ASSERT_EQ(SQLBindParameter(insert.handle(), 2, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, kWidth,
                               0, texts.data(), kWidth, lengths.data()),
              SQL_SUCCESS);
  }

  std::string Table() { return MakeTable("id INT PRIMARY KEY, v VARCHAR(32)"); }

  // Rows of the application's array, from 1, that failed.
  std::vector<std::size_t> Failed() const {
    std::vector<std::size_t> failed;
    for (std::size_t i = 0; i < rows; ++i) {
      if (status[i] == SQL_PARAM_ERROR) failed.push_back(i + 1);
    }
    return failed;
  }
  // The rows that the diagnostic records name.
  static std::vector<SQLLEN> NamedRows(const Statement& statement) {
    std::vector<SQLLEN> named;
    SQLLEN row = 0;
    for (SQLSMALLINT record = 1;
         SQLGetDiagField(SQL_HANDLE_STMT, statement.handle(), record, SQL_DIAG_ROW_NUMBER, &row, 0,
                         nullptr) == SQL_SUCCESS;
         ++record) {
      named.push_back(row);
    }
    return named;
  }

  std::size_t rows = 0;
  std::vector<SQLINTEGER> ids;
  std::vector<char> texts;
  std::vector<SQLLEN> lengths;
  std::vector<SQLUSMALLINT> status;
  SQLULEN processed = 0;
};

TEST_P(BulkArrayTest, ValuesAndCountsOfManyRows) {
  const std::string table = Table();
  Fill(1000);
  Statement insert(connection);
  Bind(insert);
  insert.Prepare("INSERT INTO " + table + " (id, v) VALUES (?, ?)");
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(insert.ExecutePrepared(), SQL_SUCCESS) << insert.diagnostics();
    EXPECT_EQ(insert.RowCount(), 1000);
    EXPECT_EQ(processed, 1000U);
    EXPECT_THAT(status, Each(SQL_PARAM_SUCCESS));
    for (auto& id : ids) id += 1000;
  }
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table), "3000");
  EXPECT_THAT(connection.Rows("SELECT v FROM " + table + " WHERE id IN (1, 10, 1999) ORDER BY id"),
              ElementsAre("row \"1\\'", "NULL", "row \"999\\'"));
}

TEST_P(BulkArrayTest, ErrorsAreToldOfTheirRowsAndTheOthersAreThere) {
  const std::string table = Table();
  connection.Run("INSERT INTO " + table + " VALUES (333, 'old'), (1000, 'old')");
  Fill(1000);
  for (const bool in_transaction : {false, true}) {
    SCOPED_TRACE(in_transaction);
    if (in_transaction) {
      connection.Run("DELETE FROM " + table + " WHERE v <> 'old' OR v IS NULL");
      connection.SetAutocommit(false);
    }
    Statement insert(connection);
    Bind(insert);
    EXPECT_EQ(insert.Execute("INSERT INTO " + table + " VALUES (?, ?)"), SQL_SUCCESS_WITH_INFO);
    EXPECT_EQ(insert.state(), Sql({"23505", "23000"})) << insert.diagnostics();
    EXPECT_THAT(NamedRows(insert), ElementsAre(333, 1000));
    EXPECT_THAT(Failed(), ElementsAre(333, 1000));
    EXPECT_EQ(insert.RowCount(), 998);
    EXPECT_EQ(processed, 1000U);
    if (in_transaction) connection.Commit();
    EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table), "1000");
  }
  connection.Commit();
}

TEST_P(BulkArrayTest, ARollbackTakesAllRows) {
  const std::string table = Table();
  Fill(500);
  connection.SetAutocommit(false);
  Statement insert(connection);
  Bind(insert);
  insert.Run("INSERT INTO " + table + " VALUES (?, ?)");
  connection.Rollback();
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table), "0");
  connection.Commit();
}

TEST_P(BulkArrayTest, RowsThatTheApplicationSkipsStayOut) {
  const std::string table = Table();
  connection.Run("INSERT INTO " + table + " VALUES (5, 'old')");
  Fill(300);
  std::vector<SQLUSMALLINT> operation(300, SQL_PARAM_PROCEED);
  for (std::size_t i = 0; i < 300; i += 3) operation[i] = SQL_PARAM_IGNORE;
  Statement insert(connection);
  Bind(insert);
  insert.SetPointer(SQL_ATTR_PARAM_OPERATION_PTR, operation.data());
  EXPECT_EQ(insert.Execute("INSERT INTO " + table + " VALUES (?, ?)"), SQL_SUCCESS_WITH_INFO);
  EXPECT_THAT(Failed(), ElementsAre(5));
  EXPECT_THAT(NamedRows(insert), ElementsAre(5));
  EXPECT_EQ(status[0], SQL_PARAM_UNUSED);
  EXPECT_EQ(status[1], SQL_PARAM_SUCCESS);
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table), "200");
}

TEST_P(BulkArrayTest, AHundredThousandRows) {
  const std::string table = Table();
  Fill(100'000);
  Statement insert(connection);
  Bind(insert);
  insert.Run("INSERT INTO " + table + " VALUES (?, ?)");
  EXPECT_EQ(insert.RowCount(), 100'000);
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table + " WHERE id BETWEEN 1 AND 100000"),
            "100000");
}

TEST_P(BulkArrayTest, TheTextThatIsTooLongIsItsRowsError) {
  const std::string table = MakeTable("id INT PRIMARY KEY, v VARCHAR(12)");
  Fill(200);
  std::snprintf(&texts[99 * kWidth], kWidth, "%s", "much too long for it");
  lengths[99] = SQL_NTS;
  Statement insert(connection);
  Bind(insert);
  EXPECT_EQ(insert.Execute("INSERT INTO " + table + " VALUES (?, ?)"), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(insert.state(), "22001") << insert.diagnostics();
  EXPECT_THAT(Failed(), ElementsAre(100));
}

// Of 12 MiB, in messages of 4 MiB: the application sees one array.
TEST_P(BulkArrayTest, RowsThatAreLongGoInParts) {
  const std::string table =
      MakeTable(Sql({"id INT PRIMARY KEY, v TEXT", "id INT PRIMARY KEY, v MEDIUMTEXT"}));
  connection.Run("INSERT INTO " + table + " VALUES (9, 'old')");
  constexpr std::size_t kLength = std::size_t{1} << 20;
  Fill(12);
  const std::vector<char> values(rows * kLength, 'v');
  lengths.assign(rows, static_cast<SQLLEN>(kLength));
  Statement insert(connection);
  Bind(insert);
  ASSERT_EQ(SQLBindParameter(insert.handle(), 2, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_LONGVARCHAR,
                             kLength, 0, const_cast<char*>(values.data()), kLength, lengths.data()),
            SQL_SUCCESS);
  EXPECT_EQ(insert.Execute("INSERT INTO " + table + " VALUES (?, ?)"), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(insert.state(), Sql({"23505", "23000"})) << insert.diagnostics();
  EXPECT_THAT(Failed(), ElementsAre(9));
  EXPECT_THAT(NamedRows(insert), ElementsAre(9));
  EXPECT_EQ(insert.RowCount(), 11);
  EXPECT_EQ(processed, 12U);
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table + " WHERE LENGTH(v) = 1048576"), "11");
}

INSTANTIATE_FOR_DATABASES(BulkArrayTest);

}  // namespace
}  // namespace sluice::tests
