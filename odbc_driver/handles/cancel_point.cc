#include "odbc_driver/handles/cancel_point.h"

#include <utility>

#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver {

CancelPoint::Scope::Scope(CancelPoint& point, std::shared_ptr<client::RelayClient> client,
                          std::uint64_t request_id)
    : point_(point) {
  const std::lock_guard lock(point_.mutex_);
  point_.active_ = true;
  point_.client_ = std::move(client);
  point_.request_id_ = request_id;
  point_.cancelled_ = false;
}

CancelPoint::Scope::~Scope() {
  std::shared_ptr<client::RelayClient> client;  // released outside the lock
  const std::lock_guard lock(point_.mutex_);
  point_.active_ = false;
  client.swap(point_.client_);
  point_.request_id_ = 0;
}

void CancelPoint::Scope::SetRequest(std::uint64_t request_id) {
  const std::lock_guard lock(point_.mutex_);
  if (point_.cancelled_) throw DriverError(kHY008OperationCanceled);
  point_.request_id_ = request_id;
}

bool CancelPoint::Scope::cancelled() const {
  const std::lock_guard lock(point_.mutex_);
  return point_.cancelled_;
}

bool CancelPoint::Cancel() {
  std::shared_ptr<client::RelayClient> client;
  std::uint64_t request_id = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!active_) return false;
    if (std::exchange(cancelled_, true)) return true;  // once is enough, and cannot pile up
    client = client_;
    request_id = request_id_;
  }
  if (request_id != 0) client->Cancel(request_id);
  return true;
}

}  // namespace sluice::driver
