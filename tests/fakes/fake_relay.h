#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <Poco/Net/ServerSocket.h>

#include "proto/wire/message_channel.h"
#include "sluice/v1/session.pb.h"

// A relay that plays what a test scripts, over real sockets. By itself it opens and closes
// sessions, answers Ping and EndTransaction, and streams results within the credit that the driver
// grants. It records every request, and what the driver does wrong.
//
//   FakeRelay relay;
//   relay.OnExecute("SELECT 1", Table({IntColumn("n")}, {{"1"}}));
//   relay.OnExecute("SELECT slow", [](FakeRelay::Exchange& e) { e.AwaitCancel(); e.Fail("HY008",
//   "canceled"); }); … connect to relay.server() … EXPECT_EQ(relay.Count(v1::Request::kExecute),
//   1u); EXPECT_THAT(relay.violations(), IsEmpty());

namespace sluice::fakes {

// One result, in the batches in which it is to be sent.
struct FakeResult {
  std::vector<v1::Column> columns;  // empty: no result set
  std::vector<v1::ColumnBatch> batches;
  std::optional<std::uint64_t> affected_rows;
  bool more_results = false;
  v1::StatementKind kind = v1::STATEMENT_KIND_OTHER;
};

v1::Column IntColumn(const std::string& name);   // int4
v1::Column TextColumn(const std::string& name);  // varchar(255)

using FakeRow = std::vector<std::optional<std::string>>;
// Values are given as text and encoded as the column's value type asks (bool, integers, floats, and
// what travels as text or octets); nullopt is NULL.
FakeResult Table(std::vector<v1::Column> columns, const std::vector<FakeRow>& rows,
                 std::size_t rows_per_batch = 1000);
// Columns n (1, 2, …) and text ("row 1", …).
FakeResult NumberedRows(std::size_t rows, std::size_t rows_per_batch);
FakeResult AffectedRows(std::uint64_t rows, v1::StatementKind kind = v1::STATEMENT_KIND_UPDATE);

// Thread-safe.
class FakeRelay {
 public:
  struct Options {
    bool unix_socket = false;          // listen on a unix socket, not on 127.0.0.1
    std::string tls_certificate = {};  // PEM files; empty: plaintext
    std::string tls_private_key = {};
    std::string password = {};  // empty: any will do; else 28000 for another one
    std::uint32_t protocol_version = 1;
    std::uint64_t max_message_bytes = std::uint64_t{64} << 20;
    v1::ServerFacts facts = {};                  // engine unset: a PostgreSQL 15 server
    std::chrono::milliseconds opening_takes{0};  // as from far away
  };

  class Exchange;
  using Handler = std::function<void(Exchange&)>;
  using Body = v1::Request::BodyCase;

  FakeRelay();
  explicit FakeRelay(Options options);
  ~FakeRelay();  // drops the connections; handlers must not wait for the test any more
  FakeRelay(const FakeRelay&) = delete;
  FakeRelay& operator=(const FakeRelay&) = delete;

  // For the Server keyword: 127.0.0.1:port or the path of the unix socket.
  std::string server() const;
  std::uint16_t port() const;  // 0: unix socket

  // What answers an Execute of this text, or a request of this kind. Handlers run on threads of
  // their own, so that they may wait. An Execute without a handler fails with 42601.
  void OnExecute(const std::string& sql, Handler handler);
  void OnExecute(const std::string& sql, FakeResult result);
  void On(Body body, Handler handler);

  std::vector<v1::Request> requests() const;  // in the order of arrival
  std::size_t Count(Body body) const;
  // Requests that the driver waited for, from the first OpenSession on.
  std::size_t round_trips() const;
  std::size_t connection_count() const;  // accepted
  // Waits until so many requests of the kind have arrived; false after 20 s.
  bool AwaitCount(Body body, std::size_t count) const;
  std::vector<std::string> violations() const;  // of the protocol, by the driver
  void DropConnections();
  void StopListening();

 private:
  struct Connection;
  struct Credit;

  void Listen();
  void AcceptLoop();
  void Serve(Connection& connection);
  void Handle(Connection& connection, const v1::Request& request, std::uint32_t session_id);
  bool HandleOneWay(Connection& connection, const v1::Request& request);
  Handler FindHandler(Connection& connection, const v1::Request& request);
  void AnswerByDefault(Exchange& exchange);
  void AnswerOpenSession(Exchange& exchange);
  void Record(Connection& connection, const v1::Request& request, std::uint32_t session_id);
  void Violation(const std::string& text);

  const Options options_;
  std::string socket_path_;
  Poco::Net::ServerSocket listener_;
  std::thread acceptor_;

  mutable std::mutex mutex_;  // guards what follows, and the connections' members
  mutable std::condition_variable changed_;
  bool stopping_ = false;
  bool listening_ = true;
  std::map<std::string, Handler> execute_handlers_;
  std::map<Body, Handler> handlers_;
  std::vector<v1::Request> requests_;
  std::vector<std::string> violations_;
  std::uint32_t last_session_id_ = 0;
  std::list<Connection> connections_;
};

// One request and the ways to answer it.
class FakeRelay::Exchange {
 public:
  const v1::Request& request() const { return request_; }

  // The result, and its further batches as credit allows. Stops when the cursor is released, the
  // request is canceled (HY008) or the connection ends.
  void Reply(const FakeResult& result);
  void Reply(v1::Response response);  // request_id is filled in unless it is set
  void Fail(const std::string& sqlstate, const std::string& message);
  // Waits for a Cancel of this request; false: the connection ended.
  bool AwaitCancel();

  // ---- mishaps ----
  void SendOctets(const std::string& octets);              // as they are, on a plaintext connection
  std::string Encode(const v1::Response& response) const;  // the frame that Reply would send
  void Drop();                                             // closes the connection

 private:
  friend class FakeRelay;
  Exchange(FakeRelay& relay, Connection& connection, v1::Request request);
  bool TakeCredit(std::size_t bytes);
  std::uint32_t CursorId() const;

  FakeRelay& relay_;
  Connection& connection_;
  v1::Request request_;
  std::uint32_t session_id_ = 0;    // the stream may have another session when the answer goes out
  std::shared_ptr<Credit> credit_;  // null: the request opens no cursor
};

// Handlers that several tests need: a change of one row after which a transaction is open, and an
// array of two rows of which the second fails with 23505.
void ChangeInTransaction(FakeRelay::Exchange& exchange);
void FailSecondRow(FakeRelay::Exchange& exchange);

}  // namespace sluice::fakes
