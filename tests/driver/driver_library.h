#pragma once

#include <string>
#include <vector>

#include "odbc_driver/platform/odbc.h"

// The driver as the driver manager sees it: the shared library, opened at run time. Its functions
// are members under their names without the SQL.

namespace sluice::tests {

class DriverLibrary {
 public:
  static const DriverLibrary& Instance();
  // nullptr: not exported.
  static void* Find(const char* name);

#define SLUICE_DRIVER_FUNCTION(name) \
  decltype(&::SQL##name) name = reinterpret_cast<decltype(&::SQL##name)>(Find("SQL" #name))
  SLUICE_DRIVER_FUNCTION(AllocHandle);
  SLUICE_DRIVER_FUNCTION(FreeHandle);
  SLUICE_DRIVER_FUNCTION(FreeStmt);
  SLUICE_DRIVER_FUNCTION(Connect);
  SLUICE_DRIVER_FUNCTION(DriverConnect);
  SLUICE_DRIVER_FUNCTION(DriverConnectW);
  SLUICE_DRIVER_FUNCTION(BrowseConnect);
  SLUICE_DRIVER_FUNCTION(Disconnect);
  SLUICE_DRIVER_FUNCTION(SetEnvAttr);
  SLUICE_DRIVER_FUNCTION(GetEnvAttr);
  SLUICE_DRIVER_FUNCTION(SetConnectAttr);
  SLUICE_DRIVER_FUNCTION(SetConnectAttrW);
  SLUICE_DRIVER_FUNCTION(GetConnectAttr);
  SLUICE_DRIVER_FUNCTION(GetConnectAttrW);
  SLUICE_DRIVER_FUNCTION(SetStmtAttr);
  SLUICE_DRIVER_FUNCTION(GetStmtAttr);
  SLUICE_DRIVER_FUNCTION(Prepare);
  SLUICE_DRIVER_FUNCTION(PrepareW);
  SLUICE_DRIVER_FUNCTION(Execute);
  SLUICE_DRIVER_FUNCTION(ExecDirect);
  SLUICE_DRIVER_FUNCTION(ExecDirectW);
  SLUICE_DRIVER_FUNCTION(NativeSql);
  SLUICE_DRIVER_FUNCTION(NativeSqlW);
  SLUICE_DRIVER_FUNCTION(Cancel);
  SLUICE_DRIVER_FUNCTION(CancelHandle);
  SLUICE_DRIVER_FUNCTION(CloseCursor);
  SLUICE_DRIVER_FUNCTION(RowCount);
  SLUICE_DRIVER_FUNCTION(SetCursorName);
  SLUICE_DRIVER_FUNCTION(GetCursorName);
  SLUICE_DRIVER_FUNCTION(GetCursorNameW);
  SLUICE_DRIVER_FUNCTION(BindParameter);
  SLUICE_DRIVER_FUNCTION(NumParams);
  SLUICE_DRIVER_FUNCTION(DescribeParam);
  SLUICE_DRIVER_FUNCTION(ParamData);
  SLUICE_DRIVER_FUNCTION(PutData);
  SLUICE_DRIVER_FUNCTION(NumResultCols);
  SLUICE_DRIVER_FUNCTION(DescribeCol);
  SLUICE_DRIVER_FUNCTION(DescribeColW);
  SLUICE_DRIVER_FUNCTION(ColAttribute);
  SLUICE_DRIVER_FUNCTION(ColAttributeW);
  SLUICE_DRIVER_FUNCTION(BindCol);
  SLUICE_DRIVER_FUNCTION(Fetch);
  SLUICE_DRIVER_FUNCTION(FetchScroll);
  SLUICE_DRIVER_FUNCTION(ExtendedFetch);
  SLUICE_DRIVER_FUNCTION(SetPos);
  SLUICE_DRIVER_FUNCTION(BulkOperations);
  SLUICE_DRIVER_FUNCTION(GetData);
  SLUICE_DRIVER_FUNCTION(MoreResults);
  SLUICE_DRIVER_FUNCTION(Tables);
  SLUICE_DRIVER_FUNCTION(Statistics);
  SLUICE_DRIVER_FUNCTION(SpecialColumns);
  SLUICE_DRIVER_FUNCTION(PrimaryKeys);
  SLUICE_DRIVER_FUNCTION(ColumnPrivileges);
  SLUICE_DRIVER_FUNCTION(ForeignKeys);
  SLUICE_DRIVER_FUNCTION(GetTypeInfo);
  SLUICE_DRIVER_FUNCTION(GetInfo);
  SLUICE_DRIVER_FUNCTION(GetInfoW);
  SLUICE_DRIVER_FUNCTION(GetFunctions);
  SLUICE_DRIVER_FUNCTION(GetDiagRec);
  SLUICE_DRIVER_FUNCTION(GetDiagRecW);
  SLUICE_DRIVER_FUNCTION(GetDiagField);
  SLUICE_DRIVER_FUNCTION(GetDiagFieldW);
  SLUICE_DRIVER_FUNCTION(GetDescField);
  SLUICE_DRIVER_FUNCTION(GetDescFieldW);
  SLUICE_DRIVER_FUNCTION(SetDescField);
  SLUICE_DRIVER_FUNCTION(GetDescRec);
  SLUICE_DRIVER_FUNCTION(SetDescRec);
  SLUICE_DRIVER_FUNCTION(CopyDesc);
  SLUICE_DRIVER_FUNCTION(EndTran);
#undef SLUICE_DRIVER_FUNCTION
};

}  // namespace sluice::tests
