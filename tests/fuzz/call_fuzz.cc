// Calls the driver's functions at random: any function, in any state, with handles that are live,
// freed, null, foreign or of the wrong kind, and with lengths, numbers and attributes that are
// often absurd. What an application may not do (a buffer shorter than it says) this program does
// not. Fails when the driver writes beyond a buffer, breaks the protocol or dies.
//
//   call_fuzz SEED CALLS

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/driver/driver_library.h"
#include "tests/fuzz/fuzz_handles.h"

namespace sluice::tests {
namespace {

class Fuzzer : private FuzzHandles {
 public:
  explicit Fuzzer(unsigned seed) : FuzzHandles(seed) {}

  // false: a guard byte was overwritten, or the protocol was violated.
  bool Run(long calls) {
    for (long call = 0; call < calls && sound(); ++call) Step();
    FreeAll();
    const auto violations = relay_->violations();
    for (const auto& violation : violations) {
      std::fprintf(stderr, "protocol violation: %s\n", violation.c_str());
    }
    return sound() && violations.empty();
  }

 private:
  // ---- attributes and descriptors ----

  void SetStatementAttribute() {
    const auto attribute = OneOf<SQLINTEGER>(
        {SQL_ATTR_ASYNC_ENABLE, SQL_ATTR_MAX_ROWS, SQL_ATTR_MAX_LENGTH, SQL_ATTR_NOSCAN,
         SQL_ATTR_RETRIEVE_DATA, SQL_ATTR_ROW_ARRAY_SIZE, SQL_ATTR_PARAMSET_SIZE,
         SQL_ATTR_CURSOR_TYPE, SQL_ATTR_CONCURRENCY, SQL_ATTR_METADATA_ID, SQL_ATTR_ROW_NUMBER,
         SQL_ATTR_USE_BOOKMARKS, SQL_ATTR_IMP_ROW_DESC, SQL_ATTR_SIMULATE_CURSOR,
         SQL_ATTR_QUERY_TIMEOUT, 4711, -1});
    odbc_.SetStmtAttr(Stmt(), attribute, Value(OneOf<SQLULEN>({0, 0, 1, 1, 2, 3, 4})), 0);
    if (Below(4) == 0) {
      odbc_.SetStmtAttr(Stmt(),
                        OneOf<SQLINTEGER>({SQL_ATTR_QUERY_TIMEOUT, SQL_ATTR_MAX_ROWS,
                                           SQL_ATTR_MAX_LENGTH, SQL_ATTR_KEYSET_SIZE}),
                        Value(OneOf<SQLULEN>({SQLULEN(-1), SQLULEN(-1) / 2, 1, 0})), 0);
    }
    odbc_.SetStmtAttr(Stmt(), OneOf<SQLINTEGER>({SQL_ATTR_ROW_BIND_TYPE, SQL_ATTR_PARAM_BIND_TYPE}),
                      Value(OneOf<SQLULEN>({0, 0, 0, 64})), 0);
  }
  void SetPointerAttribute() {
    const auto attribute = OneOf<SQLINTEGER>(
        {SQL_ATTR_ROW_STATUS_PTR, SQL_ATTR_ROWS_FETCHED_PTR, SQL_ATTR_PARAM_STATUS_PTR,
         SQL_ATTR_PARAMS_PROCESSED_PTR, SQL_ATTR_PARAM_OPERATION_PTR, SQL_ATTR_ROW_OPERATION_PTR});
    if (Often()) UseBookmark(Stmt());
    odbc_.SetStmtAttr(Stmt(), attribute, Status(), 0);
    odbc_.SetStmtAttr(
        Stmt(), OneOf<SQLINTEGER>({SQL_ATTR_ROW_BIND_OFFSET_PTR, SQL_ATTR_PARAM_BIND_OFFSET_PTR}),
        Often() ? nullptr : &arenas().no_offset, 0);
    odbc_.SetStmtAttr(Stmt(), OneOf<SQLINTEGER>({SQL_ATTR_APP_ROW_DESC, SQL_ATTR_APP_PARAM_DESC}),
                      Pick(descriptors_), 0);
  }
  void GetStatementAttribute() {
    Output& out = NewOutput();
    SQLINTEGER length = 0;
    const auto attribute = static_cast<SQLINTEGER>(Below(40));
    odbc_.GetStmtAttr(Stmt(), attribute, Chars(out), out.capacity, &length);
    CheckOutput(sizeof(SQLPOINTER));
    const auto descriptor = OneOf<SQLINTEGER>({SQL_ATTR_APP_ROW_DESC, SQL_ATTR_APP_PARAM_DESC,
                                               SQL_ATTR_IMP_ROW_DESC, SQL_ATTR_IMP_PARAM_DESC});
    SQLHDESC handle = nullptr;
    if (descriptors_.size() < 4 * kMaxHandles &&
        odbc_.GetStmtAttr(Stmt(), descriptor, &handle, 0, nullptr) == SQL_SUCCESS) {
      std::erase(descriptors_, handle);
      descriptors_.push_back(handle);
    }
  }
  void ConnectionAttribute() {
    const auto attribute = OneOf<SQLINTEGER>(
        {SQL_ATTR_AUTOCOMMIT, SQL_ATTR_TXN_ISOLATION, SQL_ATTR_ACCESS_MODE, SQL_ATTR_METADATA_ID,
         SQL_ATTR_CONNECTION_DEAD, SQL_ATTR_ASYNC_ENABLE, SQL_ATTR_MAX_ROWS, SQL_ATTR_AUTO_IPD,
         SQL_ATTR_RESET_CONNECTION, SQL_ATTR_PACKET_SIZE, 4711});
    if (Below(2) == 0) {
      odbc_.SetConnectAttr(Dbc(), attribute, Value(OneOf<SQLULEN>({0, 1, 1, 2, 8, 77})), 0);
      return;
    }
    Output& out = NewOutput();
    SQLINTEGER length = 0;
    odbc_.GetConnectAttr(Dbc(), OneOf<SQLINTEGER>({attribute, SQL_ATTR_CURRENT_CATALOG}),
                         Chars(out), out.capacity, &length);
    CheckOutput(sizeof(SQLPOINTER));
  }
  void DescriptorField() {
    const auto number = OneOf<SQLSMALLINT>({0, 1, 1, 2, 2, 5, -1, 32767});
    const SQLHDESC descriptor = Pick(descriptors_);
    switch (Below(8)) {
      case 0:
        odbc_.SetDescField(descriptor, number, SQL_DESC_DATA_PTR, Data(), 0);
        return;
      case 1:
        odbc_.SetDescField(descriptor, number,
                           OneOf<SQLSMALLINT>({SQL_DESC_INDICATOR_PTR, SQL_DESC_OCTET_LENGTH_PTR}),
                           InputIndicator(), 0);
        return;
      case 2: {
        const auto field =
            OneOf<SQLSMALLINT>({SQL_DESC_TYPE, SQL_DESC_CONCISE_TYPE, SQL_DESC_COUNT,
                                SQL_DESC_PRECISION, SQL_DESC_SCALE, SQL_DESC_DATETIME_INTERVAL_CODE,
                                SQL_DESC_OCTET_LENGTH, SQL_DESC_LENGTH, SQL_DESC_PARAMETER_TYPE,
                                SQL_DESC_UNNAMED, SQL_DESC_ALLOC_TYPE, SQL_DESC_NULLABLE, 4711});
        odbc_.SetDescField(descriptor, number, field,
                           Value(OneOf<SQLULEN>({0, 1, 2, 4, 9, 12, 64, 93, SQLULEN(-1)})), 0);
        return;
      }
      case 3: {
        Output& out = NewOutput();
        SQLINTEGER length = 0;
        odbc_.GetDescField(descriptor, number, static_cast<SQLSMALLINT>(Below(34) + 1000),
                           Chars(out), out.capacity, &length);
        CheckOutput(sizeof(SQLPOINTER));
        return;
      }
      case 4:
        odbc_.SetDescRec(descriptor, number, CType(), OneOf<SQLSMALLINT>({0, 1, 3, -1}),
                         BufferLength(), 5, OneOf<SQLSMALLINT>({0, 2, -7}), Data(), Indicator(),
                         Indicator());
        return;
      case 5: {
        Output& out = NewOutput();
        SQLSMALLINT length = 0;
        SQLSMALLINT small = 0;
        SQLLEN octets = 0;
        odbc_.GetDescRec(descriptor, number, Chars(out), out.capacity, &length, &small, &small,
                         &octets, &small, &small, &small);
        CheckOutput();
        return;
      }
      default:
        odbc_.CopyDesc(Pick(descriptors_), descriptor);
    }
  }

