// The catalogue functions over all kinds of objects: tables with unusual names, views, keys,
// indexes, routines, privileges, defaults, and columns of every type. Each case makes its objects
// in a schema of its own, which on MySQL is a database.

#include <algorithm>

#include <gmock/gmock.h>

#include <initializer_list>

#include "tests/integration/narrow_type.h"
#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

SQLCHAR* Arg(const char* text) { return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text)); }

class CatalogObjectTest : public DatabaseTest {
 protected:
  void SetUp() override {
    space = UniqueName("space");
    connection.Run((is_postgres() ? "CREATE SCHEMA " : "CREATE DATABASE ") + space);
  }
  void TearDown() override {
    Connection cleaner(ConnectionString(GetParam()));
    cleaner.Run(is_postgres() ? "DROP SCHEMA " + space + " CASCADE" : "DROP DATABASE " + space);
    DatabaseTest::TearDown();
  }
  std::string In(const std::string& name) const { return space + "." + name; }
  const char* catalog() const { return is_postgres() ? nullptr : space.c_str(); }
  const char* schema() const { return is_postgres() ? space.c_str() : nullptr; }

  // What the given columns of the result hold, a text per row.
  std::vector<std::string> Pick(SQLRETURN outcome, Statement& statement,
                                std::initializer_list<SQLUSMALLINT> columns) {
    EXPECT_EQ(outcome, SQL_SUCCESS) << statement.diagnostics();
    std::vector<std::string> rows;
    while (SQL_SUCCEEDED(outcome) && statement.Fetch()) {
      std::string row;
      for (const SQLUSMALLINT column : columns) {
        row += statement.Text(column).value_or("NULL") + "|";
      }
      row.pop_back();
      rows.push_back(row);
    }
    statement.Close();
    return rows;
  }
  using Picked = std::initializer_list<SQLUSMALLINT>;
  std::vector<std::string> Tables(const char* table, const char* types, Picked columns) {
    Statement s(connection);
    return Pick(SQLTables(s.handle(), Arg(catalog()), SQL_NTS, Arg(schema()), SQL_NTS, Arg(table),
                          SQL_NTS, Arg(types), SQL_NTS),
                s, columns);
  }
  std::vector<std::string> Columns(const char* table, const char* column, Picked columns) {
    Statement s(connection);
    return Pick(SQLColumns(s.handle(), Arg(catalog()), SQL_NTS, Arg(schema()), SQL_NTS, Arg(table),
                           SQL_NTS, Arg(column), SQL_NTS),
                s, columns);
  }
  std::vector<std::string> PrimaryKeys(const char* table, Picked columns) {
    Statement s(connection);
    return Pick(SQLPrimaryKeys(s.handle(), Arg(catalog()), SQL_NTS, Arg(schema()), SQL_NTS,
                               Arg(table), SQL_NTS),
                s, columns);
  }
  std::vector<std::string> ForeignKeys(const char* primary, const char* foreign, Picked columns) {
    Statement s(connection);
    return Pick(SQLForeignKeys(s.handle(), Arg(primary == nullptr ? nullptr : catalog()), SQL_NTS,
                               Arg(primary == nullptr ? nullptr : schema()), SQL_NTS, Arg(primary),
                               SQL_NTS, Arg(foreign == nullptr ? nullptr : catalog()), SQL_NTS,
                               Arg(foreign == nullptr ? nullptr : schema()), SQL_NTS, Arg(foreign),
                               SQL_NTS),
                s, columns);
  }
  std::vector<std::string> Statistics(const char* table, SQLUSMALLINT unique, Picked columns) {
    Statement s(connection);
    return Pick(SQLStatistics(s.handle(), Arg(catalog()), SQL_NTS, Arg(schema()), SQL_NTS,
                              Arg(table), SQL_NTS, unique, SQL_QUICK),
                s, columns);
  }
  std::vector<std::string> BestRowId(const char* table, SQLUSMALLINT nullable) {
    Statement s(connection);
    return Pick(
        SQLSpecialColumns(s.handle(), SQL_BEST_ROWID, Arg(catalog()), SQL_NTS, Arg(schema()),
                          SQL_NTS, Arg(table), SQL_NTS, SQL_SCOPE_TRANSACTION, nullable),
        s, {1, 2});
  }
  std::vector<std::string> ProcedureColumns(const char* routine, Picked columns,
                                            const char* column = nullptr) {
    Statement s(connection);
    return Pick(SQLProcedureColumns(s.handle(), Arg(catalog()), SQL_NTS, Arg(schema()), SQL_NTS,
                                    Arg(routine), SQL_NTS, Arg(column), SQL_NTS),
                s, columns);
  }

