#include "relay_server/session/statement_cache.h"

#include <utility>

namespace sluice::relay::session {
namespace {

// Longer texts (literal bulk inserts) hardly ever come twice and would fill the cache.
constexpr std::size_t kLongestCachedText = 64 * 1024;

std::shared_ptr<backend::Statement> NativeStatement(std::string sql, int parameter_count,
                                                    v1::StatementKind kind) {
  auto native = std::make_shared<backend::Statement>();
  native->sql = std::move(sql);
  native->parameter_count = parameter_count;
  native->kind = kind;
  return native;
}

}  // namespace

std::shared_ptr<const Script> StatementCache::Get(const std::string& sql, TextReading reading,
                                                  const std::vector<bool>& output_only) {
  if (sql.size() > kLongestCachedText) return Translate(sql, reading, output_only);
  std::string key = reading.escape_scan ? "1" : "0";
  if (reading.quotes.other_backslashes) key += '\\';
  if (reading.quotes.ansi_quotes) key += '"';
  for (const bool is_output : output_only) key += is_output ? 'O' : 'I';
  key += '\n' + sql;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return entries_.front().script;
    }
  }
  auto script = Translate(sql, reading, output_only);
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    return found->second->script;  // another session was quicker
  }
  entries_.push_front({key, script});
  by_key_.emplace(entries_.front().key, entries_.begin());
  if (entries_.size() > capacity_) {
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  return script;
}

std::shared_ptr<const Script> StatementCache::Translate(
    const std::string& sql, TextReading reading, const std::vector<bool>& output_only) const {
  auto script = std::make_shared<Script>();
  bool calls = false;
  const auto& dialect = dialect_.For(reading.quotes);
  for (auto& translated : dialect.Translate(sql, reading.escape_scan, output_only)) {
    ScriptStatement statement;
    auto native =
        NativeStatement(std::move(translated.sql), translated.parameter_count, translated.kind);
    for (auto& change : translated.settings) {
      native->sets.push_back({std::move(change.name), std::move(change.value)});
    }
    if (auto& insert = translated.row_insert) {
      native->row_insert = {.table = std::move(insert->table),
                            .head = std::move(insert->head),
                            .tail = std::move(insert->tail)};
      insert.reset();
    }
    native->drops_prepared = translated.drops_prepared;
    statement.native = std::move(native);
    if (!translated.procedure_sql.empty()) {
      statement.procedure = std::make_shared<ProcedureReading>();
      statement.procedure->native = NativeStatement(std::move(translated.procedure_sql),
                                                    translated.marker_count, translated.kind);
    }
    calls = calls || translated.kind == v1::STATEMENT_KIND_CALL;
    script->marker_count += translated.marker_count;
    statement.translated = std::move(translated);
    script->statements.push_back(std::move(statement));
  }
  if (calls) {
    script->source = sql;
    script->reading = reading;
  }
  return script;
}

}  // namespace sluice::relay::session
