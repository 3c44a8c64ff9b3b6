// lastval() and currval(…) on PostgreSQL, whose connections know them: a session gets its own value
// or an error, never another session's, however few connections there are.

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::HasSubstr;

// The relay learns by application who asks for such values: each test is one that never has.
std::string PoolOf(RelaySize size) {
  return ConnectionString(Database::kPostgres, size) + ";ApplicationName=" + UniqueName("app");
}

// Two sessions on one connection. `other` is of another application.
class SequenceTest : public testing::Test {
 protected:
  SequenceTest() {
    connection.Run("CREATE TABLE " + table + " (id SERIAL PRIMARY KEY, v INT)");
    connection.Run("CREATE TABLE " + bare + " (id INT PRIMARY KEY)");
  }
  ~SequenceTest() override { other.Run("DROP TABLE " + table + ", " + bare + " CASCADE"); }

  std::string Insert(int value) const {
    return "INSERT INTO " + table + " (v) VALUES (" + std::to_string(value) + ")";
  }
  std::string IdOf(int value) {
    return other.Value("SELECT id FROM " + table + " WHERE v = " + std::to_string(value));
  }
  // The question is refused, and the text tells what to do instead.
  void ExpectRefused(Connection& asking, const std::string& sql) {
    Statement refused(asking);
    EXPECT_EQ(refused.Execute(sql), SQL_ERROR);
    EXPECT_EQ(refused.state(), "55000") << refused.diagnostics();
    EXPECT_THAT(refused.diagnostics(), HasSubstr("Pinning=always"));
  }
  // The session has asked before.
  void Ask() {
    connection.Run(Insert(-1));
    connection.Value("SELECT lastval()");
  }

  const std::string table = UniqueName("drawn");
  const std::string bare = UniqueName("bare");
  const std::string current = "SELECT currval('" + table + "_id_seq')";
  const std::string pool = PoolOf(RelaySize::kOne);
  Connection connection{pool};
  Connection other{PoolOf(RelaySize::kOne)};
};

TEST_F(SequenceTest, TheFirstQuestionIsAnsweredWhenNobodyCameBetween) {
  other.Run(Insert(7));
  connection.Run(Insert(1));
  const std::string id = connection.Value("SELECT lastval()");
  EXPECT_EQ(id, IdOf(1));
}

TEST_F(SequenceTest, TheFirstQuestionForOneSequenceIsAnsweredWhenNobodyCameBetween) {
  other.Run(Insert(7));
  connection.Run(Insert(1));
  const std::string id = connection.Value(current);
  EXPECT_EQ(id, IdOf(1));
}

TEST_F(SequenceTest, TheFirstQuestionIsRefusedWhenAnotherSessionCameBetween) {
  connection.Run(Insert(1));
  other.Run(Insert(2));
  ExpectRefused(connection, "SELECT lastval()");
  ExpectRefused(connection, current);
}

TEST_F(SequenceTest, ASessionThatAsksKeepsItsValuesWhateverOthersDo) {
  Ask();
  for (int i = 1; i < 4; ++i) {
    connection.Run(Insert(i));
    other.Run(Insert(100 + i));
    EXPECT_EQ(connection.Value("SELECT lastval()"), IdOf(i));
    EXPECT_EQ(connection.Value("SELECT lastval() AS again"), IdOf(i));
  }
  connection.Run("SELECT 1");
  ExpectRefused(connection, current);  // asked for the first time, and others have come
  connection.Run(Insert(4));
  other.Run(Insert(104));
  EXPECT_EQ(connection.Value(current), IdOf(4));
  EXPECT_EQ(connection.Value("SELECT lastval() - currval('" + table + "_id_seq')"), "0");
}

TEST_F(SequenceTest, AnApplicationThatAsksIsKnownToTheNextSession) {
  Ask();
  Connection next(pool);
  next.Run(Insert(1));
  other.Run(Insert(2));
  EXPECT_EQ(next.Value("SELECT lastval()"), IdOf(1));
}

// The connection knows a value, but not of this session.
TEST_F(SequenceTest, WhatOthersHaveLeftIsNoAnswer) {
  other.Run(Insert(1));
  connection.Run("INSERT INTO " + bare + " VALUES (1)");
  ExpectRefused(connection, "SELECT lastval()");
  other.Run(Insert(2));
  connection.Run("INSERT INTO " + bare + " VALUES (2)");
  Statement undefined(connection);
  EXPECT_EQ(undefined.Execute("SELECT lastval()"), SQL_ERROR);
  EXPECT_EQ(undefined.state(), "55000") << undefined.diagnostics();
  other.Run(Insert(3));
  connection.SetAutocommit(false);
  EXPECT_EQ(undefined.Execute(current), SQL_ERROR);
  EXPECT_EQ(undefined.state(), "55000") << undefined.diagnostics();
  connection.Rollback();
}

