#pragma once

#include <map>
#include <string>
#include <string_view>

#include "relay_server/backend/mysql/mysql_api.h"

namespace sluice::relay::backend {

// What SHOW VARIABLES or SHOW STATUS answered, by name; a value that is null is empty. SHOW rather
// than SELECT @@…: the names differ between servers, and one that is missing must not fail the
// query.
using ServerVariables = std::map<std::string, std::string, std::less<>>;

// Throws BackendError. No result may be open.
ServerVariables ReadVariables(MYSQL* mysql, std::string_view show);

}  // namespace sluice::relay::backend
