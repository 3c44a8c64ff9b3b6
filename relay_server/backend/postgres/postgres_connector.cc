#include "relay_server/backend/postgres/postgres_connector.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "relay_server/backend/postgres/errors.h"
#include "relay_server/backend/postgres/pipeline.h"
#include "relay_server/backend/postgres/postgres_connection.h"

namespace sluice::relay::backend {
namespace {

using postgres::ConnectionHandle;
using postgres::ResultHandle;

// Settings that go with the start-up packet: they cost no round trip, and as the session's defaults
// they outlive DISCARD ALL. The text decoders and the dialect rely on them.
std::string StartupOptions(const Target& target) {
  std::string options =
      "-c DateStyle=ISO -c IntervalStyle=postgres -c bytea_output=hex"
      " -c standard_conforming_strings=on";
  if (target.statement_timeout.count() > 0) {
    options += " -c statement_timeout=" + std::to_string(target.statement_timeout.count());
  }
  return options;
}

// As often as there are addresses: libpq wants lists of one length. The name stays what
// certificates and the password file are about; the addresses are what libpq connects to.
std::string Repeated(const std::string& host, std::size_t times) {
  std::string list = host;
  for (; times > 1; --times) list += ',' + host;
  return list;
}

std::string Joined(const std::vector<std::string>& addresses) {
  std::string list;
  for (const auto& address : addresses) list += (list.empty() ? "" : ",") + address;
  return list;
}

ConnectionHandle StartConnecting(const Target& target, const std::vector<std::string>& addresses) {
  const std::string port = std::to_string(target.port);
  const std::string options = StartupOptions(target);
  const bool is_name = addresses != std::vector<std::string>{target.host};
  const std::string host = is_name ? Repeated(target.host, addresses.size()) : target.host;
  const std::string addresses_text = Joined(addresses);
  // Keepalives and tcp_user_timeout (milliseconds) bound every wait for a host that has vanished,
  // PQcancel's included.
  const std::pair<const char*, const char*> parameters[] = {
      {"host", host.c_str()},
      {"hostaddr", is_name ? addresses_text.c_str() : nullptr},
      {"port", target.port == 0 ? nullptr : port.c_str()},
      {"dbname", target.database.c_str()},
      {"user", target.user.c_str()},
      {"password", target.password.c_str()},
      {"application_name", target.application_name.c_str()},
      {"client_encoding", "UTF8"},
      {"options", options.c_str()},
      {"gssencmode", "disable"},
      {"keepalives", "1"},
      {"keepalives_idle", "30"},
      {"keepalives_interval", "5"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "15000"},
  };
  std::vector<const char*> keys;
  std::vector<const char*> values;
  for (const auto& [key, value] : parameters) {
    if (value == nullptr) continue;
    keys.push_back(key);
    values.push_back(value);
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  return ConnectionHandle(PQconnectStartParams(keys.data(), values.data(), 0));
}

// Follows PQconnectPoll until the connection stands. False: the deadline has passed.
bool FinishConnecting(PGconn* connection, Deadline deadline) {
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  while (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED) {
    // libpq may take a new socket while it tries the next address.
    pollfd entry{.fd = PQsocket(connection), .events = POLLOUT, .revents = 0};
    if (status == PGRES_POLLING_READING) entry.events = POLLIN;
    if (poll(&entry, 1, static_cast<int>(wire::RemainingTime(deadline).count())) == 0) {
      return false;
    }
    status = PQconnectPoll(connection);
  }
  return true;
}

struct IsolationName {
  std::string_view name;
  v1::IsolationLevel level;
};

constexpr std::array<IsolationName, 4> kIsolationNames = {{
    {"read uncommitted", v1::ISOLATION_LEVEL_READ_UNCOMMITTED},
    {"read committed", v1::ISOLATION_LEVEL_READ_COMMITTED},
    {"repeatable read", v1::ISOLATION_LEVEL_REPEATABLE_READ},
    {"serializable", v1::ISOLATION_LEVEL_SERIALIZABLE},
}};

v1::IsolationLevel IsolationByName(std::string_view name) {
  const auto* found = std::find_if(kIsolationNames.begin(), kIsolationNames.end(),
                                   [name](const IsolationName& row) { return row.name == name; });
  return found != kIsolationNames.end() ? found->level : v1::ISOLATION_LEVEL_READ_COMMITTED;
}

// PQserverVersion counts 150018 for 15.18 and 90603 for 9.6.3.
std::uint32_t VersionNumber(int version) {
  const auto number = static_cast<std::uint32_t>(version);
  return number >= 100'000 ? number / 10'000 * 10'000 + number % 10'000 * 100 : number;
}

std::string ParameterStatus(const PGconn* connection, const char* name) {
  const char* value = PQparameterStatus(connection, name);
  return value != nullptr ? value : "";
}

// PQexec with a deadline. Null: it has passed.
ResultHandle RunQuery(PGconn* connection, const char* sql, Deadline deadline) {
  if (PQsendQuery(connection, sql) != 1) throw postgres::ConnectionLost(connection);
  while (PQisBusy(connection) != 0) {
    pollfd entry{.fd = PQsocket(connection), .events = POLLIN, .revents = 0};
    if (poll(&entry, 1, static_cast<int>(wire::RemainingTime(deadline).count())) == 0) return {};
    if (PQconsumeInput(connection) != 1) throw postgres::ConnectionLost(connection);
  }
  ResultHandle first(PQgetResult(connection));
  while (const ResultHandle rest{PQgetResult(connection)}) {
  }
  return first;
}

// Costs a round trip, once per connector.
v1::ServerFacts AskFacts(PGconn* connection, Deadline deadline, postgres::Shared& shared) {
  const ResultHandle result = RunQuery(connection,
                                       "SELECT current_setting('default_transaction_isolation'),"
                                       " current_setting('max_identifier_length'),"
                                       " scale(1::money::numeric)",
                                       deadline);
  if (result == nullptr) {
    throw BackendError(postgres::kUnableToConnect, postgres::kNativeError,
                       "cannot connect: the server does not answer queries in time", true);
  }
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
    throw postgres::ErrorFromResult(connection, result.get());
  }
  shared.money_digits = std::stoi(PQgetvalue(result.get(), 0, 2));
  v1::ServerFacts facts;
  facts.set_engine(v1::ENGINE_POSTGRES);
  const std::string version = ParameterStatus(connection, "server_version");
  facts.set_version(version.substr(0, version.find(' ')));  // without the packager's remark
  facts.set_version_number(VersionNumber(PQserverVersion(connection)));
  facts.set_database(PQdb(connection));
  facts.set_user(PQuser(connection));
  facts.set_server_name(PQhost(connection));
  facts.set_default_isolation(IsolationByName(PQgetvalue(result.get(), 0, 0)));
  facts.set_max_identifier_length(
      static_cast<std::uint32_t>(std::stoul(PQgetvalue(result.get(), 0, 1))));
  return facts;
}

}  // namespace

PostgresConnector::PostgresConnector(Target target)
    : target_(std::move(target)),
      where_(target_.host + ":" + std::to_string(target_.port)),
      resolver_(target_.host),
      shared_(std::make_shared<postgres::Shared>()) {}

PostgresConnector::~PostgresConnector() = default;

std::unique_ptr<BackendConnection> PostgresConnector::Connect(Deadline deadline) {
  deadline = std::min(deadline, wire::DeadlineAfter(target_.connect_timeout));
  const auto resolved = resolver_.Resolve(deadline);
  if (resolved.addresses.empty()) {
    throw BackendError(postgres::kUnableToConnect, postgres::kNativeError,
                       "cannot connect to " + where_ + ": " + resolved.error, true);
  }
  ConnectionHandle connection = StartConnecting(target_, resolved.addresses);
  if (connection == nullptr) throw std::bad_alloc();
  // With the SQLSTATE in the message: libpq does not give it otherwise while it connects.
  PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);
  if (PQstatus(connection.get()) == CONNECTION_BAD) {
    throw postgres::ConnectError(connection.get(), where_);
  }
  if (!FinishConnecting(connection.get(), deadline)) {
    throw BackendError(postgres::kUnableToConnect, postgres::kNativeError,
                       "cannot connect to " + where_ + ": no answer in time", true);
  }
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    throw postgres::ConnectError(connection.get(), where_);
  }
  PQsetErrorVerbosity(connection.get(), PQERRORS_DEFAULT);
  std::unique_lock lock(mutex_);
  std::optional<v1::ServerFacts> facts = facts_;
  lock.unlock();
  if (!facts) {
    facts = AskFacts(connection.get(), deadline, *shared_);
    lock.lock();
    facts_ = facts;
    lock.unlock();
  }
  return std::make_unique<postgres::PostgresConnection>(std::move(connection), shared_,
                                                        std::move(*facts));
}

}  // namespace sluice::relay::backend