TEST_F(SequenceTest, AnIdThatTheTextGivesIsNotDrawn) {
  other.Run(Insert(1));
  connection.Run("INSERT INTO " + table + " (id, v) VALUES (1000, 2)");
  ExpectRefused(connection, "SELECT lastval()");
}

TEST_F(SequenceTest, TransactionsDrawAndAsk) {
  connection.SetAutocommit(false);
  connection.Run(Insert(1));
  const std::string id = connection.Value("SELECT lastval()");
  connection.Commit();
  EXPECT_EQ(id, IdOf(1));
  connection.Run(Insert(2));
  connection.Commit();
  other.Run(Insert(3));
  EXPECT_EQ(connection.Value("SELECT lastval()"),
            connection.Value("SELECT max(id) - 1 FROM " + table));
  connection.Rollback();
  connection.Run(Insert(4));
  EXPECT_EQ(connection.Value(current), connection.Value("SELECT lastval()"));
  connection.Rollback();  // values that are drawn stay so
  other.Run(Insert(5));
  EXPECT_EQ(connection.Value("SELECT lastval() + 1"),
            connection.Value("SELECT max(id) FROM " + table));
  connection.Rollback();
}

TEST_F(SequenceTest, WhatFunctionsAndTriggersDrawCounts) {
  const std::string sequence = table + "_seen";
  connection.Run("CREATE SEQUENCE " + sequence + " START 500");
  connection.Run("CREATE FUNCTION " + sequence + "_f() RETURNS trigger LANGUAGE plpgsql AS " +
                 "'BEGIN PERFORM nextval(''" + sequence + "''); RETURN NULL; END'");
  connection.Run("CREATE TRIGGER t AFTER INSERT ON " + bare + " FOR EACH ROW EXECUTE FUNCTION " +
                 sequence + "_f()");
  Ask();
  connection.Run("INSERT INTO " + bare + " VALUES (1)");
  other.Run("INSERT INTO " + bare + " VALUES (2)");
  EXPECT_EQ(connection.Value("SELECT lastval()"), "500");
  connection.Value("SELECT setval('" + sequence + "', 700)");
  connection.Value("SELECT nextval('" + sequence + "')");
  other.Value("SELECT nextval('" + sequence + "')");
  EXPECT_EQ(connection.Value("SELECT lastval()"), "701");
  connection.Run("DROP FUNCTION " + sequence + "_f() CASCADE");
  connection.Run("DROP SEQUENCE " + sequence);
}

// A row that refers to the one before it, or to itself.
TEST_F(SequenceTest, AnInsertReadsWhatItsSessionHasDrawn) {
  const std::string child = UniqueName("child");
  connection.Run("CREATE TABLE " + child + " (id SERIAL, parent BIGINT)");
  const std::string insert =
      "INSERT INTO " + child + " (parent) VALUES (currval('" + table + "_id_seq'))";
  connection.Run(Insert(1));
  connection.Run(insert);  // from now on it is known
  for (int i = 2; i < 4; ++i) {
    connection.Run(Insert(i));
    other.Run(Insert(100 + i));
    connection.Run(insert);
    EXPECT_EQ(other.Value("SELECT parent FROM " + child + " ORDER BY id DESC LIMIT 1"), IdOf(i));
  }
  other.Run(Insert(8));
  connection.Run("INSERT INTO " + child + " (parent) VALUES (currval('" + child + "_id_seq'))");
  EXPECT_EQ(other.Value("SELECT parent - id FROM " + child + " ORDER BY id DESC LIMIT 1"), "0");
  EXPECT_EQ(connection.Value(Insert(9) + " RETURNING currval('" + table + "_id_seq') - id"), "0");
  other.Run("DROP TABLE " + child);
}

TEST_F(SequenceTest, DiscardedValuesAreGone) {
  Ask();
  connection.Run("DISCARD SEQUENCES");
  ExpectRefused(connection, "SELECT lastval()");
  connection.Run(Insert(1));
  other.Run(Insert(2));
  EXPECT_EQ(connection.Value("SELECT lastval()"), IdOf(1));
  connection.Run("DISCARD ALL");
  ExpectRefused(connection, "SELECT lastval()");
}

TEST_F(SequenceTest, AConnectionOfItsOwnDoesNotKnowWhatOthersDrewOnIt) {
  other.Run(Insert(1));
  Connection sole(pool + ";Pinning=always");
  sole.Run("INSERT INTO " + bare + " VALUES (1)");
  Statement undefined(sole);
  EXPECT_EQ(undefined.Execute("SELECT lastval()"), SQL_ERROR);
  EXPECT_EQ(undefined.state(), "55000") << undefined.diagnostics();
  undefined.Close();
  sole.Run(Insert(2));
  EXPECT_EQ(sole.Value(current), sole.Value("SELECT max(id) FROM " + table));
}

}  // namespace
}  // namespace sluice::tests
