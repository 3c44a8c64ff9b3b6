#include "relay_server/session/statement_cache.h"

#include <utility>

namespace sluice::relay::session {
namespace {

// Longer texts (literal bulk inserts) hardly ever come twice and would fill the cache.
constexpr std::size_t kLongestCachedText = 64 * 1024;

}  // namespace

std::shared_ptr<const Script> StatementCache::Get(const std::string& sql, bool escape_scan) {
  if (sql.size() > kLongestCachedText) return Translate(sql, escape_scan);
  const std::string key = (escape_scan ? '1' : '0') + sql;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return entries_.front().script;
    }
  }
  auto script = Translate(sql, escape_scan);
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

std::shared_ptr<const Script> StatementCache::Translate(const std::string& sql,
                                                        bool escape_scan) const {
  auto script = std::make_shared<Script>();
  for (auto& translated : dialect_.Translate(sql, escape_scan)) {
    auto native = std::make_shared<backend::Statement>();
    native->sql = std::move(translated.sql);
    native->parameter_count = translated.parameter_count;
    native->kind = translated.kind;
    for (auto& change : translated.settings) {
      native->sets.push_back({std::move(change.name), std::move(change.value)});
    }
    script->parameter_count += translated.parameter_count;
    script->statements.push_back({std::move(translated), std::move(native)});
  }
  return script;
}

}  // namespace sluice::relay::session
