#pragma once

#include <array>
#include <string>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {

// What keeps the session on its backend connection; empty: nothing.
inline std::string PinnedBy(const Connection& connection) {
  constexpr SQLINTEGER kPinnedBy = 0x4000;  // the driver's own connection attribute
  std::array<char, 256> text{};
  SQLGetConnectAttr(connection.handle(), kPinnedBy, text.data(), text.size(), nullptr);
  return text.data();
}

}  // namespace sluice::tests
