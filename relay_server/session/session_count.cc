#include "relay_server/session/session_count.h"

namespace sluice::relay::session {

SessionCount::Place& SessionCount::Place::operator=(Place&& other) noexcept {
  if (this == &other) return *this;
  Leave();
  count_ = std::move(other.count_);
  owner_ = std::move(other.owner_);
  return *this;
}

void SessionCount::Place::Leave() noexcept {
  const auto count = std::exchange(count_, nullptr);
  if (count == nullptr) return;
  const std::lock_guard lock(count->mutex_);
  const auto found = count->open_.find(owner_);
  if (--found->second == 0) count->open_.erase(found);
}

SessionCount::Place SessionCount::Enter(std::string owner, std::size_t limit) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(owner);
    if (limit != 0 && found != open_.end() && found->second >= limit) return {};
    ++open_[owner];
  }
  return {shared_from_this(), std::move(owner)};
}

std::size_t SessionCount::Of(std::string_view owner) const {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(owner);
  return found == open_.end() ? 0 : found->second;
}

std::string_view AddressOf(std::string_view peer) {
  const auto port = peer.rfind(':');
  return port == std::string_view::npos ? std::string_view() : peer.substr(0, port);
}

}  // namespace sluice::relay::session
