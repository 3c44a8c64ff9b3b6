#include "odbc_driver/client/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include <Poco/Net/IPAddress.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/X509Certificate.h>

#include "odbc_driver/client/per_process.h"
#include "proto/wire/message_channel.h"
#include "proto/wire/sigpipe_guard.h"

namespace sluice::driver::client {

namespace {

using Poco::Net::Context;
using Poco::Net::SecureStreamSocket;

// Why the certificate was refused in the handshake that this thread is doing.
thread_local int verify_error = X509_V_OK;

int NoteVerifyError(int ok, X509_STORE_CTX* store) {
  if (ok == 0) verify_error = X509_STORE_CTX_get_error(store);
  return ok;
}

// A key that needs a pass phrase is refused; a driver must not ask on somebody's terminal.
int NoPassPhrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return 0; }

std::string OpenSslError() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "unknown error" : reason;
}

[[noreturn]] void FailOnFile(const char* what, const std::string& file) {
  throw TlsFailed(std::string(what) + " " + file + ": " + OpenSslError());
}

void LoadRoots(SSL_CTX* context, const std::string& file) {
  if (file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) {
      throw TlsFailed("cannot load the system's root certificates: " + OpenSslError());
    }
  } else if (SSL_CTX_load_verify_locations(context, file.c_str(), nullptr) != 1) {
    FailOnFile("cannot load the root certificate (keyword SSLRootCert)", file);
  }
}

void LoadIdentity(SSL_CTX* context, const TlsSettings& settings) {
  if (settings.certificate.empty()) return;
  if (SSL_CTX_use_certificate_chain_file(context, settings.certificate.c_str()) != 1) {
    FailOnFile("cannot load the client certificate (keyword SSLCert)", settings.certificate);
  }
  const std::string& key =
      settings.private_key.empty() ? settings.certificate : settings.private_key;
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    FailOnFile("cannot load the private key (keyword SSLKey)", key);
  }
}

bool IsAddress(const std::string& host) {
  Poco::Net::IPAddress address;
  return Poco::Net::IPAddress::tryParse(host, address);
}

constexpr const char* kAdvice =
    ": does the relay talk TLS on this port? The keyword SSLMode tells what the driver does";

