#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What psqlodbc's keyword pqopt says: a connection string of libpq (PostgreSQL manual, "Connection
// Strings"), of which some parameters concern the session, and the others libpq's own connection.

namespace sluice::driver::config {

struct LibpqOptions {
  // application_name, client_encoding, and those of `options=-c name=value`; names of variables.
  std::vector<std::pair<std::string, std::string>> variables;
  std::optional<std::chrono::seconds> connect_timeout;
  std::vector<std::string> unknown;  // names that mean nothing here
};

// nullopt: the text is no such string.
std::optional<LibpqOptions> ReadLibpqOptions(std::string_view text);

// SET statements of PostgreSQL for the variables. Empty: there are none.
std::string SettingsOf(const std::vector<std::pair<std::string, std::string>>& variables);

}  // namespace sluice::driver::config
