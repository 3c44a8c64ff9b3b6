#include "odbc_driver/info/get_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "odbc_driver/info/info_table.h"
#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::info {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// Every information type of sql.h and sqlext.h but those that the driver manager answers alone
// (SQL_DRIVER_HDBC and its like, SQL_DM_VER).
constexpr SQLUSMALLINT kDefinedTypes[] = {SQL_MAX_DRIVER_CONNECTIONS,
                                          SQL_MAX_CONCURRENT_ACTIVITIES,
                                          SQL_DATA_SOURCE_NAME,
                                          SQL_DRIVER_NAME,
                                          SQL_DRIVER_VER,
                                          SQL_FETCH_DIRECTION,
                                          SQL_ODBC_API_CONFORMANCE,
                                          SQL_ODBC_VER,
                                          SQL_ROW_UPDATES,
                                          SQL_ODBC_SAG_CLI_CONFORMANCE,
                                          SQL_SERVER_NAME,
                                          SQL_SEARCH_PATTERN_ESCAPE,
                                          SQL_ODBC_SQL_CONFORMANCE,
                                          SQL_DBMS_NAME,
                                          SQL_DBMS_VER,
                                          SQL_ACCESSIBLE_TABLES,
                                          SQL_ACCESSIBLE_PROCEDURES,
                                          SQL_PROCEDURES,
                                          SQL_CONCAT_NULL_BEHAVIOR,
                                          SQL_CURSOR_COMMIT_BEHAVIOR,
                                          SQL_CURSOR_ROLLBACK_BEHAVIOR,
                                          SQL_DATA_SOURCE_READ_ONLY,
                                          SQL_DEFAULT_TXN_ISOLATION,
                                          SQL_EXPRESSIONS_IN_ORDERBY,
                                          SQL_IDENTIFIER_CASE,
                                          SQL_IDENTIFIER_QUOTE_CHAR,
                                          SQL_MAX_COLUMN_NAME_LEN,
                                          SQL_MAX_CURSOR_NAME_LEN,
                                          SQL_MAX_SCHEMA_NAME_LEN,
                                          SQL_MAX_PROCEDURE_NAME_LEN,
                                          SQL_MAX_CATALOG_NAME_LEN,
                                          SQL_MAX_TABLE_NAME_LEN,
                                          SQL_MULT_RESULT_SETS,
                                          SQL_MULTIPLE_ACTIVE_TXN,
                                          SQL_OUTER_JOINS,
                                          SQL_OWNER_TERM,
                                          SQL_PROCEDURE_TERM,
                                          SQL_QUALIFIER_NAME_SEPARATOR,
                                          SQL_QUALIFIER_TERM,
                                          SQL_SCROLL_CONCURRENCY,
                                          SQL_SCROLL_OPTIONS,
                                          SQL_TABLE_TERM,
                                          SQL_TXN_CAPABLE,
                                          SQL_USER_NAME,
                                          SQL_CONVERT_FUNCTIONS,
                                          SQL_NUMERIC_FUNCTIONS,
                                          SQL_STRING_FUNCTIONS,
                                          SQL_SYSTEM_FUNCTIONS,
                                          SQL_TIMEDATE_FUNCTIONS,
                                          SQL_CONVERT_BIGINT,
                                          SQL_CONVERT_BINARY,
                                          SQL_CONVERT_BIT,
                                          SQL_CONVERT_CHAR,
                                          SQL_CONVERT_DATE,
                                          SQL_CONVERT_DECIMAL,
                                          SQL_CONVERT_DOUBLE,
                                          SQL_CONVERT_FLOAT,
                                          SQL_CONVERT_INTEGER,
                                          SQL_CONVERT_LONGVARCHAR,
                                          SQL_CONVERT_NUMERIC,
                                          SQL_CONVERT_REAL,
                                          SQL_CONVERT_SMALLINT,
                                          SQL_CONVERT_TIME,
                                          SQL_CONVERT_TIMESTAMP,
                                          SQL_CONVERT_TINYINT,
                                          SQL_CONVERT_VARBINARY,
                                          SQL_CONVERT_VARCHAR,
                                          SQL_CONVERT_LONGVARBINARY,
                                          SQL_TXN_ISOLATION_OPTION,
                                          SQL_INTEGRITY,
                                          SQL_CORRELATION_NAME,
                                          SQL_NON_NULLABLE_COLUMNS,
                                          SQL_DRIVER_ODBC_VER,
                                          SQL_LOCK_TYPES,
                                          SQL_POS_OPERATIONS,
                                          SQL_POSITIONED_STATEMENTS,
                                          SQL_GETDATA_EXTENSIONS,
                                          SQL_BOOKMARK_PERSISTENCE,
                                          SQL_STATIC_SENSITIVITY,
                                          SQL_FILE_USAGE,
                                          SQL_NULL_COLLATION,
                                          SQL_ALTER_TABLE,
                                          SQL_COLUMN_ALIAS,
                                          SQL_GROUP_BY,
                                          SQL_KEYWORDS,
                                          SQL_ORDER_BY_COLUMNS_IN_SELECT,
                                          SQL_OWNER_USAGE,
                                          SQL_QUALIFIER_USAGE,
                                          SQL_QUOTED_IDENTIFIER_CASE,
                                          SQL_SPECIAL_CHARACTERS,
                                          SQL_SUBQUERIES,
                                          SQL_UNION,
                                          SQL_MAX_COLUMNS_IN_GROUP_BY,
                                          SQL_MAX_COLUMNS_IN_INDEX,
                                          SQL_MAX_COLUMNS_IN_ORDER_BY,
                                          SQL_MAX_COLUMNS_IN_SELECT,
                                          SQL_MAX_COLUMNS_IN_TABLE,
                                          SQL_MAX_INDEX_SIZE,
                                          SQL_MAX_ROW_SIZE_INCLUDES_LONG,
                                          SQL_MAX_ROW_SIZE,
                                          SQL_MAX_STATEMENT_LEN,
                                          SQL_MAX_TABLES_IN_SELECT,
                                          SQL_MAX_USER_NAME_LEN,
                                          SQL_MAX_CHAR_LITERAL_LEN,
                                          SQL_TIMEDATE_ADD_INTERVALS,
                                          SQL_TIMEDATE_DIFF_INTERVALS,
                                          SQL_NEED_LONG_DATA_LEN,
                                          SQL_MAX_BINARY_LITERAL_LEN,
                                          SQL_LIKE_ESCAPE_CLAUSE,
                                          SQL_QUALIFIER_LOCATION,
                                          SQL_OJ_CAPABILITIES,
                                          SQL_ACTIVE_ENVIRONMENTS,
                                          SQL_ALTER_DOMAIN,
                                          SQL_SQL_CONFORMANCE,
                                          SQL_DATETIME_LITERALS,
                                          SQL_BATCH_ROW_COUNT,
                                          SQL_BATCH_SUPPORT,
                                          SQL_CONVERT_WCHAR,
                                          SQL_CONVERT_INTERVAL_DAY_TIME,
                                          SQL_CONVERT_INTERVAL_YEAR_MONTH,
                                          SQL_CONVERT_WLONGVARCHAR,
                                          SQL_CONVERT_WVARCHAR,
                                          SQL_CREATE_ASSERTION,
                                          SQL_CREATE_CHARACTER_SET,
                                          SQL_CREATE_COLLATION,
                                          SQL_CREATE_DOMAIN,
                                          SQL_CREATE_SCHEMA,
                                          SQL_CREATE_TABLE,
                                          SQL_CREATE_TRANSLATION,
                                          SQL_CREATE_VIEW,
                                          SQL_DROP_ASSERTION,
                                          SQL_DROP_CHARACTER_SET,
                                          SQL_DROP_COLLATION,
                                          SQL_DROP_DOMAIN,
                                          SQL_DROP_SCHEMA,
                                          SQL_DROP_TABLE,
                                          SQL_DROP_TRANSLATION,
                                          SQL_DROP_VIEW,
                                          SQL_DYNAMIC_CURSOR_ATTRIBUTES1,
                                          SQL_DYNAMIC_CURSOR_ATTRIBUTES2,
                                          SQL_FORWARD_ONLY_CURSOR_ATTRIBUTES1,
                                          SQL_FORWARD_ONLY_CURSOR_ATTRIBUTES2,
                                          SQL_INDEX_KEYWORDS,
                                          SQL_INFO_SCHEMA_VIEWS,
                                          SQL_KEYSET_CURSOR_ATTRIBUTES1,
                                          SQL_KEYSET_CURSOR_ATTRIBUTES2,
                                          SQL_ODBC_INTERFACE_CONFORMANCE,
                                          SQL_PARAM_ARRAY_ROW_COUNTS,
                                          SQL_PARAM_ARRAY_SELECTS,
                                          SQL_SQL92_DATETIME_FUNCTIONS,
                                          SQL_SQL92_FOREIGN_KEY_DELETE_RULE,
                                          SQL_SQL92_FOREIGN_KEY_UPDATE_RULE,
                                          SQL_SQL92_GRANT,
                                          SQL_SQL92_NUMERIC_VALUE_FUNCTIONS,
                                          SQL_SQL92_PREDICATES,
                                          SQL_SQL92_RELATIONAL_JOIN_OPERATORS,
                                          SQL_SQL92_REVOKE,
                                          SQL_SQL92_ROW_VALUE_CONSTRUCTOR,
                                          SQL_SQL92_STRING_FUNCTIONS,
                                          SQL_SQL92_VALUE_EXPRESSIONS,
                                          SQL_STANDARD_CLI_CONFORMANCE,
                                          SQL_STATIC_CURSOR_ATTRIBUTES1,
                                          SQL_STATIC_CURSOR_ATTRIBUTES2,
                                          SQL_AGGREGATE_FUNCTIONS,
                                          SQL_DDL_INDEX,
                                          SQL_INSERT_STATEMENT,
                                          SQL_CONVERT_GUID,
                                          SQL_XOPEN_CLI_YEAR,
                                          SQL_CURSOR_SENSITIVITY,
                                          SQL_DESCRIBE_PARAMETER,
                                          SQL_CATALOG_NAME,
                                          SQL_COLLATION_SEQ,
                                          SQL_MAX_IDENTIFIER_LEN,
                                          SQL_ASYNC_MODE,
                                          SQL_MAX_ASYNC_CONCURRENT_STATEMENTS,
                                          SQL_ASYNC_DBC_FUNCTIONS,
                                          SQL_DRIVER_AWARE_POOLING_SUPPORTED,
                                          SQL_ASYNC_NOTIFICATION};

