// Catalogue functions ask the server once, and not again until something may have changed.

#include "relay_server/dialect/dialect.h"
#include "tests/relay/relay_fixture.h"

namespace sluice::relay {
namespace {

constexpr std::size_t kRows = 2000;  // several batches

class CatalogCacheTest : public RelayTest {
 protected:
  void SetUp() override {
    request_.set_function(v1::Catalog::PRIMARY_KEYS);
    request_.set_table("t");
    const auto sql = dialect::PostgresDialect().CatalogQuery(request_, v1::ServerFacts());
    auto rows = fakes::NumberedRows(kRows, 50);
    rows.text_columns = 5;
    backend_.On(sql, {.results = {rows}});
    for (const char* text : {"CREATE TABLE t", "DROP TABLE t", "CALL p()", "SET LOCAL x = 1",
                             "SELECT * INTO u FROM t", "UPDATE", "SAVEPOINT s"}) {
      backend_.On(text, {.results = {fakes::Affected(0)}});
    }
    backend_.On("DROP TABLE t, gone", {.results = {fakes::Fails("42P01")}});
    backend_.On("LISTEN l", {.results = {fakes::Affected(0)}});
    sql_ = sql;
    StartRelay();
  }

  // Asks, reads all rows, and tells whether the server was asked.
  bool AsksTheServer(TestClient& client, std::optional<bool> autocommit = {}) {
    const auto before = Asked();
    v1::Request message;
    if (autocommit) message.mutable_changes()->set_autocommit(*autocommit);
    *message.mutable_catalog() = request_;
    message.mutable_catalog()->set_cursor_id(++cursor_);
    message.mutable_catalog()->set_credit_bytes(1);
    const auto first = client.Call(message);
    EXPECT_TRUE(first.has_result()) << MessageOf(first);
    EXPECT_EQ(first.result().columns_size(), 6);
    EXPECT_EQ(first.result().columns(4).name(), "KEY_SEQ");
    EXPECT_EQ(client.ReadToEnd(first).rows, kRows);
    EXPECT_LE(Asked(), before + 1);
    return Asked() > before;
  }
  std::size_t Asked() const {
    const auto all = backend_.executed();
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), sql_));
  }
  void Run(TestClient& client, const std::string& sql, std::optional<bool> autocommit = {}) {
    client.Execute(sql, {.cursor = ++cursor_, .autocommit = autocommit});
  }

  v1::Catalog request_;
  std::string sql_;
  std::uint32_t cursor_ = 0;
};

TEST_F(CatalogCacheTest, TheSecondCallDoesNotAskTheServer) {
  auto client = Session();
  auto other = Session();
  EXPECT_TRUE(AsksTheServer(client));
  EXPECT_FALSE(AsksTheServer(client));
  EXPECT_FALSE(AsksTheServer(other)) << "the same user's";
}

TEST_F(CatalogCacheTest, HalfAnAnswerIsNotRemembered) {
  auto rows = fakes::NumberedRows(kRows, 50);
  rows.text_columns = 5;
  auto broken = rows;
  broken.error_after_rows = fakes::ScriptedError{"53200", "out of memory"};
  backend_.On(sql_, {.results = {broken}});
  auto client = Session();
  v1::Request message;
  *message.mutable_catalog() = request_;
  message.mutable_catalog()->set_cursor_id(++cursor_);
  message.mutable_catalog()->set_credit_bytes(1);
  EXPECT_EQ(client.ReadToEnd(client.Call(message)).sqlstate, "53200");
  backend_.On(sql_, {.results = {rows}});
  EXPECT_TRUE(AsksTheServer(client));
}

TEST_F(CatalogCacheTest, UsersAndCataloguesHaveAnswersOfTheirOwn) {
  auto client = Session();
  EXPECT_TRUE(AsksTheServer(client));
  auto rita = Connect();
  auto open = rita.DefaultOpen();
  open.set_user("rita");
  rita.Open(open);
  EXPECT_TRUE(AsksTheServer(rita));
  auto elsewhere = Connect();
  open = elsewhere.DefaultOpen();
  open.mutable_settings()->set_catalog("other");
  elsewhere.Open(open);
  EXPECT_TRUE(AsksTheServer(elsewhere));
  request_.set_exact_statistics(true);
  EXPECT_TRUE(AsksTheServer(client));
  EXPECT_TRUE(AsksTheServer(client)) << "exact numbers are always fresh";
}

TEST_F(CatalogCacheTest, AStatementThatMayChangeTheCatalogueVoidsAllAnswers) {
  auto client = Session();
  auto other = Session();
  for (const char* text :
       {"CREATE TABLE t", "CALL p()", "SELECT * INTO u FROM t", "DROP TABLE t, gone"}) {
    AsksTheServer(client);
    ASSERT_FALSE(AsksTheServer(client));
    Run(other, text);
    EXPECT_TRUE(AsksTheServer(client)) << text;
  }
  for (const char* text : {"SELECT 1", "INSERT", "UPDATE", "SAVEPOINT s"}) {
    Run(other, text);
    EXPECT_FALSE(AsksTheServer(client)) << text;
  }
}

TEST_F(CatalogCacheTest, ATransactionThatChangedTheCatalogueAsksAndItsEndVoids) {
  auto client = Session();
  auto other = Session();
  EXPECT_TRUE(AsksTheServer(other));
  Run(client, "CREATE TABLE t", false);
  EXPECT_TRUE(AsksTheServer(client));
  EXPECT_TRUE(AsksTheServer(client)) << "nothing of it is remembered";
  EXPECT_TRUE(AsksTheServer(other)) << "the state before the change";
  EXPECT_FALSE(AsksTheServer(other));
  client.EndTransaction(true);
  EXPECT_TRUE(AsksTheServer(other));
  EXPECT_FALSE(AsksTheServer(client));
}

TEST_F(CatalogCacheTest, ATransactionThatOnlyReadsAndWritesUsesWhatIsRemembered) {
  auto client = Session();
  EXPECT_TRUE(AsksTheServer(client, false));
  Run(client, "INSERT");
  EXPECT_FALSE(AsksTheServer(client));
  Run(client, "SET LOCAL x = 1");
  EXPECT_TRUE(AsksTheServer(client)) << "it may have a search path of its own";
  client.EndTransaction(false);
  EXPECT_FALSE(AsksTheServer(client));
}

TEST_F(CatalogCacheTest, APinnedSessionAlwaysAsks) {
  auto client = Session();
  auto other = Session();
  EXPECT_TRUE(AsksTheServer(other));
  Run(client, "LISTEN l");
  EXPECT_TRUE(AsksTheServer(client)) << "it may have temporary tables";
  EXPECT_FALSE(AsksTheServer(other));
}

}  // namespace
}  // namespace sluice::relay
