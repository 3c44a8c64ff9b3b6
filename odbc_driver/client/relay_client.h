#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "proto/wire/compression.h"
#include "proto/wire/deadline.h"
#include "sluice/v1/session.pb.h"

// The driver's side of a session with the relay: a method per request, and cursors that rows arrive
// at. Knows no ODBC handle. docs/protocol.md tells the bytes and the order of messages.

namespace sluice::driver::client {

using wire::Deadline;

enum class TlsMode { kDisable, kRequire, kVerifyCa, kVerifyFull };

// Where and as whom to connect. Made from the connection string by config/.
struct ConnectOptions {
  std::vector<std::string>
      servers;  // tried in turn: host names, addresses, or paths of unix sockets
  std::uint16_t port = 7432;
  std::string pool;
  std::string user;
  std::string password;
  std::optional<TlsMode>
      tls_mode;  // absent: verify-full, but disable for loopback and unix sockets
  std::string tls_root_certificate;  // file; empty: the system's
  std::string tls_certificate;
  std::string tls_private_key;
  std::string application;
  std::chrono::milliseconds connect_timeout{15000};  // over all servers
  v1::SessionChanges settings;                       // state the session starts with
  v1::Pinning pinning = v1::PINNING_AUTO;
  wire::Compression compression = wire::Compression::kWhereSlow;
  v1::PoolMode pool_mode = v1::POOL_MODE_DEFAULT;
  v1::ErrorScope error_scope = v1::ERROR_SCOPE_STATEMENT;
  // How much longer than a request's timeout to wait for the relay's own HYT00, and then for the
  // answer to a Cancel, before the link counts as failed.
  std::chrono::milliseconds answer_grace{5000};
  // How long a message that is not answered (credit, a Cancel) may wait for room on its way before
  // the link counts as failed; as long as TCP waits for an acknowledgement.
  std::chrono::milliseconds one_way_timeout{60'000};
};

// A request failed. diagnostics() is never empty, whatever the relay has told; its first entry is
// the error.
class RequestFailed : public std::runtime_error {
 public:
  explicit RequestFailed(std::vector<v1::Diagnostic> diagnostics);
  RequestFailed(std::string sqlstate, const std::string& message);
  const std::vector<v1::Diagnostic>& diagnostics() const { return diagnostics_; }
  const std::string& sqlstate() const { return diagnostics_.front().sqlstate(); }

 private:
  std::vector<v1::Diagnostic> diagnostics_;
};

// How long a request may take. The relay is told, and ends it then with HYT00.
struct RequestTimeout {
  // NOLINTNEXTLINE(google-explicit-constructor): most requests have the statement's
  RequestTimeout(std::chrono::milliseconds limit = {}, bool is_the_connections = false)
      : duration(limit), of_connection(is_the_connections) {}

  std::chrono::milliseconds duration;  // 0: none
  // SQL_ATTR_CONNECTION_TIMEOUT: the failure is HYT01, and a relay that does not tell it itself,
  // with a grace of the same duration at most, counts as lost.
  bool of_connection;
};

class Link;
class RelayClient;
class SessionOpener;

// The rows of one result set, in the order of arrival. Belongs to the RelayClient that made it,
// which must outlive it, and to one statement; its methods are called by one thread at a time (the
// statement's lock).
class Cursor {
 public:
  ~Cursor();  // rows that are still to come are called off
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  std::uint32_t id() const { return id_; }
  std::uint64_t request_id() const { return request_id_; }

  // Makes the next batch current and returns it; nullptr after the last row. Blocks until one
  // arrives. Throws RequestFailed (rows broke off, deadline HYT00, connection lost 08S01).
  const v1::ColumnBatch* NextBatch(Deadline deadline);
  // The current batch, for whoever needs it longer than until the next one.
  v1::ColumnBatch TakeBatch();
  // NextBatch() would not wait. Never waits itself.
  bool Ready();
  // All rows have arrived and been handed out.
  bool at_end() const;
  // How many rows the result has, when all of them arrived with the answer to the request.
  std::optional<std::uint64_t> known_rows() const;
  // Whether another result follows; meaningful once the last batch has been handed out.
  bool more_results() const;

 private:
  friend class Link;
  friend class RelayClient;
  Cursor(Link& link, std::uint32_t id, std::uint64_t window);

