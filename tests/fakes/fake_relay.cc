#include "tests/fakes/fake_relay.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include <Poco/Net/Context.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/SocketAddress.h>

namespace sluice::fakes {

namespace {

using Lock = std::unique_lock<std::mutex>;
constexpr std::chrono::seconds kPatience{20};

v1::ServerFacts PostgresFacts() {
  v1::ServerFacts facts;
  facts.set_engine(v1::ENGINE_POSTGRES);
  facts.set_version("15.18");
  facts.set_version_number(151800);
  facts.set_database("testdb");
  facts.set_user("tester");
  facts.set_server_name("localhost");
  facts.set_max_identifier_length(63);
  facts.set_default_isolation(v1::ISOLATION_LEVEL_READ_COMMITTED);
  return facts;
}

bool IsOneWay(const v1::Request& request) {
  return request.has_cancel() || request.has_grant_credit() || request.has_release();
}

Poco::Net::ServerSocket MakeSecureListener(const FakeRelay::Options& options) {
  using Poco::Net::Context;
  Context::Ptr context =
      new Context(Context::TLS_SERVER_USE, options.tls_private_key, options.tls_certificate, "",
                  Context::VERIFY_NONE, 9, false, "");
  context->enableSessionCache(true, "fake relay");
  Poco::Net::SecureServerSocket listener(context);
  return listener;
}

}  // namespace

// Of a cursor. It outlives its session as long as a handler still answers from it.
struct FakeRelay::Credit {
  std::int64_t left = 0;
  std::int64_t window = 0;  // what the request granted: four times that may be outstanding
  bool released = false;
};

// The members are guarded by the relay's mutex, but for the channel, which guards itself.
struct FakeRelay::Connection {
  Poco::Net::StreamSocket socket;
  std::unique_ptr<wire::MessageChannel> channel;
  std::thread reader;
  std::vector<std::thread> handlers;
  bool ended = false;
  std::uint32_t session_id = 0;
  std::uint64_t last_request_id = 0;
  std::map<std::uint32_t, std::string> statements;           // text by statement id
  std::map<std::uint32_t, std::shared_ptr<Credit>> credits;  // by cursor id
  std::vector<std::uint64_t> canceled;                       // request ids

