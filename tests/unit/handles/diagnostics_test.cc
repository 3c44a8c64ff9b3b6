#include "odbc_driver/handles/diagnostics.h"

#include <gtest/gtest.h>

namespace sluice::driver {
namespace {

TEST(DiagnosticsTest, RecordsAreRankedByRowAndErrorsGoFirst) {
  Diagnostics diagnostics;
  const DiagnosticContext context;
  diagnostics.Add(context, k01004DataTruncated, "a", 2);
  diagnostics.Add(context, k22003OutOfRange, "b", 2);
  diagnostics.Add(context, k22018InvalidCharacterValue, "c", 1);
  diagnostics.Add(context, k01000GeneralWarning, "d");
  EXPECT_EQ(diagnostics.record(1)->sqlstate, "01000");
  EXPECT_EQ(diagnostics.record(2)->sqlstate, "22018");
  EXPECT_EQ(diagnostics.record(3)->sqlstate, "22003");
  EXPECT_EQ(diagnostics.record(4)->sqlstate, "01004");
  EXPECT_EQ(diagnostics.record(5), nullptr);
  EXPECT_EQ(diagnostics.record(0), nullptr);
}

TEST(DiagnosticsTest, OfOneRowTheGravestGoesFirst) {
  Diagnostics diagnostics;
  const DiagnosticContext context;
  const auto report = [&](const char* state) {
    v1::Diagnostic reported;
    reported.set_sqlstate(state);
    diagnostics.Add(context, reported);
  };
  for (const auto* state : {"01000", "IM001", "02000", "22003", "40001"}) report(state);
  std::string order;
  for (std::size_t number = 1; const auto* record = diagnostics.record(number); ++number) {
    order += record->sqlstate + " ";
  }
  EXPECT_EQ(order, "40001 22003 IM001 02000 01000 ");
}

TEST(DiagnosticsTest, OriginsFollowTheDocumentThatDefinesTheState) {
  struct Case {
    const char* state;
    const char* state_class;
    const char* subclass;
  };
  for (const auto& [state, state_class, subclass] :
       {Case{"HY000", "ISO 9075", "ISO 9075"}, Case{"HYT00", "ISO 9075", "ODBC 3.0"},
        Case{"42S02", "ISO 9075", "ODBC 3.0"}, Case{"IM001", "ODBC 3.0", "ODBC 3.0"},
        Case{"42P07", "ISO 9075", "PostgreSQL"}, Case{"P0001", "PostgreSQL", "PostgreSQL"}}) {
    Diagnostics diagnostics;
    v1::Diagnostic reported;
    reported.set_sqlstate(state);
    diagnostics.Add({}, reported);
    FieldValue value;
    diagnostics.GetField(SQL_HANDLE_STMT, 1, SQL_DIAG_CLASS_ORIGIN, value);
    EXPECT_EQ(value, FieldValue(std::string(state_class))) << state;
    diagnostics.GetField(SQL_HANDLE_STMT, 1, SQL_DIAG_SUBCLASS_ORIGIN, value);
    EXPECT_EQ(value, FieldValue(std::string(subclass))) << state;
    EXPECT_THROW(diagnostics.GetField(SQL_HANDLE_DBC, 1, SQL_DIAG_ROW_NUMBER, value), DriverError);
  }
}

TEST(DiagnosticsTest, ApplicationsOfOdbc2GetTheirStates) {
  Diagnostics diagnostics;
  const DiagnosticContext context{
      .odbc2 = true, .engine = {}, .connection_name = {}, .server_name = {}};
  diagnostics.Add(context, kHY010SequenceError, "a");
  v1::Diagnostic reported;
  reported.set_sqlstate("HY000");
  diagnostics.Add(context, reported);
  EXPECT_EQ(diagnostics.record(1)->sqlstate, "S1010");
  EXPECT_EQ(diagnostics.record(2)->sqlstate, "S1000");
}

TEST(DiagnosticsTest, FieldsTellOriginAndPlace) {
  Diagnostics diagnostics;
  diagnostics.Add({.odbc2 = false,
                   .engine = v1::ENGINE_MYSQL,
                   .connection_name = "dsn",
                   .server_name = "sales"},
                  k01S02OptionValueChanged, "changed", 3, 4);
  FieldValue value;
  const auto field = [&](SQLSMALLINT number, SQLSMALLINT id) {
    EXPECT_EQ(diagnostics.GetField(SQL_HANDLE_STMT, number, id, value), SQL_SUCCESS);
    return value;
  };
  EXPECT_EQ(field(0, SQL_DIAG_NUMBER), FieldValue(SQLINTEGER{1}));
  EXPECT_EQ(field(1, SQL_DIAG_SUBCLASS_ORIGIN), FieldValue(std::string("ODBC 3.0")));
  EXPECT_EQ(field(1, SQL_DIAG_CLASS_ORIGIN), FieldValue(std::string("ISO 9075")));
  EXPECT_EQ(field(1, SQL_DIAG_ROW_NUMBER), FieldValue(SQLLEN{3}));
  EXPECT_EQ(field(1, SQL_DIAG_COLUMN_NUMBER), FieldValue(SQLINTEGER{4}));
  EXPECT_EQ(field(1, SQL_DIAG_CONNECTION_NAME), FieldValue(std::string("dsn")));
  EXPECT_EQ(field(1, SQL_DIAG_MESSAGE_TEXT), FieldValue(std::string("[Sluice] changed")));
  EXPECT_EQ(diagnostics.GetField(SQL_HANDLE_STMT, 2, SQL_DIAG_SQLSTATE, value), SQL_NO_DATA);
  EXPECT_THROW(diagnostics.GetField(SQL_HANDLE_DBC, 0, SQL_DIAG_ROW_COUNT, value), DriverError);
}

TEST(DiagnosticsTest, TheRelaysRecordsKeepWhatTheServerSaid) {
  Diagnostics diagnostics;
  v1::Diagnostic reported;
  reported.set_sqlstate("42S02");
  reported.set_native_code(1146);
  reported.set_origin(v1::Diagnostic::ORIGIN_SERVER);
  reported.set_message("no such table");
  reported.set_row(3);
  reported.set_column(4);
  diagnostics.Add({.odbc2 = false,
                   .engine = v1::ENGINE_MYSQL,
                   .connection_name = "dsn",
                   .server_name = "sales"},
                  reported);
  FieldValue value;
  const auto field = [&](SQLSMALLINT id) {
    EXPECT_EQ(diagnostics.GetField(SQL_HANDLE_STMT, 1, id, value), SQL_SUCCESS);
    return value;
  };
  EXPECT_EQ(field(SQL_DIAG_SQLSTATE), FieldValue(std::string("42S02")));
  EXPECT_EQ(field(SQL_DIAG_NATIVE), FieldValue(SQLINTEGER{1146}));
  EXPECT_EQ(field(SQL_DIAG_MESSAGE_TEXT), FieldValue(std::string("[Sluice][MySQL] no such table")));
  EXPECT_EQ(field(SQL_DIAG_ROW_NUMBER), FieldValue(SQLLEN{3}));
  EXPECT_EQ(field(SQL_DIAG_COLUMN_NUMBER), FieldValue(SQLINTEGER{4}));
  EXPECT_EQ(field(SQL_DIAG_CONNECTION_NAME), FieldValue(std::string("dsn")));
  EXPECT_EQ(field(SQL_DIAG_SERVER_NAME), FieldValue(std::string("sales")));
}

TEST(DiagnosticsTest, OnlyAServersMessageNamesTheServersEngine) {
  const auto message = [](v1::Engine engine, v1::Diagnostic::Origin origin) {
    Diagnostics diagnostics;
    v1::Diagnostic reported;
    reported.set_origin(origin);
    reported.set_message("m");
    diagnostics.Add({.odbc2 = false, .engine = engine, .connection_name = {}, .server_name = {}},
                    reported);
    EXPECT_EQ(diagnostics.record(1)->row, SQL_NO_ROW_NUMBER);
    EXPECT_EQ(diagnostics.record(1)->column, SQL_NO_COLUMN_NUMBER);
    return diagnostics.record(1)->message;
  };
  EXPECT_EQ(message(v1::ENGINE_POSTGRES, v1::Diagnostic::ORIGIN_SERVER), "[Sluice][PostgreSQL] m");
  EXPECT_EQ(message(v1::ENGINE_UNSPECIFIED, v1::Diagnostic::ORIGIN_SERVER), "[Sluice] m");
  EXPECT_EQ(message(v1::ENGINE_POSTGRES, v1::Diagnostic::ORIGIN_RELAY), "[Sluice] m");
}

TEST(DiagnosticsTest, ANoticeOfPostgresStandsForItself) {
  const auto message = [](v1::Engine engine, const char* state) {
    Diagnostics diagnostics;
    v1::Diagnostic reported;
    reported.set_origin(v1::Diagnostic::ORIGIN_SERVER);
    reported.set_sqlstate(state);
    reported.set_message("NOTICE: m");
    diagnostics.Add({.odbc2 = false, .engine = engine, .connection_name = {}, .server_name = {}},
                    reported);
    return diagnostics.record(1)->message;
  };
  EXPECT_EQ(message(v1::ENGINE_POSTGRES, "01003"), "NOTICE: m");
  EXPECT_EQ(message(v1::ENGINE_POSTGRES, "02000"), "[Sluice][PostgreSQL] NOTICE: m");
  EXPECT_EQ(message(v1::ENGINE_MYSQL, "01000"), "[Sluice][MySQL] NOTICE: m");
}

TEST(DiagnosticsTest, TheHeaderTellsOfTheLastCallUntilItIsCleared) {
  Diagnostics diagnostics;
  diagnostics.Add({}, k01000GeneralWarning, "w");
  diagnostics.set_return_code(SQL_SUCCESS_WITH_INFO);
  diagnostics.set_row_count(5);
  diagnostics.set_cursor_row_count(6);
  diagnostics.set_dynamic_function({.code = SQL_DIAG_INSERT, .name = "INSERT"});
  FieldValue value;
  const auto field = [&](SQLSMALLINT id) {
    EXPECT_EQ(diagnostics.GetField(SQL_HANDLE_STMT, 0, id, value), SQL_SUCCESS);
    return value;
  };
  EXPECT_EQ(field(SQL_DIAG_RETURNCODE), FieldValue(SQLSMALLINT{SQL_SUCCESS_WITH_INFO}));
  EXPECT_EQ(field(SQL_DIAG_ROW_COUNT), FieldValue(SQLLEN{5}));
  EXPECT_EQ(field(SQL_DIAG_CURSOR_ROW_COUNT), FieldValue(SQLLEN{6}));
  EXPECT_EQ(field(SQL_DIAG_DYNAMIC_FUNCTION), FieldValue(std::string("INSERT")));
  EXPECT_EQ(field(SQL_DIAG_DYNAMIC_FUNCTION_CODE), FieldValue(SQLINTEGER{SQL_DIAG_INSERT}));
  diagnostics.Clear();
  EXPECT_EQ(field(SQL_DIAG_NUMBER), FieldValue(SQLINTEGER{0}));
  EXPECT_EQ(field(SQL_DIAG_RETURNCODE), FieldValue(SQLSMALLINT{SQL_SUCCESS}));
}

}  // namespace
}  // namespace sluice::driver
