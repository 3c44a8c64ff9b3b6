#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::driver::client {

// One entry of the Server keyword: host, host:port, [IPv6], [IPv6]:port, a bare IPv6 address, or
// the path of a unix socket.
struct ServerAddress {
  std::string host;        // without brackets; the path of a unix socket
  std::uint16_t port = 0;  // 0: unix socket

  bool is_unix() const { return port == 0; }
  std::string Text() const;  // as messages name it
};

// Throws std::invalid_argument.
ServerAddress ParseServer(std::string_view text, std::uint16_t default_port);

}  // namespace sluice::driver::client