  // How many times the credit of the start may become: rows that nobody reads wait in the buffers
  // of the sockets, and behind them in the relay's memory.
  static constexpr std::uint64_t kWindowGrowth = 4;

  void UseUpCurrent();
  void NoteUse(std::uint64_t bytes);

  Link& link_;
  const std::uint32_t id_;
  std::uint64_t request_id_ = 0;
  bool times_out_connection_ = false;  // RequestTimeout::of_connection of its request
  // Guarded by the link's mutex.
  std::int64_t credit_;  // bytes that the relay may send; below 0 after a batch beyond it
  std::deque<v1::Rows> queue_;
  std::vector<v1::Diagnostic> failure_;
  bool end_received_ = false;
  bool more_results_ = false;
  bool on_relay_ = false;  // the relay knows the id: it must be released
  // The reading thread's own.
  v1::Rows current_;
  std::uint64_t window_;           // bytes of credit that the relay has, or has rows under way for
  std::uint64_t window_limit_;     // as far as it may grow
  std::uint64_t credit_owed_ = 0;  // bytes used up and not granted again
  std::uint64_t used_ = 0;         // bytes used up since used_since_
  wire::Clock::time_point used_since_ = {};
};

struct ExecuteRequest {
  std::uint32_t statement_id = 0;
  const std::string* sql = nullptr;  // nullptr: the relay has the text of this statement id
  const v1::ParameterSet* parameters = nullptr;
  bool escape_scan = true;
  bool prepared = false;
  std::uint64_t max_rows = 0;
  RequestTimeout timeout;
  // Called with the request id before anything is sent, so that another thread can cancel it.
  std::function<void(std::uint64_t)> on_request_id;
};

// The start of a result, and the cursor of its rows: nullptr without a result set, unless another
// result follows (more_results): then the cursor is without rows and serves NextResult.
struct ExecuteResponse {
  v1::Result result;  // first_rows has been moved into the cursor
  std::unique_ptr<Cursor> cursor;
  std::vector<v1::Diagnostic> diagnostics;
};

// A request that has been sent and whose answer has not been taken. One thread at a time uses it;
// it may be given up at any time (the answer is then passed over).
class PendingCall {
 public:
  ~PendingCall();
  PendingCall(const PendingCall&) = delete;
  PendingCall& operator=(const PendingCall&) = delete;

  // Whether taking the answer would not wait. Never waits itself; reads what the stream holds, and
  // cancels a request whose time is up. Throws RequestFailed 08S01.
  bool Ready();

 private:
  friend class Link;
  friend class RelayClient;
  struct State;
  explicit PendingCall(std::unique_ptr<State> state);

  const std::unique_ptr<State> state_;
};

// A session that is being opened. One thread at a time uses it; it may be given up at any time.
class PendingSession {
 public:
  ~PendingSession();
  PendingSession(const PendingSession&) = delete;
  PendingSession& operator=(const PendingSession&) = delete;

  // Goes on with it, and waits at most until `patience`. nullptr: it is not open yet. Throws
  // RequestFailed as RelayClient::Open tells. Looking a server's name up may take longer.
  std::unique_ptr<RelayClient> Advance(Deadline patience);

 private:
  friend class RelayClient;
  explicit PendingSession(const ConnectOptions& options);

  const std::unique_ptr<SessionOpener> opener_;
  const std::chrono::milliseconds answer_grace_;
  const std::chrono::milliseconds one_way_timeout_;
};

// One session. The methods that wait for an answer may be called from several threads; they take
// turns, except Cancel, which never waits for them. Every method throws RequestFailed; after a lost
// stream (08S01) all do.
class RelayClient {
 public:
  // Connects, does the TLS handshake, opens the session: one round trip after TCP and TLS.
  // SQLSTATEs: 08001 (text names host and port), 28000, 08004, HYT00 (connect timeout).
  static std::unique_ptr<RelayClient> Open(const ConnectOptions& options);
  // The same in steps.
  static std::unique_ptr<PendingSession> StartOpen(const ConnectOptions& options);
  ~RelayClient();  // closes the session; its stream may stay warm for the next Open
  RelayClient(const RelayClient&) = delete;
  RelayClient& operator=(const RelayClient&) = delete;

  const v1::SessionOpened& session() const { return session_; }
  // What the relay told when it opened the session.
  const std::vector<v1::Diagnostic>& opening_warnings() const { return opening_warnings_; }

