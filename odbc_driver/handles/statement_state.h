#pragma once

#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver {

// ODBC reference, appendix B, "Statement Transitions": S1; S2 and S3; S4; S5; S6 and S7; S8; S9;
// S10. There is no asynchronous execution, hence no S11 and S12.
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
  kSetCursorName,
};
inline constexpr int kOperations = 19;

// Whether appendix B allows the operation; nullptr, or the SQLSTATE that it is refused with.
const SqlState* RefusalOf(Operation operation, StatementState state);

// Throws DriverError.
void CheckAllowed(Operation operation, StatementState state);

}  // namespace sluice::driver
