#include <map>
#include <set>

#include "odbc_driver/convert/datetime.h"
#include "tests/unit/convert/conversion_case.h"

// Every pair of a value type and a C type (ODBC reference, appendix D, "Converting Data from SQL to
// C Data Types"): what a plain value becomes, or that there is no such conversion. Boundary values
// are in the tests of each family.

namespace sluice::driver::convert {
namespace {

const std::vector<SQLSMALLINT> kCTypeCodes = {
    SQL_C_CHAR,
    SQL_C_WCHAR,
    SQL_C_BINARY,
    SQL_C_BIT,
    SQL_C_TINYINT,
    SQL_C_STINYINT,
    SQL_C_UTINYINT,
    SQL_C_SHORT,
    SQL_C_SSHORT,
    SQL_C_USHORT,
    SQL_C_LONG,
    SQL_C_SLONG,
    SQL_C_ULONG,
    SQL_C_SBIGINT,
    SQL_C_UBIGINT,
    SQL_C_FLOAT,
    SQL_C_DOUBLE,
    SQL_C_NUMERIC,
    SQL_C_GUID,
    SQL_C_DATE,
    SQL_C_TYPE_DATE,
    SQL_C_TIME,
    SQL_C_TYPE_TIME,
    SQL_C_TIMESTAMP,
    SQL_C_TYPE_TIMESTAMP,
    SQL_C_INTERVAL_YEAR,
    SQL_C_INTERVAL_MONTH,
    SQL_C_INTERVAL_YEAR_TO_MONTH,
    SQL_C_INTERVAL_DAY,
    SQL_C_INTERVAL_HOUR,
    SQL_C_INTERVAL_MINUTE,
    SQL_C_INTERVAL_SECOND,
    SQL_C_INTERVAL_DAY_TO_HOUR,
    SQL_C_INTERVAL_DAY_TO_MINUTE,
    SQL_C_INTERVAL_DAY_TO_SECOND,
    SQL_C_INTERVAL_HOUR_TO_MINUTE,
    SQL_C_INTERVAL_HOUR_TO_SECOND,
    SQL_C_INTERVAL_MINUTE_TO_SECOND,
};

// What one value becomes as each C type that it can be converted to: the octets of the cell, or the
// SQLSTATE of a conversion that exists but not for this value.
struct Outcome {
  std::string cell;
  std::string state = {};
};
using Outcomes = std::map<SQLSMALLINT, Outcome>;

// The ODBC 2 names of a C type have the outcome of the type.
void Put(Outcomes& outcomes, const std::vector<SQLSMALLINT>& c_types, const Outcome& outcome) {
  for (const SQLSMALLINT c_type : c_types) outcomes[c_type] = outcome;
}

Outcomes AsText(const std::string& text) {
  return {{SQL_C_CHAR, {text}}, {SQL_C_WCHAR, {Wide(std::u16string(text.begin(), text.end()))}}};
}

std::string NumericStruct(std::uint8_t number) {
  SQL_NUMERIC_STRUCT numeric{};
  numeric.precision = 38;
  numeric.sign = 1;
  numeric.val[0] = number;
  return Raw(numeric);
}

Outcomes AsExactNumber(std::int8_t number, const std::string& state = {}) {
  Outcomes out;
  Put(out, {SQL_C_TINYINT, SQL_C_STINYINT}, {Raw(number), state});
  Put(out, {SQL_C_UTINYINT}, {Raw(static_cast<std::uint8_t>(number)), state});
  Put(out, {SQL_C_SHORT, SQL_C_SSHORT}, {Raw(std::int16_t{number}), state});
  Put(out, {SQL_C_USHORT}, {Raw(static_cast<std::uint16_t>(number)), state});
  Put(out, {SQL_C_LONG, SQL_C_SLONG}, {Raw(std::int32_t{number}), state});
  Put(out, {SQL_C_ULONG}, {Raw(static_cast<std::uint32_t>(number)), state});
  Put(out, {SQL_C_SBIGINT}, {Raw(std::int64_t{number}), state});
  Put(out, {SQL_C_UBIGINT}, {Raw(static_cast<std::uint64_t>(number)), state});
  Put(out, {SQL_C_NUMERIC}, {NumericStruct(static_cast<std::uint8_t>(number)), state});
  return out;
}

Outcomes AsNumber(std::int8_t number, const std::string& state = {}) {
  Outcomes out = AsExactNumber(number, state);
  Put(out, {SQL_C_FLOAT}, {Raw(static_cast<float>(number)), state});
  Put(out, {SQL_C_DOUBLE}, {Raw(static_cast<double>(number)), state});
  return out;
}

Outcomes AsBit(bool bit) { return {{SQL_C_BIT, {std::string(1, bit ? '\1' : '\0')}}}; }

std::string IntervalStruct(SQLINTERVAL kind, const SQL_DAY_SECOND_STRUCT& fields) {
  SQL_INTERVAL_STRUCT interval;
  std::memset(&interval, 0, sizeof interval);
  interval.interval_type = kind;
  interval.intval.day_second = fields;
  return Raw(interval);
}
std::string YearMonthStruct(SQLINTERVAL kind, SQLUINTEGER year, SQLUINTEGER month) {
  SQL_INTERVAL_STRUCT interval;
  std::memset(&interval, 0, sizeof interval);
  interval.interval_type = kind;
  interval.intval.year_month = {year, month};
  return Raw(interval);
}

// A number is that many of the units of a single field.
Outcomes AsSingleField(SQLUINTEGER n) {
  Outcomes out = {
      {SQL_C_INTERVAL_YEAR, {YearMonthStruct(SQL_IS_YEAR, n, 0)}},
      {SQL_C_INTERVAL_MONTH, {YearMonthStruct(SQL_IS_MONTH, 0, n)}},
      {SQL_C_INTERVAL_DAY, {IntervalStruct(SQL_IS_DAY, {n, 0, 0, 0, 0})}},
      {SQL_C_INTERVAL_HOUR, {IntervalStruct(SQL_IS_HOUR, {0, n, 0, 0, 0})}},
      {SQL_C_INTERVAL_MINUTE, {IntervalStruct(SQL_IS_MINUTE, {0, 0, n, 0, 0})}},
      {SQL_C_INTERVAL_SECOND, {IntervalStruct(SQL_IS_SECOND, {0, 0, 0, n, 0})}},
  };
  Put(out,
      {SQL_C_INTERVAL_YEAR_TO_MONTH, SQL_C_INTERVAL_DAY_TO_HOUR, SQL_C_INTERVAL_DAY_TO_MINUTE,
       SQL_C_INTERVAL_DAY_TO_SECOND, SQL_C_INTERVAL_HOUR_TO_MINUTE, SQL_C_INTERVAL_HOUR_TO_SECOND,
       SQL_C_INTERVAL_MINUTE_TO_SECOND},
      {"", "22015"});
  return out;
}

// Three days.
Outcomes AsDays() {
  return {
      {SQL_C_INTERVAL_DAY, {IntervalStruct(SQL_IS_DAY, {3, 0, 0, 0, 0})}},
      {SQL_C_INTERVAL_HOUR, {IntervalStruct(SQL_IS_HOUR, {0, 72, 0, 0, 0})}},
      {SQL_C_INTERVAL_MINUTE, {IntervalStruct(SQL_IS_MINUTE, {0, 0, 4320, 0, 0})}},
      {SQL_C_INTERVAL_SECOND, {IntervalStruct(SQL_IS_SECOND, {0, 0, 0, 259200, 0})}},
      {SQL_C_INTERVAL_DAY_TO_HOUR, {IntervalStruct(SQL_IS_DAY_TO_HOUR, {3, 0, 0, 0, 0})}},
      {SQL_C_INTERVAL_DAY_TO_MINUTE, {IntervalStruct(SQL_IS_DAY_TO_MINUTE, {3, 0, 0, 0, 0})}},
      {SQL_C_INTERVAL_DAY_TO_SECOND, {IntervalStruct(SQL_IS_DAY_TO_SECOND, {3, 0, 0, 0, 0})}},
      {SQL_C_INTERVAL_HOUR_TO_MINUTE, {IntervalStruct(SQL_IS_HOUR_TO_MINUTE, {0, 72, 0, 0, 0})}},
      {SQL_C_INTERVAL_HOUR_TO_SECOND, {IntervalStruct(SQL_IS_HOUR_TO_SECOND, {0, 72, 0, 0, 0})}},
      {SQL_C_INTERVAL_MINUTE_TO_SECOND,
       {IntervalStruct(SQL_IS_MINUTE_TO_SECOND, {0, 0, 4320, 0, 0})}},
      {SQL_C_INTERVAL_YEAR, {YearMonthStruct(SQL_IS_YEAR, 0, 0), "01S07"}},
      {SQL_C_INTERVAL_MONTH, {YearMonthStruct(SQL_IS_MONTH, 0, 0), "01S07"}},
      {SQL_C_INTERVAL_YEAR_TO_MONTH, {YearMonthStruct(SQL_IS_YEAR_TO_MONTH, 0, 0), "01S07"}},
  };
}

// One hour, two minutes and three seconds, of a TIME.
Outcomes AsClockInterval() {
  return {
      {SQL_C_INTERVAL_DAY, {IntervalStruct(SQL_IS_DAY, {0, 0, 0, 0, 0}), "01S07"}},
      {SQL_C_INTERVAL_HOUR, {IntervalStruct(SQL_IS_HOUR, {0, 1, 0, 0, 0}), "01S07"}},
      {SQL_C_INTERVAL_MINUTE, {IntervalStruct(SQL_IS_MINUTE, {0, 0, 62, 0, 0}), "01S07"}},
      {SQL_C_INTERVAL_SECOND, {IntervalStruct(SQL_IS_SECOND, {0, 0, 0, 3723, 0})}},
      {SQL_C_INTERVAL_DAY_TO_HOUR, {IntervalStruct(SQL_IS_DAY_TO_HOUR, {0, 1, 0, 0, 0}), "01S07"}},
      {SQL_C_INTERVAL_DAY_TO_MINUTE,
       {IntervalStruct(SQL_IS_DAY_TO_MINUTE, {0, 1, 2, 0, 0}), "01S07"}},
      {SQL_C_INTERVAL_DAY_TO_SECOND, {IntervalStruct(SQL_IS_DAY_TO_SECOND, {0, 1, 2, 3, 0})}},
      {SQL_C_INTERVAL_HOUR_TO_MINUTE,
       {IntervalStruct(SQL_IS_HOUR_TO_MINUTE, {0, 1, 2, 0, 0}), "01S07"}},
      {SQL_C_INTERVAL_HOUR_TO_SECOND, {IntervalStruct(SQL_IS_HOUR_TO_SECOND, {0, 1, 2, 3, 0})}},
      {SQL_C_INTERVAL_MINUTE_TO_SECOND,
       {IntervalStruct(SQL_IS_MINUTE_TO_SECOND, {0, 0, 62, 3, 0})}},
  };
}

Outcomes AsOctets(const std::string& octets) { return {{SQL_C_BINARY, {octets}}}; }

Outcomes AsDate(const Outcome& outcome) {
  return {{SQL_C_DATE, outcome}, {SQL_C_TYPE_DATE, outcome}};
}
Outcomes AsTime(const Outcome& outcome) {
  return {{SQL_C_TIME, outcome}, {SQL_C_TYPE_TIME, outcome}};
}
Outcomes AsTimestamp(const Outcome& outcome) {
  return {{SQL_C_TIMESTAMP, outcome}, {SQL_C_TYPE_TIMESTAMP, outcome}};
}

Outcomes operator+(Outcomes left, Outcomes right) {
  left.merge(right);
  return left;
}

// A conversion of text that exists, for text that has no such form.
Outcomes NotNumbers() {
  Outcomes out = AsNumber(0, "22018");
  out[SQL_C_BIT] = {"", "22018"};
  return out;
}
Outcomes NotIntervals() {
  Outcomes out;
  for (const auto& [c_type, outcome] : AsDays()) out[c_type] = {"", "22018"};
  return out;
}
Outcomes NotDatetimes() {
  const Outcome bad{"", "22018"};
  return AsDate(bad) + AsTime(bad) + AsTimestamp(bad);
}
Outcomes NotAGuid() { return {{SQL_C_GUID, {"", "22018"}}}; }

struct Row {
  const char* name;
  Value value;
  Outcomes outcomes;
};

const std::string kUuidOctets("\x12\x34\x56\x78\x9a\xbc\xde\xf0\x01\x23\x45\x67\x89\xab\xcd\xef",
                              16);
const SQLGUID kGuid{0x12345678, 0x9abc, 0xdef0, {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}};
constexpr char kUuidText[] = "12345678-9ABC-DEF0-0123-456789ABCDEF";

SQL_TIMESTAMP_STRUCT At(const values::Date& date, SQLUSMALLINT hour, SQLUSMALLINT minute,
                        SQLUSMALLINT second) {
  return {static_cast<SQLSMALLINT>(date.year),
          static_cast<SQLUSMALLINT>(date.month),
          static_cast<SQLUSMALLINT>(date.day),
          hour,
          minute,
          second,
          0};
}
std::string DateOf(SQLSMALLINT year, SQLUSMALLINT month, SQLUSMALLINT day) {
  return Raw(SQL_DATE_STRUCT{year, month, day});
}
std::string TimeOf(SQLUSMALLINT hour, SQLUSMALLINT minute, SQLUSMALLINT second) {
  return Raw(SQL_TIME_STRUCT{hour, minute, second});
}

constexpr values::Date kDay{2024, 2, 29};

Row IntegerRow(const char* name, const Value& value, const std::string& octets) {
  return {name, value,
          AsText("1") + AsNumber(1) + AsBit(true) + AsOctets(octets) + AsSingleField(1)};
}

std::vector<Row> NumberRows() {
  return {
      {"bool", Bool(true), AsText("1") + AsNumber(1) + AsBit(true) + AsOctets("\1")},
      IntegerRow("int16", Int16(1), Raw(std::int16_t{1})),
      IntegerRow("int32", Int32(1), Raw(std::int32_t{1})),
      IntegerRow("int64", Int64(1), Raw(std::int64_t{1})),
      IntegerRow("uint64", UInt64(1), Raw(std::uint64_t{1})),
      IntegerRow("decimal", Decimal("1"), "1"),
      // Intervals are made from exact numbers only.
      {"float32", Float32(1), AsText("1") + AsNumber(1) + AsBit(true) + AsOctets(Raw(1.0F))},
      {"float64", Float64(1), AsText("1") + AsNumber(1) + AsBit(true) + AsOctets(Raw(1.0))},
  };
}

std::vector<Row> DatetimeRows() {
  const std::string noon = Raw(At(kDay, 12, 0, 0));
  return {
      {"date", DateValue(2024, 2, 29),
       AsText("2024-02-29") + AsOctets(DateOf(2024, 2, 29)) + AsDate({DateOf(2024, 2, 29)}) +
           AsTimestamp({Raw(At(kDay, 0, 0, 0))})},
      {"time", TimeValue(Clock(1, 2, 3)),
       AsText("01:02:03") + AsOctets(TimeOf(1, 2, 3)) + AsTime({TimeOf(1, 2, 3)}) +
           AsTimestamp({Raw(At(Today(), 1, 2, 3))}) + AsClockInterval()},
      {"timestamp", TimestampValue(kDay, Clock(12, 0, 0)),
       AsText("2024-02-29 12:00:00") + AsOctets(noon) + AsDate({DateOf(2024, 2, 29), "01S07"}) +
           AsTime({TimeOf(12, 0, 0)}) + AsTimestamp({noon})},
      // Described as text: what is no amount of time is bad text.
      {"interval", IntervalValue(0, 3, 0),
       AsText("3 days") + AsOctets("3 days") + AsExactNumber(3) + AsTime({"", "22018"}) + AsDays()},
  };
}

std::vector<Row> OtherRows() {
  return {
      {"uuid", Uuid(kUuidOctets),
       AsText(kUuidText) + AsOctets(Raw(kGuid)) + Outcomes{{SQL_C_GUID, {Raw(kGuid)}}}},
      {"bytes", Bytes("\x12\xab"), AsText("12AB") + AsOctets("\x12\xab")},
      {"text of a number", Text(" 1 "),
       AsText(" 1 ") + AsOctets(" 1 ") + AsNumber(1) + AsBit(true) + NotAGuid() + NotDatetimes() +
           NotIntervals()},
      {"text of a date", Text("2024-02-29"),
       AsText("2024-02-29") + AsOctets("2024-02-29") + NotNumbers() + NotAGuid() +
           AsDate({DateOf(2024, 2, 29)}) + AsTime({TimeOf(0, 0, 0)}) +
           AsTimestamp({Raw(At(kDay, 0, 0, 0))}) + NotIntervals()},
      {"text of an interval", Text("3 days"),
       AsText("3 days") + AsOctets("3 days") + NotNumbers() + NotAGuid() + NotDatetimes() +
           AsDays()},
      {"text of a uuid", Text(kUuidText),
       AsText(kUuidText) + AsOctets(kUuidText) + NotNumbers() +
           Outcomes{{SQL_C_GUID, {Raw(kGuid)}}} + NotDatetimes() + NotIntervals()},
      {"text", Text("soon"),
       AsText("soon") + AsOctets("soon") + NotNumbers() + NotAGuid() + NotDatetimes() +
           NotIntervals()},
  };
}

std::vector<Row> Matrix() {
  std::vector<Row> rows = NumberRows();
  for (auto&& more : {DatetimeRows(), OtherRows()}) {
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

class Pairs {
 public:
  template <typename Check>
  static void ForEach(Check&& check) {
    for (const Row& row : Matrix()) {
      for (const SQLSMALLINT c_type : kCTypeCodes) {
        SCOPED_TRACE(testing::Message() << row.name << " to C type " << c_type);
        const auto outcome = row.outcomes.find(c_type);
        check(row, c_type, outcome == row.outcomes.end() ? nullptr : &outcome->second);
      }
    }
  }
};

TEST(ConversionMatrix, HasEveryValueTypeAndEveryCType) {
  std::set<values::ValueType> types;
  for (const Row& row : Matrix()) types.insert(row.value.type);
  EXPECT_EQ(types.size(), static_cast<std::size_t>(v1::VALUE_TYPE_BYTES));
  std::set<SQLSMALLINT> codes(kCTypeCodes.begin(), kCTypeCodes.end());
  for (int code = -32768; code <= 32767; ++code) {
    const auto c_type = static_cast<SQLSMALLINT>(code);
    EXPECT_EQ(FindCType(c_type) != nullptr, codes.contains(c_type)) << "C type " << code;
  }
}

TEST(ConversionMatrix, EveryPairDeliversItsValueOrHasNoConversion) {
  Pairs::ForEach([](const Row& row, SQLSMALLINT c_type, const Outcome* outcome) {
    if (outcome == nullptr) {
      SourceColumn source;
      source.value_type = row.value.type;
      EXPECT_EQ(FindConverter(source, c_type), nullptr) << "is 07006 in the reference";
      return;
    }
    const ConversionCase test{row.value, c_type, outcome->cell, outcome->state};
    CheckConversion(test, Layout::kColumnWise);
    CheckConversion(test, Layout::kRowWise);
  });
}

TEST(ConversionMatrix, EveryPairNeedsAnIndicatorForNull) {
  Pairs::ForEach([](const Row& row, SQLSMALLINT c_type, const Outcome* outcome) {
    if (outcome == nullptr) return;
    TestColumn column(row.value.type);
    column.Null();
    Binding binding(c_type, 64, 1);
    binding.target().indicator = nullptr;
    EXPECT_EQ(StateAt(ConvertAll(column, binding), 0), "22002");
    EXPECT_TRUE(binding.Untouched(0));
  });
}

// SQLBindCol and SQLGetData allow a null pointer for the length.
TEST(ConversionMatrix, NoPairNeedsAnIndicatorForAValue) {
  Pairs::ForEach([](const Row& row, SQLSMALLINT c_type, const Outcome* outcome) {
    if (outcome == nullptr || !(outcome->state.empty() || outcome->state.starts_with("01"))) return;
    TestColumn column(row.value.type);
    row.value.append(column);
    Binding binding(c_type, 96, 1);
    binding.target().indicator = nullptr;
    binding.target().octet_length = nullptr;
    EXPECT_EQ(StateAt(ConvertAll(column, binding), 0), outcome->state);
    EXPECT_EQ(binding.Cell(0).substr(0, outcome->cell.size()), outcome->cell);
  });
}

}  // namespace
}  // namespace sluice::driver::convert
