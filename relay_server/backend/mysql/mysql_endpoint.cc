#include "relay_server/backend/mysql/mysql_endpoint.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <utility>

#include "proto/wire/spin_wait.h"
#include "relay_server/backend/mysql/mysql_error.h"

namespace sluice::relay::backend {
namespace {

// The server's limit applies; the library's own (64 MB in libmysqlclient) must not be lower.
constexpr unsigned long kClientMaxPacket = 1UL << 30;

// Matched instead of changed rows, several results from CALL, several statements in one write. See
// MysqlConnection for why an application's text cannot smuggle a second statement in.
constexpr unsigned long kClientFlags =
    CLIENT_FOUND_ROWS | CLIENT_MULTI_RESULTS | CLIENT_MULTI_STATEMENTS;

constexpr int kCannotReach = 2003;  // CR_CONN_HOST_ERROR: nobody listens, or no route

// Connector/C 3.4 and later compares the certificate with the name that it was given. It looks that
// name up again, right after the relay has.
#if defined(LIBMARIADB) && MARIADB_PACKAGE_VERSION_ID >= 30400
constexpr bool kMayPassAddress = false;
#else
constexpr bool kMayPassAddress = true;
#endif

unsigned int SecondsLeft(Deadline deadline, std::chrono::milliseconds limit) {
  const auto left = std::min(wire::RemainingTime(deadline), limit);
  return static_cast<unsigned int>(
      std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(left).count()));
}

// See IoLimit.
thread_local Deadline io_limit = wire::kNoDeadline;

#ifdef LIBMARIADB
// How the library waits for its socket: -1 with errno, 0 when the time is over, else above. A
// timeout of 0 or less is none.
int WaitForServer(my_socket socket, MysqlBool for_input, int timeout_ms) {
  thread_local wire::SpinWait spin;
  pollfd events{
      .fd = socket, .events = static_cast<short>(for_input ? POLLIN : POLLOUT), .revents = 0};
  if (for_input && spin.For([&] { return ::poll(&events, 1, 0) != 0; })) return 1;
  const wire::Deadline deadline =
      timeout_ms <= 0
          ? io_limit
          : std::min(io_limit, wire::DeadlineAfter(std::chrono::milliseconds(timeout_ms)));
  for (;;) {
    const auto left = wire::RemainingTime(deadline);
    const int ready = ::poll(&events, 1, static_cast<int>(left.count()));
    if (ready > 0 || (ready < 0 && errno != EINTR)) return ready;
    if (ready == 0 && wire::HasPassed(deadline)) {
      errno = ETIMEDOUT;
      return 0;
    }
  }
}
#endif

}  // namespace

void EnterMysqlThread() {
  static std::once_flag library;
  std::call_once(library, [] { mysql_library_init(0, nullptr, nullptr); });
  struct ThreadData {
    ThreadData() { mysql_thread_init(); }
    ~ThreadData() { mysql_thread_end(); }
  };
  thread_local const ThreadData thread_data;
  static_cast<void>(thread_data);
}

IoLimit::IoLimit(Deadline deadline)
    : outer_(std::exchange(io_limit, std::min(io_limit, deadline))) {}

IoLimit::~IoLimit() { io_limit = outer_; }

std::string MysqlEndpoint::Name() const {
  if (target_.host.starts_with('/')) return target_.host;
  return target_.host + ":" + std::to_string(target_.port);
}

bool MysqlEndpoint::IsLocal() const {
  return target_.host.starts_with('/') || target_.host == "localhost" || target_.host == "::1" ||
         target_.host.starts_with("127.");
}

void MysqlEndpoint::SetOptions(MYSQL* mysql, unsigned int timeout_seconds) const {
  mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &timeout_seconds);
  mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &kClientMaxPacket);
  // LOAD DATA LOCAL would let an application read the relay host's files.
  const unsigned int local_infile = 0;
  mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &local_infile);
  const unsigned int protocol =
      target_.host.starts_with('/') ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
  mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
  mysql_options4(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name",
                 target_.application_name.c_str());
#ifdef LIBMARIADB
  mysql_options(mysql, MARIADB_OPT_IO_WAIT, reinterpret_cast<const void*>(&WaitForServer));
  // Connector/C 3.4 and later demands a certificate it can verify, of a loopback server too.
  if (IsLocal()) {
    const MysqlBool verify = 0;
    mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
  }
#endif
}

// The library looks names up without a deadline: it gets addresses.
MysqlHandle MysqlEndpoint::Open(Deadline deadline) const {
  const auto resolved =
      resolver_.Resolve(std::min(deadline, wire::DeadlineAfter(target_.connect_timeout)));
  if (resolved.addresses.empty()) {
    throw BackendError("08001", 0, "connecting to " + Name() + ": " + resolved.error, true);
  }
  for (std::size_t i = 0;; ++i) {
    try {
      return OpenAt(kMayPassAddress ? resolved.addresses[i] : target_.host, deadline);
    } catch (const BackendError& error) {
      const bool unreachable = error.native_code() == kCannotReach;
      if (!kMayPassAddress || !unreachable || i + 1 == resolved.addresses.size()) throw;
    }
  }
}

MysqlHandle MysqlEndpoint::OpenAt(const std::string& address, Deadline deadline) const {
  EnterMysqlThread();
  if (wire::HasPassed(deadline)) {
    throw BackendError("HYT00", 0, "no time left to connect to " + Name());
  }
  MysqlHandle mysql(mysql_init(nullptr));
  if (!mysql) throw std::bad_alloc();
  SetOptions(mysql.get(), SecondsLeft(deadline, target_.connect_timeout));
  const IoLimit limit(deadline);
  const bool unix_socket = target_.host.starts_with('/');
  const char* database = target_.database.empty() ? nullptr : target_.database.c_str();
  if (mysql_real_connect(mysql.get(), unix_socket ? nullptr : address.c_str(), target_.user.c_str(),
                         target_.password.c_str(), database, target_.port,
                         unix_socket ? target_.host.c_str() : nullptr, kClientFlags) == nullptr) {
    throw MakeConnectError(mysql.get(), Name());
  }
  return mysql;
}

void MysqlEndpoint::KillQuery(unsigned long thread_id, Deadline deadline) const {
  constexpr unsigned int kNoSuchThread = 1094;  // ER_NO_SUCH_THREAD: nothing left to stop
  EnterMysqlThread();
  const IoLimit limit(deadline);
  const MysqlHandle mysql = Open(deadline);
  const std::string sql = "KILL QUERY " + std::to_string(thread_id);
  if (mysql_real_query(mysql.get(), sql.data(), sql.size()) != 0 &&
      mysql_errno(mysql.get()) != kNoSuchThread) {
    throw MakeError(mysql.get());
  }
}

}  // namespace sluice::relay::backend
