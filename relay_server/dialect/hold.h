#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/v1/session.pb.h"

// Holds: what a session has on its backend connection that cannot be made again elsewhere. A
// session with holds is pinned to its connection. Pure functions of text; thread-safe.

namespace sluice::relay::dialect {

enum class HoldKind {
  kTemporaryTable,  // tables, views and sequences
  kAdvisoryLock,
  kNamedLock,  // GET_LOCK
  kListen,
  kTableLock,  // LOCK TABLES
  kUserVariable,
  kPrepare,
  kHoldCursor,
  kHandler,
  kSetting,          // set to a value that is not literal, or not for the session
  kNextTransaction,  // MySQL's SET TRANSACTION: ends with the transaction after it
  kLastResult,       // SQL_CALC_FOUND_ROWS: ends with the statement after it
  kXa,
  kLink,     // dblink_connect
  kDoBlock,  // text that is run by the server and may hold anything
  kRoutine,  // what a routine has left, of which the server tells no more
  kOther,    // the name tells
};
inline constexpr int kHoldKinds = static_cast<int>(HoldKind::kOther) + 1;

struct Hold {
  HoldKind kind;
  std::string name;    // as the server knows it; empty: unknown, or there can be one only
  int parameter = -1;  // the marker of the statement, from 0, that tells the name
  friend bool operator==(const Hold&, const Hold&) = default;
};

// A cause that ends, as far as text tells.
struct HoldEnd {
  HoldKind kind;
  std::string name = {};
  bool all = false;             // of this kind
  int parameter = -1;           // as in Hold
  std::string renamed_to = {};  // it has not ended but is called this now
  friend bool operator==(const HoldEnd&, const HoldEnd&) = default;
};

// What a statement does to the holds of its session.
struct HoldChanges {
  std::vector<Hold> takes;
  std::vector<HoldEnd> ends;
  bool ends_all = false;  // DISCARD ALL
  // The text does not tell enough: locks that were not to be had, names that meant something else.
  // The server is asked when the statement is over (HoldsQuery).
  bool ask = false;
};

// "temporary table", "advisory lock" …: for people, and the label of metrics.
std::string_view HoldReason(HoldKind kind);
// "temporary table t"
std::string HoldText(const Hold& hold);

// A query for what the session has on its connection, rows of HoldReason and name; empty when the
// server cannot be asked about any of these.
std::string HoldsQuery(v1::Engine engine, std::span<const Hold> holds);
// Whether HoldsQuery finds this one: when it does not, the hold has ended.
bool IsVisible(v1::Engine engine, const Hold& hold);
// The hold of a row of HoldsQuery.
Hold HoldOfRow(std::string_view reason, std::string name);
// What a function may leave on the connection that calls it; from little to much.
enum class RoutineEffect {
  kNone,      // there is no such function, or it is harmless
  kMayLeave,  // something that the server tells when it is asked
  kSets,      // a variable of which the server does not tell
};
// A query for those of these functions that are not harmless: rows of the name and 1 for kSets,
// else 0.
std::string RoutinesQuery(v1::Engine engine, std::span<const std::string> names);

// Whether rolling back the transaction that made it ends it.
bool IsTransactional(v1::Engine engine, HoldKind kind);

// Statements that end these holds and leave everything else as it is, and whether there are such.
struct UndoPlan {
  bool possible = true;
  std::vector<std::string> statements;
};
UndoPlan UndoHolds(v1::Engine engine, std::span<const Hold> holds);
// Whether even a full reset leaves one of them, so that only the connection's end ends it.
bool OutliveReset(v1::Engine engine, std::span<const Hold> holds);

}  // namespace sluice::relay::dialect
