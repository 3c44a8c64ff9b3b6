#include "tests/relay/test_client.h"

#include <Poco/Net/SocketAddress.h>

#include <stdexcept>
#include <string_view>
#include <utility>

namespace sluice::relay {
namespace {

wire::Deadline Patience() { return wire::DeadlineAfter(std::chrono::seconds(40)); }

}  // namespace

TestClient::TestClient(Poco::Net::StreamSocket socket)
    : channel_(std::make_unique<wire::MessageChannel>(socket)), socket_(socket) {}

TestClient TestClient::To(std::uint16_t port) {
  return TestClient(Poco::Net::StreamSocket(Poco::Net::SocketAddress("127.0.0.1", port)));
}

v1::OpenSession TestClient::DefaultOpen() const {
  v1::OpenSession open;
  open.set_protocol_version(wire::kProtocolVersion);
  open.set_pool("db");
  open.set_user("alice");
  open.set_password("secret");
  open.set_application("relay test");
  return open;
}

v1::Response TestClient::Open() { return Open(DefaultOpen()); }

v1::Response TestClient::Open(const v1::OpenSession& open) {
  v1::Request request;
  *request.mutable_open_session() = open;
  auto response = Call(std::move(request));
  if (response.has_session_opened()) session_id_ = response.session_opened().session_id();
  return response;
}

std::uint64_t TestClient::Send(v1::Request request) {
  const std::uint64_t id = next_request_id_++;
  request.set_request_id(id);
  channel_->Send(request, session_id_, Patience());
  return id;
}

v1::Response TestClient::Receive(std::uint64_t request_id) {
  for (auto kept = kept_.begin(); kept != kept_.end(); ++kept) {
    if (kept->request_id() != request_id) continue;
    auto response = std::move(*kept);
    kept_.erase(kept);
    return response;
  }
  for (;;) {
    v1::Response response;
    if (!channel_->Receive(response, nullptr, Patience())) {
      throw std::runtime_error("no answer to request " + std::to_string(request_id));
    }
    if (response.request_id() == request_id) return response;
    kept_.push_back(std::move(response));
  }
}

v1::Response TestClient::Call(v1::Request request) { return Receive(Send(std::move(request))); }

std::uint64_t TestClient::SendExecute(const std::string& sql, const Run& run) {
  v1::Request request;
  request.set_timeout_ms(run.timeout_ms);
  if (run.autocommit) request.mutable_changes()->set_autocommit(*run.autocommit);
  auto& execute = *request.mutable_execute();
  execute.set_statement_id(next_statement_id_++);
  execute.set_sql(sql);
  execute.set_cursor_id(run.cursor);
  execute.set_credit_bytes(run.credit);
  execute.set_max_rows(run.max_rows);
  return Send(std::move(request));
}

v1::Response TestClient::Execute(const std::string& sql, const Run& run) {
  return Receive(SendExecute(sql, run));
}

v1::Response TestClient::EndTransaction(bool commit) {
  v1::Request request;
  request.mutable_end_transaction()->set_completion(commit ? v1::EndTransaction::COMMIT
                                                           : v1::EndTransaction::ROLLBACK);
  return Call(std::move(request));
}

v1::Response TestClient::NextResult(std::uint32_t cursor, std::uint64_t credit) {
  v1::Request request;
  request.mutable_next_result()->set_cursor_id(cursor);
  request.mutable_next_result()->set_credit_bytes(credit);
  return Call(std::move(request));
}

void TestClient::Grant(std::uint32_t cursor, std::uint64_t bytes) {
  v1::Request request;
  request.mutable_grant_credit()->set_cursor_id(cursor);
  request.mutable_grant_credit()->set_bytes(bytes);
  Send(std::move(request));
}

void TestClient::Cancel(std::uint64_t request_id) {
  v1::Request request;
  request.mutable_cancel()->set_request_id(request_id);
  Send(std::move(request));
}

v1::Response TestClient::Ping() {
  v1::Request request;
  request.mutable_ping();
  return Call(std::move(request));
}

v1::Response TestClient::CloseSession() {
  v1::Request request;
  request.mutable_close_session();
  return Call(std::move(request));
}

TestClient::Rows TestClient::ReadToEnd(const v1::Response& first) {
  const auto id = first.request_id();
  v1::Response response = first;
  Rows read;
  if (first.has_failure()) throw std::runtime_error("no rows: " + MessageOf(first));
  for (bool begun = false;; begun = true) {
    const auto& rows = begun ? response.rows() : response.result().first_rows();
    read.rows += rows.batch().row_count();
    if (rows.end()) {
      read.more_results = rows.more_results();
      if (rows.failed()) read.sqlstate = StateOf(response);
      return read;
    }
    Grant(rows.cursor_id(), rows.batch().ByteSizeLong());
    response = Receive(id);
    if (!response.has_rows()) throw std::runtime_error("no rows: " + MessageOf(response));
  }
}

// The channel has made the socket non-blocking: it takes what it has room for.
void TestClient::SendOctets(const std::string& octets) {
  std::string_view left = octets;
  while (!left.empty()) {
    if (!socket_.poll(Poco::Timespan(20, 0), Poco::Net::Socket::SELECT_WRITE)) {
      throw std::runtime_error("the relay does not read");
    }
    const int sent = socket_.sendBytes(left.data(), static_cast<int>(left.size()));
    if (sent > 0) left.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool TestClient::AwaitEndOfStream() {
  try {
    for (;;) {
      v1::Response response;
      if (!channel_->Receive(response, nullptr, Patience())) return false;
    }
  } catch (const wire::StreamClosed&) {
    return true;
  }
}

std::string StateOf(const v1::Response& response) {
  return response.diagnostics_size() == 0 ? std::string() : response.diagnostics(0).sqlstate();
}

std::string MessageOf(const v1::Response& response) {
  return response.diagnostics_size() == 0 ? std::string() : response.diagnostics(0).message();
}

}  // namespace sluice::relay
