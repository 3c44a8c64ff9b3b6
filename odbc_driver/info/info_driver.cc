#include "odbc_driver/info/info_table.h"
#include "odbc_driver/platform/driver_file.h"

// Driver information and product information.

namespace sluice::driver::info {
namespace {

// What cursors of both kinds can do. SQLSetPos and SQLBulkOperations change rows of a cursor that
// was opened with SQL_CONCUR_VALUES or SQL_CONCUR_ROWVER, positioned statements those of any.
constexpr std::uint32_t kCursorAttributes =
    SQL_CA1_NEXT | SQL_CA1_LOCK_NO_CHANGE | SQL_CA1_POS_POSITION | SQL_CA1_POS_REFRESH |
    SQL_CA1_POS_UPDATE | SQL_CA1_POS_DELETE | SQL_CA1_POSITIONED_UPDATE |
    SQL_CA1_POSITIONED_DELETE | SQL_CA1_SELECT_FOR_UPDATE | SQL_CA1_BULK_ADD |
    SQL_CA1_BULK_UPDATE_BY_BOOKMARK | SQL_CA1_BULK_DELETE_BY_BOOKMARK |
    SQL_CA1_BULK_FETCH_BY_BOOKMARK;
constexpr std::uint32_t kStaticAttributes =
    kCursorAttributes | SQL_CA1_ABSOLUTE | SQL_CA1_RELATIVE | SQL_CA1_BOOKMARK;
// Of what is asked for as dynamic, and becomes static.
constexpr std::uint32_t kDynamicAttributes =
    kStaticAttributes & ~(SQL_CA1_BOOKMARK | SQL_CA1_BULK_UPDATE_BY_BOOKMARK |
                          SQL_CA1_BULK_DELETE_BY_BOOKMARK | SQL_CA1_BULK_FETCH_BY_BOOKMARK);
constexpr std::uint32_t kSimulation =
    SQL_CA2_SIMULATE_NON_UNIQUE | SQL_CA2_SIMULATE_TRY_UNIQUE | SQL_CA2_SIMULATE_UNIQUE;
constexpr std::uint32_t kForwardOnlyAttributes2 = SQL_CA2_READ_ONLY_CONCURRENCY |
                                                  SQL_CA2_OPT_VALUES_CONCURRENCY |
                                                  SQL_CA2_MAX_ROWS_SELECT | kSimulation;
// A cursor sees its own updates; its deletions leave holes, which is not seeing them, and of its
// additions only those with a bookmark. Rows beyond SQL_ATTR_MAX_ROWS are not there, and the number
// of rows is known exactly.
constexpr std::uint32_t kStaticAttributes2 =
    SQL_CA2_READ_ONLY_CONCURRENCY | SQL_CA2_OPT_VALUES_CONCURRENCY | SQL_CA2_SENSITIVITY_UPDATES |
    SQL_CA2_MAX_ROWS_SELECT | SQL_CA2_CRC_EXACT | kSimulation;
constexpr std::uint32_t kPositionOperations =
    SQL_POS_POSITION | SQL_POS_REFRESH | SQL_POS_UPDATE | SQL_POS_DELETE | SQL_POS_ADD;
constexpr std::uint32_t kFetchDirections =
    SQL_FD_FETCH_NEXT | SQL_FD_FETCH_FIRST | SQL_FD_FETCH_LAST | SQL_FD_FETCH_PRIOR |
    SQL_FD_FETCH_ABSOLUTE | SQL_FD_FETCH_RELATIVE | SQL_FD_FETCH_BOOKMARK;
constexpr std::uint32_t kPostgresBatches = SQL_BS_SELECT_EXPLICIT | SQL_BS_ROW_COUNT_EXPLICIT;
constexpr std::uint32_t kMysqlBatches =
    kPostgresBatches | SQL_BS_SELECT_PROC | SQL_BS_ROW_COUNT_PROC;

// The views of the INFORMATION_SCHEMA (PostgreSQL manual, chapter 37; MySQL manual, chapter 28).
constexpr std::uint32_t kMysqlViews =
    SQL_ISV_CHARACTER_SETS | SQL_ISV_COLLATIONS | SQL_ISV_COLUMN_PRIVILEGES | SQL_ISV_COLUMNS |
    SQL_ISV_KEY_COLUMN_USAGE | SQL_ISV_REFERENTIAL_CONSTRAINTS | SQL_ISV_SCHEMATA |
    SQL_ISV_TABLE_CONSTRAINTS | SQL_ISV_TABLE_PRIVILEGES | SQL_ISV_TABLES | SQL_ISV_VIEWS;
constexpr std::uint32_t kPostgresViews =
    kMysqlViews | SQL_ISV_CHECK_CONSTRAINTS | SQL_ISV_COLUMN_DOMAIN_USAGE |
    SQL_ISV_CONSTRAINT_COLUMN_USAGE | SQL_ISV_CONSTRAINT_TABLE_USAGE | SQL_ISV_DOMAIN_CONSTRAINTS |
    SQL_ISV_DOMAINS | SQL_ISV_USAGE_PRIVILEGES | SQL_ISV_VIEW_COLUMN_USAGE |
    SQL_ISV_VIEW_TABLE_USAGE;

InfoValue DriverVersion(const InfoContext&) {
  return FormatVersion(SLUICE_VERSION_MAJOR, SLUICE_VERSION_MINOR, SLUICE_VERSION_PATCH);
}
InfoValue DataSourceName(const InfoContext& context) { return context.data_source_name; }
InfoValue ServerName(const InfoContext& context) { return context.session.server().server_name(); }
InfoValue DbmsVersionInfo(const InfoContext& context) {
  return DbmsVersion(context.session.server());
}
InfoValue DbmsNameInfo(const InfoContext& context) {
  if (!context.dbms_name_override.empty()) return context.dbms_name_override;
  return DbmsName(context.session.server());
}
InfoValue DatabaseName(const InfoContext& context) {
  if (!context.catalog.empty()) return context.catalog;
  return context.session.server().database();
}

constexpr InfoRow kRows[] = {
    // The driver.
    Short(SQL_ACTIVE_ENVIRONMENTS, 0),  // no limit
    Integer(SQL_ASYNC_DBC_FUNCTIONS, SQL_ASYNC_DBC_CAPABLE),
    Integer(SQL_ASYNC_MODE, SQL_AM_STATEMENT),
    Integer(SQL_ASYNC_NOTIFICATION, SQL_ASYNC_NOTIFICATION_NOT_CAPABLE),
    Integer(SQL_BATCH_ROW_COUNT, SQL_BRC_EXPLICIT, SQL_BRC_EXPLICIT | SQL_BRC_PROCEDURES),
    Integer(SQL_BATCH_SUPPORT, kPostgresBatches, kMysqlBatches),
    Computed(SQL_DATA_SOURCE_NAME, InfoKind::kString, DataSourceName),
    Integer(SQL_DRIVER_AWARE_POOLING_SUPPORTED, SQL_DRIVER_AWARE_POOLING_NOT_CAPABLE),
    Text(SQL_DRIVER_NAME, platform::kDriverFileName),
    Text(SQL_DRIVER_ODBC_VER, kOdbcVersion),
    Computed(SQL_DRIVER_VER, InfoKind::kString, DriverVersion),
    Text(SQL_ODBC_VER, kOdbcVersion),  // the driver manager answers it with its own
    Short(SQL_FILE_USAGE, SQL_FILE_NOT_SUPPORTED),
    // Any column in any order, bound ones too, of any row of the rowset.
    Integer(SQL_GETDATA_EXTENSIONS,
            SQL_GD_ANY_COLUMN | SQL_GD_ANY_ORDER | SQL_GD_BOUND | SQL_GD_BLOCK),
    Integer(SQL_INFO_SCHEMA_VIEWS, kPostgresViews, kMysqlViews),
    Integer(SQL_MAX_ASYNC_CONCURRENT_STATEMENTS, 0),
    Short(SQL_MAX_CONCURRENT_ACTIVITIES, 0),  // no limit
    Short(SQL_MAX_DRIVER_CONNECTIONS, 0),     // no limit
    Integer(SQL_ODBC_INTERFACE_CONFORMANCE, SQL_OIC_CORE),
    Integer(SQL_STANDARD_CLI_CONFORMANCE, SQL_SCC_ISO92_CLI),
    // One count for the whole array, and arrays for statements without a result set.
    Integer(SQL_PARAM_ARRAY_ROW_COUNTS, SQL_PARC_NO_BATCH),
    Integer(SQL_PARAM_ARRAY_SELECTS, SQL_PAS_BATCH, SQL_PAS_NO_BATCH),
    Text(SQL_ROW_UPDATES, "N"),
    Text(SQL_SEARCH_PATTERN_ESCAPE, "\\"),
    Computed(SQL_SERVER_NAME, InfoKind::kString, ServerName),

    // Cursors: forward-only and static ones.
    Integer(SQL_FORWARD_ONLY_CURSOR_ATTRIBUTES1, kCursorAttributes),
    Integer(SQL_FORWARD_ONLY_CURSOR_ATTRIBUTES2,
            kForwardOnlyAttributes2 | SQL_CA2_OPT_ROWVER_CONCURRENCY, kForwardOnlyAttributes2),
    // Connector/ODBC's dynamic cursors are static ones, too, and tell what those can, but nothing
    // of bookmarks. Erlang scrolls only where this has SQL_CA1_ABSOLUTE and SQL_CA1_RELATIVE; with
    // SQL_CA1_BOOKMARK LibreOffice takes a way on which it deletes no rows.
    Integer(SQL_DYNAMIC_CURSOR_ATTRIBUTES1, 0, kDynamicAttributes),
    Integer(SQL_DYNAMIC_CURSOR_ATTRIBUTES2, 0, kStaticAttributes2),
    Integer(SQL_KEYSET_CURSOR_ATTRIBUTES1, 0),
    Integer(SQL_KEYSET_CURSOR_ATTRIBUTES2, 0),
    Integer(SQL_STATIC_CURSOR_ATTRIBUTES1, kStaticAttributes),
    Integer(SQL_STATIC_CURSOR_ATTRIBUTES2, kStaticAttributes2 | SQL_CA2_OPT_ROWVER_CONCURRENCY,
            kStaticAttributes2),

    // Kept for ODBC 2 applications.
    Integer(SQL_FETCH_DIRECTION, kFetchDirections),
    Integer(SQL_LOCK_TYPES, SQL_LCK_NO_CHANGE),
    Short(SQL_ODBC_API_CONFORMANCE, SQL_OAC_LEVEL1),
    Short(SQL_ODBC_SAG_CLI_CONFORMANCE, SQL_OSCC_COMPLIANT),
    Short(SQL_ODBC_SQL_CONFORMANCE, SQL_OSC_CORE),
    Integer(SQL_POS_OPERATIONS, kPositionOperations),
    Integer(SQL_POSITIONED_STATEMENTS,
            SQL_PS_POSITIONED_DELETE | SQL_PS_POSITIONED_UPDATE | SQL_PS_SELECT_FOR_UPDATE),
    Integer(SQL_SCROLL_CONCURRENCY, SQL_SCCO_READ_ONLY | SQL_SCCO_OPT_ROWVER | SQL_SCCO_OPT_VALUES,
            SQL_SCCO_READ_ONLY | SQL_SCCO_OPT_VALUES),
    // On MySQL what Connector/ODBC tells, though a deleted row leaves a hole.
    Integer(SQL_STATIC_SENSITIVITY, SQL_SS_UPDATES, SQL_SS_DELETIONS | SQL_SS_UPDATES),

    // The product.
    Computed(SQL_DATABASE_NAME, InfoKind::kString, DatabaseName),
    Computed(SQL_DBMS_NAME, InfoKind::kString, DbmsNameInfo),
    Computed(SQL_DBMS_VER, InfoKind::kString, DbmsVersionInfo),
};

}  // namespace

std::span<const InfoRow> DriverInfoRows() { return kRows; }

}  // namespace sluice::driver::info
