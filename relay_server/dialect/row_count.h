#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::relay::dialect {

// MySQL's ROW_COUNT() tells of the connection's last statement, which may have been another
// session's: the text with the number in its place, under the same column name. nullopt: the text
// does not call it.
std::optional<std::string> WithRowCount(std::string_view sql, std::int64_t count);

}  // namespace sluice::relay::dialect
