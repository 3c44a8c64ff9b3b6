#include "relay_server/session/routine_knowledge.h"

#include <algorithm>

namespace sluice::relay::session {
namespace {

constexpr std::chrono::minutes kAge{5};
constexpr std::size_t kMaxNames = 10'000;

}  // namespace

const RoutineKnowledge::Entry* RoutineKnowledge::Find(const std::string& name, Time now) const {
  const auto found = by_name_.find(name);
  const bool known = found != by_name_.end() && now - found->second.learned < kAge;
  return known ? &found->second : nullptr;
}

RoutineKnowledge::Effect RoutineKnowledge::EffectOf(const std::vector<std::string>& names,
                                                    Time now) const {
  const std::lock_guard lock(mutex_);
  Effect effect = Effect::kNone;
  for (const auto& name : names) {
    const Entry* entry = Find(name, now);
    effect = std::max(effect, entry == nullptr ? Effect::kMayLeave : entry->effect);
  }
  return effect;
}

std::vector<std::string> RoutineKnowledge::Unknown(const std::vector<std::string>& names,
                                                   Time now) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> unknown;
  for (const auto& name : names) {
    if (Find(name, now) == nullptr) unknown.push_back(name);
  }
  return unknown;
}

void RoutineKnowledge::Learn(const std::string& name, Effect effect, Time now) {
  const std::lock_guard lock(mutex_);
  if (by_name_.size() >= kMaxNames) by_name_.clear();
  by_name_.insert_or_assign(name, Entry{effect, now});
}

void RoutineKnowledge::Forget() {
  const std::lock_guard lock(mutex_);
  by_name_.clear();
}

}  // namespace sluice::relay::session
