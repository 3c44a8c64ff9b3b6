#include "odbc_driver/client/value_stream.h"

#include <utility>

namespace sluice::driver::client {

ValueStream::ValueStream(std::shared_ptr<RelayClient> client, RequestTimeout timeout)
    : client_(std::move(client)), timeout_(timeout), id_(client_->NewValueId()) {}

ValueStream::~ValueStream() {
  if (!is_used_up_) client_->ReleaseValue(id_);
}

void ValueStream::Append(std::string_view octets, const RelayClient::OnRequestId& on_request_id) {
  buffer_.append(octets);
  while (buffer_.size() >= kPartBytes) SendPart(kPartBytes, on_request_id);
}

// An empty part lets the relay know a value that is empty.
void ValueStream::Finish(const RelayClient::OnRequestId& on_request_id) {
  SendPart(buffer_.size(), on_request_id);
}

void ValueStream::SendPart(std::size_t octets, const RelayClient::OnRequestId& on_request_id) {
  if (under_way_.size() >= kPartsUnderWay) {
    const auto oldest = std::move(under_way_.front());
    under_way_.pop_front();
    client_->TakeValuePart(*oldest);
  }
  under_way_.push_back(
      client_->StartValuePart(id_, buffer_.substr(0, octets), timeout_, on_request_id));
  buffer_.erase(0, octets);
}

}  // namespace sluice::driver::client