// What OpenSSL makes of a peer that answers in another language or hangs up.
bool LooksLikeNoTls(std::string_view text) {
  constexpr std::string_view kTexts[] = {"unexpected eof", "wrong version number",
                                         "packet length too long", "unexpectedly closed"};
  return std::ranges::any_of(
      kTexts, [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

std::string HandshakeError(const Poco::Exception& error) {
  if (verify_error != X509_V_OK) {
    return std::string("the relay's certificate was refused: ") +
           X509_verify_cert_error_string(verify_error);
  }
  const std::string text = error.displayText();
  return "TLS handshake failed: " + text + (LooksLikeNoTls(text) ? kAdvice : "");
}

}  // namespace

TlsContext::TlsContext(const TlsSettings& settings) : mode_(settings.mode) {
  Context::Params parameters;
  parameters.verificationMode = Context::VERIFY_NONE;
  parameters.loadDefaultCAs = false;
  try {
    context_ = new Context(Context::TLS_CLIENT_USE, parameters);
    context_->requireMinimumProtocol(Context::PROTO_TLSV1_2);
  } catch (const Poco::Exception& error) {
    throw TlsFailed(error.displayText());
  }
  context_->enableExtendedCertificateVerification(false);
  SSL_CTX* native = context_->sslContext();
  ERR_clear_error();
  SSL_CTX_set_default_passwd_cb(native, NoPassPhrase);
  if (mode_ == TlsMode::kRequire) {
    SSL_CTX_set_verify(native, SSL_VERIFY_NONE, nullptr);
  } else {
    LoadRoots(native, settings.root_certificate);
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER, NoteVerifyError);
  }
  LoadIdentity(native, settings);
}

std::unique_ptr<TlsHandshake> TlsContext::Start(Poco::Net::StreamSocket socket,
                                                const std::string& host, const std::string& server,
                                                Deadline deadline) {
  const wire::SigpipeGuard guard;
  try {
    socket.setBlocking(false);  // so that attach() leaves the handshake to Advance()
    // An address is no server name in the sense of TLS (RFC 6066, section 3).
    auto secure = SecureStreamSocket::attach(socket, IsAddress(host) ? "" : host, context_,
                                             KnownSession(server));
    return std::unique_ptr<TlsHandshake>(
        new TlsHandshake(std::move(secure), host, mode_ == TlsMode::kVerifyFull, deadline));
  } catch (const Poco::Exception& error) {
    throw TlsFailed("TLS handshake failed: " + error.displayText());
  }
}

TlsHandshake::~TlsHandshake() {
  const wire::SigpipeGuard guard;  // closing writes once more
  socket_.reset();
}

bool TlsHandshake::Advance(Deadline patience) {
  const wire::SigpipeGuard guard;
  const Deadline until = std::min(patience, deadline_);
  verify_error = X509_V_OK;
  ERR_clear_error();  // what the application's own use of OpenSSL left behind
  try {
    while (state_ <= 0) {
      if (state_ < 0 && !AwaitPeer(until)) {
        if (!wire::HasPassed(deadline_)) return false;
        throw wire::DeadlinePassed("the TLS handshake was not answered in time");
      }
      state_ = Step(until);
      if (state_ == 0) {
        throw TlsFailed(std::string("the relay closed the connection in the TLS handshake") +
                        kAdvice);
      }
    }
    if (checks_host_) CheckHost();
    return true;
  } catch (const Poco::Exception& error) {
    throw TlsFailed(HandshakeError(error));
  }
}

// Depending on its version, Poco polls a non-blocking socket itself, for as long as the socket's
// timeouts say, and tells by TimeoutException that it would block. A timeout of 0 would be none:
// one who does not wait at all waits for a tick of the kernel's clock.
int TlsHandshake::Step(Deadline patience) {
  const auto left = std::max(std::chrono::microseconds(wire::RemainingTime(patience)),
                             std::chrono::microseconds(1));
  socket_->setReceiveTimeout(Poco::Timespan(left.count()));
  socket_->setSendTimeout(Poco::Timespan(left.count()));
  try {
    return socket_->completeHandshake();
  } catch (const Poco::TimeoutException&) {
    return SecureStreamSocket::ERR_SSL_WANT_READ;
  }
}

bool TlsHandshake::AwaitPeer(Deadline patience) const {
  const auto mode = state_ == SecureStreamSocket::ERR_SSL_WANT_WRITE
                        ? Poco::Net::Socket::SELECT_WRITE
                        : Poco::Net::Socket::SELECT_READ;
  const auto left = std::chrono::microseconds(wire::RemainingTime(patience));
  return socket_->poll(Poco::Timespan(left.count()), mode);
}

void TlsHandshake::CheckHost() const {
  const Poco::Net::X509Certificate peer = socket_->peerCertificate();
  auto* native = const_cast<X509*>(peer.certificate());  // OpenSSL's functions do not change it
  const int matches = IsAddress(host_)
                          ? X509_check_ip_asc(native, host_.c_str(), 0)
                          : X509_check_host(native, host_.data(), host_.size(), 0, nullptr);
  if (matches != 1) {
    throw TlsFailed("the relay's certificate is not for " + host_ + " (it names " +
                    peer.commonName() + ")");
  }
}

Poco::Net::Session::Ptr TlsContext::KnownSession(const std::string& server) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(server);
  return found == sessions_.end() ? nullptr : found->second;
}

void TlsContext::RememberSession(SecureStreamSocket& socket, const std::string& server) {
  const Poco::Net::Session::Ptr session = socket.currentSession();
  if (session.isNull()) return;
  const std::lock_guard lock(mutex_);
  sessions_[server] = session;
}

TlsContexts& TlsContexts::OfProcess() {
  static constinit PerProcess<TlsContexts> contexts;
  return contexts.Get();
}

std::shared_ptr<TlsContext> TlsContexts::Get(const TlsSettings& settings) {
  const auto changed = [](const std::string& file) {
    std::error_code ignored;  // the load reports what is wrong with the file
    return file.empty() ? FileTime() : std::filesystem::last_write_time(file, ignored);
  };
  const FileTimes times{changed(settings.root_certificate), changed(settings.certificate),
                        changed(settings.private_key)};
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[settings];
  if (entry.context == nullptr || entry.file_times != times) {
    entry = {times, std::make_shared<TlsContext>(settings)};
  }
  return entry.context;
}

}  // namespace sluice::driver::client