v1::SessionOpened Session(v1::Engine engine) {
  v1::SessionOpened session;
  session.mutable_server()->set_engine(engine);
  session.mutable_server()->set_version_number(engine == v1::ENGINE_POSTGRES ? 150018 : 101106);
  session.mutable_server()->set_database("sales");
  session.mutable_server()->set_user("pool_user");
  session.mutable_server()->set_server_name("db1");
  return session;
}

template <typename T>
T Ask(const v1::SessionOpened& session, SQLUSMALLINT type) {
  return std::get<T>(GetInfo(
      type,
      {.session = session, .data_source_name = "dsn", .dbms_name_override = {}, .catalog = {}}));
}

std::string ErrorState(SQLUSMALLINT type) {
  const v1::SessionOpened session = Session(v1::ENGINE_POSTGRES);
  try {
    GetInfo(type,
            {.session = session, .data_source_name = {}, .dbms_name_override = {}, .catalog = {}});
  } catch (const DriverError& error) {
    return std::string(error.state().code);
  }
  return "none";
}

class GetInfoTest : public ::testing::TestWithParam<v1::Engine> {};
INSTANTIATE_TEST_SUITE_P(Engines, GetInfoTest,
                         ::testing::Values(v1::ENGINE_POSTGRES, v1::ENGINE_MYSQL));

