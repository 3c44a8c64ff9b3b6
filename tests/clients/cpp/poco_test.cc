// Poco::Data::ODBC as its applications use it: into and use, RecordSet, bulk, LOBs, transactions.

#include <Poco/Data/BulkBinding.h>

#include <Poco/Data/Date.h>
#include <Poco/Data/LOB.h>
#include <Poco/Data/MetaColumn.h>
#include <Poco/Data/ODBC/Connector.h>
#include <Poco/Data/ODBC/ODBCException.h>
#include <Poco/Data/RecordSet.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/SessionPool.h>
#include <Poco/Data/Statement.h>
#include <Poco/Data/Time.h>
#include <Poco/Data/Transaction.h>
#include <Poco/DateTime.h>
#include <Poco/MD5Engine.h>
#include <Poco/Nullable.h>

#include <Poco/Data/BulkExtraction.h>  // last: it does not include what it needs

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/clients/cpp/data_source.h"

namespace sluice::tests {
namespace {

using namespace Poco::Data::Keywords;
using Poco::Data::Session;
using Poco::Data::Statement;

Poco::Data::BLOB Blob(const std::string& octets) {
  return {reinterpret_cast<const unsigned char*>(octets.data()), octets.size()};
}

std::string Digest(const std::string& octets) {
  Poco::MD5Engine engine;
  engine.update(octets);
  return Poco::DigestEngine::digestToHex(engine.digest());
}

class PocoClient : public testing::Test {
 protected:
  static void SetUpTestSuite() { Poco::Data::ODBC::Connector::registerConnector(); }
  static void TearDownTestSuite() { Poco::Data::ODBC::Connector::unregisterConnector(); }
  void TearDown() override { Run("DROP TABLE IF EXISTS " + table_); }

  void Run(const std::string& sql) { session_ << sql, now; }

  void CreateNumbers(int count) {
    Run("CREATE TABLE " + table_ + " (id integer PRIMARY KEY, name varchar(40))");
    for (int i = 1; i <= count; ++i) {
      std::string name = "name " + std::to_string(i);
      session_ << "INSERT INTO " << table_ << " VALUES (?, ?)", use(i), use(name), now;
    }
  }

  int Count() {
    int count = -1;
    session_ << "SELECT COUNT(*) FROM " << table_, into(count), now;
    return count;
  }