  std::string space;
};

// ---- types ----

constexpr PerDatabase kEveryType = {
    "a01 bool, a02 smallint, a03 int, a04 bigint, a05 real, a06 float8, a07 numeric, "
    "a08 numeric(10,2), a09 numeric(5,-2), a10 char(5), a11 varchar(20), a12 varchar, a13 text, "
    "a14 bytea, a15 date, a16 time, a17 time(3), a18 timestamp, a19 timestamp(0), a20 timestamptz, "
    "a21 timestamptz(3), a22 interval, a23 uuid, a24 json, a25 jsonb, a26 xml, a27 inet, a28 cidr, "
    "a29 macaddr, a30 money, a31 bit(1), a32 bit(5), a33 varbit(9), a34 varbit, a35 oid, a36 name, "
    "a37 \"char\", a38 int[], a39 point, a40 tsvector, a41 int4range, a42 timetz, a43 {}.code, "
    "a44 {}.narrow, a45 {}.mood, a46 int NOT NULL, a47 time(0), a48 char",
    "a01 tinyint, a02 tinyint unsigned, a03 smallint, a04 smallint unsigned, a05 mediumint, "
    "a06 int, a07 int unsigned, a08 bigint, a09 bigint unsigned, a10 float, a11 double, "
    "a12 decimal(10,2), a13 decimal(5,0) unsigned, a14 char(5), a15 varchar(20), a16 tinytext, "
    "a17 text, a18 mediumtext, a19 longtext, a20 binary(4), a21 varbinary(10), a22 tinyblob, "
    "a23 blob, a24 mediumblob, a25 longblob, a26 enum('a','bbb'), a27 set('x','yy'), a28 date, "
    "a29 time, a30 time(3), a31 datetime, a32 datetime(6), a33 timestamp NULL, a34 year, "
    "a35 bit(1), a37 json, a38 int NOT NULL, a39 decimal(3,3), a40 timestamp(3) NULL"};

