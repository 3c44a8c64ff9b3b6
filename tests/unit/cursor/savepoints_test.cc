#include "odbc_driver/cursor/savepoints.h"

#include <gmock/gmock.h>

#include "odbc_driver/cursor/string_syntax.h"

namespace sluice::driver::cursor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = TransactionStep::Kind;

std::vector<TransactionStep> Steps(std::string_view sql) {
  return TransactionStepsOf(sql, DefaultRules(v1::ENGINE_POSTGRES));
}

TEST(TransactionStepsTest, AreThoseOfPostgresql) {
  EXPECT_THAT(Steps("savepoint Miho"), ElementsAre(TransactionStep{Kind::kSavepoint, "miho"}));
  EXPECT_THAT(Steps("rollback to yuuki;release yuuki"),
              ElementsAre(TransactionStep{Kind::kRollBackTo, "yuuki"},
                          TransactionStep{Kind::kRelease, "yuuki"}));
  EXPECT_THAT(Steps("/* x */ ROLLBACK WORK TO SAVEPOINT \"A\"\"b\""),
              ElementsAre(TransactionStep{Kind::kRollBackTo, "A\"b"}));
  EXPECT_THAT(Steps("ABORT"), ElementsAre(TransactionStep{Kind::kRollBack, ""}));
  EXPECT_THAT(Steps("BEGIN; END"), ElementsAre(TransactionStep{Kind::kCommit, ""}));
  EXPECT_THAT(Steps("RELEASE SAVEPOINT a"), ElementsAre(TransactionStep{Kind::kRelease, "a"}));
}

TEST(TransactionStepsTest, OtherTextsHaveNone) {
  for (const char* sql : {"SELECT 1", "ROLLBACK PREPARED 'x'", "COMMIT PREPARED 'x'",
                          "SELECT 'a;savepoint b'", "", "  "}) {
    EXPECT_THAT(Steps(sql), IsEmpty()) << sql;
  }
}

// "1-3": the changes behind the first, up to the third.
std::vector<std::string> Undone(const Savepoints& savepoints, std::size_t known = 0) {
  std::vector<std::string> intervals;
  for (const auto& undone : savepoints.UndoneSince(known)) {
    intervals.push_back(std::to_string(undone.after) + "-" + std::to_string(undone.until));
  }
  return intervals;
}

TEST(SavepointsTest, ARollbackUndoesWhatCameAfter) {
  Savepoints savepoints;
  savepoints.NoteChange();
  savepoints.Apply({Kind::kSavepoint, "a"});
  savepoints.NoteChange();
  savepoints.NoteChange();
  savepoints.Apply({Kind::kRollBackTo, "a"});
  EXPECT_THAT(Undone(savepoints), ElementsAre("1-3"));
  savepoints.NoteChange();
  savepoints.Apply({Kind::kRollBackTo, "a"});  // it is still there
  EXPECT_THAT(Undone(savepoints, 1), ElementsAre("1-4"));
  savepoints.EndTransaction(false);
  EXPECT_THAT(Undone(savepoints, 2), ElementsAre("0-4"));
}

TEST(SavepointsTest, TheLatestOfANameHidesTheOthers) {
  Savepoints savepoints;
  savepoints.Apply({Kind::kSavepoint, "a"});
  savepoints.NoteChange();
  savepoints.Apply({Kind::kSavepoint, "b"});
  savepoints.Apply({Kind::kSavepoint, "a"});
  savepoints.NoteChange();
  savepoints.Apply({Kind::kRollBackTo, "a"});
  EXPECT_THAT(Undone(savepoints), ElementsAre("1-2"));
  savepoints.Apply({Kind::kRelease, "a"});
  savepoints.Apply({Kind::kRollBackTo, "a"});
  EXPECT_THAT(Undone(savepoints, 1), ElementsAre("0-2"));
  savepoints.NoteChange();
  savepoints.Apply({Kind::kRollBackTo, "b"});  // the rollback has ended it
  EXPECT_THAT(Undone(savepoints, 2), IsEmpty());
}

TEST(SavepointsTest, WhatIsCommittedStays) {
  Savepoints savepoints;
  savepoints.NoteChange();
  savepoints.Apply({Kind::kCommit, ""});
  savepoints.EndTransaction(false);
  EXPECT_THAT(Undone(savepoints), IsEmpty());
  savepoints.NoteChange();
  savepoints.Apply({Kind::kRollBack, ""});
  EXPECT_THAT(Undone(savepoints), ElementsAre("1-2"));
}

}  // namespace
}  // namespace sluice::driver::cursor
