#include "relay_server/backend/mysql/server_variables.h"

#include "relay_server/backend/mysql/mysql_error.h"

namespace sluice::relay::backend {

ServerVariables ReadVariables(MYSQL* mysql, std::string_view show) {
  if (mysql_real_query(mysql, show.data(), show.size()) != 0) throw MakeError(mysql);
  const ResultHandle result(mysql_store_result(mysql));
  if (!result) throw MakeError(mysql);
  ServerVariables variables;
  while (MYSQL_ROW row = mysql_fetch_row(result.get())) {
    variables[row[0]] = row[1] == nullptr ? "" : row[1];
  }
  return variables;
}

}  // namespace sluice::relay::backend
