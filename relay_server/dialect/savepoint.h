#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::relay::dialect {

// What a statement of PostgreSQL does to the savepoints of its transaction.
struct SavepointStep {
  enum class Kind { kSet, kRollBack, kRelease } kind;
  std::string name;
};

// nullopt: it is about none. Pure; thread-safe.
std::optional<SavepointStep> FindSavepointStep(std::string_view sql);

}  // namespace sluice::relay::dialect