  Session session_{Poco::Data::ODBC::Connector::KEY, "DSN=" + DataSource()};
  std::string table_ = UniqueName("poco");
};

TEST_F(PocoClient, ReadsBackTheValuesOfAllCommonTypes) {
  Run("CREATE TABLE " + table_ + " (s smallint, i integer, l bigint, d double precision," +
      " day date, t time, moment " + Sql("timestamp(6)", "datetime(6)") + ", v " +
      Sql("varchar(40)", "varchar(40) CHARACTER SET utf8mb4") + ", o " +
      Sql("bytea", "varbinary(300)") + ")");
  Poco::Int16 s = -32768;
  Poco::Int32 i = 2147483647;
  Poco::Int64 l = 9223372036854775807;
  double d = 0.1;
  Poco::Data::Date day(2024, 2, 29);
  Poco::Data::Time t(23, 59, 58);
  Poco::DateTime moment(1999, 12, 31, 23, 59, 59, 123, 456);
  std::string v = kUnicodeText;
  const std::string octets = LongOctets(256);
  auto o = Blob(octets);
  session_ << "INSERT INTO " << table_ << " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", use(s), use(i),
      use(l), use(d), use(day), use(t), use(moment), use(v), use(o), now;

  Poco::Int16 s_back = 0;
  Poco::Int32 i_back = 0;
  Poco::Int64 l_back = 0;
  double d_back = 0;
  Poco::Data::Date day_back;
  Poco::Data::Time t_back;
  Poco::DateTime moment_back;
  std::string v_back;
  Poco::Data::BLOB o_back;
  session_ << "SELECT * FROM " << table_, into(s_back), into(i_back), into(l_back), into(d_back),
      into(day_back), into(t_back), into(moment_back), into(v_back), into(o_back), now;
  EXPECT_EQ(s_back, s);
  EXPECT_EQ(i_back, i);
  EXPECT_EQ(l_back, l);
  EXPECT_DOUBLE_EQ(d_back, d);
  EXPECT_TRUE(day_back == day);
  EXPECT_TRUE(t_back == t);
  EXPECT_TRUE(moment_back == moment);
  EXPECT_EQ(v_back, v);
  EXPECT_TRUE(o_back == o);
}

TEST_F(PocoClient, KnowsNulls) {
  Run("CREATE TABLE " + table_ + " (i integer, d double precision, v varchar(40))");
  Poco::Nullable<int> i;
  Poco::Nullable<double> d;
  Poco::Nullable<std::string> v;
  session_ << "INSERT INTO " << table_ << " VALUES (?, ?, ?)", use(i), use(d), use(v), now;
  session_ << "INSERT INTO " << table_ << " VALUES (?, ?, ?)", use(i), use(d),
      use(Poco::Data::Keywords::null), now;
  Poco::Nullable<int> i_back(1);
  Poco::Nullable<double> d_back(1.0);
  Poco::Nullable<std::string> v_back(std::string("x"));
  session_ << "SELECT * FROM " << table_, into(i_back), into(d_back), into(v_back), limit(1), now;
  EXPECT_TRUE(i_back.isNull());
  EXPECT_TRUE(d_back.isNull());
  EXPECT_TRUE(v_back.isNull());
}

// Poco reads into a buffer of the column's described size, or puts parts together wrongly, with any
// driver: what was written is read back on the server. It refuses what is longer than
// SQLGetTypeInfo tells of SQL_CHAR and SQL_BINARY: 255 on MySQL, without limit on PostgreSQL.
TEST_F(PocoClient, WritesLongTextAndOctets) {
  Run("CREATE TABLE " + table_ + " (v " + Sql("text", "longtext CHARACTER SET utf8mb4") + ", o " +
      Sql("bytea", "longblob") + ")");
  std::string text = LongText(IsPostgres() ? 1 << 18 : 60);
  const std::string octets = LongOctets(IsPostgres() ? 1 << 20 : 250);
  auto blob = Blob(octets);
  session_ << "INSERT INTO " << table_ << " VALUES (?, ?)", use(text), use(blob), now;
  std::string text_digest;
  std::string octets_digest;
  session_ << "SELECT md5(v), md5(o) FROM " << table_, into(text_digest), into(octets_digest), now;
  EXPECT_EQ(text_digest, Digest(text));
  EXPECT_EQ(octets_digest, Digest(octets));
}

TEST_F(PocoClient, WritesAndReadsVectors) {
  Run("CREATE TABLE " + table_ + " (id integer, d double precision, name varchar(40))");
  std::vector<int> ids;
  std::vector<double> numbers;
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) {
    ids.push_back(i);
    numbers.push_back(i / 4.0);
    names.push_back(std::string(static_cast<size_t>(i % 40), 'x'));
  }
  session_ << "INSERT INTO " << table_ << " VALUES (?, ?, ?)", use(ids), use(numbers), use(names),
      now;
  std::vector<int> ids_back;
  std::vector<double> numbers_back;
  std::vector<std::string> names_back;
  session_ << "SELECT id, d, name FROM " << table_ << " ORDER BY id", into(ids_back),
      into(numbers_back), into(names_back), now;
  EXPECT_EQ(ids_back, ids);
  EXPECT_EQ(numbers_back, numbers);
  EXPECT_EQ(names_back, names);
}

TEST_F(PocoClient, WritesAndReadsInBulk) {
  Run("CREATE TABLE " + table_ + " (id integer, d double precision, name varchar(40))");
  constexpr std::size_t kRows = 100;
  std::vector<int> ids;
  std::vector<double> numbers;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kRows; ++i) {
    ids.push_back(static_cast<int>(i));
    numbers.push_back(static_cast<double>(i) / 4.0);
    names.push_back(std::string(i % 39 + 1, 'x'));
  }
  session_ << "INSERT INTO " << table_ << " VALUES (?, ?, ?)", use(ids, bulk), use(numbers, bulk),
      use(names, bulk), now;
  ASSERT_EQ(Count(), static_cast<int>(kRows));
  std::vector<int> ids_back;
  std::vector<double> numbers_back;
  std::vector<std::string> names_back;
  session_ << "SELECT id, d, name FROM " << table_ << " ORDER BY id", into(ids_back, bulk(kRows)),
      into(numbers_back, bulk(kRows)), into(names_back, bulk(kRows)), now;
  EXPECT_EQ(ids_back, ids);
  EXPECT_EQ(numbers_back, numbers);
  EXPECT_EQ(names_back, names);
}

TEST_F(PocoClient, WalksThroughARecordSet) {
  CreateNumbers(20);
  Statement select(session_);
  select << "SELECT id, name AS title FROM " << table_ << " ORDER BY id", now;
  Poco::Data::RecordSet set(select);
  ASSERT_EQ(set.columnCount(), 2U);
  ASSERT_EQ(set.rowCount(), 20U);
  EXPECT_EQ(set.columnName(0), "id");
  EXPECT_EQ(set.columnName(1), "title");
  EXPECT_EQ(set.columnType(0), Poco::Data::MetaColumn::FDT_INT32);
  EXPECT_EQ(set.columnLength(1), 40U);
  int id = 0;
  for (bool more = set.moveFirst(); more; more = set.moveNext()) {
    ++id;
    EXPECT_EQ(set["id"].convert<int>(), id);
    EXPECT_EQ(set["title"].convert<std::string>(), "name " + std::to_string(id));
  }
  EXPECT_EQ(id, 20);
  ASSERT_TRUE(set.moveLast());
  EXPECT_EQ(set.value("id").convert<int>(), 20);
}

