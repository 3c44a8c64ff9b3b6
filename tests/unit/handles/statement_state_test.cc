#include "odbc_driver/handles/statement_state.h"

#include <gtest/gtest.h>

namespace sluice::driver {
namespace {

std::string_view Code(Operation operation, StatementState state) {
  const auto* refusal = RefusalOf(operation, state);
  return refusal == nullptr ? "" : refusal->code;
}

// Samples of appendix B's tables, one per kind of answer.
TEST(StatementStateTest, FollowsAppendixB) {
  using enum Operation;
  using enum StatementState;
  EXPECT_EQ(Code(kPrepare, kAllocated), "");
  EXPECT_EQ(Code(kPrepare, kOpened), "24000");
  EXPECT_EQ(Code(kExecute, kAllocated), "HY010");
  EXPECT_EQ(Code(kExecute, kPositioned), "24000");
  EXPECT_EQ(Code(kExecDirect, kExecuted), "");
  EXPECT_EQ(Code(kFetch, kPrepared), "HY010");
  EXPECT_EQ(Code(kFetch, kExecuted), "24000");
  EXPECT_EQ(Code(kGetData, kOpened), "24000");
  EXPECT_EQ(Code(kCloseCursor, kPrepared), "24000");
  EXPECT_EQ(Code(kMoreResults, kAllocated), "");
  EXPECT_EQ(Code(kRowCount, kPrepared), "HY010");
  EXPECT_EQ(Code(kPutData, kNeedData), "HY010");
  EXPECT_EQ(Code(kParamData, kMustPut), "HY010");
  EXPECT_EQ(Code(kParamData, kCanPut), "");
  EXPECT_EQ(Code(kSetCursorAttribute, kPrepared), "HY011");
  EXPECT_EQ(Code(kSetCursorName, kExecuted), "24000");
}

TEST(StatementStateTest, WhileDataIsAskedForNothingElseIsAllowed) {
  for (int index = 0; index < kOperations; ++index) {
    const auto operation = static_cast<Operation>(index);
    if (operation == Operation::kParamData || operation == Operation::kPutData) continue;
    for (const auto state :
         {StatementState::kNeedData, StatementState::kMustPut, StatementState::kCanPut}) {
      EXPECT_EQ(Code(operation, state), "HY010") << index;
    }
  }
}

}  // namespace
}  // namespace sluice::driver
