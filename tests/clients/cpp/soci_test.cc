// SOCI's ODBC backend as its applications use it: into and use, rowsets, vectors, dynamic rows.

#include <soci/odbc/soci-odbc.h>
#include <soci/soci.h>

#include <ctime>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/clients/cpp/data_source.h"

namespace sluice::tests {
namespace {

class SociClient : public testing::Test {
 protected:
  void TearDown() override { sql_ << "DROP TABLE IF EXISTS " << table_; }

  void Create(const std::string& columns) {
    sql_ << "CREATE TABLE " << table_ << " (" << columns << ")";
  }

  void CreateNumbers(int count) {
    Create("id integer PRIMARY KEY, name varchar(40)");
    std::vector<int> ids;
    std::vector<std::string> names;
    for (int i = 1; i <= count; ++i) {
      ids.push_back(i);
      names.push_back("name " + std::to_string(i));
    }
    sql_ << "INSERT INTO " << table_ << " VALUES (:id, :name)", soci::use(ids, "id"),
        soci::use(names, "name");
  }

  int Count() {
    int count = -1;
    sql_ << "SELECT COUNT(*) FROM " << table_, soci::into(count);
    return count;
  }

  soci::session sql_{soci::odbc, "DSN=" + DataSource()};
  std::string table_ = UniqueName("soci");
};

// 2024-02-29 23:59:58
std::tm Moment() {
  std::tm moment = {};
  moment.tm_year = 124;
  moment.tm_mon = 1;
  moment.tm_mday = 29;
  moment.tm_hour = 23;
  moment.tm_min = 59;
  moment.tm_sec = 58;
  return moment;
}

TEST_F(SociClient, ReadsBackTheValuesOfAllCommonTypes) {
  Create(
      std::string("s smallint, i integer, l bigint, d double precision, n numeric(20,5), moment ") +
      Sql("timestamp", "datetime") + ", v " +
      Sql("varchar(40)", "varchar(40) CHARACTER SET utf8mb4") + ", c char(1)");
  short s = -32768;
  int i = std::numeric_limits<int>::min();
  long long l = std::numeric_limits<long long>::max();
  double d = 0.1;
  std::string n = "-1234567890123.67891";
  std::tm moment = Moment();
  std::string v = kUnicodeText;
  char c = 'x';
  sql_ << "INSERT INTO " << table_ << " VALUES (:s, :i, :l, :d, :n, :m, :v, :c)", soci::use(s),
      soci::use(i), soci::use(l), soci::use(d), soci::use(n), soci::use(moment), soci::use(v),
      soci::use(c);
  short s_back = 0;
  int i_back = 0;
  long long l_back = 0;
  double d_back = 0;
  std::string n_back;
  std::tm moment_back = {};
  std::string v_back;
  char c_back = 0;
  sql_ << "SELECT * FROM " << table_, soci::into(s_back), soci::into(i_back), soci::into(l_back),
      soci::into(d_back), soci::into(n_back), soci::into(moment_back), soci::into(v_back),
      soci::into(c_back);
  EXPECT_EQ(s_back, s);
  EXPECT_EQ(i_back, i);
  EXPECT_EQ(l_back, l);
  EXPECT_DOUBLE_EQ(d_back, d);
  EXPECT_EQ(n_back, n);
  EXPECT_EQ(std::mktime(&moment_back), std::mktime(&moment));
  EXPECT_EQ(v_back, v);
  EXPECT_EQ(c_back, c);
}

TEST_F(SociClient, TellsNullsByIndicators) {
  Create(std::string("i integer, d double precision, moment ") + Sql("timestamp", "datetime") +
         ", v varchar(40)");
  int i = 0;
  double d = 0;
  std::tm moment = Moment();
  std::string v;
  soci::indicator null = soci::i_null;
  sql_ << "INSERT INTO " << table_ << " VALUES (:i, :d, :m, :v)", soci::use(i, null),
      soci::use(d, null), soci::use(moment, null), soci::use(v, null);
  soci::indicator indicators[4] = {};
  sql_ << "SELECT * FROM " << table_, soci::into(i, indicators[0]), soci::into(d, indicators[1]),
      soci::into(moment, indicators[2]), soci::into(v, indicators[3]);
  for (const soci::indicator indicator : indicators) EXPECT_EQ(indicator, soci::i_null);
  EXPECT_THROW((sql_ << "SELECT i FROM " << table_, soci::into(i)), soci::soci_error);
}

TEST_F(SociClient, CarriesAMegabyteOfText) {
  Create(std::string("v ") + Sql("text", "longtext CHARACTER SET utf8mb4"));
  const std::string text = LongText(1 << 18);
  sql_ << "INSERT INTO " << table_ << " VALUES (:v)", soci::use(text);
  std::string back;
  sql_ << "SELECT v FROM " << table_, soci::into(back);
  EXPECT_TRUE(back == text) << back.size();
}

TEST_F(SociClient, WritesAndReadsVectors) {
  Create("id integer, d double precision, name varchar(40)");
  std::vector<int> ids;
  std::vector<double> numbers;
  std::vector<std::string> names;
  std::vector<soci::indicator> indicators;
  for (int i = 0; i < 250; ++i) {
    ids.push_back(i);
    numbers.push_back(i / 4.0);
    names.push_back(std::string(static_cast<size_t>(i % 40), 'x'));
    indicators.push_back(i % 3 == 0 ? soci::i_null : soci::i_ok);
  }
  sql_ << "INSERT INTO " << table_ << " VALUES (:i, :d, :n)", soci::use(ids), soci::use(numbers),
      soci::use(names, indicators);
  ASSERT_EQ(Count(), 250);

  std::vector<int> ids_back(100);
  std::vector<double> numbers_back(100);
  std::vector<std::string> names_back(100);
  std::vector<soci::indicator> indicators_back(100);
  soci::statement select =
      (sql_.prepare << "SELECT id, d, name FROM " << table_ << " ORDER BY id", soci::into(ids_back),
       soci::into(numbers_back), soci::into(names_back, indicators_back));
  select.execute();
  std::size_t row = 0;
  while (select.fetch()) {
    for (std::size_t i = 0; i < ids_back.size(); ++i, ++row) {
      ASSERT_EQ(ids_back[i], ids[row]);
      ASSERT_EQ(numbers_back[i], numbers[row]);
      ASSERT_EQ(indicators_back[i] == soci::i_null, row % 3 == 0) << row;
      if (row % 3 != 0) {
        ASSERT_EQ(names_back[i], names[row]);
      }
    }
    ids_back.resize(100);
    numbers_back.resize(100);
    names_back.resize(100);
    indicators_back.resize(100);
  }
  EXPECT_EQ(row, 250U);
}

TEST_F(SociClient, IteratesOverARowset) {
  CreateNumbers(50);
  int from = 11;
  soci::rowset<std::string> rows =
      (sql_.prepare << "SELECT name FROM " << table_ << " WHERE id >= :from ORDER BY id",
       soci::use(from));
  int id = 11;
  for (const std::string& name : rows) EXPECT_EQ(name, "name " + std::to_string(id++));
  EXPECT_EQ(id, 51);
}

TEST_F(SociClient, DescribesDynamicRows) {
  Create(std::string("i integer, l bigint, d double precision, n numeric(10,2), moment ") +
         Sql("timestamp", "datetime") + ", v varchar(40)");
  sql_ << "INSERT INTO " << table_
       << " VALUES (1, 4294967296, 2.5, 12.25, '2024-02-29 23:59:58', 'x')";
  sql_ << "INSERT INTO " << table_ << " VALUES (NULL, NULL, NULL, NULL, NULL, NULL)";
  soci::rowset<soci::row> rows =
      (sql_.prepare << "SELECT * FROM " << table_ << " ORDER BY i IS NULL");
  auto at = rows.begin();
  const soci::row& row = *at;
  ASSERT_EQ(row.size(), 6U);
  const soci::data_type types[] = {soci::dt_integer, soci::dt_long_long, soci::dt_double,
                                   soci::dt_double,  soci::dt_date,      soci::dt_string};
  const std::string names[] = {"i", "l", "d", "n", "moment", "v"};
  for (std::size_t column = 0; column < 6; ++column) {
    EXPECT_EQ(row.get_properties(column).get_data_type(), types[column]) << column;
    EXPECT_EQ(row.get_properties(column).get_name(), names[column]);
  }
  EXPECT_EQ(row.get<int>("i"), 1);
  EXPECT_EQ(row.get<long long>(1), 4294967296);
  EXPECT_EQ(row.get<double>(2), 2.5);
  EXPECT_EQ(row.get<double>(3), 12.25);
  EXPECT_EQ(row.get<std::tm>(4).tm_sec, 58);
  EXPECT_EQ(row.get<std::string>(5), "x");
  ++at;
  for (std::size_t column = 0; column < 6; ++column) {
    EXPECT_EQ(at->get_indicator(column), soci::i_null);
  }
  EXPECT_EQ(at->get<int>(0, 7), 7);
  ++at;
  EXPECT_TRUE(at == rows.end());
}

TEST_F(SociClient, ExecutesAPreparedStatementAgainAndAgain) {
  Create("id integer PRIMARY KEY, name varchar(40)");
  int id = 0;
  std::string name;
  soci::indicator indicator = soci::i_ok;
  soci::statement insert = (sql_.prepare << "INSERT INTO " << table_ << " VALUES (:id, :name)",
                            soci::use(id), soci::use(name, indicator));
  for (id = 1; id <= 20; ++id) {
    name = "name " + std::to_string(id);
    indicator = id == 20 ? soci::i_null : soci::i_ok;
    insert.execute(true);
    EXPECT_EQ(insert.get_affected_rows(), 1);
  }
  EXPECT_EQ(Count(), 20);
  soci::statement update = (sql_.prepare << "UPDATE " << table_ << " SET name = 'x' WHERE id > 15");
  update.execute(true);
  EXPECT_EQ(update.get_affected_rows(), 5);
}

TEST_F(SociClient, CommitsAndRollsBack) {
  CreateNumbers(1);
  {
    soci::transaction transaction(sql_);
    sql_ << "INSERT INTO " << table_ << " VALUES (2, 'gone')";
    EXPECT_EQ(Count(), 2);
    transaction.rollback();
  }
  EXPECT_EQ(Count(), 1);
  {
    soci::transaction transaction(sql_);
    sql_ << "INSERT INTO " << table_ << " VALUES (2, 'kept')";
    EXPECT_THROW(sql_ << "INSERT INTO " << table_ << " VALUES (2, 'again')", soci::soci_error);
    sql_ << "INSERT INTO " << table_ << " VALUES (3, 'kept')";
    transaction.commit();
  }
  EXPECT_EQ(Count(), 3);
}

TEST_F(SociClient, TellsWhatWentWrong) {
  CreateNumbers(1);
  try {
    sql_ << "INSERT INTO " << table_ << " VALUES (1, 'again')";
    FAIL();
  } catch (const soci::odbc_soci_error& error) {
    EXPECT_STREQ(reinterpret_cast<const char*>(error.odbc_error_code()), Sql("23505", "23000"));
    EXPECT_EQ(error.native_error_code(), IsPostgres() ? 1 : 1062);
  }
  try {
    sql_ << "SELECT * FROM no_such_table";
    FAIL();
  } catch (const soci::odbc_soci_error& error) {
    EXPECT_NE(std::string(error.what()).find("no_such_table"), std::string::npos);
  }
  EXPECT_THROW(soci::session(soci::odbc, "DSN=" + DataSource() + ";UID=sluice;PWD=wrong"),
               soci::soci_error);
}

TEST_F(SociClient, BuildsTablesAndReadsTheirColumns) {
  {
    auto ddl = sql_.create_table(table_);
    ddl.column("id", soci::dt_integer)("NOT NULL");
    ddl.column("name", soci::dt_string, 40);
    ddl.column("amount", soci::dt_double);
    ddl.primary_key("key_" + table_, "id");
  }
  if (!IsPostgres()) return;  // SOCI asks for tables of a schema called public
  soci::column_info column;
  soci::statement columns = (sql_.prepare_column_descriptions(table_), soci::into(column));
  columns.execute();
  std::vector<std::string> names;
  while (columns.fetch()) names.push_back(column.name);
  EXPECT_EQ(names, (std::vector<std::string>{"id", "name", "amount"}));
  std::string name;
  soci::statement tables = (sql_.prepare_table_names(), soci::into(name));
  tables.execute();
  bool found = false;
  while (tables.fetch()) found = found || name == table_;
  EXPECT_TRUE(found);
}

TEST_F(SociClient, ReadsAnAutomaticKeyAfterTheInsert) {
  if (!IsPostgres()) {
    // SOCI knows the dialect of "MySQL", not of "MariaDB", which MariaDB's own driver calls it too.
    sql_.close();
    sql_.open(soci::odbc, "DSN=" + DataSource() + ";DBMSName=MySQL");
  }
  Create(std::string("id ") + Sql("serial PRIMARY KEY", "integer AUTO_INCREMENT PRIMARY KEY") +
         ", v integer");
  sql_ << "INSERT INTO " << table_ << " (v) VALUES (7)";
  long long id = 0;
  soci::transaction transaction(sql_);
  sql_ << "INSERT INTO " << table_ << " (v) VALUES (8)";
  if (IsPostgres()) {
    sql_ << "SELECT lastval()", soci::into(id);
  } else {
    ASSERT_TRUE(sql_.get_last_insert_id(table_, id));
  }
  transaction.commit();
  EXPECT_EQ(id, 2);
}

TEST_F(SociClient, SharesSessionsInAPool) {
  CreateNumbers(3);
  soci::connection_pool pool(3);
  for (std::size_t i = 0; i < 3; ++i) pool.at(i).open(soci::odbc, "DSN=" + DataSource());
  for (int round = 0; round < 10; ++round) {
    soci::session sql(pool);
    int count = 0;
    sql << "SELECT COUNT(*) FROM " << table_, soci::into(count);
    EXPECT_EQ(count, 3);
  }
}

}  // namespace
}  // namespace sluice::tests

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