TEST_P(CatalogObjectTest, ColumnsOfEveryTypeAreDescribedAsInAQuery) {
  std::string columns = Sql(kEveryType);
  if (is_postgres()) {
    connection.Run("CREATE DOMAIN " + In("code") + " AS varchar(12)");
    connection.Run("CREATE DOMAIN " + In("narrow") + " AS " + In("code"));
    connection.Run("CREATE TYPE " + In("mood") + " AS ENUM ('sad', 'glad')");
    for (auto at = columns.find("{}"); at != std::string::npos; at = columns.find("{}")) {
      columns.replace(at, 2, space);
    }
  }
  connection.Run("CREATE TABLE " + In("every") + " (" + columns + ")");
  Statement query(connection);
  query.Run("SELECT * FROM " + In("every"));
  Statement list(connection);
  ASSERT_EQ(SQLColumns(list.handle(), Arg(catalog()), SQL_NTS, Arg(schema()), SQL_NTS, Arg("every"),
                       SQL_NTS, nullptr, 0),
            SQL_SUCCESS);
  const auto attribute = [&](SQLUSMALLINT column, SQLUSMALLINT field) {
    SQLLEN value = -1;
    EXPECT_EQ(SQLColAttribute(query.handle(), column, field, nullptr, 0, nullptr, &value),
              SQL_SUCCESS);
    return value;
  };
  SQLUSMALLINT column = 0;
  while (list.Fetch()) {
    ++column;
    SQLCHAR name[64] = "";
    SQLSMALLINT type = 0;
    SQLULEN size = 0;
    SQLSMALLINT digits = 0;
    SQLSMALLINT nullable = 0;
    ASSERT_EQ(SQLDescribeCol(query.handle(), column, name, sizeof name, nullptr, &type, &size,
                             &digits, &nullable),
              SQL_SUCCESS);
    SCOPED_TRACE(testing::Message() << name << " " << list.Text(6).value_or("no type name"));
    EXPECT_EQ(list.Text(4), reinterpret_cast<char*>(name));
    EXPECT_EQ(Narrow(list.Number(5)), type);
    // These differ from the sizes in a query, as with Connector/ODBC.
    const std::string type_name = is_postgres() ? "" : list.Text(6).value_or("");
    const bool differs = type == (is_postgres() ? 0 : SQL_BIGINT) || type_name == "LONGTEXT" ||
                         type_name == "LONGBLOB" || type_name == "JSON";
    EXPECT_EQ(list.Number(7) == static_cast<SQLBIGINT>(size), !differs) << list.Number(7);
    // The column's transfer length takes into account whether there is a point, the catalogue's
    // does not: both as Connector/ODBC has it.
    const bool is_unsigned = attribute(column, SQL_DESC_UNSIGNED) == SQL_TRUE;
    const auto octets = !is_postgres() && type == SQL_DECIMAL
                            ? static_cast<SQLLEN>(size) + (is_unsigned ? 1 : 2)
                            : attribute(column, SQL_DESC_OCTET_LENGTH);
    EXPECT_EQ(list.Number(8), octets);
    EXPECT_EQ(list.Text(9).value_or("0"), std::to_string(digits));
    if (nullable != SQL_NULLABLE_UNKNOWN) {
      EXPECT_EQ(list.Number(11), nullable);
    }
    EXPECT_EQ(Narrow(list.Number(14)), attribute(column, SQL_DESC_TYPE));
    EXPECT_EQ(list.Text(15).value_or("0"),
              std::to_string(attribute(column, SQL_DESC_DATETIME_INTERVAL_CODE)));
    const bool has_octets = type == SQL_CHAR || type == SQL_VARCHAR || type == SQL_LONGVARCHAR ||
                            type == SQL_BINARY || type == SQL_VARBINARY ||
                            type == SQL_LONGVARBINARY;
    EXPECT_EQ(list.Text(16),
              has_octets ? std::optional(std::to_string(attribute(column, SQL_DESC_OCTET_LENGTH)))
                         : std::nullopt);
    EXPECT_EQ(list.Number(17), column);
  }
  EXPECT_EQ(column, query.ColumnCount());
}

// ---- names ----

TEST_P(CatalogObjectTest, UnusualNamesAreFoundAsTheyAre) {
  const std::string name =
      Sql({"We.ird 'q' \"d\" %_\\ \u00e9 \U0001F418", "We.ird 'q' `d` %_\\ \u00e9"});
  const char quote = is_postgres() ? '"' : '`';
  std::string quoted(1, quote);
  for (const char c : name) quoted.append(c == quote ? 2 : 1, c);
  quoted += quote;
  connection.Run("CREATE TABLE " + In(quoted) + " (" + quoted + " INT NOT NULL PRIMARY KEY)");
  connection.Run("CREATE TABLE " + In("other") + " (a INT)");
  std::string pattern;
  for (const char c : name) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  EXPECT_THAT(Tables(pattern.c_str(), nullptr, {3}), ElementsAre(name));
  EXPECT_THAT(Tables("We.ird%\\%\\_\\\\%", "'TABLE'", {3}), ElementsAre(name));
  EXPECT_THAT(Columns(pattern.c_str(), pattern.c_str(), {3, 4}), ElementsAre(name + "|" + name));
  // An ordinary argument has no wildcards and no escapes.
  EXPECT_THAT(PrimaryKeys(name.c_str(), {3, 4}), ElementsAre(name + "|" + name));
  EXPECT_THAT(PrimaryKeys(pattern.c_str(), {3}), IsEmpty());
  EXPECT_THAT(PrimaryKeys("%", {3}), IsEmpty());
  EXPECT_THAT(Statistics(name.c_str(), SQL_INDEX_UNIQUE, {9}), ElementsAre(name));
  EXPECT_THAT(BestRowId(name.c_str(), SQL_NO_NULLS), ElementsAre("2|" + name));
  EXPECT_THAT(Tables("other\\", nullptr, {3}), IsEmpty()) << "a backslash that escapes nothing";
  EXPECT_THAT(Tables("%\\", nullptr, {3}), IsEmpty());
}