  std::shared_ptr<Credit> CreditOf(std::uint32_t cursor_id) {
    std::shared_ptr<Credit>& credit = credits[cursor_id];
    if (credit == nullptr) credit = std::make_shared<Credit>();
    return credit;
  }
  void Grant(std::uint32_t cursor_id, std::uint64_t bytes) {
    const std::shared_ptr<Credit> credit = CreditOf(cursor_id);
    credit->left = credit->window = static_cast<std::int64_t>(bytes);
  }
};

FakeRelay::FakeRelay() : FakeRelay(Options()) {}

FakeRelay::FakeRelay(Options options) : options_(std::move(options)) {
  Listen();
  acceptor_ = std::thread([this] { AcceptLoop(); });
}

FakeRelay::~FakeRelay() {
  StopListening();
  {
    const Lock lock(mutex_);
    stopping_ = true;
  }
  DropConnections();
  for (Connection& connection : connections_) {
    connection.reader.join();
    for (std::thread& handler : connection.handlers) handler.join();
  }
  if (!socket_path_.empty()) ::unlink(socket_path_.c_str());
}

void FakeRelay::Listen() {
  using Poco::Net::SocketAddress;
  if (!options_.tls_certificate.empty()) listener_ = MakeSecureListener(options_);
  if (options_.unix_socket) {
    static std::atomic<int> count{0};
    socket_path_ = "/tmp/sluice-fake-" + std::to_string(::getpid()) + "-" +
                   std::to_string(count.fetch_add(1)) + ".sock";
    listener_.bind(SocketAddress(SocketAddress::UNIX_LOCAL, socket_path_));
  } else {
    listener_.bind(SocketAddress("127.0.0.1", 0), true);
  }
  listener_.listen();
}

std::string FakeRelay::server() const {
  return socket_path_.empty() ? "127.0.0.1:" + std::to_string(port()) : socket_path_;
}

std::uint16_t FakeRelay::port() const {
  return socket_path_.empty() ? listener_.address().port() : std::uint16_t{0};
}

void FakeRelay::AcceptLoop() {
  for (;;) {
    const bool is_ready = listener_.poll(Poco::Timespan(0, 20'000), Poco::Net::Socket::SELECT_READ);
    const Lock lock(mutex_);
    if (!listening_) return;
    if (!is_ready) continue;
    Connection& connection = connections_.emplace_back();
    connection.socket = listener_.acceptConnection();
    connection.channel = std::make_unique<wire::MessageChannel>(connection.socket);
    connection.reader = std::thread([this, &connection] { Serve(connection); });
  }
}

void FakeRelay::StopListening() {
  {
    const Lock lock(mutex_);
    if (!listening_) return;
    listening_ = false;
  }
  acceptor_.join();
  listener_.close();
}

void FakeRelay::DropConnections() {
  const Lock lock(mutex_);
  for (Connection& connection : connections_) connection.channel->Close();
}

void FakeRelay::Serve(Connection& connection) {
  try {
    for (;;) {
      v1::Request request;
      std::uint32_t session_id = 0;
      connection.channel->Receive(request, &session_id);
      Handle(connection, request, session_id);
    }
  } catch (const wire::StreamClosed&) {
    // The usual end.
  } catch (const wire::ProtocolError& error) {
    Violation(error.what());
  }
  connection.channel->Close();
  const Lock lock(mutex_);
  connection.ended = true;
  changed_.notify_all();
}

void FakeRelay::Violation(const std::string& text) {
  const Lock lock(mutex_);
  violations_.push_back(text);
}

void FakeRelay::Record(Connection& connection, const v1::Request& request,
                       std::uint32_t session_id) {
  const Lock lock(mutex_);
  const std::string number = std::to_string(request.request_id());
  if (request.request_id() <= connection.last_request_id) {
    violations_.push_back("request id " + number + " does not rise");
  }
  connection.last_request_id = request.request_id();
  if (session_id != (request.has_open_session() ? 0 : connection.session_id)) {
    violations_.push_back("request " + number + " has session id " + std::to_string(session_id));
  }
  for (const std::uint32_t id : request.released_statements()) {
    if (connection.statements.erase(id) == 0) {
      violations_.push_back("statement " + std::to_string(id) + " is released but unknown");
    }
  }
  for (const std::uint32_t id : request.released_cursors())
    connection.CreditOf(id)->released = true;
  requests_.push_back(request);
  changed_.notify_all();
}

void FakeRelay::Handle(Connection& connection, const v1::Request& request,
                       std::uint32_t session_id) {
  Record(connection, request, session_id);
  if (HandleOneWay(connection, request)) return;
  Handler handler = FindHandler(connection, request);
  Exchange exchange(*this, connection, request);
  if (!handler) {
    AnswerByDefault(exchange);
    return;
  }
  const Lock lock(mutex_);
  connection.handlers.emplace_back([exchange, handler = std::move(handler)]() mutable {
    try {
      handler(exchange);
    } catch (const wire::StreamClosed&) {
      // The test, or the driver, ended the connection meanwhile.
    }
  });
}

bool FakeRelay::HandleOneWay(Connection& connection, const v1::Request& request) {
  if (!IsOneWay(request)) return false;
  const Lock lock(mutex_);
  if (request.has_cancel()) connection.canceled.push_back(request.cancel().request_id());
  if (request.has_grant_credit()) {
    Credit& credit = *connection.CreditOf(request.grant_credit().cursor_id());
    credit.left += static_cast<std::int64_t>(request.grant_credit().bytes());
    if (credit.left > 4 * credit.window)
      violations_.push_back("more credit than the window is granted");
  }
  changed_.notify_all();
  return true;
}

FakeRelay::Handler FakeRelay::FindHandler(Connection& connection, const v1::Request& request) {
  const Lock lock(mutex_);
  if (request.has_execute()) {
    const v1::Execute& execute = request.execute();
    connection.Grant(execute.cursor_id(), execute.credit_bytes());
    if (execute.has_sql()) connection.statements[execute.statement_id()] = execute.sql();
    const auto text = connection.statements.find(execute.statement_id());
    if (text == connection.statements.end()) {
      violations_.push_back("Execute names an unknown statement");
    } else if (const auto found = execute_handlers_.find(text->second);
               found != execute_handlers_.end()) {
      return found->second;
    }
  } else if (request.has_describe() && request.describe().has_sql()) {
    connection.statements[request.describe().statement_id()] = request.describe().sql();
  } else if (request.has_catalog()) {
    connection.Grant(request.catalog().cursor_id(), request.catalog().credit_bytes());
  } else if (request.has_next_result()) {
    connection.Grant(request.next_result().cursor_id(), request.next_result().credit_bytes());
  }
  const auto found = handlers_.find(request.body_case());
  return found == handlers_.end() ? Handler() : found->second;
}

void FakeRelay::AnswerByDefault(Exchange& exchange) {
  v1::Response response;
  switch (exchange.request().body_case()) {
    case v1::Request::kOpenSession:
      AnswerOpenSession(exchange);
      return;
    case v1::Request::kCloseSession:
      response.mutable_session_closed();
      break;
    case v1::Request::kPing:
      response.mutable_pong();
      break;
    case v1::Request::kValuePart:
      response.mutable_value_part_taken();
      break;
    case v1::Request::kEndTransaction:
      response.mutable_transaction_ended();
      break;
    default:
      exchange.Fail("42601", "the test has scripted no answer to this");
      return;
  }
  exchange.Reply(std::move(response));
}

void FakeRelay::AnswerOpenSession(Exchange& exchange) {
  std::this_thread::sleep_for(options_.opening_takes);
  const v1::OpenSession& open = exchange.request().open_session();
  if (!options_.password.empty() && open.password() != options_.password) {
    exchange.Fail("28000", "user " + open.user() + " is unknown or the password is wrong");
    return;
  }
  v1::Response response;
  v1::SessionOpened& opened = *response.mutable_session_opened();
  opened.set_protocol_version(options_.protocol_version);
  *opened.mutable_server() =
      options_.facts.engine() == v1::ENGINE_UNSPECIFIED ? PostgresFacts() : options_.facts;
  opened.set_relay_version("fake");
  opened.set_max_message_bytes(options_.max_message_bytes);
  opened.set_user(open.user());
  if (open.pool_mode() == v1::POOL_MODE_SESSION) {  // a relay that does not let clients have it
    v1::Diagnostic& diagnostic = *response.add_diagnostics();
    diagnostic.set_sqlstate("01S02");
    diagnostic.set_message("PoolMode=session: refused");
  }
  {
    const Lock lock(mutex_);
    Connection& connection = exchange.connection_;
    opened.set_session_id(++last_session_id_);
    exchange.session_id_ = connection.session_id = last_session_id_;
    connection.statements.clear();
    // Handlers of the session before may still be sending rows that nobody wants.
    for (const auto& [id, credit] : connection.credits) credit->released = true;
    connection.credits.clear();
    changed_.notify_all();
  }
  exchange.Reply(std::move(response));
}

void FakeRelay::OnExecute(const std::string& sql, Handler handler) {
  const Lock lock(mutex_);
  execute_handlers_[sql] = std::move(handler);
}

void FakeRelay::OnExecute(const std::string& sql, FakeResult result) {
  OnExecute(sql, [result = std::move(result)](Exchange& exchange) { exchange.Reply(result); });
}

void FakeRelay::On(Body body, Handler handler) {
  const Lock lock(mutex_);
  handlers_[body] = std::move(handler);
}

std::vector<v1::Request> FakeRelay::requests() const {
  const Lock lock(mutex_);
  return requests_;
}

std::size_t FakeRelay::Count(Body body) const {
  const Lock lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(requests_.begin(), requests_.end(),
                    [body](const v1::Request& request) { return request.body_case() == body; }));
}

std::size_t FakeRelay::round_trips() const {
  const Lock lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(requests_.begin(), requests_.end(), [](const v1::Request& request) {
        return !IsOneWay(request) && !request.has_close_session();
      }));
}

std::size_t FakeRelay::connection_count() const {
  const Lock lock(mutex_);
  return connections_.size();
}

bool FakeRelay::AwaitCount(Body body, std::size_t count) const {
  Lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] {
    const auto is_body = [body](const v1::Request& request) { return request.body_case() == body; };
    return std::count_if(requests_.begin(), requests_.end(), is_body) >=
           static_cast<std::ptrdiff_t>(count);
  });
}

