#pragma once

#include <cstddef>
#include <cstdint>

#include "proto/values/column_batch.h"

// Decoders from PostgreSQL's two result formats to the contract's values. One is chosen per column
// when a result begins; it then appends cell after cell without looking at the type again.
// The binary forms are those of the server's typsend functions (src/backend/utils/adt).

namespace sluice::relay::backend::postgres {

// Appends one value that is not NULL. `data` has `length` octets and a terminating NUL behind them.
// Throws BackendError (08P01) for octets that the type cannot have.
using Decoder = void (*)(const char* data, std::size_t length, values::ColumnBuilder& column);

// Binary format: integers and floats in network byte order.
void DecodeBinaryBool(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeBinaryInt16(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeBinaryInt32(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeBinaryInt64(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeBinaryOid(const char* data, std::size_t length, values::ColumnBuilder& column);
// Days, or microseconds, since 2000-01-01.
void DecodeBinaryDate(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeBinaryTimestamp(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeBinaryInterval(const char* data, std::size_t length, values::ColumnBuilder& column);
// Digits in base 10,000 to exact decimal text.
void DecodeBinaryNumeric(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeBinaryUuid(const char* data, std::size_t length, values::ColumnBuilder& column);
// One octet of "char", as charout writes it: 0 is the empty string, beyond ASCII it is "\\ooo".
void DecodeBinaryChar(const char* data, std::size_t length, values::ColumnBuilder& column);
// JSON text behind an octet with the format's version.
void DecodeBinaryJsonb(const char* data, std::size_t length, values::ColumnBuilder& column);

// Text format, as DateStyle ISO, IntervalStyle postgres and bytea_output hex write it.
void DecodeTextBool(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeTextInt16(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeTextInt32(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeTextInt64(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeTextFloat(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeTextDouble(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeTextDate(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeTextTime(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeTextTimestamp(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeTextInterval(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeTextUuid(const char* data, std::size_t length, values::ColumnBuilder& column);
void DecodeTextBytea(const char* data, std::size_t length, values::ColumnBuilder& column);

// Money as lc_monetary of the server writes it, which may be anything around the digits: the last
// `fraction_digits` of them stand behind the point.
Decoder MoneyDecoder(int fraction_digits);

// The octets as they are: text types in both formats, bytea in binary, numeric in text.
void DecodeVerbatim(const char* data, std::size_t length, values::ColumnBuilder& column);

}  // namespace sluice::relay::backend::postgres