TEST_P(CatalogObjectTest, IdentifierArgumentsFoldUnlessTheyAreQuoted) {
  connection.Run("CREATE TABLE " + In("plain") + " (a INT)");
  Statement s(connection);
  ASSERT_EQ(s.Set(SQL_ATTR_METADATA_ID, SQL_TRUE), SQL_SUCCESS);
  const std::string database =
      is_postgres() ? connection.Value("SELECT current_database()") : space;
  const auto tables = [&](const char* table) {
    return Pick(SQLTables(s.handle(), Arg(database.c_str()), SQL_NTS, Arg(schema()), SQL_NTS,
                          Arg(table), SQL_NTS, nullptr, 0),
                s, {3});
  };
  EXPECT_THAT(tables("PLAIN  "), ElementsAre("plain"));
  EXPECT_THAT(tables(is_postgres() ? "\"plain\"" : "`plain`"), ElementsAre("plain"));
  EXPECT_THAT(tables("pl%"), IsEmpty()) << "an identifier has no wildcards";
  if (is_postgres()) {
    EXPECT_THAT(tables("\"PLAIN\""), IsEmpty());
  }
  // An identifier cannot be missing.
  EXPECT_EQ(
      SQLTables(s.handle(), nullptr, 0, Arg(schema()), SQL_NTS, Arg("plain"), SQL_NTS, nullptr, 0),
      SQL_ERROR);
  EXPECT_EQ(s.state(), "HY009");
  EXPECT_EQ(SQLColumns(s.handle(), Arg(database.c_str()), SQL_NTS, Arg(schema()), SQL_NTS,
                       Arg("plain"), SQL_NTS, nullptr, 0),
            SQL_ERROR);
  EXPECT_EQ(s.state(), "HY009");
}

// ---- tables ----

TEST_P(CatalogObjectTest, TablesAreListedByTheirKind) {
  connection.Run("CREATE TABLE " + In("base") + " (a INT, b INT)");
  connection.Run("CREATE VIEW " + In("seen") + " AS SELECT a FROM " + In("base"));
  if (is_postgres()) {
    connection.Run("COMMENT ON TABLE " + In("base") + " IS 'what it is for'");
    connection.Run("CREATE MATERIALIZED VIEW " + In("kept") + " AS SELECT 1 AS one");
    connection.Run("CREATE TABLE " + In("parts") + " (k INT) PARTITION BY RANGE (k)");
    connection.Run("CREATE SEQUENCE " + In("numbers"));
    EXPECT_THAT(
        Tables("%", nullptr, {3, 4, 5}),
        ElementsAre("kept|MATVIEW|", "base|TABLE|what it is for", "parts|TABLE|", "seen|VIEW|"));
    EXPECT_THAT(Columns("kept", nullptr, {4}), ElementsAre("one"));
    EXPECT_THAT(Tables("%", "MATVIEW", {3}), ElementsAre("kept"));
  } else {
    connection.Run("ALTER TABLE " + In("base") + " COMMENT 'what it is for'");
    EXPECT_THAT(Tables("%", nullptr, {3, 4, 5}),
                ElementsAre("base|TABLE|what it is for", "seen|VIEW|"));
    EXPECT_THAT(Tables("%", "BASE TABLE", {3}), ElementsAre("base"));  // the server's name for it
  }
  EXPECT_THAT(Tables("%", "VIEW", {3}), ElementsAre("seen"));
  EXPECT_THAT(Tables("", "'VIEW', 'ALIAS'", {3}), ElementsAre("seen"));
  EXPECT_THAT(Tables("%", "ALIAS", {3}), IsEmpty());
  EXPECT_THAT(Columns("seen", nullptr, {3, 4}), ElementsAre("seen|a"));
}

