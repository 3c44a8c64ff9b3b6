#pragma once

#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

// What the client tests in C++ know of the data source that they were started for: its name is in
// SLUICE_DSN (tests/clients/with_relay.sh). Header only: every client comes with libraries of its
// own.

namespace sluice::tests {

inline std::string DataSource() {
  const char* name = std::getenv("SLUICE_DSN");
  if (name == nullptr) throw std::runtime_error("SLUICE_DSN is not set");
  return name;
}

inline bool IsPostgres() { return DataSource() == "pg"; }

// The SQL of the database at hand.
inline const char* Sql(const char* postgres, const char* mysql) {
  return IsPostgres() ? postgres : mysql;
}

// No other test's, also when tests run at once.
inline std::string UniqueName(const std::string& name) {
  return name + "_" + std::to_string(getpid());
}

// Characters of one to four bytes in UTF-8; the last needs a surrogate pair in UTF-16.
inline const char* const kUnicodeText = "aä中😀";

// Text of `count` characters beyond the BMP.
inline std::string LongText(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += "😀";
  return text;
}

inline std::string LongOctets(size_t count) {
  std::string octets;
  for (size_t i = 0; i < count; ++i) octets += static_cast<char>(i * 7 + i / 256);
  return octets;
}

}  // namespace sluice::tests
