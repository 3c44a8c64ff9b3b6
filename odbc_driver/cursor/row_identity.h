#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sluice/v1/session.pb.h"

// What tells a row of PostgreSQL apart where its table has no unique key: the table (a partition or
// a child of the one that was named), the place in it (ctid), and the transaction that wrote it
// there (xmin). VACUUM frees places for other rows, but no transaction writes two rows to the same
// place: a row with all three is the row that was read, and nobody has changed it since
// (PostgreSQL manual, 5.5 "System Columns").

namespace sluice::driver::cursor {

struct IdentityColumn {
  std::string_view name;   // of the system column
  std::string_view type;   // as which its text is compared
  std::string_view label;  // in a result
};

inline constexpr IdentityColumn kRowIdentity[] = {
    {"tableoid", "oid", "sluice.tableoid"},
    {"ctid", "tid", "sluice.ctid"},
    {"xmin", "xid", "sluice.xmin"},
};
inline constexpr std::size_t kIdentityColumns = std::size(kRowIdentity);

// The columns of kRowIdentity as a select list.
std::string IdentitySelectList();

// A query of one relation, which gives its rows as they are, with the columns of kRowIdentity
// behind its own. The relation may be a view, which has none of them: the server refuses the text
// then. nullopt: another statement.
std::optional<std::string> WithRowIdentity(std::string_view sql);

// Whether a result's last columns are those.
bool HasRowIdentity(std::span<const v1::Column> columns);

}  // namespace sluice::driver::cursor
