// The shared library as a guest in a foreign process: what it exports, and that what
// SQLGetFunctions says is true.

#include <cstdio>
#include <memory>
#include <string>

#include "odbc_driver/info/functions.h"
#include "tests/driver/driver_test.h"

namespace sluice::tests {
namespace {

// The last word of each line that the command prints.
std::string LastWords(const char* command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command, "r"), &pclose);
  std::string output;
  char buffer[4096];
  while (fgets(buffer, sizeof buffer, pipe.get()) != nullptr) {
    const std::string line(buffer);
    output += line.substr(line.rfind(' ') + 1);
  }
  return output;
}

std::string ExportedSymbols() { return LastWords("nm -D --defined-only " SLUICE_DRIVER_PATH); }

TEST(LibraryTest, DoesNotNeedTheDriverManager) {
  const std::string needed = LastWords("readelf -d " SLUICE_DRIVER_PATH " | grep NEEDED");
  EXPECT_NE(needed.find("libprotobuf-lite"), std::string::npos) << needed;
  EXPECT_EQ(needed.find("[libodbc.so"), std::string::npos) << needed;
}

TEST(LibraryTest, ExportsOnlyTheOdbcInterface) {
  const std::string symbols = ExportedSymbols();
  ASSERT_FALSE(symbols.empty());
  for (std::size_t begin = 0; begin < symbols.size();) {
    const std::size_t end = symbols.find('\n', begin);
    const std::string name = symbols.substr(begin, end - begin);
    EXPECT_TRUE(name.starts_with("SQL") || name.starts_with("Config")) << name;
    begin = end + 1;
  }
  EXPECT_NE(DriverLibrary::Find("ConfigDSN"), nullptr);
}

TEST(LibraryTest, FunctionTableTellsTheTruth) {
  std::string listed;
  for (const auto& function : driver::info::kFunctions) {
    const std::string name(function.name);
    EXPECT_NE(DriverLibrary::Find(name.c_str()), nullptr) << name;
    listed += name + "\n";
    EXPECT_EQ(DriverLibrary::Find((name + "W").c_str()) != nullptr, function.has_unicode_form)
        << name;
    if (function.has_unicode_form) listed += name + "W\n";
  }
  const std::string symbols = ExportedSymbols();
  for (std::size_t begin = 0; begin < symbols.size();) {
    const std::size_t end = symbols.find('\n', begin);
    const std::string name = symbols.substr(begin, end - begin + 1);
    if (name.starts_with("SQL")) {
      EXPECT_NE(("\n" + listed).find("\n" + name), std::string::npos) << name << "is not listed";
    }
    begin = end + 1;
  }
}

}  // namespace
}  // namespace sluice::tests