std::vector<std::string> FakeRelay::violations() const {
  const Lock lock(mutex_);
  return violations_;
}

// ---- Exchange ----

FakeRelay::Exchange::Exchange(FakeRelay& relay, Connection& connection, v1::Request request)
    : relay_(relay), connection_(connection), request_(std::move(request)) {
  const Lock lock(relay.mutex_);
  session_id_ = connection.session_id;
  if (CursorId() != 0) credit_ = connection.CreditOf(CursorId());
}

std::uint32_t FakeRelay::Exchange::CursorId() const {
  if (request_.has_execute()) return request_.execute().cursor_id();
  if (request_.has_catalog()) return request_.catalog().cursor_id();
  return request_.next_result().cursor_id();
}

void FakeRelay::Exchange::Reply(const FakeResult& result) {
  const std::size_t count = result.batches.size();
  v1::Response response;
  v1::Result& head = *response.mutable_result();
  head.mutable_columns()->Assign(result.columns.begin(), result.columns.end());
  if (result.affected_rows) head.set_affected_rows(*result.affected_rows);
  head.set_kind(result.kind);
  v1::Rows* rows = result.columns.empty() ? nullptr : head.mutable_first_rows();
  if (rows == nullptr || count <= 1) head.set_more_results(result.more_results);
  for (std::size_t i = 0; rows != nullptr; ++i, rows = response.mutable_rows()) {
    rows->set_cursor_id(CursorId());
    if (i < count) *rows->mutable_batch() = result.batches[i];
    rows->set_end(i + 1 >= count);
    rows->set_more_results(rows->end() && result.more_results);
    if (i < count && !TakeCredit(rows->batch().ByteSizeLong())) return;
    const bool is_last = rows->end();
    Reply(response);
    if (is_last) return;
    response.Clear();
  }
  Reply(std::move(response));
}

