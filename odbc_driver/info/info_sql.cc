#include <string>

#include "odbc_driver/info/info_table.h"

// Supported SQL (PostgreSQL manual, "SQL Commands" and appendix D; MySQL manual, "SQL Statements").

namespace sluice::driver::info {
namespace {

constexpr std::uint32_t kAllAggregates =
    SQL_AF_ALL | SQL_AF_AVG | SQL_AF_COUNT | SQL_AF_DISTINCT | SQL_AF_MAX | SQL_AF_MIN | SQL_AF_SUM;

constexpr std::uint32_t kAlterTableBoth =
    SQL_AT_ADD_COLUMN | SQL_AT_DROP_COLUMN | SQL_AT_ADD_CONSTRAINT | SQL_AT_ADD_COLUMN_SINGLE |
    SQL_AT_ADD_COLUMN_DEFAULT | SQL_AT_ADD_COLUMN_COLLATION | SQL_AT_SET_COLUMN_DEFAULT |
    SQL_AT_DROP_COLUMN_DEFAULT | SQL_AT_ADD_TABLE_CONSTRAINT | SQL_AT_CONSTRAINT_NAME_DEFINITION;
constexpr std::uint32_t kAlterTablePostgres =
    kAlterTableBoth | SQL_AT_DROP_COLUMN_CASCADE | SQL_AT_DROP_COLUMN_RESTRICT |
    SQL_AT_DROP_TABLE_CONSTRAINT_CASCADE | SQL_AT_DROP_TABLE_CONSTRAINT_RESTRICT |
    SQL_AT_CONSTRAINT_INITIALLY_DEFERRED | SQL_AT_CONSTRAINT_INITIALLY_IMMEDIATE |
    SQL_AT_CONSTRAINT_DEFERRABLE | SQL_AT_CONSTRAINT_NON_DEFERRABLE;

constexpr std::uint32_t kAlterDomainPostgres =
    SQL_AD_ADD_DOMAIN_CONSTRAINT | SQL_AD_ADD_DOMAIN_DEFAULT | SQL_AD_CONSTRAINT_NAME_DEFINITION |
    SQL_AD_DROP_DOMAIN_CONSTRAINT | SQL_AD_DROP_DOMAIN_DEFAULT;
constexpr std::uint32_t kCreateDomainPostgres = SQL_CDO_CREATE_DOMAIN | SQL_CDO_DEFAULT |
                                                SQL_CDO_CONSTRAINT | SQL_CDO_COLLATION |
                                                SQL_CDO_CONSTRAINT_NAME_DEFINITION;

constexpr std::uint32_t kCreateTableBoth = SQL_CT_CREATE_TABLE | SQL_CT_LOCAL_TEMPORARY |
                                           SQL_CT_COLUMN_CONSTRAINT | SQL_CT_COLUMN_DEFAULT |
                                           SQL_CT_COLUMN_COLLATION | SQL_CT_TABLE_CONSTRAINT |
                                           SQL_CT_CONSTRAINT_NAME_DEFINITION;
constexpr std::uint32_t kCreateTablePostgres =
    kCreateTableBoth | SQL_CT_COMMIT_PRESERVE | SQL_CT_COMMIT_DELETE | SQL_CT_GLOBAL_TEMPORARY |
    SQL_CT_CONSTRAINT_INITIALLY_DEFERRED | SQL_CT_CONSTRAINT_INITIALLY_IMMEDIATE |
    SQL_CT_CONSTRAINT_DEFERRABLE | SQL_CT_CONSTRAINT_NON_DEFERRABLE;

constexpr std::uint32_t kAllUses = SQL_SU_DML_STATEMENTS | SQL_SU_PROCEDURE_INVOCATION |
                                   SQL_SU_TABLE_DEFINITION | SQL_SU_INDEX_DEFINITION |
                                   SQL_SU_PRIVILEGE_DEFINITION;

constexpr std::uint32_t kDateLiterals =
    SQL_DL_SQL92_DATE | SQL_DL_SQL92_TIME | SQL_DL_SQL92_TIMESTAMP;
constexpr std::uint32_t kAllDatetimeLiterals =
    kDateLiterals | SQL_DL_SQL92_INTERVAL_YEAR | SQL_DL_SQL92_INTERVAL_MONTH |
    SQL_DL_SQL92_INTERVAL_DAY | SQL_DL_SQL92_INTERVAL_HOUR | SQL_DL_SQL92_INTERVAL_MINUTE |
    SQL_DL_SQL92_INTERVAL_SECOND | SQL_DL_SQL92_INTERVAL_YEAR_TO_MONTH |
    SQL_DL_SQL92_INTERVAL_DAY_TO_HOUR | SQL_DL_SQL92_INTERVAL_DAY_TO_MINUTE |
    SQL_DL_SQL92_INTERVAL_DAY_TO_SECOND | SQL_DL_SQL92_INTERVAL_HOUR_TO_MINUTE |
    SQL_DL_SQL92_INTERVAL_HOUR_TO_SECOND | SQL_DL_SQL92_INTERVAL_MINUTE_TO_SECOND;

constexpr std::uint32_t kJoinsMysql = SQL_OJ_LEFT | SQL_OJ_RIGHT | SQL_OJ_NESTED |
                                      SQL_OJ_NOT_ORDERED | SQL_OJ_INNER | SQL_OJ_ALL_COMPARISON_OPS;
constexpr std::uint32_t kJoinOperatorsMysql = SQL_SRJO_CROSS_JOIN | SQL_SRJO_INNER_JOIN |
                                              SQL_SRJO_LEFT_OUTER_JOIN | SQL_SRJO_NATURAL_JOIN |
                                              SQL_SRJO_RIGHT_OUTER_JOIN;
constexpr std::uint32_t kJoinOperatorsPostgres = kJoinOperatorsMysql | SQL_SRJO_FULL_OUTER_JOIN;

constexpr std::uint32_t kAllSubqueries = SQL_SQ_CORRELATED_SUBQUERIES | SQL_SQ_COMPARISON |
                                         SQL_SQ_EXISTS | SQL_SQ_IN | SQL_SQ_QUANTIFIED;

constexpr std::uint32_t kGrantBoth =
    SQL_SG_WITH_GRANT_OPTION | SQL_SG_DELETE_TABLE | SQL_SG_INSERT_TABLE | SQL_SG_INSERT_COLUMN |
    SQL_SG_REFERENCES_TABLE | SQL_SG_REFERENCES_COLUMN | SQL_SG_SELECT_TABLE | SQL_SG_UPDATE_TABLE |
    SQL_SG_UPDATE_COLUMN;
constexpr std::uint32_t kRevokeBoth =
    SQL_SR_DELETE_TABLE | SQL_SR_INSERT_TABLE | SQL_SR_INSERT_COLUMN | SQL_SR_REFERENCES_TABLE |
    SQL_SR_REFERENCES_COLUMN | SQL_SR_SELECT_TABLE | SQL_SR_UPDATE_TABLE | SQL_SR_UPDATE_COLUMN;
constexpr std::uint32_t kRevokePostgres = kRevokeBoth | SQL_SR_USAGE_ON_DOMAIN |
                                          SQL_SR_GRANT_OPTION_FOR | SQL_SR_CASCADE |
                                          SQL_SR_RESTRICT;

constexpr std::uint32_t kPredicatesBoth = SQL_SP_EXISTS | SQL_SP_ISNOTNULL | SQL_SP_ISNULL |
                                          SQL_SP_LIKE | SQL_SP_IN | SQL_SP_BETWEEN |
                                          SQL_SP_COMPARISON | SQL_SP_QUANTIFIED_COMPARISON;
constexpr std::uint32_t kRowValues =
    SQL_SRVC_VALUE_EXPRESSION | SQL_SRVC_NULL | SQL_SRVC_DEFAULT | SQL_SRVC_ROW_SUBQUERY;
constexpr std::uint32_t kStringFunctionsMysql = SQL_SSF_CONVERT | SQL_SSF_LOWER | SQL_SSF_UPPER |
                                                SQL_SSF_SUBSTRING | SQL_SSF_TRIM_BOTH |
                                                SQL_SSF_TRIM_LEADING | SQL_SSF_TRIM_TRAILING;
constexpr std::uint32_t kStringFunctionsPostgres = SQL_SSF_LOWER | SQL_SSF_UPPER |
                                                   SQL_SSF_SUBSTRING | SQL_SSF_TRIM_BOTH |
                                                   SQL_SSF_TRIM_LEADING | SQL_SSF_TRIM_TRAILING;
constexpr std::uint32_t kNumericFunctions = SQL_SNVF_BIT_LENGTH | SQL_SNVF_CHAR_LENGTH |
                                            SQL_SNVF_CHARACTER_LENGTH | SQL_SNVF_EXTRACT |
                                            SQL_SNVF_OCTET_LENGTH | SQL_SNVF_POSITION;
constexpr std::uint32_t kValueExpressions =
    SQL_SVE_CASE | SQL_SVE_CAST | SQL_SVE_COALESCE | SQL_SVE_NULLIF;
constexpr std::uint32_t kDatetimeFunctions =
    SQL_SDF_CURRENT_DATE | SQL_SDF_CURRENT_TIME | SQL_SDF_CURRENT_TIMESTAMP;
constexpr std::uint32_t kRulesMysql = SQL_SFKD_CASCADE | SQL_SFKD_NO_ACTION | SQL_SFKD_SET_NULL;
constexpr std::uint32_t kRulesPostgres = kRulesMysql | SQL_SFKD_SET_DEFAULT;

// Reserved words that are not ODBC's own, where the relay does not tell the server's list
// (PostgreSQL 15, pg_get_keywords(); MySQL and MariaDB, "Keywords and Reserved Words").
constexpr std::string_view kPostgresKeywords =
    "ANALYSE,ANALYZE,ARRAY,ASYMMETRIC,BINARY,CONCURRENTLY,CURRENT_CATALOG,CURRENT_ROLE,"
    "CURRENT_SCHEMA,DO,FREEZE,ILIKE,ISNULL,LATERAL,LIMIT,LOCALTIME,LOCALTIMESTAMP,NOTNULL,OFFSET,"
    "PLACING,RETURNING,SIMILAR,SYMMETRIC,TABLESAMPLE,VARIADIC,VERBOSE,WINDOW";
constexpr std::string_view kMysqlKeywords =
    "ACCESSIBLE,ANALYZE,ASENSITIVE,BEFORE,BIGINT,BINARY,BLOB,CALL,CHANGE,CONDITION,DATABASE,"
    "DATABASES,DAY_HOUR,DAY_MICROSECOND,DAY_MINUTE,DAY_SECOND,DELAYED,DETERMINISTIC,DISTINCTROW,"
    "DIV,DUAL,EACH,ELSEIF,ENCLOSED,ESCAPED,EXIT,EXPLAIN,FLOAT4,FLOAT8,FORCE,FULLTEXT,"
    "HIGH_PRIORITY,HOUR_MICROSECOND,HOUR_MINUTE,HOUR_SECOND,IF,IGNORE,INFILE,INOUT,INT1,INT2,INT3,"
    "INT4,INT8,ITERATE,KEYS,KILL,LEAVE,LIMIT,LINEAR,LINES,LOAD,LOCALTIME,LOCALTIMESTAMP,LOCK,LONG,"
    "LONGBLOB,LONGTEXT,LOOP,LOW_PRIORITY,MAXVALUE,MEDIUMBLOB,MEDIUMINT,MEDIUMTEXT,MIDDLEINT,"
    "MINUTE_MICROSECOND,MINUTE_SECOND,MOD,MODIFIES,NO_WRITE_TO_BINLOG,OPTIMIZE,OPTIONALLY,OUT,"
    "OUTFILE,OVER,PARTITION,PURGE,RANGE,READS,READ_WRITE,RECURSIVE,REGEXP,RELEASE,RENAME,REPEAT,"
    "REPLACE,REQUIRE,RESIGNAL,RETURN,RLIKE,ROWS,SCHEMAS,SECOND_MICROSECOND,SENSITIVE,SEPARATOR,"
    "SHOW,SIGNAL,SPATIAL,SPECIFIC,SQLEXCEPTION,SQL_BIG_RESULT,SQL_CALC_FOUND_ROWS,"
    "SQL_SMALL_RESULT,SSL,STARTING,STRAIGHT_JOIN,TERMINATED,TINYBLOB,TINYINT,TINYTEXT,TRIGGER,"
    "UNDO,UNLOCK,UNSIGNED,USE,UTC_DATE,UTC_TIME,UTC_TIMESTAMP,VARBINARY,VARCHARACTER,WHILE,WINDOW,"
    "XOR,YEAR_MONTH,ZEROFILL";

InfoValue Keywords(const InfoContext& context) {
  const v1::ServerFacts& server = context.session.server();
  if (server.keywords().empty()) {
    return std::string(server.engine() == v1::ENGINE_POSTGRES ? kPostgresKeywords : kMysqlKeywords);
  }
  std::string list;
  for (const std::string& word : server.keywords()) {
    if (!list.empty()) list.push_back(',');
    list += word;
  }
  return list;
}

// PostgreSQL folds unquoted names to lower case. MySQL keeps names as written and compares most of
// them without case; whether tables' are, lower_case_table_names says. As from Connector/ODBC.
InfoValue IdentifierCase(const InfoContext& context) {
  const v1::ServerFacts& server = context.session.server();
  return server.engine() == v1::ENGINE_POSTGRES ? SQLUSMALLINT{SQL_IC_LOWER}
                                                : SQLUSMALLINT{SQL_IC_MIXED};
}

InfoValue QuotedIdentifierCase(const InfoContext& context) {
  const v1::ServerFacts& server = context.session.server();
  const bool without_case = server.engine() == v1::ENGINE_MYSQL && server.lower_case_table_names();
  return without_case ? SQLUSMALLINT{SQL_IC_MIXED} : SQLUSMALLINT{SQL_IC_SENSITIVE};
}

// On MySQL a session may take the quotes of the standard, and applications that ask for the quote
// follow it.
InfoValue IdentifierQuote(const InfoContext& context) {
  const bool backtick =
      context.session.server().engine() == v1::ENGINE_MYSQL && !context.ansi_quotes;
  return std::string(backtick ? "`" : "\"");
}

constexpr InfoRow kRows[] = {
    Integer(SQL_AGGREGATE_FUNCTIONS, kAllAggregates),
    Integer(SQL_ALTER_DOMAIN, kAlterDomainPostgres, 0),
    Integer(SQL_ALTER_TABLE, kAlterTablePostgres, kAlterTableBoth),
    Short(SQL_CATALOG_LOCATION, SQL_CL_START),
    Text(SQL_CATALOG_NAME, "Y"),
    Text(SQL_CATALOG_NAME_SEPARATOR, "."),
    // PostgreSQL takes the current database's name alone, and in front of a schema's.
    Integer(SQL_CATALOG_USAGE, SQL_CU_DML_STATEMENTS, kAllUses),
    Text(SQL_COLUMN_ALIAS, "Y"),
    Short(SQL_CORRELATION_NAME, SQL_CN_ANY),
    Integer(SQL_CREATE_ASSERTION, 0),
    Integer(SQL_CREATE_CHARACTER_SET, 0),
    Integer(SQL_CREATE_COLLATION, SQL_CCOL_CREATE_COLLATION, 0),
    Integer(SQL_CREATE_DOMAIN, kCreateDomainPostgres, 0),
    // CREATE SCHEMA makes a catalogue on MySQL.
    Integer(SQL_CREATE_SCHEMA, SQL_CS_CREATE_SCHEMA | SQL_CS_AUTHORIZATION, 0),
    Integer(SQL_CREATE_TABLE, kCreateTablePostgres, kCreateTableBoth),
    Integer(SQL_CREATE_TRANSLATION, 0),
    Integer(SQL_CREATE_VIEW,
            SQL_CV_CREATE_VIEW | SQL_CV_CHECK_OPTION | SQL_CV_CASCADED | SQL_CV_LOCAL),
    Integer(SQL_DATETIME_LITERALS, kAllDatetimeLiterals, kDateLiterals),
    Integer(SQL_DDL_INDEX, SQL_DI_CREATE_INDEX | SQL_DI_DROP_INDEX),
    Integer(SQL_DROP_ASSERTION, 0),
    Integer(SQL_DROP_CHARACTER_SET, 0),
    Integer(SQL_DROP_COLLATION, SQL_DC_DROP_COLLATION, 0),
    Integer(SQL_DROP_DOMAIN, SQL_DD_DROP_DOMAIN | SQL_DD_CASCADE | SQL_DD_RESTRICT, 0),
    Integer(SQL_DROP_SCHEMA, SQL_DS_DROP_SCHEMA | SQL_DS_CASCADE | SQL_DS_RESTRICT, 0),
    // MySQL accepts both words and heeds neither.
    Integer(SQL_DROP_TABLE, SQL_DT_DROP_TABLE | SQL_DT_CASCADE | SQL_DT_RESTRICT,
            SQL_DT_DROP_TABLE),
    Integer(SQL_DROP_TRANSLATION, 0),
    Integer(SQL_DROP_VIEW, SQL_DV_DROP_VIEW | SQL_DV_CASCADE | SQL_DV_RESTRICT, SQL_DV_DROP_VIEW),
    Text(SQL_EXPRESSIONS_IN_ORDERBY, "Y"),
    Short(SQL_GROUP_BY, SQL_GB_GROUP_BY_CONTAINS_SELECT, SQL_GB_NO_RELATION),
    Computed(SQL_IDENTIFIER_CASE, InfoKind::kShort, IdentifierCase),
    Computed(SQL_IDENTIFIER_QUOTE_CHAR, InfoKind::kString, IdentifierQuote),
    Integer(SQL_INDEX_KEYWORDS, SQL_IK_ALL),
    Integer(SQL_INSERT_STATEMENT,
            SQL_IS_INSERT_LITERALS | SQL_IS_INSERT_SEARCHED | SQL_IS_SELECT_INTO,
            SQL_IS_INSERT_LITERALS | SQL_IS_INSERT_SEARCHED),
    Text(SQL_INTEGRITY, "N"),
    Computed(SQL_KEYWORDS, InfoKind::kString, Keywords),
    Text(SQL_LIKE_ESCAPE_CLAUSE, "Y"),
    Short(SQL_NON_NULLABLE_COLUMNS, SQL_NNC_NON_NULL),
    Integer(SQL_OJ_CAPABILITIES, kJoinsMysql | SQL_OJ_FULL, kJoinsMysql),
    Text(SQL_ORDER_BY_COLUMNS_IN_SELECT, "N"),
    Text(SQL_OUTER_JOINS, "Y"),
    Text(SQL_PROCEDURES, "Y"),
    Computed(SQL_QUOTED_IDENTIFIER_CASE, InfoKind::kShort, QuotedIdentifierCase),
    Integer(SQL_SCHEMA_USAGE, kAllUses, 0),
    Text(SQL_SPECIAL_CHARACTERS, "_$", "_$"),
    Integer(SQL_SQL_CONFORMANCE, SQL_SC_SQL92_ENTRY),
    Integer(SQL_SUBQUERIES, kAllSubqueries),
    Integer(SQL_UNION, SQL_U_UNION | SQL_U_UNION_ALL),

    Integer(SQL_SQL92_DATETIME_FUNCTIONS, kDatetimeFunctions),
    Integer(SQL_SQL92_FOREIGN_KEY_DELETE_RULE, kRulesPostgres, kRulesMysql),
    Integer(SQL_SQL92_FOREIGN_KEY_UPDATE_RULE, kRulesPostgres, kRulesMysql),
    Integer(SQL_SQL92_GRANT, kGrantBoth | SQL_SG_USAGE_ON_DOMAIN, kGrantBoth),
    Integer(SQL_SQL92_NUMERIC_VALUE_FUNCTIONS, kNumericFunctions),
    Integer(SQL_SQL92_PREDICATES, kPredicatesBoth | SQL_SP_OVERLAPS, kPredicatesBoth),
    Integer(SQL_SQL92_RELATIONAL_JOIN_OPERATORS, kJoinOperatorsPostgres, kJoinOperatorsMysql),
    Integer(SQL_SQL92_REVOKE, kRevokePostgres, kRevokeBoth),
    Integer(SQL_SQL92_ROW_VALUE_CONSTRUCTOR, kRowValues),
    Integer(SQL_SQL92_STRING_FUNCTIONS, kStringFunctionsPostgres, kStringFunctionsMysql),
    Integer(SQL_SQL92_VALUE_EXPRESSIONS, kValueExpressions),
};

}  // namespace

std::span<const InfoRow> SqlInfoRows() { return kRows; }

}  // namespace sluice::driver::info
