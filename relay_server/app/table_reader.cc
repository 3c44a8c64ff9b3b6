#include "relay_server/app/table_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace sluice::relay::app {
namespace {

struct Unit {
  std::string_view suffix;
  std::int64_t factor;
};

constexpr std::array<Unit, 4> kDurations{{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
// A century: far from where adding it to a clock overflows.
constexpr std::int64_t kLongestMillis = std::int64_t{100} * 365 * 24 * 3'600'000;
constexpr std::array<Unit, 4> kSizes{
    {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}};

// "10s" with the units of the table; nullopt for anything else, negative numbers and overflow
// included.
template <std::size_t N>
std::optional<std::int64_t> ParseWithUnit(std::string_view text, const std::array<Unit, N>& units) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  const std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const Unit& unit : units) {
    std::int64_t product = 0;
    if (unit.suffix != suffix) continue;
    if (__builtin_mul_overflow(number, unit.factor, &product)) return std::nullopt;
    return product;
  }
  return std::nullopt;
}

}  // namespace

void Problems::Add(const toml::source_region& where, const std::string& what) {
  const auto line = where.begin.line;
  mistakes_.emplace(line, file_ + ':' + std::to_string(line) + ": " + what);
}

void Problems::AddGeneral(const std::string& what) { mistakes_.emplace(0, file_ + ": " + what); }

std::string Problems::text() const {
  std::string all;
  for (const auto& [number, line] : mistakes_) all += (all.empty() ? "" : "\n") + line;
  return all;
}

std::string TableReader::FullName(std::string_view key) const {
  return '[' + name_ + "] " + std::string(key);
}

const toml::node* TableReader::Take(std::string_view key) {
  known_.emplace(key);
  return table_.get(key);
}

void TableReader::WrongType(std::string_view key, const toml::node& node, std::string_view wanted) {
  problems_.Add(node.source(), FullName(key) + " must be " + std::string(wanted));
}

void TableReader::Mistake(std::string_view key, const std::string& what) {
  const toml::node* node = table_.get(key);
  problems_.Add(node != nullptr ? node->source() : table_.source(), FullName(key) + ": " + what);
}

void TableReader::Check(std::string_view key, const std::function<void()>& check) {
  try {
    check();
  } catch (const std::exception& error) {
    Mistake(key, error.what());
  }
}

void TableReader::Require(std::string_view key) {
  known_.emplace(key);
  if (!Has(key)) problems_.Add(table_.source(), FullName(key) + " is required");
}

void TableReader::Read(std::string_view key, std::string& value) {
  const toml::node* node = Take(key);
  if (node == nullptr) return;
  if (const auto text = node->value_exact<std::string>()) {
    value = *text;
  } else {
    WrongType(key, *node, "a string");
  }
}

void TableReader::Read(std::string_view key, bool& value) {
  const toml::node* node = Take(key);
  if (node == nullptr) return;
  if (const auto flag = node->value_exact<bool>()) {
    value = *flag;
  } else {
    WrongType(key, *node, "true or false");
  }
}

void TableReader::Read(std::string_view key, std::size_t& value, Range range) {
  const toml::node* node = Take(key);
  if (node == nullptr) return;
  const auto number = node->value_exact<std::int64_t>();
  if (number && *number >= range.least && *number <= range.most) {
    value = static_cast<std::size_t>(*number);
  } else {
    WrongType(
        key, *node,
        "a whole number from " + std::to_string(range.least) + " to " + std::to_string(range.most));
  }
}

void TableReader::Read(std::string_view key, std::chrono::milliseconds& value) {
  const toml::node* node = Take(key);
  if (node == nullptr) return;
  const auto text = node->value_exact<std::string>();
  const auto millis = text ? ParseWithUnit(*text, kDurations) : std::nullopt;
  if (millis && *millis <= kLongestMillis) {
    value = std::chrono::milliseconds(*millis);
  } else {
    WrongType(key, *node, "a duration such as \"250ms\", \"10s\", \"5m\" or \"1h\"");
  }
}

void TableReader::ReadBytes(std::string_view key, std::uint64_t& value, Range range) {
  const toml::node* node = Take(key);
  if (node == nullptr) return;
  auto bytes = node->value_exact<std::int64_t>();
  if (const auto text = node->value_exact<std::string>()) bytes = ParseWithUnit(*text, kSizes);
  if (bytes && *bytes >= range.least && *bytes <= range.most) {
    value = static_cast<std::uint64_t>(*bytes);
  } else {
    WrongType(key, *node,
              "a size such as 65536, \"64KiB\", \"16MiB\" or \"1GiB\", from " +
                  std::to_string(range.least) + " to " + std::to_string(range.most) + " bytes");
  }
}

void TableReader::Read(std::string_view key, std::vector<std::string>& value) {
  const toml::node* node = Take(key);
  if (node == nullptr) return;
  if (const auto text = node->value_exact<std::string>()) {
    value = {*text};
    return;
  }
  const toml::array* array = node->as_array();
  if (array == nullptr || !std::all_of(array->begin(), array->end(), [](const toml::node& element) {
        return element.is_string();
      })) {
    WrongType(key, *node, "a string or an array of strings");
    return;
  }
  value.clear();
  for (const auto& element : *array) value.push_back(**element.as_string());
}

void TableReader::ReadChoice(std::string_view key, const std::vector<std::string_view>& words,
                             std::size_t& value) {
  const toml::node* node = Take(key);
  if (node == nullptr) return;
  const auto text = node->value_exact<std::string>();
  const auto found = text ? std::find(words.begin(), words.end(), *text) : words.end();
  if (found != words.end()) {
    value = static_cast<std::size_t>(found - words.begin());
    return;
  }
  std::string allowed;
  for (const auto word : words) {
    if (!allowed.empty()) allowed += " or ";
    allowed += '"' + std::string(word) + '"';
  }
  WrongType(key, *node, allowed);
}

void TableReader::RejectOthers() {
  for (const auto& [key, node] : table_) {
    if (known_.contains(key.str())) continue;
    std::string allowed;
    for (const auto& known : known_) allowed += (allowed.empty() ? "" : ", ") + known;
    problems_.Add(key.source(), '[' + name_ + "] has no key \"" + std::string(key.str()) +
                                    "\"; it may have: " + allowed);
  }
}

}  // namespace sluice::relay::app