TEST_P(CatalogObjectTest, DefaultsCanBeUsedInAColumnDefinition) {
  const std::string quoted = "'it''s'";
  connection.Run("CREATE TABLE " + In("d") + " (a INT DEFAULT 7, b VARCHAR(9) DEFAULT " + quoted +
                 ", c INT NOT NULL, e INT GENERATED ALWAYS AS (1 + 1) STORED)");
  const auto defaults = Columns("d", nullptr, {4, 13});
  if (is_postgres()) {
    EXPECT_THAT(defaults, ElementsAre("a|7", "b|'it''s'::character varying", "c|NULL", "e|NULL"));
    connection.Run("CREATE TABLE " + In("n") +
                   " (a varchar(9) DEFAULT NULL::varchar, b text "
                   "DEFAULT '" +
                   std::string(5000, 'x') + "')");
    EXPECT_THAT(Columns("n", nullptr, {4, 13}), ElementsAre("a|NULL", "b|TRUNCATED"));
  } else {
    EXPECT_THAT(defaults,
                ElementsAre("a|7", testing::AnyOf("b|'it''s'", "b|'it\\'s'"), "c|NULL", "e|NULL"));
  }
  std::string default_of_b = defaults[1].substr(2);
  connection.Run("CREATE TABLE " + In("again") + " (b VARCHAR(9) DEFAULT " + default_of_b + ")");
}

TEST_P(CatalogObjectTest, ColumnsAreFoundByPattern) {
  connection.Run("CREATE TABLE " + In("t") + " (alpha INT, alpine INT, beta INT, al_x INT)");
  EXPECT_THAT(Columns("t", "al%", {4}), ElementsAre("alpha", "alpine", "al_x"));
  EXPECT_THAT(Columns("t", "beta", {4}), ElementsAre("beta"));
  EXPECT_THAT(Columns("t", "al\\_%", {4}), ElementsAre("al_x"));
  EXPECT_THAT(Columns("t", "gamma", {4}), IsEmpty());
  connection.Run("CREATE FUNCTION " + In("add_both") +
                 Sql({"(alpha INT, beta INT) RETURNS INT LANGUAGE sql AS 'SELECT $1 + $2'",
                      "(alpha INT, beta INT) RETURNS INT DETERMINISTIC RETURN alpha + beta"}));
  EXPECT_THAT(ProcedureColumns("add_both", {4}, "b%"), ElementsAre("beta"));
}

