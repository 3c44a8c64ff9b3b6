#include "relay_server/log/log.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>

namespace sluice::relay::log {
namespace {

std::atomic<Level> current_level{Level::kInfo};

constexpr std::array<std::string_view, 4> kLevelNames{"DEBUG", "INFO", "WARNING", "ERROR"};

bool IsPlainWord(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u <= ' ' || u == 0x7f || c == '"' || c == '=' || c == '\\') return false;
  }
  return true;
}

void AppendQuoted(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (u < ' ' || u == 0x7f) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\x%02x", static_cast<unsigned>(u));
      out += escape.data();
    } else {
      out += c;
    }
  }
  out += '"';
}

// Clients choose some of the texts: none may fill the log.
constexpr std::size_t kLongestText = 2000;

void AppendText(std::string_view text, std::string& out) {
  const std::string_view shown = text.substr(0, kLongestText);
  IsPlainWord(shown) ? void(out += shown) : AppendQuoted(shown, out);
  if (shown.size() < text.size()) out += "...";
}

void AppendValue(const Value& value, std::string& out) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    AppendText(*text, out);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    out += *flag ? "true" : "false";
  } else {
    std::array<char, 32> digits{};
    std::to_chars_result end{};
    if (const auto* i = std::get_if<std::int64_t>(&value)) {
      end = std::to_chars(digits.data(), digits.data() + digits.size(), *i);
    } else if (const auto* u = std::get_if<std::uint64_t>(&value)) {
      end = std::to_chars(digits.data(), digits.data() + digits.size(), *u);
    } else {
      end = std::to_chars(digits.data(), digits.data() + digits.size(), std::get<double>(value));
    }
    out.append(digits.data(), end.ptr);
  }
}

std::string TimeStamp() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ ", static_cast<int>(millis));
  return text.data();
}

}  // namespace

void SetLevel(Level level) { current_level.store(level, std::memory_order_relaxed); }

bool IsEnabled(Level level) { return level >= current_level.load(std::memory_order_relaxed); }

std::string Format(Level level, std::string_view event, std::initializer_list<Field> fields) {
  std::string line(kLevelNames[static_cast<std::size_t>(level)]);
  line += ' ';
  line += event;
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    AppendValue(field.value, line);
  }
  return line;
}

void Write(Level level, std::string_view event, std::initializer_list<Field> fields) noexcept {
  if (!IsEnabled(level)) return;
  // A log that cannot be written is no reason to fail a request.
  try {
    const std::string line = TimeStamp() + Format(level, event, fields) + '\n';
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
  } catch (const std::exception&) {
    constexpr std::string_view kNoMemory = "ERROR no memory for a line of the log\n";
    [[maybe_unused]] const ssize_t told =
        ::write(STDERR_FILENO, kNoMemory.data(), kNoMemory.size());
  }
}

}  // namespace sluice::relay::log
