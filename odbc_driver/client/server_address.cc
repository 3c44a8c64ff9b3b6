#include "odbc_driver/client/server_address.h"

#include <charconv>
#include <stdexcept>
#include <system_error>

namespace sluice::driver::client {

namespace {

std::uint16_t ParsePort(std::string_view digits, std::string_view text) {
  std::uint16_t port = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc() || stop != end || port == 0) {
    throw std::invalid_argument("\"" + std::string(text) + "\" has no valid port");
  }
  return port;
}

}  // namespace

std::string ServerAddress::Text() const {
  if (is_unix()) return host;
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

ServerAddress ParseServer(std::string_view text, std::uint16_t default_port) {
  if (text.empty()) throw std::invalid_argument("the name of a server is empty");
  if (text.front() == '/') return {std::string(text), 0};
  std::string_view host = text;
  std::string_view rest;
  if (text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
      throw std::invalid_argument("\"" + std::string(text) + "\" lacks a closing bracket");
    }
    host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
  } else if (const std::size_t colon = text.find(':'); colon == text.rfind(':')) {
    host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? "" : text.substr(colon);
  }
  if (host.empty() || (!rest.empty() && rest.front() != ':')) {
    throw std::invalid_argument("\"" + std::string(text) + "\" is not a server's address");
  }
  return {std::string(host), rest.empty() ? default_port : ParsePort(rest.substr(1), text)};
}

}  // namespace sluice::driver::client