  // ---- statements ----

  void Execute() {
    const SQLHSTMT statement = Stmt();
    switch (Below(4)) {
      case 0:
        odbc_.Prepare(statement, Sql(), TextLength());
        return;
      case 1:
        odbc_.Execute(statement);
        return;
      default:
        odbc_.ExecDirect(statement, Often() ? Sql() : nullptr, TextLength());
    }
  }
  void Bind() {
    if (Below(2) == 0) {
      odbc_.BindCol(Stmt(), BoundColumn(), CType(), Data(), BufferLength(), Indicator());
    } else {
      odbc_.BindParameter(Stmt(), BoundColumn(),
                          OneOf<SQLSMALLINT>({SQL_PARAM_INPUT, SQL_PARAM_INPUT, 77}), CType(),
                          SqlType(), OneOf<SQLULEN>({0, 1, 10, SQLULEN(-1)}),
                          OneOf<SQLSMALLINT>({0, 2, -7}), Data(), BufferLength(), InputIndicator());
    }
  }
  void Fetch() {
    switch (Below(4)) {
      case 0:
        odbc_.FetchScroll(Stmt(), static_cast<SQLSMALLINT>(Below(10)), OneOf<SQLLEN>({0, 1, -1}));
        return;
      case 1: {
        Output& out = NewOutput();
        SQLLEN length = 0;
        const auto type = CType();
        odbc_.GetData(Stmt(), Column(), type, Chars(out), out.capacity, &length);
        CheckOutput(64);  // values of fixed width
        return;
      }
      default:
        odbc_.Fetch(Stmt());
    }
  }
  // Whatever is under way, asynchronously or waiting for data: only its own function ends it.
  void Finish(SQLHSTMT statement) {
    SQLSMALLINT number = 0;
    odbc_.Cancel(statement);
    odbc_.SetStmtAttr(statement, SQL_ATTR_ASYNC_ENABLE, Value(SQL_ASYNC_ENABLE_OFF), 0);
    odbc_.ExecDirect(statement, Text("UPDATE t"), SQL_NTS);
    odbc_.Execute(statement);
    odbc_.ParamData(statement, nullptr);
    odbc_.Fetch(statement);
    odbc_.FetchScroll(statement, SQL_FETCH_FIRST, 0);
    odbc_.MoreResults(statement);
    odbc_.NumParams(statement, &number);
    odbc_.NumResultCols(statement, &number);
    odbc_.GetTypeInfo(statement, SQL_ALL_TYPES);
    odbc_.Tables(statement, nullptr, 0, nullptr, 0, nullptr, 0, nullptr, 0);
    odbc_.Cancel(statement);
    odbc_.FreeStmt(statement, SQL_CLOSE);
  }
  // A cursor over the relay's table, as applications open it to change rows.
  void OpenEditor() {
    const SQLHSTMT statement = Stmt();
    Finish(statement);
    if (Often()) odbc_.FreeStmt(statement, SQL_UNBIND);
    odbc_.SetStmtAttr(statement, SQL_ATTR_CURSOR_TYPE, Value(SQL_CURSOR_STATIC), 0);
    odbc_.SetStmtAttr(statement, SQL_ATTR_CONCURRENCY, Value(SQL_CONCUR_VALUES), 0);
    odbc_.SetStmtAttr(statement, SQL_ATTR_USE_BOOKMARKS, Value(SQL_UB_VARIABLE), 0);
    odbc_.SetStmtAttr(statement, SQL_ATTR_ROW_ARRAY_SIZE, Value(OneOf<SQLULEN>({1, 2, 3, 4})), 0);
    if (Below(2) == 0) odbc_.SetStmtAttr(statement, SQL_ATTR_APP_ROW_DESC, Pick(descriptors_), 0);
    odbc_.BindCol(statement, 0, SQL_C_VARBOOKMARK, Data(), 8, Indicator());
    odbc_.BindCol(statement, 1, SQL_C_SLONG, Data(), 0, InputIndicator());
    odbc_.BindCol(statement, 2, CType(), Data(), kMaxBuffer, InputIndicator());
    odbc_.ExecDirect(statement, Text("SELECT k"), SQL_NTS);
    if (Often()) odbc_.SetCursorName(statement, Text("c"), SQL_NTS);
    odbc_.Fetch(statement);
    ChangeRow(statement);
  }
  void ChangeRow() { ChangeRow(Stmt()); }
  void ChangeRow(SQLHSTMT statement) {
    if (Below(2) == 0) {
      odbc_.BulkOperations(
          statement, OneOf<SQLSMALLINT>({SQL_ADD, SQL_UPDATE_BY_BOOKMARK, SQL_DELETE_BY_BOOKMARK,
                                         SQL_FETCH_BY_BOOKMARK, 77}));
    } else {
      odbc_.SetPos(
          statement, OneOf<SQLSETPOSIROW>({0, 1, 1, 2, 4, 77}),
          OneOf<SQLUSMALLINT>({SQL_POSITION, SQL_REFRESH, SQL_UPDATE, SQL_DELETE, SQL_ADD, 77}),
          OneOf<SQLUSMALLINT>({SQL_LOCK_NO_CHANGE, SQL_LOCK_NO_CHANGE, SQL_LOCK_EXCLUSIVE, 77}));
    }
    if (Below(2) == 0) SendAll(statement);
  }
  void UseBookmark(SQLHSTMT statement) {
    odbc_.SetStmtAttr(statement, SQL_ATTR_FETCH_BOOKMARK_PTR, Data(), 0);
    odbc_.FetchScroll(statement, SQL_FETCH_BOOKMARK, OneOf<SQLLEN>({0, 1, -1}));
  }
  void SendData() {
    SQLPOINTER token = nullptr;
    odbc_.ParamData(Stmt(), &token);
    PutData(Stmt());
  }
  // A part may be long enough to be streamed.
  void PutData(SQLHSTMT statement) {
    odbc_.PutData(statement, Often() ? arenas().data.data() : nullptr,
                  OneOf<SQLLEN>({0, 1, 5, 8, 40000, kArenaBytes / 2, SQL_NULL_DATA, -4711}));
  }
  // All that the statement asks for, unless something else comes in between.
  void SendAll(SQLHSTMT statement) {
    SQLPOINTER token = nullptr;
    for (int parts = 0; parts < 8; ++parts) {
      if (odbc_.ParamData(statement, &token) != SQL_NEED_DATA) return;
      while (Below(3) != 0) PutData(statement);
      if (!Often()) Step();
      if (Below(24) == 0) odbc_.Cancel(statement);
    }
  }
  void End(SQLHSTMT statement) {
    switch (Below(6)) {
      case 0:
        odbc_.CloseCursor(statement);
        return;
      case 1:
        odbc_.MoreResults(statement);
        return;
      case 2:
        odbc_.Cancel(statement);
        return;
      case 3:
        odbc_.CancelHandle(OneOf<SQLSMALLINT>({SQL_HANDLE_STMT, SQL_HANDLE_DBC, 7}), statement);
        return;
      default:
        odbc_.FreeStmt(statement, OneOf<SQLUSMALLINT>(
                                      {SQL_CLOSE, SQL_CLOSE, SQL_UNBIND, SQL_RESET_PARAMS, 77}));
    }
  }
  void EndTransaction() {
    odbc_.EndTran(OneOf<SQLSMALLINT>({SQL_HANDLE_DBC, SQL_HANDLE_ENV, 7}),
                  Often() ? Dbc() : Pick(environments_),
                  OneOf<SQLSMALLINT>({SQL_COMMIT, SQL_ROLLBACK, 77}));
  }

