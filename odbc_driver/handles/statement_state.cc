#include "odbc_driver/handles/statement_state.h"

#include <array>

namespace sluice::driver {
namespace {

const SqlState* const kYes = nullptr;
const SqlState* const kSeq = &kHY010SequenceError;
const SqlState* const kCur = &k24000InvalidCursorState;
const SqlState* const kNow = &kHY011AttributeCannotBeSet;

using Row = std::array<const SqlState*, kStatementStates>;

// In the order of Operation; columns in the order of StatementState. 07005 (a prepared statement
// without result columns) is found later: it takes asking the relay. Where the reference is
// stricter than both native drivers, and than the driver managers, so is this table not:
// - a new statement may run while results of the last one's batch are left (24000 in appendix B);
// - SQLDescribeParam works after the prepared statement has run (HY010 in appendix B).
const std::array<Row, kOperations> kTable = {{
    // alloc prep  exec  open  pos   need  must  can
    {kYes, kYes, kYes, kCur, kCur, kSeq, kSeq, kSeq},  // Prepare
    {kSeq, kYes, kYes, kCur, kCur, kSeq, kSeq, kSeq},  // Execute
    {kYes, kYes, kYes, kCur, kCur, kSeq, kSeq, kSeq},  // ExecDirect
    {kYes, kYes, kYes, kCur, kCur, kSeq, kSeq, kSeq},  // Catalog
    {kSeq, kSeq, kCur, kYes, kYes, kSeq, kSeq, kSeq},  // Fetch
    {kSeq, kSeq, kCur, kCur, kYes, kSeq, kSeq, kSeq},  // GetData
    {kSeq, kYes, kYes, kYes, kYes, kSeq, kSeq, kSeq},  // NumResultCols
    {kSeq, kYes, kCur, kYes, kYes, kSeq, kSeq, kSeq},  // DescribeCol
    {kSeq, kYes, kCur, kYes, kYes, kSeq, kSeq, kSeq},  // ColAttribute
    {kSeq, kYes, kYes, kYes, kYes, kSeq, kSeq, kSeq},  // NumParams
    {kSeq, kYes, kYes, kYes, kYes, kSeq, kSeq, kSeq},  // DescribeParam
    {kSeq, kSeq, kYes, kYes, kYes, kSeq, kSeq, kSeq},  // RowCount
    {kCur, kCur, kCur, kYes, kYes, kSeq, kSeq, kSeq},  // CloseCursor
    {kYes, kYes, kYes, kYes, kYes, kSeq, kSeq, kSeq},  // MoreResults
    {kYes, kYes, kYes, kYes, kYes, kSeq, kSeq, kSeq},  // Bind
    {kSeq, kSeq, kSeq, kSeq, kSeq, kYes, kSeq, kYes},  // ParamData
    {kSeq, kSeq, kSeq, kSeq, kSeq, kSeq, kYes, kYes},  // PutData
    {kYes, kYes, kYes, kYes, kYes, kSeq, kSeq, kSeq},  // SetAttribute
    {kYes, kNow, kCur, kCur, kCur, kSeq, kSeq, kSeq},  // SetCursorAttribute
    {kYes, kYes, kYes, kYes, kYes, kSeq, kSeq, kSeq},  // GetAttribute
    {kYes, kYes, kCur, kCur, kCur, kSeq, kSeq, kSeq},  // SetCursorName
    {kYes, kYes, kYes, kYes, kYes, kSeq, kSeq, kSeq},  // GetCursorName
    {kYes, kYes, kYes, kYes, kYes, kSeq, kSeq, kSeq},  // Descriptor
    {kYes, kYes, kYes, kYes, kYes, kSeq, kSeq, kSeq},  // Free
    {kSeq, kSeq, kCur, kCur, kYes, kSeq, kSeq, kSeq},  // SetPos
    {kSeq, kSeq, kCur, kYes, kYes, kSeq, kSeq, kSeq},  // BulkOperations
}};

}  // namespace

const SqlState* RefusalOf(Operation operation, StatementState state) {
  return kTable[static_cast<std::size_t>(operation)][static_cast<std::size_t>(state)];
}

void CheckAllowed(Operation operation, StatementState state) {
  if (const auto* refusal = RefusalOf(operation, state)) throw DriverError(*refusal);
}

}  // namespace sluice::driver
