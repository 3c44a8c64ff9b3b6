#include "relay_server/backend/mysql/session_state.h"

#include <gmock/gmock.h>

#include "relay_server/backend/mysql/statement_cache.h"

namespace sluice::relay::backend {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::shared_ptr<ServerProfile> Profile() {
  auto profile = std::make_shared<ServerProfile>();
  profile->facts.set_default_isolation(v1::ISOLATION_LEVEL_REPEATABLE_READ);
  profile->facts.set_database("pool");
  profile->isolation_variable = "transaction_isolation";
  profile->read_only_variable = "transaction_read_only";
  return profile;
}

TEST(SessionState, NothingIsSentForWhatTheConnectionHas) {
  SessionState state(Profile());
  EXPECT_THAT(state.Difference({}, true), IsEmpty());
  SessionSettings wanted;
  wanted.isolation = v1::ISOLATION_LEVEL_REPEATABLE_READ;
  wanted.catalog = "pool";
  EXPECT_THAT(state.Difference(wanted, true), IsEmpty());
}

TEST(SessionState, OnlyDifferencesAreSent) {
  SessionState state(Profile());
  SessionSettings wanted;
  wanted.isolation = v1::ISOLATION_LEVEL_SERIALIZABLE;
  wanted.read_only = true;
  wanted.catalog = "a`b";
  wanted.last_insert_id = 9;
  EXPECT_THAT(state.Difference(wanted, true),
              ElementsAre("SET SESSION transaction_isolation='SERIALIZABLE', SESSION "
                          "transaction_read_only=1, last_insert_id=9",
                          "USE `a``b`"));
  state.Applied(wanted, true);
  EXPECT_THAT(state.Difference(wanted, true), IsEmpty());
  EXPECT_THAT(state.Difference({}, false),
              ElementsAre("SET SESSION transaction_isolation='REPEATABLE-READ', SESSION "
                          "transaction_read_only=0",
                          "USE `pool`"));
}

TEST(SessionState, LastInsertIdIsLeftAloneWhenNobodyAsks) {
  SessionState state(Profile());
  SessionSettings wanted;
  wanted.last_insert_id = 9;
  EXPECT_THAT(state.Difference(wanted, false), IsEmpty());
  state.Applied(wanted, false);
  EXPECT_THAT(state.Difference(wanted, true), ElementsAre("SET last_insert_id=9"));
}

TEST(SessionState, ACharacterSetThatIsNotKnownIsSetAgain) {
  SessionState state(Profile());
  state.Applied({}, true);
  state.NoteVariables({{"character set", ""}});
  EXPECT_FALSE(state.names_known());
  EXPECT_THAT(state.Difference({}, true), ElementsAre("SET NAMES utf8mb4"));
  SessionSettings wanted;
  wanted.variables = {{"names", "utf8"}};
  state.Applied(wanted, true);
  EXPECT_THAT(state.Difference(wanted, true), ElementsAre());
  state.ForgetNames();
  EXPECT_THAT(state.Difference(wanted, true), ElementsAre("SET NAMES utf8"));
  state.NoteVariables({{"names", "utf8"}});
  EXPECT_THAT(state.Difference(wanted, true), ElementsAre());
}

TEST(SessionState, ForgottenStateIsSetAnew) {
  auto profile = Profile();
  profile->connection_assignments = {"NAMES utf8mb4"};
  SessionState state(profile);
  EXPECT_THAT(state.Difference({}, true), ElementsAre("SET NAMES utf8mb4"));
  state.Applied({}, true);
  state.Forget();
  EXPECT_THAT(state.Difference({}, true),
              ElementsAre("SET NAMES utf8mb4, SESSION transaction_isolation='REPEATABLE-READ', "
                          "SESSION transaction_read_only=0, last_insert_id=0",
                          "USE `pool`"));
}

TEST(StatementCache, LeastRecentlyUsedLeaves) {
  StatementCache cache(2);
  cache.Insert({"a", nullptr});
  cache.Insert({"b", nullptr});
  EXPECT_NE(cache.Find("a"), nullptr);
  cache.Insert({"c", nullptr});
  EXPECT_EQ(cache.Find("b"), nullptr);
  EXPECT_NE(cache.Find("a"), nullptr);
  cache.Erase("a");
  EXPECT_EQ(cache.size(), 1U);
  cache.Clear();
  EXPECT_EQ(cache.size(), 0U);
}

}  // namespace
}  // namespace sluice::relay::backend
