#include "relay_server/pool/backend_lease.h"

#include <cassert>
#include <utility>

#include "relay_server/pool/backend_pool.h"
#include "relay_server/pool/pooled_connection.h"

namespace sluice::relay::pool {

BackendLease::BackendLease() noexcept = default;

BackendLease::~BackendLease() { Release(); }

BackendLease::BackendLease(std::shared_ptr<BackendPool> pool,
                           std::unique_ptr<PooledConnection> connection)
    : pool_(std::move(pool)), connection_(std::move(connection)) {}

BackendLease::BackendLease(BackendLease&& other) noexcept = default;

BackendLease& BackendLease::operator=(BackendLease&& other) noexcept {
  if (this != &other) {
    Release();
    pool_ = std::move(other.pool_);
    connection_ = std::move(other.connection_);
  }
  return *this;
}

backend::BackendConnection& BackendLease::connection() const {
  assert(connection_ != nullptr);
  return *connection_->backend;
}

std::uint64_t BackendLease::number() const { return connection_->lease; }
std::uint64_t BackendLease::previous() const { return connection_->lease_before; }

void BackendLease::SetLeftovers(backend::Leftovers leftovers) {
  const bool pinned = leftovers.unknown || !leftovers.undo.empty();
  connection_->pinned.store(pinned, std::memory_order_relaxed);
  connection_->leftovers = std::move(leftovers);
}
void BackendLease::SetBeyondReset(bool beyond_reset) { connection_->beyond_reset = beyond_reset; }
void BackendLease::MarkBroken() { connection_->broken = true; }

void BackendLease::CountIdleTransactionTimeout() { pool_->CountIdleTransactionTimeout(); }
void BackendLease::CountRetry() { pool_->CountRetry(); }

void BackendLease::SetHolderState(HolderState state) {
  connection_->holder_state.store(state, std::memory_order_relaxed);
}

void BackendLease::OfferToYield(std::function<void()> yield) {
  if (!pool_->KeepOffer(*connection_, yield)) yield();
}

void BackendLease::StopYielding() {
  if (connection_ != nullptr) pool_->DropOffer(*connection_);
}

void BackendLease::Release() noexcept {
  if (connection_ == nullptr) return;
  StopYielding();
  const auto pool = std::move(pool_);
  pool->TakeBack(std::move(connection_));
}

}  // namespace sluice::relay::pool
