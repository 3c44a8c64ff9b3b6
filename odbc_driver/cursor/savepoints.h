#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "sql/lexer.h"

// What a transaction's end, or a savepoint, undoes of the changes that cursors have made.

namespace sluice::driver::cursor {

struct TransactionStep {
  enum class Kind { kSavepoint, kRelease, kRollBackTo, kCommit, kRollBack };
  Kind kind;
  std::string name;  // of a savepoint, as the server folds it

  bool operator==(const TransactionStep&) const = default;
};

// In their order, those of a text of PostgreSQL's statements.
std::vector<TransactionStep> TransactionStepsOf(std::string_view sql,
                                                const sql::LexicalRules& rules);

// Of one connection. Changes are numbered; what is rolled back is an interval of these numbers,
// from which each cursor learns which of its changes never were. Thread-safe.
class Savepoints {
 public:
  struct Undone {
    std::uint64_t after;  // this change has held, those behind it have not
    std::uint64_t until;
  };

  // A cursor has changed a row in a transaction that is open. Returns the change's number.
  std::uint64_t NoteChange();
  void Apply(const TransactionStep& step);
  void EndTransaction(bool committed);
  // Those that have been added since there were `known`.
  std::vector<Undone> UndoneSince(std::size_t known) const;

 private:
  struct Mark {
    std::string name;
    std::uint64_t change;  // the last one before it
  };
  std::vector<Mark>::iterator Find(const std::string& name);
  void Undo(std::uint64_t after);

  mutable std::mutex mutex_;  // a leaf; guards all
  std::uint64_t last_ = 0;
  std::uint64_t begin_ = 0;  // the last change before the transaction
  std::vector<Mark> marks_;
  std::vector<Undone> undone_;
};

}  // namespace sluice::driver::cursor
