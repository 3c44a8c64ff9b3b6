#include "odbc_driver/handles/statement_state.h"

#include <array>

namespace sluice::driver {
namespace {

const SqlState* const kYes = nullptr;
const SqlState* const kSeq = &kHY010SequenceError;
const SqlState* const kCur = &k24000InvalidCursorState;

using Row = std::array<const SqlState*, kStatementStates>;

// In the order of Operation; columns in the order of StatementState. 07005 (a prepared statement
// without result columns) is found later: it takes asking the relay.
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
    {kYes, kYes, kYes, kCur, kCur, kSeq, kSeq, kSeq},  // SetCursorName
}};

}  // namespace

const SqlState* RefusalOf(Operation operation, StatementState state) {
  return kTable[static_cast<std::size_t>(operation)][static_cast<std::size_t>(state)];
}

void CheckAllowed(Operation operation, StatementState state) {
  if (const auto* refusal = RefusalOf(operation, state)) throw DriverError(*refusal);
}

}  // namespace sluice::driver
