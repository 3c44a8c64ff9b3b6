// docs/relay-config.md tells every key and every metric, and none that there is not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "relay_server/app/config.h"
#include "relay_server/app/status_report.h"
#include "tests/unit/app/config_file.h"

namespace sluice::relay::app {
namespace {

std::string Document() {
  std::ifstream file(SLUICE_RELAY_CONFIG_DOC);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

// The text between a heading and the next one of any level.
std::string Section(const std::string& heading) {
  const std::string document = Document();
  const auto begin = document.find('\n' + heading);
  EXPECT_NE(begin, std::string::npos) << heading;
  return document.substr(begin, document.find("\n#", begin + 1) - begin);
}

// Every first group of the expression in the text.
std::set<std::string> FindAll(const std::string& text, const std::string& expression) {
  const std::regex regex(expression);
  std::set<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match) {
    found.insert((*match)[1]);
  }
  return found;
}

// The keys that a table may have, as its error about an unknown one tells them.
std::set<std::string> KeysOf(const std::string& table) {
  const ScratchDirectory directory;
  const auto file = directory.Write("s.toml", '[' + table + "]\nno_such_key = 1\n");
  try {
    LoadConfig(file);
  } catch (const ConfigError& error) {
    const std::string text = error.what();
    const auto list = text.find("it may have: ");
    return FindAll(text.substr(list + 13, text.find('\n', list) - list - 13), "([a-z_]+)");
  }
  return {};
}

struct DocumentedTable {
  const char* heading;
  const char* table;
};

class RelayConfigDocTest : public testing::TestWithParam<DocumentedTable> {};

TEST_P(RelayConfigDocTest, TellsEveryKey) {
  EXPECT_EQ(FindAll(Section(GetParam().heading), "\n\\| `([a-z_]+)` \\|"),
            KeysOf(GetParam().table));
}

void PrintTo(const DocumentedTable& table, std::ostream* out) { *out << table.table; }

INSTANTIATE_TEST_SUITE_P(All, RelayConfigDocTest,
                         testing::Values(DocumentedTable{"### `[relay]`", "relay"},
                                         DocumentedTable{"### `[tls]`", "tls"},
                                         DocumentedTable{"### `[pools.NAME]`", "pools.sales"},
                                         DocumentedTable{"### `[users.NAME]`", "users.alice"}));

TEST(RelayConfigDoc, TellsEveryMetric) {
  EXPECT_EQ(FindAll(Section("## HTTP"), "\n\\| `(sluice_[a-z_]+)"),
            FindAll(MetricsText(StatusReport()), "# TYPE (sluice_[a-z_]+)"));
}

}  // namespace
}  // namespace sluice::relay::app
