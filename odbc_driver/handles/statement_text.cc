// The text of a statement: what is told the relay.

#include <algorithm>
#include <utility>

#include "odbc_driver/cursor/script.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver {

bool Statement::SetsAutocommit(std::string_view sql) const {
  return connection_->engine() == v1::ENGINE_MYSQL && cursor::AutocommitSetBy(sql).has_value();
}

// SET NAMES utf8, however it is written: Connector/ODBC refuses SET NAMES. Here other sets mean
// something (CharsetSetBy), but this one holds less than the connection's own utf8mb4.
bool Statement::AsksForUtf8mb3(std::string_view sql) const {
  constexpr std::size_t kLongest = 100;
  if (connection_->engine() != v1::ENGINE_MYSQL || sql.size() > kLongest) return false;
  std::string words;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql.substr(i, 2) == "/*") {
      i = std::min(sql.find("*/", i), sql.size() - 2) + 1;
    } else if (std::string_view(" \t\r\n;").find(sql[i]) == std::string_view::npos) {
      words += sql[i] >= 'A' && sql[i] <= 'Z' ? static_cast<char>(sql[i] | 0x20) : sql[i];
    }
  }
  return words == "setnamesutf8" || words == "setnamesutf8mb3";
}

// The same text again keeps its id, so that it need not travel again.
void Statement::SetText(std::string text) {
  if (AsksForUtf8mb3(text)) {
    throw DriverError(
        kHY000GeneralError,
        "SET NAMES utf8 is refused, as by Connector/ODBC: the connection is in utf8mb4");
  }
  if (connection_->compares_as_access()) {
    text = cursor::WithTextForOne(text, connection_->lexical_rules());
  }
  text_.description.reset();
  text_.is_refused = false;
  const bool sets_autocommit = SetsAutocommit(text);
  if (text_.id != 0 && text_.sql == text && !sets_autocommit) return;
  if (text_.id != 0 && text_.sent) {
    if (connection_->connected()) connection_->client()->ReleaseStatement(text_.id);
  }
  text_ = {.sql = std::move(text)};
  text_.positioned =
      cursor::ParsePositioned(text_.sql, connection_->engine(), connection_->lexical_rules());
  if (text_.positioned && connection_->engine() == v1::ENGINE_MYSQL) {
    text_.described = text_.positioned->With(" WHERE 1 = 0");
  }
  // Where SQLSetConnectAttr has switched autocommit off, the server's own is on, within a
  // transaction, which a text that switches it on would not end.
  const bool ends_transaction = sets_autocommit && connection_->is_autocommit_off_by_attribute();
  const bool is_alone = text_.sql.find(',') == std::string::npos;
  if (ends_transaction && is_alone && *cursor::AutocommitSetBy(text_.sql)) {
    text_.described = "COMMIT";
  }
  // The driver converts, once this has succeeded (Connection::NoteExecuted); the relay speaks UTF-8
  // to the database.
  if (info::CharsetSetBy(text_.sql).value_or(info::Charset::kUtf8) != info::Charset::kUtf8) {
    text_.described = connection_->engine() == v1::ENGINE_MYSQL ? "SET NAMES utf8mb4"
                                                                : "SET client_encoding TO 'UTF8'";
  }
}

// Connector/ODBC closes a cursor that is open when its statement is used anew, and applications on
// MySQL rely on that where the driver manager does (unixODBC: after the last row, or before the
// first). The reference has 24000, which psqlodbc comes near to (HY010).
void Statement::CheckRun(Operation operation) const {
  if (HasCursor(state_) && connection_->engine() == v1::ENGINE_MYSQL) return;
  CheckAllowed(operation, state_);
}

}  // namespace sluice::driver