// PostgreSQL: the table that a statement would find by that name.
TEST_P(CatalogObjectTest, WithoutASchemaTheVisibleTableIsMeant) {
  if (!is_postgres()) {
    connection.Run("CREATE TABLE " + In("only_here") + " (inner_id INT NOT NULL PRIMARY KEY)");
    Statement s(connection);
    EXPECT_THAT(
        Pick(SQLPrimaryKeys(s.handle(), nullptr, 0, nullptr, 0, Arg("only_here"), SQL_NTS), s, {4}),
        IsEmpty())
        << "the current database is meant";
    return;
  }
  const std::string name = MakeTable("outer_id INT NOT NULL PRIMARY KEY");
  connection.Run("CREATE TABLE " + In(name) + " (inner_id INT NOT NULL PRIMARY KEY)");
  connection.Run("CREATE TABLE " + In("only_here") + " (inner_id INT NOT NULL PRIMARY KEY)");
  Statement s(connection);
  const auto keys = [&](const std::string& table) {
    return Pick(SQLPrimaryKeys(s.handle(), nullptr, 0, nullptr, 0, Chars(table), SQL_NTS), s, {4});
  };
  EXPECT_THAT(keys(name), ElementsAre("outer_id"));
  EXPECT_THAT(keys("only_here"), ElementsAre("inner_id"));
  EXPECT_THAT(PrimaryKeys(name.c_str(), {4}), ElementsAre("inner_id"));
  EXPECT_THAT(Pick(SQLColumns(s.handle(), nullptr, 0, nullptr, 0, Chars(name), SQL_NTS, nullptr, 0),
                   s, {4}),
              ElementsAre("outer_id"));
}

// ---- keys and indexes ----

TEST_P(CatalogObjectTest, ForeignKeysTellTheirColumnsAndRules) {
  connection.Run("CREATE TABLE " + In("p") + " (a INT, b INT, PRIMARY KEY (b, a))");
  connection.Run("CREATE TABLE " + In("f") +
                 " (x INT, y INT, CONSTRAINT f_both FOREIGN KEY (x, y)"
                 " REFERENCES " +
                 In("p") + " (b, a) ON DELETE SET NULL ON UPDATE CASCADE" +
                 Sql({" DEFERRABLE INITIALLY DEFERRED", ""}) + ")");
  connection.Run("CREATE TABLE " + In("tree") +
                 " (id INT NOT NULL PRIMARY KEY, up INT, CONSTRAINT"
                 " tree_up FOREIGN KEY (up) REFERENCES " +
                 In("tree") + " (id) ON DELETE RESTRICT ON UPDATE NO ACTION)");
  const std::string deferrability = is_postgres() ? "5" : "7";
  const auto both = {"p|b|f|x|1|0|2|f_both|" + deferrability,
                     "p|a|f|y|2|0|2|f_both|" + deferrability};
  const Picked picked = {3, 4, 7, 8, 9, 10, 11, 12, 14};
  EXPECT_THAT(ForeignKeys("p", nullptr, picked), testing::ElementsAreArray(both));
  EXPECT_THAT(ForeignKeys(nullptr, "f", picked), testing::ElementsAreArray(both));
  EXPECT_THAT(ForeignKeys("p", "f", picked), testing::ElementsAreArray(both));
  EXPECT_THAT(ForeignKeys("p", "tree", picked), IsEmpty());
  EXPECT_THAT(ForeignKeys("tree", nullptr, picked), ElementsAre("tree|id|tree|up|1|3|1|tree_up|7"));
}

TEST_P(CatalogObjectTest, ForeignKeysCrossSchemas) {
  connection.Run("CREATE TABLE " + In("p") + " (id INT NOT NULL PRIMARY KEY)");
  const std::string child =
      MakeTable("p_id INT, FOREIGN KEY (p_id) REFERENCES " + In("p") + " (id)");
  EXPECT_THAT(ForeignKeys("p", nullptr, {3, 7, 8}), ElementsAre("p|" + child + "|p_id"));
  Statement s(connection);
  const auto from_child = Pick(SQLForeignKeys(s.handle(), nullptr, 0, nullptr, 0, nullptr, 0,
                                              nullptr, 0, nullptr, 0, Chars(child), SQL_NTS),
                               s, {is_postgres() ? SQLUSMALLINT{2} : SQLUSMALLINT{1}, 3});
  EXPECT_THAT(from_child, ElementsAre(space + "|p"));
  connection.Run("DROP TABLE " + child);
}

