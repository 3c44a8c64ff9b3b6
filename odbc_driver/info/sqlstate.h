#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

// SQLSTATEs that the driver itself raises (ODBC reference, appendix A). A state that the server
// reports passes through as it is.

namespace sluice::driver {

// The constant carries code and meaning; `odbc2` is what an application that declared ODBC 2 gets.
struct SqlState {
  std::string_view code;
  std::string_view meaning;  // the message when the caller has nothing better to say
  std::string_view odbc2 = code;
};

inline constexpr SqlState k01000GeneralWarning{"01000", "General warning"};
inline constexpr SqlState k01001CursorConflict{"01001", "Cursor operation conflict"};
inline constexpr SqlState k01004DataTruncated{"01004", "String data, right truncated"};
inline constexpr SqlState k01S00InvalidConnectionStringAttribute{
    "01S00", "Invalid connection string attribute"};
inline constexpr SqlState k01S02OptionValueChanged{"01S02", "Option value changed"};
inline constexpr SqlState k01S06FetchBeforeStart{
    "01S06", "The rowset asked for began before the result; this is the first one"};
inline constexpr SqlState k01S07FractionalTruncation{"01S07", "Fractional truncation", "01004"};
inline constexpr SqlState k07002CountFieldIncorrect{
    "07002", "Fewer parameters are bound than the statement has markers", "07001"};
inline constexpr SqlState k07005NotACursorSpecification{
    "07005", "The prepared statement returns no result set", "24000"};
inline constexpr SqlState k07006RestrictedDataType{
    "07006", "The value cannot be converted to the C data type that was asked for"};
inline constexpr SqlState k07009InvalidDescriptorIndex{"07009", "Invalid descriptor index",
                                                       "S1002"};
inline constexpr SqlState k07S01InvalidUseOfDefault{
    "07S01",
    "SQL_DEFAULT_PARAM: the databases' procedures do not tell which parameter has a default",
    "S1000"};
inline constexpr SqlState k08001UnableToConnect{"08001", "Unable to connect"};
inline constexpr SqlState k08002ConnectionInUse{"08002", "The connection is already open"};
inline constexpr SqlState k08003NotConnected{"08003", "The connection is not open"};
inline constexpr SqlState k08S01LinkFailure{"08S01", "The link to the relay failed"};
inline constexpr SqlState k21S01InsertColumnMismatch{"21S01", "Insert value list does not match"};
inline constexpr SqlState k21S02NoColumnToChange{
    "21S02", "No bound column can be changed: all are read-only or ignored"};
inline constexpr SqlState k22001StringRightTruncated{"22001", "String data, right truncated"};
inline constexpr SqlState k22002IndicatorRequired{
    "22002", "The value is NULL and no indicator variable is bound"};
inline constexpr SqlState k22003OutOfRange{"22003", "Numeric value out of range"};
inline constexpr SqlState k22007InvalidDatetime{"22007", "Invalid datetime format", "22008"};
inline constexpr SqlState k22008DatetimeOverflow{"22008", "Datetime field overflow"};
inline constexpr SqlState k22015IntervalOverflow{"22015", "Interval field overflow"};
inline constexpr SqlState k22018InvalidCharacterValue{
    "22018", "Invalid character value for cast specification", "22005"};
inline constexpr SqlState k22021CharacterNotInRepertoire{
    "22021", "Character not in repertoire: the text is not in UTF-8"};
inline constexpr SqlState k24000InvalidCursorState{"24000", "Invalid cursor state"};
inline constexpr SqlState k25000InvalidTransactionState{"25000", "Invalid transaction state"};
inline constexpr SqlState k25S01StateUnknown{"25S01", "Transaction state unknown", "S1000"};
inline constexpr SqlState k28000InvalidAuthorization{"28000", "Invalid authorization"};
inline constexpr SqlState k34000InvalidCursorName{"34000", "Invalid cursor name"};
inline constexpr SqlState k3C000DuplicateCursorName{"3C000", "Duplicate cursor name"};
inline constexpr SqlState k42000SyntaxError{"42000", "Syntax error or access violation"};
inline constexpr SqlState kHY000GeneralError{"HY000", "General error", "S1000"};
inline constexpr SqlState kHY001MemoryAllocation{"HY001", "Memory allocation error", "S1001"};
inline constexpr SqlState kHY003InvalidCType{"HY003", "Invalid application buffer type", "S1003"};
inline constexpr SqlState kHY004InvalidSqlType{"HY004", "Invalid SQL data type", "S1004"};
inline constexpr SqlState kHY007StatementNotPrepared{
    "HY007", "Associated statement is not prepared", "S1010"};
inline constexpr SqlState kHY008OperationCanceled{"HY008", "Operation canceled", "S1008"};
inline constexpr SqlState kHY009NullPointer{"HY009", "Invalid use of null pointer", "S1009"};
inline constexpr SqlState kHY010SequenceError{"HY010", "Function sequence error", "S1010"};
inline constexpr SqlState kHY011AttributeCannotBeSet{"HY011", "Attribute cannot be set now",
                                                     "S1011"};
inline constexpr SqlState kHY012InvalidTransactionOperation{
    "HY012", "Invalid transaction operation code", "S1012"};
inline constexpr SqlState kHY013MemoryManagement{"HY013", "Memory management error", "S1000"};
inline constexpr SqlState kHY015NoCursorName{"HY015", "No cursor name available", "S1015"};
inline constexpr SqlState kHY016CannotModifyIrd{
    "HY016", "Cannot modify an implementation row descriptor", "S1000"};
inline constexpr SqlState kHY017ImplicitDescriptor{
    "HY017", "Invalid use of an automatically allocated descriptor handle", "S1000"};
inline constexpr SqlState kHY019NonCharacterInPieces{
    "HY019", "Data that is neither character nor binary was sent in pieces", "22003"};
inline constexpr SqlState kHY020ConcatenateNull{"HY020", "Attempt to concatenate a null value",
                                                "S1090"};
inline constexpr SqlState kHY021InconsistentDescriptor{
    "HY021", "Inconsistent descriptor information", "S1000"};
inline constexpr SqlState kHY024InvalidAttributeValue{"HY024", "Invalid attribute value", "S1009"};
inline constexpr SqlState kHY090InvalidLength{"HY090", "Invalid string or buffer length", "S1090"};
inline constexpr SqlState kHY091InvalidDescriptorField{
    "HY091", "Invalid descriptor field identifier", "S1091"};
inline constexpr SqlState kHY092InvalidOption{"HY092", "Invalid attribute/option identifier",
                                              "S1092"};
inline constexpr SqlState kHY095FunctionTypeOutOfRange{"HY095", "Function type out of range",
                                                       "S1095"};
inline constexpr SqlState kHY096InvalidInfoType{"HY096", "Information type out of range", "S1096"};
inline constexpr SqlState kHY097ColumnTypeOutOfRange{"HY097", "Column type out of range", "S1097"};
inline constexpr SqlState kHY098ScopeOutOfRange{"HY098", "Scope type out of range", "S1098"};
inline constexpr SqlState kHY099NullableOutOfRange{"HY099", "Nullable type out of range", "S1099"};
inline constexpr SqlState kHY100UniquenessOutOfRange{"HY100", "Uniqueness option type out of range",
                                                     "S1100"};
inline constexpr SqlState kHY101AccuracyOutOfRange{"HY101", "Accuracy option type out of range",
                                                   "S1101"};
inline constexpr SqlState kHY103InvalidRetrievalCode{"HY103", "Invalid retrieval code", "S1103"};
inline constexpr SqlState kHY104InvalidPrecision{"HY104", "Invalid precision or scale value",
                                                 "S1104"};
inline constexpr SqlState kHY105InvalidParameterType{"HY105", "Invalid parameter type", "S1105"};
inline constexpr SqlState kHY106FetchTypeOutOfRange{"HY106", "Fetch type out of range", "S1106"};
inline constexpr SqlState kHY107RowValueOutOfRange{"HY107", "Row value out of range", "S1107"};
inline constexpr SqlState kHY109InvalidCursorPosition{"HY109", "Invalid cursor position", "S1109"};
inline constexpr SqlState kHY110InvalidDriverCompletion{"HY110", "Invalid driver completion",
                                                        "S1110"};
inline constexpr SqlState kHY111InvalidBookmarkValue{"HY111", "Invalid bookmark value", "S1111"};
inline constexpr SqlState kHY115NotOfEnvironment{
    "HY115", "A connection of the environment has asynchronous functions enabled", "S1000"};
inline constexpr SqlState kHYC00NotImplemented{"HYC00", "Optional feature not implemented",
                                               "S1C00"};
inline constexpr SqlState kHYT00TimeoutExpired{"HYT00", "Timeout expired", "S1T00"};
inline constexpr SqlState kHYT01ConnectionTimeout{"HYT01", "Connection timeout expired", "S1T00"};
inline constexpr SqlState kIM001FunctionNotSupported{"IM001",
                                                     "Driver does not support this function"};
inline constexpr SqlState kIM002DataSourceNotFound{"IM002", "Data source name not found"};

// Whether a failure with this state ends the whole call, where others end a part of it: a row of an
// array, an attempt that has an alternative.
constexpr bool EndsCall(std::string_view state) {
  return state == kHY008OperationCanceled.code || state == kHYT00TimeoutExpired.code ||
         state == kHYT01ConnectionTimeout.code || state == k08S01LinkFailure.code;
}

// What an application of ODBC 2 gets for a state that the server or the relay has reported (ODBC
// reference, appendix A, "SQLSTATE Mappings").
std::string ToOdbc2State(std::string_view state);

// A call cannot be done. Caught by the guard around every exported function, which makes a
// diagnostic record of it and returns SQL_ERROR.
class DriverError : public std::runtime_error {
 public:
  explicit DriverError(const SqlState& state)
      : std::runtime_error(std::string(state.meaning)), state_(state) {}
  DriverError(const SqlState& state, const std::string& message)
      : std::runtime_error(message), state_(state) {}
  const SqlState& state() const { return state_; }

 private:
  SqlState state_;
};

}  // namespace sluice::driver