  // State that rides on the next request. Free.
  void Change(const v1::SessionChanges& changes);
  // Ids are the driver's to give. Free; so is the release, which rides on the next request.
  std::uint32_t NewStatementId() { return next_statement_id_.fetch_add(1); }
  void ReleaseStatement(std::uint32_t statement_id);
  void ReleaseCursor(std::unique_ptr<Cursor> cursor);
  std::uint32_t NewValueId() { return next_value_id_.fetch_add(1); }
  void ReleaseValue(std::uint32_t value_id);

  using OnRequestId = std::function<void(std::uint64_t)>;
  // Send and do not wait; one of the Take… methods waits for the answer where it is not Ready().
  std::unique_ptr<PendingCall> StartExecute(const ExecuteRequest& request);
  std::unique_ptr<PendingCall> StartCatalog(v1::Catalog request, RequestTimeout timeout,
                                            const OnRequestId& on_request_id);
  std::unique_ptr<PendingCall> StartNextResult(std::unique_ptr<Cursor> cursor,
                                               RequestTimeout timeout,
                                               const OnRequestId& on_request_id);
  std::unique_ptr<PendingCall> StartDescribe(std::uint32_t statement_id, const std::string* sql,
                                             bool escape_scan, RequestTimeout timeout,
                                             const OnRequestId& on_request_id);
  std::unique_ptr<PendingCall> StartEndTransaction(bool commit, RequestTimeout timeout,
                                                   const OnRequestId& on_request_id);
  // See ValueStream.
  std::unique_ptr<PendingCall> StartValuePart(std::uint32_t value_id, std::string octets,
                                              RequestTimeout timeout,
                                              const OnRequestId& on_request_id);
  void TakeValuePart(PendingCall& call);
  ExecuteResponse TakeResult(PendingCall& call);  // of Execute, Catalog and NextResult
  v1::StatementDescription TakeDescription(PendingCall& call);
  std::vector<v1::Diagnostic> TakeTransactionEnd(PendingCall& call);

  // The same in one step.
  ExecuteResponse Execute(const ExecuteRequest& request);
  ExecuteResponse RunCatalog(v1::Catalog request, RequestTimeout timeout,
                             const std::function<void(std::uint64_t)>& on_request_id);
  // After cursor's rows have ended with more_results: the next result, on the same cursor id.
  ExecuteResponse NextResult(std::unique_ptr<Cursor> cursor, RequestTimeout timeout);
  // The text in the database's own SQL.
  std::string NativeSql(const std::string& sql, bool escape_scan, RequestTimeout timeout);
  v1::StatementDescription Describe(std::uint32_t statement_id, const std::string* sql,
                                    bool escape_scan, RequestTimeout timeout);
  // How many parameters the text has; the database is not asked.
  int CountParameters(std::uint32_t statement_id, const std::string& sql, bool escape_scan,
                      RequestTimeout timeout);
  std::vector<v1::Diagnostic> EndTransaction(bool commit, RequestTimeout timeout);
  void Ping(RequestTimeout timeout);
  // One-way; thread-safe at any time.
  void Cancel(std::uint64_t request_id);

  // As the last response told.
  v1::TransactionState transaction_state() const;
  // What the session keeps its backend connection for; empty: it does not.
  std::string pinned_by() const;
  // Certainly unusable (SQL_ATTR_CONNECTION_DEAD); costs no round trip.
  bool IsDead();

  // What a cursor grants as credit at first.
  void set_fetch_bytes(std::uint64_t bytes) { fetch_bytes_ = bytes; }

 private:
  friend class PendingSession;
  RelayClient(v1::SessionOpened session, std::vector<v1::Diagnostic> opening_warnings,
              std::unique_ptr<Link> link);

  std::unique_ptr<Cursor> NewCursor();

  const v1::SessionOpened session_;
  const std::vector<v1::Diagnostic> opening_warnings_;
  const std::unique_ptr<Link> link_;
  std::atomic<std::uint32_t> next_statement_id_{1};
  std::atomic<std::uint32_t> next_cursor_id_{1};
  std::atomic<std::uint32_t> next_value_id_{1};
  std::atomic<std::uint64_t> fetch_bytes_ = std::uint64_t{1} << 20;
};

}  // namespace sluice::driver::client
