#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

#include <Poco/Net/Context.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/Session.h>

#include "odbc_driver/client/relay_client.h"

namespace sluice::driver::client {

// The handshake failed, or the relay is not who it should be. what() says why.
class TlsFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct TlsSettings {
  TlsMode mode = TlsMode::kVerifyFull;
  std::string root_certificate;  // files; empty root: the system's
  std::string certificate;
  std::string private_key;

  auto operator<=>(const TlsSettings&) const = default;
};

// A handshake that goes on in steps. One thread at a time.
class TlsHandshake {
 public:
  ~TlsHandshake();
  TlsHandshake(const TlsHandshake&) = delete;
  TlsHandshake& operator=(const TlsHandshake&) = delete;

  // Whether it is done: the relay has the certificate that the mode asks for. false: it would have
  // to wait beyond `patience`. Throws TlsFailed, DeadlinePassed.
  bool Advance(Deadline patience);
  // Non-blocking.
  const Poco::Net::SecureStreamSocket& socket() const { return *socket_; }

 private:
  friend class TlsContext;
  TlsHandshake(Poco::Net::SecureStreamSocket socket, std::string host, bool checks_host,
               Deadline deadline)
      : socket_(std::move(socket)),
        host_(std::move(host)),
        checks_host_(checks_host),
        deadline_(deadline) {}
  int Step(Deadline patience);
  bool AwaitPeer(Deadline patience) const;
  void CheckHost() const;

  std::optional<Poco::Net::SecureStreamSocket> socket_;  // until the destructor
  const std::string host_;
  const bool checks_host_;
  const Deadline deadline_;
  int state_ = 0;  // what the last step waits for; 0: none was done
};

// One OpenSSL context, its verification set up on the native handle: Poco's own would report to
// the process-wide SSLManager, which belongs to the application. Thread-safe.
class TlsContext {
 public:
  explicit TlsContext(const TlsSettings& settings);  // throws TlsFailed

  // Begins the handshake on a connected socket. `host` is the name that the certificate must bear
  // where the mode says so; `server` names the stream for session resumption. The context must
  // outlive the handshake. Throws TlsFailed.
  std::unique_ptr<TlsHandshake> Start(Poco::Net::StreamSocket socket, const std::string& host,
                                      const std::string& server, Deadline deadline);

  // Keeps the session for the next handshake with this server. Call it once something has been
  // received: TLS 1.3 sends its tickets after the handshake.
  void RememberSession(Poco::Net::SecureStreamSocket& socket, const std::string& server);

 private:
  Poco::Net::Session::Ptr KnownSession(const std::string& server);

  const TlsMode mode_;
  Poco::Net::Context::Ptr context_;
  std::mutex mutex_;
  std::map<std::string, Poco::Net::Session::Ptr> sessions_;  // by server; guarded by mutex_
};

// The contexts of the process, one for each setting: reading the system's root certificates takes
// about 20 ms. A file that changed since makes a new one. Thread-safe.
class TlsContexts {
 public:
  static TlsContexts& OfProcess();
  static void Discard(TlsContexts&) {}  // a forked child loads its own

  std::shared_ptr<TlsContext> Get(const TlsSettings& settings);  // throws TlsFailed

 private:
  using FileTime = std::filesystem::file_time_type;
  using FileTimes = std::tuple<FileTime, FileTime, FileTime>;
  struct Entry {
    FileTimes file_times;
    std::shared_ptr<TlsContext> context;
  };

  std::mutex mutex_;
  std::map<TlsSettings, Entry> entries_;  // guarded by mutex_
};

}  // namespace sluice::driver::client