TEST_P(GetInfoTest, EveryDefinedTypeIsAnswered) {
  const v1::SessionOpened session = Session(GetParam());
  const InfoContext context{
      .session = session, .data_source_name = {}, .dbms_name_override = {}, .catalog = {}};
  for (const SQLUSMALLINT type : kDefinedTypes) EXPECT_NO_THROW(GetInfo(type, context)) << type;
}

// For answers that the table computes, the kind in the row is a promise.
TEST_P(GetInfoTest, AnswersHaveTheKindOfTheirRow) {
  const v1::SessionOpened session = Session(GetParam());
  const InfoContext context{
      .session = session, .data_source_name = {}, .dbms_name_override = {}, .catalog = {}};
  for (const auto rows :
       {DriverInfoRows(), DataSourceInfoRows(), SqlInfoRows(), FunctionInfoRows()}) {
    for (const InfoRow& row : rows) {
      EXPECT_EQ(GetInfo(row.type, context).index(), static_cast<std::size_t>(row.kind)) << row.type;
    }
  }
}

TEST_P(GetInfoTest, TheDriverNamesItselfAndItsVersion) {
  const v1::SessionOpened session = Session(GetParam());
  EXPECT_EQ(Ask<std::string>(session, SQL_DRIVER_NAME), "libsluiceodbc.so");
  EXPECT_EQ(Ask<std::string>(session, SQL_DRIVER_ODBC_VER), "03.80");
  EXPECT_THAT(Ask<std::string>(session, SQL_DRIVER_VER),
              MatchesRegex("[0-9][0-9][.][0-9][0-9][.][0-9][0-9][0-9][0-9]"));
  EXPECT_EQ(Ask<std::string>(session, SQL_DATA_SOURCE_NAME), "dsn");
  EXPECT_EQ(Ask<std::string>(session, SQL_SERVER_NAME), "db1");
  EXPECT_EQ(Ask<std::string>(session, SQL_USER_NAME), "pool_user");
}

