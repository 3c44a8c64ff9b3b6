#include "odbc_driver/cursor/savepoints.h"

#include <algorithm>
#include <array>

namespace sluice::driver::cursor {
namespace {

using Kind = TransactionStep::Kind;
using Words = std::vector<sql::Token>;

constexpr std::array<std::string_view, 6> kFirstWords = {"SAVEPOINT", "RELEASE", "ROLLBACK",
                                                         "ABORT",     "COMMIT",  "END"};

// Nearly every text begins with another word, and is one statement: it need not be cut up.
bool MayHaveSteps(std::string_view sql) {
  if (sql.find(';') != std::string_view::npos) return true;
  const auto first = sql.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return false;
  const std::string_view rest = sql.substr(first);
  return rest.front() == '-' || rest.front() == '/' ||
         std::ranges::any_of(kFirstWords, [rest](std::string_view word) {
           return sql::EqualsIgnoreCase(rest.substr(0, word.size()), word);
         });
}

std::string Folded(const sql::Token& name) {
  std::string folded;
  if (name.kind != sql::TokenKind::kQuotedIdentifier) {
    for (const char c : name.text) folded += (c >= 'A' && c <= 'Z') ? static_cast<char>(c | 32) : c;
    return folded;
  }
  for (std::size_t i = 1; i + 1 < name.text.size(); ++i) {
    folded += name.text[i];
    if (name.text[i] == '"') ++i;  // doubled
  }
  return folded;
}

// ROLLBACK [WORK | TRANSACTION] [TO [SAVEPOINT] name], RELEASE [SAVEPOINT] name (PostgreSQL manual,
// part VI).
void AddStep(const Words& words, std::vector<TransactionStep>& steps) {
  if (words.empty()) return;
  const auto is_at = [&](std::size_t at, std::string_view word) {
    return at < words.size() && words[at].IsWord(word);
  };
  const auto name = [&](std::size_t at) {
    at += is_at(at, "SAVEPOINT") && at + 1 < words.size() ? 1 : 0;
    return at < words.size() ? Folded(words[at]) : std::string();
  };
  if (is_at(0, "SAVEPOINT")) {
    steps.push_back({Kind::kSavepoint, name(0)});
  } else if (is_at(0, "RELEASE")) {
    steps.push_back({Kind::kRelease, name(1)});
  } else if (is_at(0, "COMMIT") || is_at(0, "END")) {
    if (!is_at(1, "PREPARED")) steps.push_back({Kind::kCommit, {}});
  } else if (is_at(0, "ROLLBACK") || is_at(0, "ABORT")) {
    const std::size_t next = is_at(1, "WORK") || is_at(1, "TRANSACTION") ? 2 : 1;
    if (is_at(next, "TO")) {
      steps.push_back({Kind::kRollBackTo, name(next + 1)});
    } else if (!is_at(next, "PREPARED")) {
      steps.push_back({Kind::kRollBack, {}});
    }
  }
}

}  // namespace

std::vector<TransactionStep> TransactionStepsOf(std::string_view sql,
                                                const sql::LexicalRules& rules) {
  std::vector<TransactionStep> steps;
  if (!MayHaveSteps(sql)) return steps;
  Words statement;
  for (const sql::Token& token : sql::Tokenize(sql, rules)) {
    if (token.IsSymbol(';')) {
      AddStep(statement, steps);
      statement.clear();
    } else if (!token.IsBlank()) {
      statement.push_back(token);
    }
  }
  AddStep(statement, steps);
  return steps;
}

std::uint64_t Savepoints::NoteChange() {
  const std::lock_guard lock(mutex_);
  return ++last_;
}

void Savepoints::Apply(const TransactionStep& step) {
  if (step.kind == Kind::kCommit || step.kind == Kind::kRollBack) {
    return EndTransaction(step.kind == Kind::kCommit);
  }
  const std::lock_guard lock(mutex_);
  if (step.kind == Kind::kSavepoint) {
    marks_.push_back({step.name, last_});
    return;
  }
  const auto mark = Find(step.name);
  if (mark == marks_.end()) return;  // before the driver has seen one
  if (step.kind == Kind::kRollBackTo) Undo(mark->change);
  marks_.erase(step.kind == Kind::kRelease ? mark : mark + 1, marks_.end());
}

void Savepoints::EndTransaction(bool committed) {
  const std::lock_guard lock(mutex_);
  if (!committed) Undo(begin_);
  begin_ = last_;
  marks_.clear();
}

std::vector<Savepoints::Undone> Savepoints::UndoneSince(std::size_t known) const {
  const std::lock_guard lock(mutex_);
  if (known >= undone_.size()) return {};
  return {undone_.begin() + static_cast<std::ptrdiff_t>(known), undone_.end()};
}

// The latest of its name hides the others.
std::vector<Savepoints::Mark>::iterator Savepoints::Find(const std::string& name) {
  const auto found = std::find_if(marks_.rbegin(), marks_.rend(),
                                  [&](const Mark& mark) { return mark.name == name; });
  return found == marks_.rend() ? marks_.end() : found.base() - 1;
}

void Savepoints::Undo(std::uint64_t after) {
  if (after < last_) undone_.push_back({after, last_});
}

}  // namespace sluice::driver::cursor
