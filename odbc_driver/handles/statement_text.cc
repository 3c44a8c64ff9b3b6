// The text of a statement: what is told the relay, and several statements in one text.

#include <utility>

#include "odbc_driver/cursor/script.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver {

// The same text again keeps its id, so that it need not travel again.
void Statement::SetText(std::string text) {
  description_.reset();
  if (text_.id != 0 && text_.sql == text) return;
  if (text_.id != 0 && text_.sent) {
    if (connection_->connected()) connection_->client()->ReleaseStatement(text_.id);
  }
  text_ = {.sql = std::move(text)};
  text_.positioned = cursor::ParsePositioned(text_.sql, connection_->engine());
  if (text_.positioned && connection_->engine() == v1::ENGINE_MYSQL) {
    text_.described = text_.positioned->With(" WHERE 1 = 0");
  }
}

// Connector/ODBC closes a cursor that is open when its statement is used anew, and applications on
// MySQL rely on that where the driver manager does (unixODBC: after the last row, or before the
// first). The reference has 24000, which psqlodbc comes near to (HY010).
void Statement::CheckRun(Operation operation) const {
  if (HasCursor(state_) && connection_->engine() == v1::ENGINE_MYSQL) return;
  CheckAllowed(operation, state_);
}

// With MULTI_STATEMENTS, as with Connector/ODBC, a text without parameters may be several
// statements on MySQL: they run one after the other, each when SQLMoreResults has left the results
// of the one before it. On PostgreSQL that is the server's business.
void Statement::SetScript(std::string text) {
  script_.clear();
  script_part_ = 0;
  if (connection_->splits_statements()) script_ = cursor::SplitStatements(text);
  if (script_.size() < 2) return SetText(std::move(text));
  SetText(script_.front());
}

void Statement::GoToPart(std::size_t part) {
  if (script_.size() < 2 || part == script_part_) return;
  script_part_ = part;
  SetText(script_[part]);
}

}  // namespace sluice::driver
