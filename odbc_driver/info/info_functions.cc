#include "odbc_driver/info/info_table.h"

// Scalar functions and conversions: what the relay's dialects translate from {fn …}.

namespace sluice::driver::info {
namespace {

// All of appendix E.
constexpr std::uint32_t kAllNumericFunctions = 0x00FFFFFF;
constexpr std::uint32_t kAllStringFunctions = 0x00FFFFFF;
// SOUNDEX and DIFFERENCE need an extension of PostgreSQL that few databases have.
constexpr std::uint32_t kPgStringFunctions =
    kAllStringFunctions & ~std::uint32_t{SQL_FN_STR_SOUNDEX | SQL_FN_STR_DIFFERENCE};
constexpr std::uint32_t kAllTimedateFunctions = 0x001FFFFF;
constexpr std::uint32_t kAllSystemFunctions =
    SQL_FN_SYS_USERNAME | SQL_FN_SYS_DBNAME | SQL_FN_SYS_IFNULL;
constexpr std::uint32_t kAllIntervals = 0x000001FF;

constexpr std::uint32_t kToText = SQL_CVT_CHAR | SQL_CVT_VARCHAR | SQL_CVT_LONGVARCHAR |
                                  SQL_CVT_WCHAR | SQL_CVT_WVARCHAR | SQL_CVT_WLONGVARCHAR;
constexpr std::uint32_t kToNumber = SQL_CVT_NUMERIC | SQL_CVT_DECIMAL | SQL_CVT_INTEGER |
                                    SQL_CVT_SMALLINT | SQL_CVT_TINYINT | SQL_CVT_BIGINT |
                                    SQL_CVT_FLOAT | SQL_CVT_REAL | SQL_CVT_DOUBLE;
constexpr std::uint32_t kToBinary = SQL_CVT_BINARY | SQL_CVT_VARBINARY | SQL_CVT_LONGVARBINARY;
constexpr std::uint32_t kToDatetime = SQL_CVT_DATE | SQL_CVT_TIME | SQL_CVT_TIMESTAMP;

// PostgreSQL casts where pg_cast has a row; text converts to everything through the types' input.
constexpr std::uint32_t kPgNumber = kToText | kToNumber;
constexpr std::uint32_t kPgInteger = kPgNumber | SQL_CVT_BIT;
constexpr std::uint32_t kPgText =
    kToText | kToNumber | kToBinary | kToDatetime | SQL_CVT_BIT | SQL_CVT_GUID;
constexpr std::uint32_t kPgBinary = kToText | kToBinary;
constexpr std::uint32_t kPgBit = kToText | SQL_CVT_BIT | SQL_CVT_INTEGER;
constexpr std::uint32_t kPgDate = kToText | SQL_CVT_DATE | SQL_CVT_TIMESTAMP;
constexpr std::uint32_t kPgTime = kToText | SQL_CVT_TIME;
constexpr std::uint32_t kPgTimestamp = kToText | kToDatetime;
// MySQL's CAST takes any type to any of these.
constexpr std::uint32_t kMyAny = kToText | kToNumber | kToBinary | kToDatetime | SQL_CVT_BIT;

constexpr InfoRow kRows[] = {
    Integer(SQL_CONVERT_FUNCTIONS, SQL_FN_CVT_CAST | SQL_FN_CVT_CONVERT),
    Integer(SQL_NUMERIC_FUNCTIONS, kAllNumericFunctions),
    Integer(SQL_STRING_FUNCTIONS, kPgStringFunctions, kAllStringFunctions),
    Integer(SQL_SYSTEM_FUNCTIONS, kAllSystemFunctions),
    Integer(SQL_TIMEDATE_FUNCTIONS, kAllTimedateFunctions),
    Integer(SQL_TIMEDATE_ADD_INTERVALS, kAllIntervals),
    Integer(SQL_TIMEDATE_DIFF_INTERVALS, kAllIntervals),

    Integer(SQL_CONVERT_BIGINT, kPgNumber, kMyAny),
    Integer(SQL_CONVERT_BINARY, kPgBinary, kMyAny),
    Integer(SQL_CONVERT_BIT, kPgBit, kMyAny),
    Integer(SQL_CONVERT_CHAR, kPgText, kMyAny),
    Integer(SQL_CONVERT_DATE, kPgDate, kMyAny),
    Integer(SQL_CONVERT_DECIMAL, kPgNumber, kMyAny),
    Integer(SQL_CONVERT_DOUBLE, kPgNumber, kMyAny),
    Integer(SQL_CONVERT_FLOAT, kPgNumber, kMyAny),
    Integer(SQL_CONVERT_GUID, kToText | SQL_CVT_GUID, 0),
    Integer(SQL_CONVERT_INTEGER, kPgInteger, kMyAny),
    Integer(SQL_CONVERT_INTERVAL_DAY_TIME, 0),
    Integer(SQL_CONVERT_INTERVAL_YEAR_MONTH, 0),
    Integer(SQL_CONVERT_LONGVARBINARY, kPgBinary, kMyAny),
    Integer(SQL_CONVERT_LONGVARCHAR, kPgText, kMyAny),
    Integer(SQL_CONVERT_NUMERIC, kPgNumber, kMyAny),
    Integer(SQL_CONVERT_REAL, kPgNumber, kMyAny),
    Integer(SQL_CONVERT_SMALLINT, kPgNumber, kMyAny),
    Integer(SQL_CONVERT_TIME, kPgTime, kMyAny),
    Integer(SQL_CONVERT_TIMESTAMP, kPgTimestamp, kMyAny),
    Integer(SQL_CONVERT_TINYINT, kPgNumber, kMyAny),
    Integer(SQL_CONVERT_VARBINARY, kPgBinary, kMyAny),
    Integer(SQL_CONVERT_VARCHAR, kPgText, kMyAny),
    Integer(SQL_CONVERT_WCHAR, kPgText, kMyAny),
    Integer(SQL_CONVERT_WLONGVARCHAR, kPgText, kMyAny),
    Integer(SQL_CONVERT_WVARCHAR, kPgText, kMyAny),
};

}  // namespace

std::span<const InfoRow> FunctionInfoRows() { return kRows; }

}  // namespace sluice::driver::info