TEST_F(PocoClient, FetchesInPortions) {
  CreateNumbers(20);
  std::vector<int> ids;
  Statement select(session_);
  select << "SELECT id FROM " << table_ << " ORDER BY id", into(ids), limit(7);
  std::vector<std::size_t> portions;
  while (!select.done()) {
    ids.clear();
    portions.push_back(select.execute());
  }
  EXPECT_EQ(portions, (std::vector<std::size_t>{7, 7, 6}));
}

TEST_F(PocoClient, ExecutesAPreparedStatementAgainAndAgain) {
  CreateNumbers(0);
  int id = 0;
  std::string name;
  Statement insert(session_);
  insert << "INSERT INTO " << table_ << " VALUES (?, ?)", use(id), use(name);
  for (id = 1; id <= 20; ++id) {
    name = "name " + std::to_string(id);
    EXPECT_EQ(insert.execute(), 1U);
  }
  EXPECT_EQ(Count(), 20);
  Statement update(session_);
  update << "UPDATE " << table_ << " SET name = 'x' WHERE id > 15";
  EXPECT_EQ(update.execute(), 5U);
}

TEST_F(PocoClient, CommitsAndRollsBack) {
  CreateNumbers(1);
  session_.setFeature("autoCommit", false);
  {
    Poco::Data::Transaction transaction(session_);
    Run("INSERT INTO " + table_ + " VALUES (2, 'gone')");
    EXPECT_EQ(Count(), 2);
    transaction.rollback();
  }
  {
    Poco::Data::Transaction transaction(session_);
    Run("INSERT INTO " + table_ + " VALUES (2, 'kept')");
    EXPECT_THROW(Run("INSERT INTO " + table_ + " VALUES (2, 'again')"), Poco::Data::DataException);
    Run("INSERT INTO " + table_ + " VALUES (3, 'kept')");
    transaction.commit();
  }
  EXPECT_EQ(Count(), 3);
  session_.commit();
  session_.setFeature("autoCommit", true);
}

TEST_F(PocoClient, SetsTheIsolationLevel) {
  for (const Poco::UInt32 level :
       {Session::TRANSACTION_SERIALIZABLE, Session::TRANSACTION_READ_COMMITTED}) {
    ASSERT_TRUE(session_.hasTransactionIsolation(level));
    session_.setTransactionIsolation(level);
    EXPECT_EQ(session_.getTransactionIsolation(), level);
  }
}

TEST_F(PocoClient, ReadsAllResultsOfAStatement) {
  int first = 0;
  int second = 0;
  const std::string procedure = table_ + "_p";
  if (!IsPostgres()) Run("CREATE PROCEDURE " + procedure + "() BEGIN SELECT 1; SELECT 2; END");
  const std::string sql = IsPostgres() ? "SELECT 1; SELECT 2" : "CALL " + procedure + "()";
  Statement select(session_);
  select << sql, into(first, from(0)), into(second, from(1)), now;
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
  if (!IsPostgres()) Run("DROP PROCEDURE " + procedure);
}

TEST_F(PocoClient, TellsWhatWentWrong) {
  CreateNumbers(1);
  const std::string duplicate = "INSERT INTO " + table_ + " VALUES (1, 'again')";
  try {
    Run(duplicate);
    FAIL() << "no exception";
  } catch (const Poco::Data::ODBC::StatementException& e) {
    EXPECT_EQ(e.diagnostics().sqlState(0), IsPostgres() ? "23505" : "23000");
    EXPECT_NE(e.diagnostics().message(0).find("uplicate"), std::string::npos) << e.displayText();
  }
  EXPECT_EQ(Count(), 1);
  EXPECT_THROW(Run("SELECT * FROM no_such_table"), Poco::Data::ODBC::StatementException);
  EXPECT_THROW(Session(Poco::Data::ODBC::Connector::KEY, "DSN=" + DataSource() + ";PWD=not-it"),
               Poco::Data::ConnectionFailedException);
}

TEST_F(PocoClient, SharesSessionsInAPool) {
  CreateNumbers(3);
  Poco::Data::SessionPool pool(Poco::Data::ODBC::Connector::KEY, "DSN=" + DataSource(), 1, 3);
  for (int round = 0; round < 10; ++round) {
    Session session(pool.get());
    int count = 0;
    session << "SELECT COUNT(*) FROM " << table_, into(count), now;
    EXPECT_EQ(count, 3);
  }
}

}  // namespace
}  // namespace sluice::tests

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
