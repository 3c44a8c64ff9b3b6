#pragma once

#include <string>

#include "sluice/v1/session.pb.h"

namespace sluice::relay::session {

// Puts U+FFFD in place of each octet that is no part of UTF-8.
void MakeUtf8(std::string& text);

// What a server says need not be UTF-8: PostgreSQL before it knows the client's encoding, or with a
// database in SQL_ASCII. A receiver refuses a message whose strings are not (proto3).
void MakeUtf8(v1::Response& response);

}  // namespace sluice::relay::session