TEST_P(CatalogObjectTest, StatisticsTellOrderAndConditionOfIndexes) {
  connection.Run("CREATE TABLE " + In("i") + " (id INT NOT NULL PRIMARY KEY, a VARCHAR(9), b INT)");
  connection.Run("CREATE INDEX i_ab ON " + In("i") + " (a, b DESC)");
  const Picked picked = {4, 6, 7, 8, 9, 10};
  const std::string primary = is_postgres() ? "0|i_pkey|3|1|id|A" : "0|PRIMARY|3|1|id|A";
  EXPECT_THAT(Statistics("i", SQL_INDEX_ALL, picked),
              ElementsAre(primary, "1|i_ab|3|1|a|A", "1|i_ab|3|2|b|D"));
  EXPECT_THAT(Statistics("i", SQL_INDEX_UNIQUE, {6}),
              ElementsAre(is_postgres() ? "i_pkey" : "PRIMARY"));
  if (!is_postgres()) return;
  connection.Run("CREATE INDEX i_expression ON " + In("i") + " (lower(a)) WHERE b > 0");
  connection.Run("CREATE INDEX i_hash ON " + In("i") + " USING hash (b)");
  EXPECT_THAT(
      Statistics("i", SQL_INDEX_ALL, {6, 7, 9, 10, 13}),
      testing::IsSupersetOf({"i_expression|3|lower(a::text)|A|b > 0", "i_hash|2|b|NULL|NULL"}));
}

TEST_P(CatalogObjectTest, TheBestRowIdentifierPrefersWhatIsNeverNull) {
  connection.Run("CREATE TABLE " + In("u") +
                 " (a INT UNIQUE, b INT NOT NULL, c INT NOT NULL, UNIQUE (b, c))");
  connection.Run("CREATE TABLE " + In("n") + " (a INT UNIQUE)");
  connection.Run("CREATE TABLE " + In("none") + " (a INT)");
  EXPECT_THAT(BestRowId("u", SQL_NULLABLE), ElementsAre("2|b", "2|c"));
  if (is_postgres()) {
    EXPECT_THAT(BestRowId("n", SQL_NULLABLE), ElementsAre("2|a"));
  } else {
    EXPECT_THAT(BestRowId("n", SQL_NULLABLE), IsEmpty());
  }
  EXPECT_THAT(BestRowId("n", SQL_NO_NULLS), IsEmpty());
  EXPECT_THAT(BestRowId("none", SQL_NULLABLE), IsEmpty());
}

// ---- routines ----

TEST_P(CatalogObjectTest, RoutinesTellTheirParametersAndResults) {
  const Picked picked = {4, 5, 14, 18};
  if (!is_postgres()) {
    connection.Run("CREATE PROCEDURE " + In("p") +
                   "(IN a INT, OUT b DECIMAL(5,1), INOUT c VARCHAR(9)) SET b = 1");
    connection.Run("CREATE FUNCTION " + In("f") + "(n INT) RETURNS INT DETERMINISTIC RETURN n");
    EXPECT_THAT(ProcedureColumns("p", picked),
                ElementsAre("a|1|NULL|1", "b|4|NULL|2", "c|2|NULL|3"));
    EXPECT_THAT(ProcedureColumns("f", picked), ElementsAre("|5|NULL|0", "n|1|NULL|1"));
    return;
  }
  const auto create = [&](const std::string& head) {
    connection.Run("CREATE FUNCTION " + In(head) + " LANGUAGE plpgsql AS 'BEGIN RETURN; END'");
  };
  create("outs(a int, b text DEFAULT 'x', OUT c int, INOUT d numeric(4,1) DEFAULT 2)");
  create("rows_of(n int) RETURNS TABLE (x int, y text)");
  connection.Run("CREATE FUNCTION " + In("many(VARIADIC n int[]) RETURNS int LANGUAGE sql AS "
                                         "'SELECT 1'"));
  connection.Run("CREATE FUNCTION " + In("many(a text) RETURNS text LANGUAGE sql AS 'SELECT a'"));
  connection.Run("CREATE PROCEDURE " + In("act(a int, INOUT b int) LANGUAGE sql AS 'SELECT 1'"));
  EXPECT_THAT(ProcedureColumns("outs", picked),
              ElementsAre("a|1|NULL|1", "b|1|'x'::text|2", "c|4|NULL|3", "d|2|2|4"));
  EXPECT_THAT(ProcedureColumns("rows\\_of", picked),
              ElementsAre("n|1|NULL|1", "x|3|NULL|1", "y|3|NULL|2"));
  EXPECT_THAT(ProcedureColumns("many", picked),
              ElementsAre("|5|NULL|0", "n|1|NULL|1", "|5|NULL|0", "a|1|NULL|1"));
  EXPECT_THAT(ProcedureColumns("act", picked), ElementsAre("a|1|NULL|1", "b|2|NULL|2"));
  Statement s(connection);
  EXPECT_THAT(
      Pick(SQLProcedures(s.handle(), nullptr, 0, Arg(schema()), SQL_NTS, nullptr, 0), s, {3, 8}),
      ElementsAre("act|1", "many|2", "many|2", "outs|2", "rows_of|2"));
}