TEST_P(GetInfoTest, RowsCanBeChangedThroughCursors) {
  const v1::SessionOpened session = Session(GetParam());
  constexpr SQLUINTEGER kChanges = SQL_CA1_POS_UPDATE | SQL_CA1_POS_DELETE |
                                   SQL_CA1_POSITIONED_UPDATE | SQL_CA1_POSITIONED_DELETE |
                                   SQL_CA1_BULK_ADD | SQL_CA1_BULK_UPDATE_BY_BOOKMARK |
                                   SQL_CA1_BULK_DELETE_BY_BOOKMARK | SQL_CA1_BULK_FETCH_BY_BOOKMARK;
  for (const SQLUSMALLINT type : std::initializer_list<SQLUSMALLINT>{
           SQL_FORWARD_ONLY_CURSOR_ATTRIBUTES1, SQL_STATIC_CURSOR_ATTRIBUTES1}) {
    EXPECT_EQ(Ask<SQLUINTEGER>(session, type) & kChanges, kChanges);
    EXPECT_EQ(Ask<SQLUINTEGER>(session, type) & SQL_CA1_LOCK_EXCLUSIVE, 0u);
  }
  EXPECT_EQ(
      Ask<SQLUINTEGER>(session, SQL_POSITIONED_STATEMENTS),
      SQLUINTEGER{SQL_PS_POSITIONED_DELETE | SQL_PS_POSITIONED_UPDATE | SQL_PS_SELECT_FOR_UPDATE});
  EXPECT_EQ(Ask<SQLUINTEGER>(session, SQL_POS_OPERATIONS),
            SQLUINTEGER{SQL_POS_POSITION | SQL_POS_REFRESH | SQL_POS_UPDATE | SQL_POS_DELETE |
                        SQL_POS_ADD});
  const auto sensitivity = Ask<SQLUINTEGER>(session, SQL_STATIC_SENSITIVITY);
  EXPECT_EQ(sensitivity & ~SQLUINTEGER{SQL_SS_DELETIONS}, SQLUINTEGER{SQL_SS_UPDATES});
  EXPECT_EQ((sensitivity & SQL_SS_DELETIONS) != 0, GetParam() == v1::ENGINE_MYSQL);
}

