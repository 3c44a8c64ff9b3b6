// psqlodbc's connection options, under its own names: how types are described, what an error
// undoes, the rows of cursors that a call returns.

#include <array>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;

constexpr std::array kColumns = {"v", "v300", "c", "t", "m", "j", "o", "b"};

class PsqlodbcOptionTest : public DatabaseTest {
 protected:
  void SetUp() override {
    type_ = UniqueName("mood");
    connection.Run("CREATE TYPE " + type_ + " AS ENUM ('sad', 'happy')");
    table_ = MakeTable("v varchar, v300 varchar(300), c char(10), t text, m " + type_ +
                       ", j json, o bytea, b bool");
    connection.Run("INSERT INTO " + table_ +
                   " VALUES ('äö', 'abc', 'x', 'some text', 'sad', '{}', '\\x0102', true)");
  }
  void TearDown() override {
    DatabaseTest::TearDown();
    connection.Run("DROP TYPE " + type_);
  }
  static std::string With(const std::string& options) {
    return ConnectionString(Database::kPostgres) + ";" + options;
  }
  // "v -9 255" …: as SQLDescribeCol has it, before and after execution, SQLColAttribute and
  // SQLColumns, which must agree.
  std::vector<std::string> Described(const std::string& options) {
    Connection with(With(options));
    Statement prepared(with);
    prepared.Prepare("SELECT * FROM " + table_);
    auto described = Columns(prepared);
    EXPECT_EQ(prepared.ExecutePrepared(), SQL_SUCCESS) << prepared.diagnostics();
    EXPECT_EQ(Columns(prepared), described) << options;
    EXPECT_EQ(Catalogue(with), described) << options;
    return described;
  }
  static std::string Line(const char* name, SQLLEN type, SQLULEN size) {
    // The size of bytea is 0 or SQL_NO_TOTAL, as from psqlodbc.
    if (type == SQL_LONGVARBINARY) size = 0;
    return std::string(name) + " " + std::to_string(type) + " " + std::to_string(size);
  }
  static std::vector<std::string> Columns(Statement& statement) {
    std::vector<std::string> lines;
    for (SQLUSMALLINT i = 1; i <= kColumns.size(); ++i) {
      SQLSMALLINT type = 0;
      SQLULEN size = 0;
      EXPECT_EQ(SQLDescribeCol(statement.handle(), i, nullptr, 0, nullptr, &type, &size, nullptr,
                               nullptr),
                SQL_SUCCESS)
          << statement.diagnostics();
      SQLLEN concise = 0;
      SQLLEN length = 0;
      SQLColAttribute(statement.handle(), i, SQL_DESC_CONCISE_TYPE, nullptr, 0, nullptr, &concise);
      SQLColAttribute(statement.handle(), i, SQL_DESC_LENGTH, nullptr, 0, nullptr, &length);
      EXPECT_EQ(concise, type);
      EXPECT_EQ(static_cast<SQLULEN>(length), size);
      lines.push_back(Line(kColumns[i - 1], type, size));
    }
    return lines;
  }
  std::vector<std::string> Catalogue(Connection& with) const {
    Statement statement(with);
    EXPECT_EQ(
        SQLColumns(statement.handle(), nullptr, 0, nullptr, 0, Chars(table_), SQL_NTS, nullptr, 0),
        SQL_SUCCESS)
        << statement.diagnostics();
    std::vector<std::string> lines;
    while (statement.Fetch()) {
      lines.push_back(Line(statement.Text(4)->c_str(), statement.Number(5),
                           static_cast<SQLULEN>(statement.Number(7))));
    }
    return lines;
  }

  std::string type_;
  std::string table_;
};

