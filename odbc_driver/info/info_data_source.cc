#include "odbc_driver/info/info_table.h"

// Data source information and the limits of SQL statements.

namespace sluice::driver::info {
namespace {

constexpr std::uint32_t kAllIsolationLevels = SQL_TXN_READ_UNCOMMITTED | SQL_TXN_READ_COMMITTED |
                                              SQL_TXN_REPEATABLE_READ | SQL_TXN_SERIALIZABLE;
constexpr std::uint32_t kDefaultIdentifierLength[] = {63, 64};  // PostgreSQL, MySQL

InfoValue YesNo(bool yes) { return std::string(yes ? "Y" : "N"); }

bool IsPostgres(const InfoContext& context) {
  return context.session.server().engine() == v1::ENGINE_POSTGRES;
}

InfoValue DataSourceReadOnly(const InfoContext& context) {
  return YesNo(context.read_only || context.session.read_only());
}

InfoValue UserName(const InfoContext& context) { return context.session.server().user(); }

InfoValue DefaultIsolation(const InfoContext& context) {
  switch (context.session.server().default_isolation()) {
    case v1::ISOLATION_LEVEL_READ_UNCOMMITTED:
      return SQLUINTEGER{SQL_TXN_READ_UNCOMMITTED};
    case v1::ISOLATION_LEVEL_READ_COMMITTED:
      return SQLUINTEGER{SQL_TXN_READ_COMMITTED};
    case v1::ISOLATION_LEVEL_REPEATABLE_READ:
      return SQLUINTEGER{SQL_TXN_REPEATABLE_READ};
    case v1::ISOLATION_LEVEL_SERIALIZABLE:
      return SQLUINTEGER{SQL_TXN_SERIALIZABLE};
    default:  // the relay did not tell: the servers' own defaults
      return IsPostgres(context) ? SQLUINTEGER{SQL_TXN_READ_COMMITTED}
                                 : SQLUINTEGER{SQL_TXN_REPEATABLE_READ};
  }
}

InfoValue IdentifierLength(const InfoContext& context) {
  const std::uint32_t told = context.session.server().max_identifier_length();
  const std::uint32_t length =
      told != 0 ? told : kDefaultIdentifierLength[IsPostgres(context) ? 0 : 1];
  return static_cast<SQLUSMALLINT>(length);
}

// MySQL's columns have names of up to 64 characters, but expressions and aliases longer ones.
InfoValue ColumnNameLength(const InfoContext& context) {
  return IsPostgres(context) ? IdentifierLength(context) : InfoValue{SQLUSMALLINT{255}};
}

// MySQL has no schemas and PostgreSQL's catalogue cannot be named other than the current one, but
// has the same limit.
InfoValue SchemaNameLength(const InfoContext& context) {
  return IsPostgres(context) ? IdentifierLength(context) : InfoValue{SQLUSMALLINT{0}};
}

InfoValue ScrollOptions(const InfoContext& context) {
  const SQLUINTEGER scrolling = context.forward_only ? 0 : SQL_SO_STATIC;
  return static_cast<SQLUINTEGER>(SQL_SO_FORWARD_ONLY) | scrolling;
}

constexpr InfoRow kRows[] = {
    // The data source.
    Text(SQL_ACCESSIBLE_PROCEDURES, "N"),
    Text(SQL_ACCESSIBLE_TABLES, "N"),
    // A bookmark is good until its cursor is closed.
    Integer(SQL_BOOKMARK_PERSISTENCE,
            SQL_BP_DELETE | SQL_BP_SCROLL | SQL_BP_TRANSACTION | SQL_BP_UPDATE),
    Text(SQL_CATALOG_TERM, "catalog", "database"),
    Text(SQL_COLLATION_SEQ, ""),  // each database, table and column has its own
    Short(SQL_CONCAT_NULL_BEHAVIOR, SQL_CB_NULL),
    // The relay spools what is left of a result before it ends the transaction; what a cursor has
    // read is the driver's.
    Short(SQL_CURSOR_COMMIT_BEHAVIOR, SQL_CB_PRESERVE),
    Short(SQL_CURSOR_ROLLBACK_BEHAVIOR, SQL_CB_PRESERVE),
    Integer(SQL_CURSOR_SENSITIVITY, SQL_INSENSITIVE),
    Computed(SQL_DATA_SOURCE_READ_ONLY, InfoKind::kString, DataSourceReadOnly),
    Computed(SQL_DEFAULT_TXN_ISOLATION, InfoKind::kInteger, DefaultIsolation),
    Text(SQL_DESCRIBE_PARAMETER, "Y"),
    Text(SQL_MULT_RESULT_SETS, "Y"),
    Text(SQL_MULTIPLE_ACTIVE_TXN, "Y"),
    Text(SQL_NEED_LONG_DATA_LEN, "N"),
    Short(SQL_NULL_COLLATION, SQL_NC_HIGH, SQL_NC_LOW),
    Text(SQL_PROCEDURE_TERM, "procedure", "stored procedure"),
    Text(SQL_SCHEMA_TERM, "schema", ""),
    Computed(SQL_SCROLL_OPTIONS, InfoKind::kInteger, ScrollOptions),
    Text(SQL_TABLE_TERM, "table"),
    Short(SQL_TXN_CAPABLE, SQL_TC_ALL, SQL_TC_DDL_COMMIT),
    Integer(SQL_TXN_ISOLATION_OPTION, kAllIsolationLevels),
    Computed(SQL_USER_NAME, InfoKind::kString, UserName),
    Text(SQL_XOPEN_CLI_YEAR, "1995"),

    // Limits; 0: none, or not known.
    Integer(SQL_MAX_BINARY_LITERAL_LEN, 0),
    Computed(SQL_MAX_CATALOG_NAME_LEN, InfoKind::kShort, IdentifierLength),
    Integer(SQL_MAX_CHAR_LITERAL_LEN, 0),
    Computed(SQL_MAX_COLUMN_NAME_LEN, InfoKind::kShort, ColumnNameLength),
    Short(SQL_MAX_COLUMNS_IN_GROUP_BY, 0),
    Short(SQL_MAX_COLUMNS_IN_INDEX, 32, 16),
    Short(SQL_MAX_COLUMNS_IN_ORDER_BY, 0),
    Short(SQL_MAX_COLUMNS_IN_SELECT, 1664, 4096),
    Short(SQL_MAX_COLUMNS_IN_TABLE, 1600, 1017),  // InnoDB's
    Computed(SQL_MAX_CURSOR_NAME_LEN, InfoKind::kShort, IdentifierLength),
    Computed(SQL_MAX_IDENTIFIER_LEN, InfoKind::kShort, IdentifierLength),
    Integer(SQL_MAX_INDEX_SIZE, 0, 3072),
    Computed(SQL_MAX_PROCEDURE_NAME_LEN, InfoKind::kShort, IdentifierLength),
    Integer(SQL_MAX_ROW_SIZE, 0, 65535),
    Text(SQL_MAX_ROW_SIZE_INCLUDES_LONG, "Y", "N"),
    Computed(SQL_MAX_SCHEMA_NAME_LEN, InfoKind::kShort, SchemaNameLength),
    Integer(SQL_MAX_STATEMENT_LEN, 0),
    Computed(SQL_MAX_TABLE_NAME_LEN, InfoKind::kShort, IdentifierLength),
    Short(SQL_MAX_TABLES_IN_SELECT, 0, 61),
    Short(SQL_MAX_USER_NAME_LEN, 63, 32),
};

}  // namespace

std::span<const InfoRow> DataSourceInfoRows() { return kRows; }

}  // namespace sluice::driver::info
