#pragma once

#include <cstddef>
#include <cstdint>

#include "sluice/v1/values.pb.h"

// The type table of the contract: how wide the values of each ValueType are.

namespace sluice::values {

using v1::ValueType;

// Bytes of one value, or 0 when the type's values vary in width.
constexpr std::size_t FixedWidth(ValueType type) {
  switch (type) {
    case v1::VALUE_TYPE_BOOL:
      return 1;
    case v1::VALUE_TYPE_INT16:
      return 2;
    case v1::VALUE_TYPE_INT32:
    case v1::VALUE_TYPE_FLOAT32:
    case v1::VALUE_TYPE_DATE:
      return 4;
    case v1::VALUE_TYPE_INT64:
    case v1::VALUE_TYPE_UINT64:
    case v1::VALUE_TYPE_FLOAT64:
    case v1::VALUE_TYPE_TIME:
    case v1::VALUE_TYPE_TIMESTAMP:
      return 8;
    case v1::VALUE_TYPE_UUID:
    case v1::VALUE_TYPE_INTERVAL:
      return 16;
    default:
      return 0;
  }
}

// Whether a number that arrived from the peer names a type of this version.
constexpr bool IsKnown(ValueType type) {
  return type >= v1::VALUE_TYPE_BOOL && type <= v1::VALUE_TYPE_BYTES;
}

}  // namespace sluice::values