TEST_P(PsqlodbcOptionTest, TypesAreDescribedAsTheOptionsSay) {
  EXPECT_THAT(Described(""), ElementsAre("v 12 255", "v300 12 300", "c 1 10", "t -1 8190",
                                         "m 12 255", "j -1 8190", "o -4 0", "b 12 5"));
  EXPECT_THAT(Described("MaxVarcharSize=100"),
              ElementsAre("v 12 100", "v300 -1 300", "c 1 10", "t -1 8190", "m 12 100", "j -1 8190",
                          "o -4 0", "b 12 5"));
  EXPECT_THAT(Described("B0=1000;B1=500;B9=0"),
              ElementsAre("v 12 1000", "v300 12 300", "c 1 10", "t -1 500", "m 12 1000", "j -1 500",
                          "o -4 0", "b -7 1"));
  EXPECT_THAT(Described("TextAsLongVarchar=0;UnknownsAsLongVarchar=0;ByteaAsLongVarBinary=0"),
              ElementsAre("v 12 255", "v300 12 300", "c 1 10", "t 12 255", "m 12 255", "j 12 255",
                          "o -3 255", "b 12 5"));
  EXPECT_THAT(Described("B7=1;B8=1;C7=1"),
              ElementsAre("v 12 255", "v300 12 300", "c 1 10", "t -1 8190", "m -1 8190",
                          "j -1 8190", "o -4 0", "b 12 5"));
}

TEST_P(PsqlodbcOptionTest, SizesAreThoseOfTheLongestValues) {
  Connection with(With("UnknownSizes=2"));
  Statement statement(with);
  statement.Run("SELECT * FROM " + table_);
  EXPECT_THAT(Columns(statement), ElementsAre("v 12 2", "v300 12 300", "c 1 10", "t -1 9", "m 12 3",
                                              "j -1 2", "o -4 0", "b 12 5"));
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(statement.Text(1), "äö");
  Statement empty(with);
  empty.Run("SELECT * FROM " + table_ + " WHERE false");
  EXPECT_EQ(Columns(empty).front(), "v 12 255");
}

TEST_P(PsqlodbcOptionTest, LibpqsOptionsAreSet) {
  const auto value = [](const std::string& options, const std::string& variable) {
    return Connection(With(options)).Value("SELECT current_setting('" + variable + "')");
  };
  EXPECT_EQ(value("pqopt={application_name=a;b}", "application_name"), "a;b");
  EXPECT_EQ(value("pqopt={application_name='my app'}", "application_name"), "my app");
  const std::string both = "ConnSettings={SET work_mem = '5MB'};pqopt={options=-cgeqo=off}";
  EXPECT_EQ(value(both, "geqo"), "off");
  EXPECT_EQ(value(both, "work_mem"), "5MB");
}

TEST_P(PsqlodbcOptionTest, EmptyDatesAreNullWhereTheExtraOptionsSaySo) {
  const std::string dates = MakeTable("d date, v varchar(9)");
  const auto insert = [&](const std::string& options) {
    Connection with(With(options));
    Statement statement(with);
    char empty[] = "";
    for (SQLUSMALLINT number = 1; number <= 2; ++number) {
      SQLBindParameter(statement.handle(), number, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_CHAR, 5, 0,
                       empty, 0, nullptr);
    }
    const SQLRETURN outcome = statement.Execute("INSERT INTO " + dates + " VALUES (?, ?)");
    return outcome == SQL_SUCCESS ? "" : statement.state();
  };
  EXPECT_EQ(insert("AB=0x08"), "");
  EXPECT_EQ(connection.Value("SELECT (d IS NULL)::text || (v = '')::text FROM " + dates),
            "truetrue");
  EXPECT_EQ(insert("AB=0"), "22007");
}

TEST_P(PsqlodbcOptionTest, AccessComparesBooleansWithOne) {
  Statement statement(connection);
  const std::string sql = "SELECT \"v\" FROM " + table_ + " WHERE (\"b\" = 1)";
  EXPECT_EQ(statement.Execute(sql), SQL_ERROR);
  constexpr SQLINTEGER kMsJet = 65549;
  const auto set = [&](std::uintptr_t value) {
    return SQLSetConnectAttr(connection.handle(), kMsJet, reinterpret_cast<SQLPOINTER>(value), 0);
  };
  ASSERT_EQ(set(1), SQL_SUCCESS);
  statement.Run(sql);
  EXPECT_THAT(statement.Rows(), ElementsAre("äö"));
  SQLUINTEGER value = 7;
  EXPECT_EQ(SQLGetConnectAttr(connection.handle(), kMsJet, &value, 0, nullptr), SQL_SUCCESS);
  EXPECT_EQ(value, 1u);
  ASSERT_EQ(set(0), SQL_SUCCESS);
  statement.Close();
  EXPECT_EQ(statement.Execute(sql), SQL_ERROR);
}

