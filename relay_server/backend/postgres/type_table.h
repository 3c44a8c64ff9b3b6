#pragma once

#include <cstdint>
#include <string>

#include "relay_server/backend/postgres/decode.h"
#include "sluice/v1/values.pb.h"

// What the relay knows about PostgreSQL's types: one row per type.

namespace sluice::relay::backend::postgres {

// libpq's Oid, without its header.
using Oid = unsigned int;

// Object identifiers of built-in types; src/include/catalog/pg_type.dat fixes them for ever.
enum TypeOid : Oid {
  kBool = 16,
  kBytea = 17,
  kChar = 18,  // "char", one octet
  kName = 19,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kOid = 26,
  kXid = 28,
  kJson = 114,
  kXml = 142,
  kCidr = 650,
  kFloat4 = 700,
  kFloat8 = 701,
  kUnknown = 705,
  kMoney = 790,
  kMacaddr = 829,
  kInet = 869,
  kBpchar = 1042,
  kVarchar = 1043,
  kDate = 1082,
  kTime = 1083,
  kTimestamp = 1114,
  kTimestamptz = 1184,
  kInterval = 1186,
  kTimetz = 1266,
  kBit = 1560,
  kVarbit = 1562,
  kNumeric = 1700,
  kUuid = 2950,
  kJsonb = 3802,
};

// ODBC column size and decimal digits.
struct TypeSize {
  std::uint64_t size = 0;
  int scale = 0;
};

struct TypeInfo {
  Oid oid;
  const char* name;
  v1::ValueType value_type;
  v1::SqlType sql_type;
  Decoder binary;  // null: the type is read in text format only
  Decoder text;
  TypeSize size;                                 // without a type modifier
  TypeSize (*modified)(int modifier) = nullptr;  // size by type modifier, where the type takes one
  bool is_unsigned = false;
  bool is_case_sensitive = false;
};

bool IsKnownType(Oid oid);
// The row of the type, or that of types that are not known: text.
const TypeInfo& TypeInfoOf(Oid oid);

// Fills value type, SQL type, type name, size and scale. `modifier` is PQfmod's, -1: none.
void DescribeType(Oid oid, int modifier, v1::Column& column);
void DescribeType(Oid oid, v1::Parameter& parameter);

}  // namespace sluice::relay::backend::postgres