TEST_P(GetInfoTest, ForwardOnlyAndStaticCursorsAreOffered) {
  const v1::SessionOpened session = Session(GetParam());
  EXPECT_EQ(Ask<SQLUINTEGER>(session, SQL_SCROLL_OPTIONS),
            SQLUINTEGER{SQL_SO_FORWARD_ONLY | SQL_SO_STATIC});
  const auto dynamic = Ask<SQLUINTEGER>(session, SQL_DYNAMIC_CURSOR_ATTRIBUTES1);
  if (GetParam() == v1::ENGINE_MYSQL) {
    EXPECT_NE(dynamic & SQL_CA1_ABSOLUTE, 0u);
    EXPECT_EQ(dynamic & SQL_CA1_BOOKMARK, 0u);
  } else {
    EXPECT_EQ(dynamic, 0u);
  }
  EXPECT_EQ(Ask<SQLUINTEGER>(session, SQL_KEYSET_CURSOR_ATTRIBUTES1), 0u);
  EXPECT_EQ(Ask<SQLUSMALLINT>(session, SQL_CURSOR_COMMIT_BEHAVIOR), SQL_CB_PRESERVE);
  EXPECT_EQ(Ask<SQLUSMALLINT>(session, SQL_CURSOR_ROLLBACK_BEHAVIOR), SQL_CB_PRESERVE);
  EXPECT_EQ(Ask<SQLUINTEGER>(session, SQL_GETDATA_EXTENSIONS),
            SQLUINTEGER{SQL_GD_ANY_COLUMN | SQL_GD_ANY_ORDER | SQL_GD_BOUND | SQL_GD_BLOCK});
}

TEST_P(GetInfoTest, KeywordsAreTheServersWhereItTellsThem) {
  v1::SessionOpened session = Session(GetParam());
  EXPECT_THAT(Ask<std::string>(session, SQL_KEYWORDS), HasSubstr("LIMIT"));
  session.mutable_server()->add_keywords("ALPHA");
  session.mutable_server()->add_keywords("BETA");
  EXPECT_EQ(Ask<std::string>(session, SQL_KEYWORDS), "ALPHA,BETA");
}

TEST(GetInfoFactsTest, NoTypeHasTwoRows) {
  std::set<SQLUSMALLINT> seen;
  for (const auto rows :
       {DriverInfoRows(), DataSourceInfoRows(), SqlInfoRows(), FunctionInfoRows()}) {
    for (const InfoRow& row : rows) EXPECT_TRUE(seen.insert(row.type).second) << row.type;
  }
}

TEST(GetInfoFactsTest, ProductsAreNamedAsTheirOwnDriversNameThem) {
  v1::SessionOpened session = Session(v1::ENGINE_POSTGRES);
  EXPECT_EQ(Ask<std::string>(session, SQL_DBMS_NAME), "PostgreSQL");
  EXPECT_EQ(Ask<std::string>(session, SQL_DBMS_VER), "15.00.0018");
  session = Session(v1::ENGINE_MYSQL);
  EXPECT_EQ(Ask<std::string>(session, SQL_DBMS_NAME), "MySQL");
  EXPECT_EQ(Ask<std::string>(session, SQL_DBMS_VER), "10.11.0006");
  session.mutable_server()->set_is_mariadb(true);
  EXPECT_EQ(Ask<std::string>(session, SQL_DBMS_NAME), "MariaDB");
}

TEST(GetInfoFactsTest, TheConnectionOverridesNameCatalogueAndAccess) {
  const v1::SessionOpened session = Session(v1::ENGINE_MYSQL);
  const InfoContext plain{
      .session = session, .data_source_name = {}, .dbms_name_override = {}, .catalog = {}};
  const InfoContext changed{.session = session,
                            .data_source_name = {},
                            .dbms_name_override = "Other",
                            .catalog = "archive",
                            .read_only = true};
  EXPECT_EQ(std::get<std::string>(GetInfo(SQL_DATABASE_NAME, plain)), "sales");
  EXPECT_EQ(std::get<std::string>(GetInfo(SQL_DATABASE_NAME, changed)), "archive");
  EXPECT_EQ(std::get<std::string>(GetInfo(SQL_DBMS_NAME, changed)), "Other");
  EXPECT_EQ(std::get<std::string>(GetInfo(SQL_DATA_SOURCE_READ_ONLY, plain)), "N");
  EXPECT_EQ(std::get<std::string>(GetInfo(SQL_DATA_SOURCE_READ_ONLY, changed)), "Y");
}

