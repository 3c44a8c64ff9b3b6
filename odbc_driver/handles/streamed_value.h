#pragma once

#include <memory>
#include <string_view>

#include "odbc_driver/client/value_stream.h"
#include "odbc_driver/convert/part_converter.h"
#include "odbc_driver/handles/cancel_point.h"

namespace sluice::driver {

// A value of SQLPutData that has become too long to be kept: its parts are converted and sent to
// the relay as they come, so that it never is in memory as a whole.
class StreamedValue {
 public:
  // From this length on; shorter ones travel with the statement, in its round trip.
  static constexpr std::size_t kFromOctets = std::size_t{256} << 10;

  StreamedValue(std::unique_ptr<convert::PartConverter> converter,
                std::shared_ptr<client::RelayClient> client, client::RequestTimeout timeout)
      : converter_(std::move(converter)), stream_(std::move(client), timeout) {}

  // `scope` lets another thread cancel. Throws DriverError 22018 and HY008, RequestFailed.
  void Append(std::string_view octets, CancelPoint::Scope& scope);
  void Finish(CancelPoint::Scope& scope);
  client::ValueStream& stream() { return stream_; }
  const client::ValueStream& stream() const { return stream_; }

 private:
  const std::unique_ptr<convert::PartConverter> converter_;
  client::ValueStream stream_;
};

}  // namespace sluice::driver
