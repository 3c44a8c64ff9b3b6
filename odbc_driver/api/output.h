#pragma once

#include <string_view>

#include "odbc_driver/handles/field_value.h"
#include "odbc_driver/handles/handle.h"
#include "odbc_driver/platform/odbc.h"

// Results that leave through pointers of the application.

namespace sluice::driver::api {

enum class LengthUnit { kCharacters, kBytes };

// A string buffer of the application. `length` receives what the whole text takes, without its
// terminator, whether it fits or not. Either pointer may be null.
struct TextTarget {
  SQLPOINTER buffer;
  SQLLEN capacity;  // with the terminator, in `unit`s
  bool wide;        // UTF-16 instead of UTF-8
  LengthUnit unit;  // of capacity and length
  SQLSMALLINT* length16 = nullptr;
  SQLINTEGER* length32 = nullptr;
};

// Writes the text and its terminator; text that does not fit is cut between characters. True: it
// was cut. A null buffer only asks for the length. Throws DriverError HY090 for a negative
// capacity.
bool WriteText(std::string_view utf8, const TextTarget& target);

// The same, with the warning 01004 for text that was cut.
void WriteText(Handle& handle, std::string_view utf8, const TextTarget& target);

// A value of whatever type the attribute or field has; `target` is its buffer for text and numbers
// alike. A null buffer receives nothing.
void WriteValue(Handle& handle, const FieldValue& value, const TextTarget& target);

// *pointer = value, unless the application passed a null pointer.
template <typename Value, typename Source>
void Store(Value* pointer, Source value) {
  if (pointer != nullptr) *pointer = static_cast<Value>(value);
}

template <typename Char>
inline constexpr bool kIsWide = sizeof(Char) == sizeof(SQLWCHAR);

// A buffer whose capacity and length are in characters.
template <typename Char>
TextTarget Characters(Char* buffer, SQLLEN capacity, SQLSMALLINT* length) {
  return {buffer, capacity, kIsWide<Char>, LengthUnit::kCharacters, length, nullptr};
}

}  // namespace sluice::driver::api