// ---- privileges ----

TEST_P(CatalogObjectTest, PrivilegesTellWhoMayPassThemOn) {
  connection.Run("CREATE TABLE " + In("t") + " (a INT, b INT)");
  const std::string user = UniqueName("reader");
  const std::string account = is_postgres() ? user : "'" + user + "'@'localhost'";
  connection.Run((is_postgres() ? "CREATE ROLE " : "CREATE USER ") + account);
  connection.Run("GRANT SELECT ON " + In("t") + " TO " + account + " WITH GRANT OPTION");
  connection.Run("GRANT UPDATE (a) ON " + In("t") + " TO " + account);
  if (is_postgres()) connection.Run("GRANT INSERT ON " + In("t") + " TO PUBLIC");
  Statement s(connection);
  const auto on_table = Pick(SQLTablePrivileges(s.handle(), Arg(catalog()), SQL_NTS, Arg(schema()),
                                                SQL_NTS, Arg("t"), SQL_NTS),
                             s, {4, 5, 6, 7});
  const auto on_columns =
      Pick(SQLColumnPrivileges(s.handle(), Arg(catalog()), SQL_NTS, Arg(schema()), SQL_NTS,
                               Arg("t"), SQL_NTS, nullptr, 0),
           s, {4, 6, 7});
  EXPECT_THAT(on_columns, Contains("a|" + account + "|UPDATE"));
  // Those on the table are told on PostgreSQL only.
  for (const char* column : {"a|", "b|"}) {
    EXPECT_EQ(std::ranges::count(on_columns, column + account + "|SELECT"), is_postgres() ? 1 : 0);
  }
  EXPECT_THAT(on_columns, testing::Not(Contains("b|" + account + "|UPDATE")));
  const auto of_column =
      Pick(SQLColumnPrivileges(s.handle(), Arg(catalog()), SQL_NTS, Arg(schema()), SQL_NTS,
                               Arg("t"), SQL_NTS, Arg("b"), SQL_NTS),
           s, {4});
  EXPECT_THAT(of_column, testing::Each("b"));
  EXPECT_EQ(of_column.empty(), !is_postgres());
  if (is_postgres()) {
    const std::string owner = connection.Value("SELECT current_user");
    EXPECT_THAT(on_table, testing::IsSupersetOf({"_SYSTEM|" + owner + "|DELETE|YES",
                                                 owner + "|PUBLIC|INSERT|NO",
                                                 owner + "|" + user + "|SELECT|YES"}));
    connection.Run("DROP OWNED BY " + user);
  } else {
    EXPECT_THAT(on_table, ElementsAre("NULL|" + account + "|SELECT|YES"));
  }
  connection.Run((is_postgres() ? "DROP ROLE " : "DROP USER ") + account);
}

INSTANTIATE_FOR_DATABASES(CatalogObjectTest);

}  // namespace
}  // namespace sluice::tests
