#pragma once

#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver {

// ODBC reference, appendix B, "Statement Transitions": S1; S2 and S3; S4; S5; S6 and S7; S8; S9;
// S10. S11 and S12 lie over the others: while a call is under way, all but itself is refused.
enum class StatementState {
  kAllocated,
  kPrepared,
  kExecuted,    // without a result set
  kOpened,      // with a result set, not fetched from
  kPositioned,  // fetched
  kNeedData,    // SQLParamData is due
  kMustPut,     // SQLPutData is due
  kCanPut,      // SQLPutData or SQLParamData
};
inline constexpr int kStatementStates = 8;

inline bool HasCursor(StatementState state) {
  return state == StatementState::kOpened || state == StatementState::kPositioned;
}
inline bool NeedsData(StatementState state) { return state >= StatementState::kNeedData; }

enum class Operation {
  kPrepare,
  kExecute,
  kExecDirect,
  kCatalog,
  kFetch,
  kGetData,
  kNumResultCols,
  kDescribeCol,
  kColAttribute,
  kNumParams,
  kDescribeParam,
  kRowCount,
  kCloseCursor,
  kMoreResults,
  kBind,
  kParamData,
  kPutData,
  kSetAttribute,
  kSetCursorAttribute,  // of the kind that the cursor is opened with
  kGetAttribute,
  kSetCursorName,
  kGetCursorName,
  kDescriptor,  // reading or writing one of the implicit descriptors
  kFree,
  kSetPos,
  kBulkOperations,
};
inline constexpr int kOperations = 26;

// Whether appendix B allows the operation; nullptr, or the SQLSTATE that it is refused with.
const SqlState* RefusalOf(Operation operation, StatementState state);

// Throws DriverError.
void CheckAllowed(Operation operation, StatementState state);

}  // namespace sluice::driver
