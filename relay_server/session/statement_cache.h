#pragma once

#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "relay_server/backend/backend.h"
#include "relay_server/dialect/dialect.h"

namespace sluice::relay::session {

// {call p(…)} on PostgreSQL: the text for a procedure, and whether the server said that p is one.
struct ProcedureReading {
  std::shared_ptr<const backend::Statement> native;
  std::atomic<bool> applies{false};
};

// One statement of a text: what the dialect made of it, and the object that backends know it by.
struct ScriptStatement {
  dialect::TranslatedStatement translated;  // its texts have moved into the objects below
  std::shared_ptr<const backend::Statement> native;
  std::shared_ptr<ProcedureReading> procedure;                  // null: there is one reading only
  std::optional<v1::Catalog::Function> catalog = std::nullopt;  // whose query it is
  bool is_rewritten = false;  // for this execution: the text will hardly come again
};

// How a text is read.
struct TextReading {
  bool escape_scan = true;  // ODBC's escape sequences are translated
  dialect::QuoteRules quotes = {};
};

// A text of the application, translated. Immutable and shared by all sessions of a pool.
struct Script {
  std::vector<ScriptStatement> statements;  // never empty
  int marker_count = 0;                     // over all statements
  // With a {call …}: what the script was made from. Its translation depends on which markers are
  // bound for output.
  std::string source = {};
  TextReading reading = {};
};

// Translations of a pool's statement texts, least recently used dropped first. Thread-safe.
class StatementCache {
 public:
  StatementCache(const dialect::Dialect& dialect, std::size_t capacity)
      : dialect_(dialect), capacity_(capacity) {}

  // `output_only`: see Dialect::Translate. Throws dialect::TranslationError.
  std::shared_ptr<const Script> Get(const std::string& sql, TextReading reading,
                                    const std::vector<bool>& output_only = {});

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const Script> script;
  };

  std::shared_ptr<const Script> Translate(const std::string& sql, TextReading reading,
                                          const std::vector<bool>& output_only) const;

  const dialect::Dialect& dialect_;
  const std::size_t capacity_;
  std::mutex mutex_;          // guards all below
  std::list<Entry> entries_;  // the most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;  // views of Entry::key
};

}  // namespace sluice::relay::session
