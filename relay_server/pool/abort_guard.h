#pragma once

#include <chrono>
#include <memory>
#include <mutex>

#include "relay_server/backend/backend.h"
#include "relay_server/pool/timer.h"

namespace sluice::relay::pool {

// While it lives, a backend connection is cut when it does not answer within the limit: for work of
// the relay's own, which no client's deadline ends.
class AbortGuard {
 public:
  AbortGuard(Timer& timer, backend::BackendConnection& connection, std::chrono::milliseconds limit)
      : timer_(timer), watched_(std::make_shared<Watched>(&connection)) {
    id_ = timer_.Schedule(timer_.Now() + limit, [watched = watched_] {
      const std::lock_guard lock(watched->mutex);
      if (watched->connection != nullptr) watched->connection->Abort();
    });
  }
  ~AbortGuard() {
    timer_.Cancel(id_);
    const std::lock_guard lock(watched_->mutex);
    watched_->connection = nullptr;
  }
  AbortGuard(const AbortGuard&) = delete;
  AbortGuard& operator=(const AbortGuard&) = delete;

 private:
  struct Watched {
    explicit Watched(backend::BackendConnection* watched) : connection(watched) {}
    std::mutex mutex;
    backend::BackendConnection* connection;  // guarded by mutex; null: the guard is gone
  };

  Timer& timer_;
  const std::shared_ptr<Watched> watched_;
  Timer::Id id_ = 0;
};

// How long the relay's own questions and resets may take.
inline constexpr std::chrono::seconds kOwnWorkLimit{10};

}  // namespace sluice::relay::pool