  // ---- what is told ----

  void Describe() {
    SQLSMALLINT length = 0;
    SQLSMALLINT type = 0;
    SQLULEN size = 0;
    SQLLEN number = 0;
    switch (Below(7)) {
      case 0: {
        Output& out = NewOutput();
        odbc_.DescribeCol(Stmt(), Column(), Chars(out), out.capacity, &length, &type, &size, &type,
                          &type);
        break;
      }
      case 1: {
        Output& out = NewOutput(sizeof(SQLWCHAR));
        odbc_.DescribeColW(Stmt(), Column(), Wide(out), out.capacity, &length, nullptr, nullptr,
                           nullptr, nullptr);
        break;
      }
      case 2: {
        Output& out = NewOutput();
        odbc_.ColAttribute(Stmt(), Column(), static_cast<SQLUSMALLINT>(Below(34) + 1000),
                           Chars(out), out.capacity, &length, &number);
        break;
      }
      case 3: {
        Output& out = NewOutput();
        odbc_.ColAttributeW(Stmt(), Column(), static_cast<SQLUSMALLINT>(Below(40)), Chars(out),
                            out.capacity, &length, &number);
        break;
      }
      case 4: {
        Output& out = NewOutput();
        odbc_.GetCursorName(Stmt(), Chars(out), out.capacity, &length);
        break;
      }
      case 5:
        odbc_.NumParams(Stmt(), &type);
        odbc_.NumResultCols(Stmt(), &type);
        odbc_.RowCount(Stmt(), &number);
        return;
      default:
        odbc_.DescribeParam(Stmt(), Column(), &type, &size, &type, &type);
        return;
    }
    CheckOutput();
  }
  void Information() {
    Output& out = NewOutput();
    SQLSMALLINT length = 0;
    const auto type = static_cast<SQLUSMALLINT>(Often() ? Below(180) : Below(65536));
    if (Below(2) == 0) {
      odbc_.GetInfo(Dbc(), type, Chars(out), out.capacity, &length);
    } else {
      odbc_.GetInfoW(Dbc(), type, Chars(out), out.capacity, &length);
    }
    CheckOutput(sizeof(SQLPOINTER));
    SQLUSMALLINT supported[SQL_API_ODBC3_ALL_FUNCTIONS_SIZE];
    odbc_.GetFunctions(Dbc(),
                       OneOf<SQLUSMALLINT>({SQL_API_SQLFETCH, SQL_API_ALL_FUNCTIONS,
                                            SQL_API_ODBC3_ALL_FUNCTIONS, 65535}),
                       supported);
    if (Below(4) == 0) odbc_.GetTypeInfo(Stmt(), OneOf<SQLSMALLINT>({0, SQL_INTEGER, 4711}));
  }
  void Catalogue() {
    odbc_.Tables(Stmt(), nullptr, OneOf<SQLSMALLINT>({0, SQL_NTS, -77}), Sql(), SQL_NTS, nullptr, 0,
                 Sql(), OneOf<SQLSMALLINT>({SQL_NTS, 0, -77}));
  }
  void Diagnose() {
    SQLINTEGER native = 0;
    SQLSMALLINT length = 0;
    const auto type = OneOf<SQLSMALLINT>(
        {SQL_HANDLE_STMT, SQL_HANDLE_STMT, SQL_HANDLE_DBC, SQL_HANDLE_ENV, SQL_HANDLE_DESC, 77});
    const SQLHANDLE handle = type == SQL_HANDLE_STMT  ? Stmt()
                             : type == SQL_HANDLE_DBC ? Dbc()
                             : type == SQL_HANDLE_ENV ? Pick(environments_)
                                                      : Pick(descriptors_);
    const auto number = OneOf<SQLSMALLINT>({0, 1, 1, 2, -1, 32767});
    Output& out = NewOutput();
    if (Below(2) == 0) {
      SQLCHAR state[6];
      odbc_.GetDiagRec(type, handle, number, state, &native, Chars(out), out.capacity, &length);
      CheckOutput();
    } else {
      const auto field = Often() ? static_cast<SQLSMALLINT>(Below(14))
                                 : static_cast<SQLSMALLINT>(-1250 + static_cast<int>(Below(6)));
      odbc_.GetDiagField(type, handle, number, field, Chars(out), out.capacity, &length);
      CheckOutput(sizeof(SQLPOINTER));
    }
  }