// A batch may be sent while any credit is left. false: the rows are not wanted any more.
bool FakeRelay::Exchange::TakeCredit(std::size_t bytes) {
  Lock lock(relay_.mutex_);
  const auto& canceled = connection_.canceled;
  relay_.changed_.wait(lock, [&] {
    return credit_->left > 0 || credit_->released || connection_.ended || relay_.stopping_ ||
           std::find(canceled.begin(), canceled.end(), request_.request_id()) != canceled.end();
  });
  if (credit_->left <= 0) return false;
  credit_->left -= static_cast<std::int64_t>(bytes);
  return !credit_->released;
}

void FakeRelay::Exchange::Reply(v1::Response response) {
  if (response.request_id() == 0) response.set_request_id(request_.request_id());
  connection_.channel->Send(response, session_id_);
}

void FakeRelay::Exchange::Fail(const std::string& sqlstate, const std::string& message) {
  v1::Response response;
  response.mutable_failure();
  v1::Diagnostic& diagnostic = *response.add_diagnostics();
  diagnostic.set_sqlstate(sqlstate);
  diagnostic.set_message(message);
  Reply(std::move(response));
}

bool FakeRelay::Exchange::AwaitCancel() {
  Lock lock(relay_.mutex_);
  const auto& canceled = connection_.canceled;
  const auto is_canceled = [&] {
    return std::find(canceled.begin(), canceled.end(), request_.request_id()) != canceled.end();
  };
  relay_.changed_.wait(lock,
                       [&] { return is_canceled() || connection_.ended || relay_.stopping_; });
  return is_canceled();
}

void FakeRelay::Exchange::SendOctets(const std::string& octets) {
  static_cast<void>(::send(static_cast<int>(connection_.socket.impl()->sockfd()), octets.data(),
                           octets.size(), MSG_NOSIGNAL));
}

std::string FakeRelay::Exchange::Encode(const v1::Response& response) const {
  v1::Response addressed = response;
  if (addressed.request_id() == 0) addressed.set_request_id(request_.request_id());
  std::string octets;
  wire::AppendMessage(addressed, {.session_id = session_id_}, octets);
  return octets;
}

void FakeRelay::Exchange::Drop() { connection_.channel->Close(); }

void ChangeInTransaction(FakeRelay::Exchange& exchange) {
  v1::Response response;
  response.mutable_result()->set_affected_rows(1);
  response.set_transaction_state(v1::TRANSACTION_STATE_ACTIVE);
  exchange.Reply(std::move(response));
}

void FailSecondRow(FakeRelay::Exchange& exchange) {
  v1::Response response;
  auto& result = *response.mutable_result();
  result.set_affected_rows(1);
  result.add_parameter_statuses(v1::PARAMETER_SET_STATUS_SUCCESS);
  result.add_parameter_statuses(v1::PARAMETER_SET_STATUS_ERROR);
  auto& diagnostic = *response.add_diagnostics();
  diagnostic.set_sqlstate("23505");
  diagnostic.set_row(2);
  exchange.Reply(std::move(response));
}

}  // namespace sluice::fakes
