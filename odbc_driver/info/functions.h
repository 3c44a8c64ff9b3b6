#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "odbc_driver/platform/odbc.h"

// What SQLGetFunctions answers: one row per ODBC function that the driver exports.

namespace sluice::driver::info {

struct FunctionEntry {
  SQLUSMALLINT id;
  std::string_view name;
  bool has_unicode_form = false;  // exported with a W too
};

inline constexpr std::array kFunctions = {
    FunctionEntry{SQL_API_SQLALLOCHANDLE, "SQLAllocHandle"},
    FunctionEntry{SQL_API_SQLBINDCOL, "SQLBindCol"},
    FunctionEntry{SQL_API_SQLBINDPARAMETER, "SQLBindParameter"},
    FunctionEntry{SQL_API_SQLBROWSECONNECT, "SQLBrowseConnect", true},
    FunctionEntry{SQL_API_SQLBULKOPERATIONS, "SQLBulkOperations"},
    FunctionEntry{SQL_API_SQLCANCEL, "SQLCancel"},
    FunctionEntry{SQL_API_SQLCANCELHANDLE, "SQLCancelHandle"},
    FunctionEntry{SQL_API_SQLCLOSECURSOR, "SQLCloseCursor"},
    FunctionEntry{SQL_API_SQLCOLATTRIBUTE, "SQLColAttribute", true},
    FunctionEntry{SQL_API_SQLCOLUMNPRIVILEGES, "SQLColumnPrivileges", true},
    FunctionEntry{SQL_API_SQLCOLUMNS, "SQLColumns", true},
    FunctionEntry{SQL_API_SQLCONNECT, "SQLConnect", true},
    FunctionEntry{SQL_API_SQLCOPYDESC, "SQLCopyDesc"},
    FunctionEntry{SQL_API_SQLDESCRIBECOL, "SQLDescribeCol", true},
    FunctionEntry{SQL_API_SQLDESCRIBEPARAM, "SQLDescribeParam"},
    FunctionEntry{SQL_API_SQLDISCONNECT, "SQLDisconnect"},
    FunctionEntry{SQL_API_SQLDRIVERCONNECT, "SQLDriverConnect", true},
    FunctionEntry{SQL_API_SQLENDTRAN, "SQLEndTran"},
    FunctionEntry{SQL_API_SQLEXECDIRECT, "SQLExecDirect", true},
    FunctionEntry{SQL_API_SQLEXECUTE, "SQLExecute"},
    FunctionEntry{SQL_API_SQLEXTENDEDFETCH, "SQLExtendedFetch"},
    FunctionEntry{SQL_API_SQLFETCH, "SQLFetch"},
    FunctionEntry{SQL_API_SQLFETCHSCROLL, "SQLFetchScroll"},
    FunctionEntry{SQL_API_SQLFOREIGNKEYS, "SQLForeignKeys", true},
    FunctionEntry{SQL_API_SQLFREEHANDLE, "SQLFreeHandle"},
    FunctionEntry{SQL_API_SQLFREESTMT, "SQLFreeStmt"},
    FunctionEntry{SQL_API_SQLGETCONNECTATTR, "SQLGetConnectAttr", true},
    FunctionEntry{SQL_API_SQLGETCURSORNAME, "SQLGetCursorName", true},
    FunctionEntry{SQL_API_SQLGETDATA, "SQLGetData"},
    FunctionEntry{SQL_API_SQLGETDESCFIELD, "SQLGetDescField", true},
    FunctionEntry{SQL_API_SQLGETDESCREC, "SQLGetDescRec", true},
    FunctionEntry{SQL_API_SQLGETDIAGFIELD, "SQLGetDiagField", true},
    FunctionEntry{SQL_API_SQLGETDIAGREC, "SQLGetDiagRec", true},
    FunctionEntry{SQL_API_SQLGETENVATTR, "SQLGetEnvAttr"},
    FunctionEntry{SQL_API_SQLGETFUNCTIONS, "SQLGetFunctions"},
    FunctionEntry{SQL_API_SQLGETINFO, "SQLGetInfo", true},
    FunctionEntry{SQL_API_SQLGETSTMTATTR, "SQLGetStmtAttr", true},
    FunctionEntry{SQL_API_SQLGETTYPEINFO, "SQLGetTypeInfo", true},
    FunctionEntry{SQL_API_SQLMORERESULTS, "SQLMoreResults"},
    FunctionEntry{SQL_API_SQLNATIVESQL, "SQLNativeSql", true},
    FunctionEntry{SQL_API_SQLNUMPARAMS, "SQLNumParams"},
    FunctionEntry{SQL_API_SQLNUMRESULTCOLS, "SQLNumResultCols"},
    FunctionEntry{SQL_API_SQLPARAMDATA, "SQLParamData"},
    FunctionEntry{SQL_API_SQLPREPARE, "SQLPrepare", true},
    FunctionEntry{SQL_API_SQLPRIMARYKEYS, "SQLPrimaryKeys", true},
    FunctionEntry{SQL_API_SQLPROCEDURECOLUMNS, "SQLProcedureColumns", true},
    FunctionEntry{SQL_API_SQLPROCEDURES, "SQLProcedures", true},
    FunctionEntry{SQL_API_SQLPUTDATA, "SQLPutData"},
    FunctionEntry{SQL_API_SQLROWCOUNT, "SQLRowCount"},
    FunctionEntry{SQL_API_SQLSETCONNECTATTR, "SQLSetConnectAttr", true},
    FunctionEntry{SQL_API_SQLSETCURSORNAME, "SQLSetCursorName", true},
    FunctionEntry{SQL_API_SQLSETDESCFIELD, "SQLSetDescField", true},
    FunctionEntry{SQL_API_SQLSETDESCREC, "SQLSetDescRec"},
    FunctionEntry{SQL_API_SQLSETENVATTR, "SQLSetEnvAttr"},
    FunctionEntry{SQL_API_SQLSETPOS, "SQLSetPos"},
    FunctionEntry{SQL_API_SQLSETSTMTATTR, "SQLSetStmtAttr", true},
    FunctionEntry{SQL_API_SQLSPECIALCOLUMNS, "SQLSpecialColumns", true},
    FunctionEntry{SQL_API_SQLSTATISTICS, "SQLStatistics", true},
    FunctionEntry{SQL_API_SQLTABLEPRIVILEGES, "SQLTablePrivileges", true},
    FunctionEntry{SQL_API_SQLTABLES, "SQLTables", true},
};

constexpr bool IsSupported(SQLUSMALLINT id) {
  return std::any_of(kFunctions.begin(), kFunctions.end(),
                     [id](const FunctionEntry& function) { return function.id == id; });
}

// SQLGetFunctions: writes one SQLUSMALLINT for a single function, 100 for SQL_API_ALL_FUNCTIONS
// (ODBC 2), or SQL_API_ODBC3_ALL_FUNCTIONS_SIZE for SQL_API_ODBC3_ALL_FUNCTIONS. Throws DriverError
// HY095 for an id that is out of range.
void GetFunctions(SQLUSMALLINT id, SQLUSMALLINT* supported);

}  // namespace sluice::driver::info