  void Step() {
    using Part = void (Fuzzer::*)();
    static constexpr Part kParts[] = {&Fuzzer::Allocate,
                                      &Fuzzer::Allocate,
                                      &Fuzzer::Free,
                                      &Fuzzer::Connect,
                                      &Fuzzer::Disconnect,
                                      &Fuzzer::SetStatementAttribute,
                                      &Fuzzer::SetPointerAttribute,
                                      &Fuzzer::GetStatementAttribute,
                                      &Fuzzer::ConnectionAttribute,
                                      &Fuzzer::DescriptorField,
                                      &Fuzzer::Execute,
                                      &Fuzzer::Execute,
                                      &Fuzzer::Execute,
                                      &Fuzzer::Bind,
                                      &Fuzzer::Bind,
                                      &Fuzzer::Fetch,
                                      &Fuzzer::Fetch,
                                      &Fuzzer::Fetch,
                                      &Fuzzer::OpenEditor,
                                      &Fuzzer::ChangeRow,
                                      &Fuzzer::SendData,
                                      &Fuzzer::EndTransaction,
                                      &Fuzzer::Describe,
                                      &Fuzzer::Information,
                                      &Fuzzer::Catalogue,
                                      &Fuzzer::Diagnose};
    (this->*OneOf(kParts))();
    if (Below(3) == 0) End(Stmt());
  }
};

}  // namespace
}  // namespace sluice::tests

int main(int argc, char** argv) {
  const auto seed = argc > 1 ? static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10)) : 1u;
  const long calls = argc > 2 ? std::strtol(argv[2], nullptr, 10) : 20000;
  std::printf("seed %u, %ld calls\n", seed, calls);
  return sluice::tests::Fuzzer(seed).Run(calls) ? EXIT_SUCCESS : EXIT_FAILURE;
}