TEST_P(PsqlodbcOptionTest, ParametersAndTypeInfoFollow) {
  Connection with(With("MaxVarcharSize=100;TextAsLongVarchar=0"));
  Statement statement(with);
  statement.Prepare("SELECT v FROM " + table_ + " WHERE v = ? AND t = ?");
  for (SQLUSMALLINT marker = 1; marker <= 2; ++marker) {
    SQLSMALLINT type = 0;
    SQLULEN size = 0;
    ASSERT_EQ(SQLDescribeParam(statement.handle(), marker, &type, &size, nullptr, nullptr),
              SQL_SUCCESS)
        << statement.diagnostics();
    EXPECT_EQ(type, SQL_VARCHAR);
    EXPECT_EQ(size, 100u);
  }
  Statement types(with);
  ASSERT_EQ(SQLGetTypeInfo(types.handle(), SQL_VARCHAR), SQL_SUCCESS);
  std::vector<std::string> sizes;
  while (types.Fetch()) {
    const std::string name = types.Text(1).value();
    if (name == "varchar" || name == "text") sizes.push_back(name + " " + types.Text(3).value());
  }
  EXPECT_THAT(sizes, testing::IsSupersetOf({"varchar 100", "text 100"}));
  types.Close();
  ASSERT_EQ(SQLGetTypeInfo(types.handle(), SQL_LONGVARCHAR), SQL_SUCCESS);
  ASSERT_TRUE(types.Fetch());
  EXPECT_THAT(types.Text(1), testing::AnyOf("varchar", "json", "jsonb", "xml"));
}

TEST_P(PsqlodbcOptionTest, TrueIsMinusOneButForBits) {
  for (const auto* options : {"TrueIsMinus1=1", "C6=1;BoolsAsChar=0"}) {
    Connection with(With(options));
    Statement statement(with);
    statement.Run("SELECT b, NOT b, b, b FROM " + table_);
    ASSERT_TRUE(statement.Fetch());
    EXPECT_EQ(statement.Text(1), "-1") << options;
    EXPECT_EQ(statement.Text(2), "0") << options;
    EXPECT_EQ(statement.Number(3), -1);
    SQLCHAR bit = 7;
    ASSERT_EQ(SQLGetData(statement.handle(), 4, SQL_C_BIT, &bit, 1, nullptr), SQL_SUCCESS);
    EXPECT_EQ(bit, 1);
  }
}

TEST_P(PsqlodbcOptionTest, TheLevelOfRollbackSaysWhatAnErrorUndoes) {
  const std::string count = "SELECT count(*) FROM " + table_;
  const std::string insert = "INSERT INTO " + table_ + " (v) VALUES ('new')";
  for (const char level : {'0', '1', '2'}) {
    Connection with(With(std::string("Protocol=7.4-") + level));
    with.SetAutocommit(false);
    with.Run(insert);
    Statement wrong(with);
    EXPECT_EQ(wrong.Execute("INSERT INTO " + table_ + " (b) VALUES ('x')"), SQL_ERROR);
    EXPECT_EQ(wrong.state(), "22P02") << wrong.diagnostics();
    if (level == '0') {
      Statement next(with);
      EXPECT_EQ(next.Execute(count), SQL_ERROR);
      EXPECT_EQ(next.state(), "25P02") << next.diagnostics();
      EXPECT_EQ(with.End(SQL_COMMIT), SQL_ERROR) << "nothing is committed";
      EXPECT_EQ(with.state(), "25S03");
    } else {
      EXPECT_EQ(with.Value(count), level == '1' ? "1" : "2");
      with.Run(insert);
    }
    with.Rollback();
    EXPECT_EQ(with.Value(count), "1") << level;
    with.Rollback();
  }
}

