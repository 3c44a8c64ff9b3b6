#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "odbc_driver/client/relay_client.h"

namespace sluice::driver {

// Where SQLCancel or SQLCancelHandle of one thread meets the running call of another, without
// waiting for it: it knows which request the handle waits for, if any. Thread-safe.
class CancelPoint {
 public:
  // The running call's part, for as long as it may wait for the relay. While a session is being
  // opened there is no client: the call asks from time to time whether it was cancelled.
  class Scope {
   public:
    Scope(CancelPoint& point, std::shared_ptr<client::RelayClient> client,
          std::uint64_t request_id = 0);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    // The request is about to be sent. Throws DriverError HY008 when it was cancelled already.
    void SetRequest(std::uint64_t request_id);
    bool cancelled() const;

   private:
    CancelPoint& point_;
  };

  // The canceller's part. false: nothing is waiting.
  bool Cancel();

 private:
  std::mutex mutex_;     // a leaf; guards what follows
  bool active_ = false;  // a scope is open
  std::shared_ptr<client::RelayClient> client_;
  std::uint64_t request_id_ = 0;
  bool cancelled_ = false;
};

}  // namespace sluice::driver
