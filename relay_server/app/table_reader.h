#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

namespace sluice::relay::app {

// Mistakes found in a configuration file, in the order of its lines.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  void Add(const toml::source_region& where, const std::string& what);
  void AddGeneral(const std::string& what);  // about the file as a whole
  bool empty() const { return mistakes_.empty(); }
  std::string text() const;  // a line each

 private:
  std::string file_;
  std::multimap<std::uint32_t, std::string> mistakes_;  // by line; of the whole file: 0
};

struct Range {
  std::int64_t least;
  std::int64_t most;
};

// Reads the keys of one table with their types, ranges and defaults; a key that nobody asked for is
// a mistake. Values stay at their default where the file has none or a wrong one.
class TableReader {
 public:
  // `name` as in the file: "pools.sales".
  TableReader(const toml::table& table, std::string name, Problems& problems)
      : table_(table), name_(std::move(name)), problems_(problems) {}

  bool Has(std::string_view key) const { return table_.contains(key); }

  void Read(std::string_view key, std::string& value);
  void Read(std::string_view key, bool& value);
  void Read(std::string_view key, std::size_t& value, Range range);
  // "250ms", "10s", "5m", "1h"
  void Read(std::string_view key, std::chrono::milliseconds& value);
  // 65536, "64KiB", "16MiB", "1GiB"
  void ReadBytes(std::string_view key, std::uint64_t& value, Range range);
  // A string or an array of strings.
  void Read(std::string_view key, std::vector<std::string>& value);
  // One of the words; `value` becomes its index.
  void ReadChoice(std::string_view key, const std::vector<std::string_view>& words,
                  std::size_t& value);
  void Require(std::string_view key);

  // Has `check` throw std::exception about the key's value: becomes a mistake at that line.
  void Check(std::string_view key, const std::function<void()>& check);
  void Mistake(std::string_view key, const std::string& what);
  // Call last.
  void RejectOthers();

 private:
  const toml::node* Take(std::string_view key);
  void WrongType(std::string_view key, const toml::node& node, std::string_view wanted);
  std::string FullName(std::string_view key) const;

  const toml::table& table_;
  std::string name_;
  Problems& problems_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace sluice::relay::app
