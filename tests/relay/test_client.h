#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include <Poco/Net/StreamSocket.h>

#include "proto/wire/message_channel.h"
#include "sluice/v1/session.pb.h"

namespace sluice::relay {

// A client that speaks the protocol message by message and nothing by itself. A wait that takes
// too long throws. One thread.
class TestClient {
 public:
  explicit TestClient(Poco::Net::StreamSocket socket);

  // Connects without TLS.
  static TestClient To(std::uint16_t port);

  v1::OpenSession DefaultOpen() const;  // alice, her password, pool "db"
  v1::Response Open();
  v1::Response Open(const v1::OpenSession& open);

  // Sends the request under a new id, which is returned.
  std::uint64_t Send(v1::Request request);
  // The answer to this request; others that come before it are kept.
  v1::Response Receive(std::uint64_t request_id);
  v1::Response Call(v1::Request request);
  // Responses that came before another one that was waited for.
  std::size_t kept() const { return kept_.size(); }

  struct Run {
    std::uint32_t cursor = 1;
    std::uint64_t credit = 1 << 20;
    std::uint64_t max_rows = 0;
    std::uint32_t timeout_ms = 0;
    std::optional<bool> autocommit = {};
  };
  std::uint64_t SendExecute(const std::string& sql) { return SendExecute(sql, Run()); }
  std::uint64_t SendExecute(const std::string& sql, const Run& run);
  v1::Response Execute(const std::string& sql) { return Execute(sql, Run()); }
  v1::Response Execute(const std::string& sql, const Run& run);
  v1::Response EndTransaction(bool commit);
  v1::Response NextResult(std::uint32_t cursor, std::uint64_t credit = 1 << 20);
  void Grant(std::uint32_t cursor, std::uint64_t bytes);
  void Cancel(std::uint64_t request_id);
  v1::Response Ping();
  v1::Response CloseSession();

  // Rows of the cursor from `first` (which began the result) to its end or failure; grants credit
  // by what it has read.
  struct Rows {
    std::size_t rows = 0;
    bool more_results = false;
    std::string sqlstate;  // of the failure that broke them off
  };
  Rows ReadToEnd(const v1::Response& first);

  // For its frames, once Open() has agreed on compression.
  wire::MessageChannel& channel() { return *channel_; }
  std::uint16_t port() const { return socket_.address().port(); }  // of this end

  void SendOctets(const std::string& octets);
  bool AwaitEndOfStream();
  // Vanishes without a word.
  void Drop() {
    channel_.reset();
    socket_ = Poco::Net::StreamSocket();
  }

 private:
  std::unique_ptr<wire::MessageChannel> channel_;
  Poco::Net::StreamSocket socket_;
  std::uint32_t session_id_ = 0;
  std::uint64_t next_request_id_ = 1;
  std::uint32_t next_statement_id_ = 1;
  std::deque<v1::Response> kept_;
};

// The SQLSTATE of the first diagnostic; empty: none.
std::string StateOf(const v1::Response& response);
std::string MessageOf(const v1::Response& response);

}  // namespace sluice::relay
