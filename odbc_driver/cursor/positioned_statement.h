#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/v1/session.pb.h"
#include "sql/lexer.h"

// Positioned UPDATE and DELETE (ODBC reference, "Positioned Update and Delete Statements").

namespace sluice::driver::cursor {

// "UPDATE … WHERE CURRENT OF name" or "DELETE FROM … WHERE CURRENT OF name".
struct PositionedStatement {
  bool is_delete;
  std::string head;    // what stands in front of WHERE
  std::string cursor;  // the name, as CursorNameKey() gives it
  std::string tail;    // what stands behind the name
  int markers;         // ? in the head; there is none behind it
  // The table that is changed, as it is written: {"t"} or {"s", "\"T\""}. Empty: there is no single
  // one.
  std::vector<std::string> table;

  // With another condition (" WHERE …") instead.
  std::string With(std::string_view condition) const {
    return head + std::string(condition) + tail;
  }
};

// nullopt: another statement, or several.
std::optional<PositionedStatement> ParsePositioned(std::string_view sql, v1::Engine engine,
                                                   const sql::LexicalRules& rules);

// At most so many of the text's question marks are parameter markers: on PostgreSQL some may be
// operators.
int MostMarkers(std::string_view sql, const sql::LexicalRules& rules);

// By which cursor names compare: quotes do not belong to a name, and case is not told apart.
std::string CursorNameKey(std::string_view name);

}  // namespace sluice::driver::cursor
