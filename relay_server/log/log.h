#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

// Structured log lines on stderr, one per event:
//   2026-01-31T12:00:00.123Z INFO session_opened session=7 user=alice pool=sales
//   peer=127.0.0.1:5000
// Values that are not plain words are quoted, with control characters escaped: a client cannot
// forge a line. Never log passwords, SQL parameter values or rows. Thread-safe: a line is one
// write.

namespace sluice::relay::log {

enum class Level { kDebug, kInfo, kWarning, kError };

using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

struct Field {
  std::string_view key;
  Value value;
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  template <typename T>
  requires std::is_integral_v<T> Field(std::string_view k, T v) : key(k) {
    if constexpr (std::is_signed_v<T>) {
      value = static_cast<std::int64_t>(v);
    } else {
      value = static_cast<std::uint64_t>(v);
    }
  }
};

void SetLevel(Level level);  // kInfo at the start
bool IsEnabled(Level level);

// Never throws, not even for want of memory: what runs when something has failed logs it.
void Write(Level level, std::string_view event, std::initializer_list<Field> fields) noexcept;

inline void Debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  if (IsEnabled(Level::kDebug)) Write(Level::kDebug, event, fields);
}
inline void Info(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kInfo, event, fields);
}
inline void Warning(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kWarning, event, fields);
}
inline void Error(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kError, event, fields);
}

// The line without its time, for tests.
std::string Format(Level level, std::string_view event, std::initializer_list<Field> fields);

}  // namespace sluice::relay::log