TEST(GetInfoFactsTest, IdentifiersFollowTheDatabase) {
  v1::SessionOpened session = Session(v1::ENGINE_POSTGRES);
  EXPECT_EQ(Ask<std::string>(session, SQL_IDENTIFIER_QUOTE_CHAR), "\"");
  EXPECT_EQ(Ask<SQLUSMALLINT>(session, SQL_IDENTIFIER_CASE), SQL_IC_LOWER);
  EXPECT_EQ(Ask<SQLUSMALLINT>(session, SQL_QUOTED_IDENTIFIER_CASE), SQL_IC_SENSITIVE);
  EXPECT_EQ(Ask<SQLUSMALLINT>(session, SQL_MAX_TABLE_NAME_LEN), 63);
  session = Session(v1::ENGINE_MYSQL);
  EXPECT_EQ(Ask<std::string>(session, SQL_IDENTIFIER_QUOTE_CHAR), "`");
  EXPECT_EQ(Ask<SQLUSMALLINT>(session, SQL_IDENTIFIER_CASE), SQL_IC_MIXED);
  EXPECT_EQ(Ask<SQLUSMALLINT>(session, SQL_MAX_SCHEMA_NAME_LEN), 0);
  EXPECT_EQ(Ask<SQLUSMALLINT>(session, SQL_QUOTED_IDENTIFIER_CASE), SQL_IC_SENSITIVE);
  session.mutable_server()->set_lower_case_table_names(true);
  session.mutable_server()->set_max_identifier_length(100);
  EXPECT_EQ(Ask<SQLUSMALLINT>(session, SQL_IDENTIFIER_CASE), SQL_IC_MIXED);
  EXPECT_EQ(Ask<SQLUSMALLINT>(session, SQL_QUOTED_IDENTIFIER_CASE), SQL_IC_MIXED);
  EXPECT_EQ(Ask<SQLUSMALLINT>(session, SQL_MAX_TABLE_NAME_LEN), 100);
}

TEST(GetInfoFactsTest, TheDefaultIsolationIsTheServersOrItsEngines) {
  v1::SessionOpened session = Session(v1::ENGINE_MYSQL);
  EXPECT_EQ(Ask<SQLUINTEGER>(session, SQL_DEFAULT_TXN_ISOLATION),
            SQLUINTEGER{SQL_TXN_REPEATABLE_READ});
  EXPECT_EQ(Ask<SQLUINTEGER>(Session(v1::ENGINE_POSTGRES), SQL_DEFAULT_TXN_ISOLATION),
            SQLUINTEGER{SQL_TXN_READ_COMMITTED});
  const std::pair<v1::IsolationLevel, SQLUINTEGER> levels[] = {
      {v1::ISOLATION_LEVEL_READ_UNCOMMITTED, SQL_TXN_READ_UNCOMMITTED},
      {v1::ISOLATION_LEVEL_READ_COMMITTED, SQL_TXN_READ_COMMITTED},
      {v1::ISOLATION_LEVEL_REPEATABLE_READ, SQL_TXN_REPEATABLE_READ},
      {v1::ISOLATION_LEVEL_SERIALIZABLE, SQL_TXN_SERIALIZABLE}};
  for (const auto& [level, expected] : levels) {
    session.mutable_server()->set_default_isolation(level);
    EXPECT_EQ(Ask<SQLUINTEGER>(session, SQL_DEFAULT_TXN_ISOLATION), expected);
  }
}

// Power BI asks for 180 and 1750.
TEST(GetInfoFactsTest, UnknownTypesAreErrorsOfTheirRange) {
  EXPECT_EQ(ErrorState(180), "HY096");
  EXPECT_EQ(ErrorState(1750), "HYC00");
  EXPECT_EQ(ErrorState(9999), "HYC00");
  EXPECT_EQ(ErrorState(10006), "HY096");
  EXPECT_EQ(ErrorState(0x4000), "HYC00");
  EXPECT_EQ(ErrorState(65535), "HYC00");
  EXPECT_EQ(ErrorState(SQL_DRIVER_HDBC), "HY096");
}

}  // namespace
}  // namespace sluice::driver::info
