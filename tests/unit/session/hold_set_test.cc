#include "relay_server/session/hold_set.h"

#include <gtest/gtest.h>

namespace sluice::relay::session {
namespace {

using dialect::HoldKind;

constexpr auto kPostgres = v1::ENGINE_POSTGRES;
constexpr auto kMysql = v1::ENGINE_MYSQL;

TEST(HoldSetTest, TellsWhatItHolds) {
  HoldSet holds;
  EXPECT_EQ(holds.text(), "");
  holds.Take({HoldKind::kTemporaryTable, "t"}, "", false);
  holds.Take({HoldKind::kListen, "c"}, "", false);
  holds.Take({HoldKind::kListen, "c"}, "", false);
  EXPECT_EQ(holds.text(), "temporary table t, LISTEN c");
}

TEST(HoldSetTest, ManyAreCountedOnly) {
  HoldSet holds;
  for (int i = 0; i < 10; ++i) {
    holds.Take({HoldKind::kListen, std::to_string(i)}, "", false);
  }
  EXPECT_TRUE(holds.text().ends_with("LISTEN 7 and 2 more")) << holds.text();
}

TEST(HoldSetTest, EndsByNameOrAsAWhole) {
  HoldSet holds;
  for (const char* name : {"a", "b", "c"}) holds.Take({HoldKind::kPrepare, name}, "", false);
  holds.End(kPostgres, {.kind = HoldKind::kPrepare, .name = "b"}, "");
  EXPECT_EQ(holds.text(), "PREPARE a, PREPARE c");
  holds.End(kPostgres, {.kind = HoldKind::kPrepare, .all = true}, "");
  EXPECT_TRUE(holds.empty());
}

TEST(HoldSetTest, LockTablesGivesUpWhatItHadLockedBefore) {
  HoldSet holds;
  holds.Take({HoldKind::kTableLock, "a"}, "", false);
  holds.Take({HoldKind::kTableLock, "b"}, "", false);
  EXPECT_EQ(holds.candidates().size(), 1u);
}

TEST(HoldSetTest, ATableOfAnotherCatalogueIsAnother) {
  HoldSet holds;
  holds.Take({HoldKind::kTemporaryTable, "t"}, "sales", false);
  holds.End(kPostgres, {.kind = HoldKind::kTemporaryTable, .name = "t"}, "stock");
  EXPECT_FALSE(holds.empty());
  holds.End(kPostgres, {.kind = HoldKind::kTemporaryTable, .name = "t", .renamed_to = "u"},
            "sales");
  EXPECT_EQ(holds.text(), "temporary table u");
}

TEST(HoldSetTest, ARollbackEndsWhatTheTransactionMade) {
  HoldSet holds;
  holds.Take({HoldKind::kTemporaryTable, "before"}, "", false);
  holds.Take({HoldKind::kTemporaryTable, "within"}, "", true);
  holds.Take({HoldKind::kAdvisoryLock, "1"}, "", true);
  EXPECT_TRUE(holds.EndTransaction(kPostgres, false));
  EXPECT_EQ(holds.text(), "temporary table before, advisory lock 1");
  EXPECT_FALSE(holds.EndTransaction(kPostgres, false));
}

TEST(HoldSetTest, ACommitKeepsIt) {
  HoldSet holds;
  holds.Take({HoldKind::kTemporaryTable, "t"}, "", true);
  EXPECT_FALSE(holds.EndTransaction(kPostgres, true));
  EXPECT_FALSE(holds.EndTransaction(kPostgres, false));
  EXPECT_EQ(holds.text(), "temporary table t");
}

TEST(HoldSetTest, MysqlsTablesOutliveARollback) {
  HoldSet holds;
  holds.Take({HoldKind::kTemporaryTable, "t"}, "", true);
  EXPECT_FALSE(holds.EndTransaction(kMysql, false));
  EXPECT_EQ(holds.text(), "temporary table t");
}

TEST(HoldSetTest, TheServerHasTheLastWordOfWhatItCanTell) {
  HoldSet holds;
  holds.Take({HoldKind::kTemporaryTable, "gone"}, "", false);
  holds.Take({HoldKind::kTemporaryTable, "there"}, "", false);
  holds.Take({HoldKind::kSetting, "x"}, "", false);
  holds.Take({HoldKind::kDoBlock, ""}, "", false);
  holds.Settle(kPostgres, {{HoldKind::kTemporaryTable, "there"}, {HoldKind::kListen, "found"}});
  EXPECT_EQ(holds.text(), "temporary table there, SET x, LISTEN found");
}

TEST(HoldSetTest, AMysqlLockMayHaveBeenTakenTwice) {
  HoldSet holds;
  holds.Take({HoldKind::kNamedLock, "a"}, "", false);
  holds.End(kMysql, {.kind = HoldKind::kNamedLock, .name = "a"}, "");
  EXPECT_TRUE(holds.empty());
  EXPECT_EQ(holds.text(), "");
  EXPECT_EQ(holds.candidates().size(), 1u);  // to be asked about
  holds.Settle(kMysql, {{HoldKind::kNamedLock, "a"}});
  EXPECT_EQ(holds.text(), "named lock a");
  holds.End(kMysql, {.kind = HoldKind::kNamedLock, .name = "a"}, "");
  holds.Settle(kMysql, {});
  EXPECT_TRUE(holds.candidates().empty());
}

TEST(HoldSetTest, DiscardAllLeavesWhatNothingEnds) {
  HoldSet holds;
  holds.Take({HoldKind::kListen, "c"}, "", false);
  holds.Take({HoldKind::kOther, "LOAD"}, "", false);
  holds.EndAll();
  EXPECT_EQ(holds.text(), "LOAD");
}

}  // namespace
}  // namespace sluice::relay::session
