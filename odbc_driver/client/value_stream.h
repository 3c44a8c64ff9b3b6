#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "odbc_driver/client/relay_client.h"

namespace sluice::driver::client {

// A value on its way to the relay, which keeps it for the Execute that names it. What the relay has
// not yet taken is bounded: Append() waits for it. One thread at a time.
class ValueStream {
 public:
  static constexpr std::size_t kPartBytes = std::size_t{256} << 10;
  static constexpr std::size_t kPartsUnderWay = 4;

  ValueStream(std::shared_ptr<RelayClient> client, RequestTimeout timeout);
  ~ValueStream();  // unless an Execute has used it up, the relay forgets the value
  ValueStream(const ValueStream&) = delete;
  ValueStream& operator=(const ValueStream&) = delete;

  std::uint32_t id() const { return id_; }
  // Throws RequestFailed: the relay refuses a part (53100: the value is too long for it), or the
  // stream is lost.
  void Append(std::string_view octets, const RelayClient::OnRequestId& on_request_id);
  void Finish(const RelayClient::OnRequestId& on_request_id);  // sends what is left
  void SetUsedUp() { is_used_up_ = true; }

 private:
  void SendPart(std::size_t octets, const RelayClient::OnRequestId& on_request_id);

  const std::shared_ptr<RelayClient> client_;
  const RequestTimeout timeout_;
  const std::uint32_t id_;
  std::string buffer_;
  std::deque<std::unique_ptr<PendingCall>> under_way_;
  bool is_used_up_ = false;
};

}  // namespace sluice::driver::client