class RefcursorTest : public DatabaseTest {
 protected:
  void SetUp() override {
    name_ = UniqueName("cursors");
    connection.Run("CREATE FUNCTION " + name_ +
                   "f(n int) RETURNS SETOF refcursor LANGUAGE plpgsql AS "
                   "$$ DECLARE a refcursor := 'odd \"name\"'; b refcursor; BEGIN "
                   "OPEN a FOR SELECT n AS x, 'one' AS y UNION ALL SELECT 2, 'two'; RETURN NEXT a; "
                   "OPEN b FOR SELECT n + 1 AS z; RETURN NEXT b; END $$");
    connection.Run("CREATE PROCEDURE " + name_ +
                   "p(n int, INOUT a refcursor, INOUT b refcursor) LANGUAGE plpgsql AS "
                   "$$ BEGIN OPEN a FOR SELECT n AS x; IF n > 5 THEN "
                   "OPEN b FOR SELECT n AS y; END IF; END $$");
  }
  void TearDown() override {
    connection.Run("DROP FUNCTION " + name_ + "f");
    connection.Run("DROP PROCEDURE " + name_ + "p");
  }
  std::string name_;
};

TEST_P(RefcursorTest, TheirRowsAreResults) {
  Connection with(ConnectionString(database()) + ";FetchRefcursors=1");
  with.SetAutocommit(false);
  Statement statement(with);
  ASSERT_EQ(statement.Execute("{call " + name_ + "f(7)}"), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(statement.ColumnCount(), 2);
  EXPECT_THAT(statement.Rows(), ElementsAre("7|one", "2|two"));
  ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_THAT(statement.Rows(), ElementsAre("8"));
  EXPECT_EQ(SQLMoreResults(statement.handle()), SQL_NO_DATA);
  with.Commit();
}

TEST_P(RefcursorTest, APreparedCallRunsAgain) {
  Connection with(ConnectionString(database()) + ";FetchRefcursors=1");
  with.SetAutocommit(false);
  Statement statement(with);
  statement.Prepare("CALL " + name_ + "p(?, NULL, NULL)");
  SQLINTEGER n = 0;
  ASSERT_EQ(SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0,
                             &n, 0, nullptr),
            SQL_SUCCESS);
  for (n = 4; n <= 6; ++n) {
    ASSERT_EQ(statement.ExecutePrepared(), SQL_SUCCESS) << statement.diagnostics();
    EXPECT_THAT(statement.Rows(), ElementsAre(std::to_string(n)));
    EXPECT_EQ(SQLMoreResults(statement.handle()), n > 5 ? SQL_SUCCESS : SQL_NO_DATA);
    statement.Close();
  }
  with.Commit();
}

TEST_P(RefcursorTest, WithoutTheOptionOrAProcedureTheirNamesAreTheResult) {
  Connection with(ConnectionString(database()) + ";FetchRefcursors=1");
  with.SetAutocommit(false);
  EXPECT_EQ(with.Rows("SELECT " + name_ + "f(7)").size(), 2u);
  with.Commit();
  connection.SetAutocommit(false);
  EXPECT_EQ(connection.Rows("{call " + name_ + "f(7)}").size(), 2u);
  connection.Commit();
  connection.SetAutocommit(true);
}

TEST_P(RefcursorTest, WithoutATransactionTheCursorsAreGone) {
  Connection with(ConnectionString(database()) + ";FetchRefcursors=1");
  Statement statement(with);
  EXPECT_EQ(statement.Execute("{call " + name_ + "f(7)}"), SQL_ERROR);
  EXPECT_EQ(statement.state(), "HY000") << statement.diagnostics();
  EXPECT_EQ(statement.Execute("SELECT 1"), SQL_SUCCESS) << statement.diagnostics();
}

INSTANTIATE_TEST_SUITE_P(, PsqlodbcOptionTest, testing::Values(Database::kPostgres), DatabaseName);
INSTANTIATE_TEST_SUITE_P(, RefcursorTest, testing::Values(Database::kPostgres), DatabaseName);

}  // namespace
}  // namespace sluice::tests
