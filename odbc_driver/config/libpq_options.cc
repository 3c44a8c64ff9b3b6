#include "odbc_driver/config/libpq_options.h"

#include <algorithm>
#include <charconv>

#include "odbc_driver/config/connection_string.h"

namespace sluice::driver::config {
namespace {

using Parameter = std::pair<std::string, std::string>;

// How libpq talks to its server; here that is the relay's business.
constexpr std::string_view kOfTheLink[] = {
    "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
    "sslmode",    "sslcompression",  "gssencmode",          "channel_binding",
};

// Variables whose value is a list: each element is a literal of its own.
constexpr std::string_view kLists[] = {"search_path", "datestyle", "temp_tablespaces",
                                       "local_preload_libraries", "session_preload_libraries"};

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void SkipSpaces(std::string_view& text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
}

bool IsName(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
  });
}

// Up to a blank, or in single quotes; a backslash takes what follows it as it is.
std::optional<std::string> TakeValue(std::string_view& text) {
  const bool quoted = text.starts_with('\'');
  if (quoted) text.remove_prefix(1);
  std::string value;
  while (!text.empty() && (quoted ? text.front() != '\'' : !IsSpace(text.front()))) {
    if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
    value += text.front();
    text.remove_prefix(1);
  }
  if (!quoted) return value;
  if (text.empty()) return std::nullopt;
  text.remove_prefix(1);
  return value;
}

std::optional<std::vector<Parameter>> TakeApart(std::string_view text) {
  std::vector<Parameter> parameters;
  for (SkipSpaces(text); !text.empty(); SkipSpaces(text)) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    std::string_view name = text.substr(0, equals);
    while (!name.empty() && IsSpace(name.back())) name.remove_suffix(1);
    if (!IsName(name)) return std::nullopt;
    text.remove_prefix(equals + 1);
    SkipSpaces(text);
    auto value = TakeValue(text);
    if (!value) return std::nullopt;
    parameters.emplace_back(name, std::move(*value));
  }
  return parameters;
}

// The words of a server's command line; a backslash takes a blank into one.
std::vector<std::string> CommandLineWords(std::string_view text) {
  std::vector<std::string> words;
  for (SkipSpaces(text); !text.empty(); SkipSpaces(text)) {
    std::string word;
    for (; !text.empty() && !IsSpace(text.front()); text.remove_prefix(1)) {
      if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
      word += text.front();
    }
    words.push_back(std::move(word));
  }
  return words;
}

// -c name=value, -cname=value, --name=value (PostgreSQL manual, "postgres").
void TakeCommandLine(std::string_view text, LibpqOptions& options) {
  const auto words = CommandLineWords(text);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    std::string setting;
    if (word == "-c" && i + 1 < words.size()) {
      setting = words[++i];
    } else if (word.starts_with("-c") || word.starts_with("--")) {
      setting = word.substr(2);
    }
    const std::size_t equals = setting.find('=');
    const std::string name = setting.substr(0, equals);
    if (equals == std::string::npos || !IsName(name)) {
      options.unknown.push_back("options=" + word);
      continue;
    }
    options.variables.emplace_back(name, setting.substr(equals + 1));
  }
}

void TakeOne(const Parameter& parameter, LibpqOptions& options) {
  const auto& [name, value] = parameter;
  if (name == "application_name") {
    options.variables.emplace_back(name, value);
  } else if (name == "options") {
    TakeCommandLine(value, options);
  } else if (name == "connect_timeout") {
    int seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    const bool is_number = error == std::errc{} && end == value.data() + value.size();
    if (!is_number) return options.unknown.push_back(name);
    // libpq takes 0 and less for no limit.
    options.connect_timeout = std::chrono::seconds(std::max(seconds, 0));
  } else if (std::ranges::find(kOfTheLink, name) == std::end(kOfTheLink)) {
    options.unknown.push_back(name);
  }
}

std::string Literal(std::string_view value) {
  std::string literal = "'";
  for (const char c : value) literal += c == '\'' ? std::string("''") : std::string(1, c);
  return literal + "'";
}

std::string LiteralsOf(std::string_view list) {
  std::string literals;
  while (true) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string_view element = list.substr(0, end);
    SkipSpaces(element);
    while (!element.empty() && IsSpace(element.back())) element.remove_suffix(1);
    if (element.size() > 1 && element.front() == '"' && element.back() == '"') {
      element = element.substr(1, element.size() - 2);
    }
    literals += Literal(element);
    if (end == list.size()) return literals;
    literals += ", ";
    list.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<LibpqOptions> ReadLibpqOptions(std::string_view text) {
  const auto parameters = TakeApart(text);
  if (!parameters) return std::nullopt;
  LibpqOptions options;
  for (const Parameter& parameter : *parameters) TakeOne(parameter, options);
  return options;
}

std::string SettingsOf(const std::vector<std::pair<std::string, std::string>>& variables) {
  std::string settings;
  for (const auto& [name, value] : variables) {
    const bool is_list = std::ranges::any_of(
        kLists, [&](std::string_view list) { return EqualsIgnoringCase(list, name); });
    if (!settings.empty()) settings += "; ";
    settings += "SET " + name + " = " + (is_list ? LiteralsOf(value) : Literal(value));
  }
  return settings;
}

}  // namespace sluice::driver::config
