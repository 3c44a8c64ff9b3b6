#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "odbc_driver/platform/odbc.h"

// UUIDs: 16 octets in the order of their text on the wire, SQLGUID in the application, where the
// first three fields are integers of the host.

namespace sluice::driver::convert {

inline constexpr std::size_t kUuidOctets = 16;
inline constexpr std::size_t kUuidTextLength = 36;

SQLGUID ToGuid(const char* octets);
std::array<char, kUuidOctets> FromGuid(const SQLGUID& guid);

void AppendUuid(const char* octets, std::string& out);  // upper case, as psqlodbc writes it
// With or without hyphens and braces. nullopt: no UUID.
std::optional<std::array<char, kUuidOctets>> ParseUuid(std::string_view text);

}  // namespace sluice::driver::convert
