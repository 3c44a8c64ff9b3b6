#include "odbc_driver/handles/handle_registry.h"

#include <utility>

namespace sluice::driver {

HandleRegistry& HandleRegistry::Instance() {
  // Never destroyed: applications free handles from their own exit handlers.
  static auto* const registry = new HandleRegistry;
  return *registry;
}

SQLHANDLE HandleRegistry::Add(std::shared_ptr<Handle> object) {
  std::uintptr_t value = next_value_.fetch_add(1);
  if (value == 0) value = next_value_.fetch_add(1);  // wrapped around: 0 is the null handle
  const auto opaque = reinterpret_cast<SQLHANDLE>(value);
  object->set_value(opaque);
  auto& shard = ShardOf(value);
  const std::lock_guard lock(shard.mutex);
  shard.objects.emplace(value, std::move(object));
  return opaque;
}

std::shared_ptr<Handle> HandleRegistry::Find(SQLHANDLE value, HandleKind kind) {
  const auto key = reinterpret_cast<std::uintptr_t>(value);
  auto& shard = ShardOf(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.objects.find(key);
  if (found == shard.objects.end() || found->second->kind() != kind) return nullptr;
  return found->second;
}

std::shared_ptr<Handle> HandleRegistry::Remove(SQLHANDLE value) {
  const auto key = reinterpret_cast<std::uintptr_t>(value);
  auto& shard = ShardOf(key);
  const std::lock_guard lock(shard.mutex);
  auto node = shard.objects.extract(key);
  return node.empty() ? nullptr : std::move(node.mapped());
}

std::size_t HandleRegistry::size() {
  std::size_t count = 0;
  for (auto& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    count += shard.objects.size();
  }
  return count;
}

}  // namespace sluice::driver
