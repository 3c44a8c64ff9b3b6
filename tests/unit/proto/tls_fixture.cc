#include "tests/unit/proto/tls_fixture.h"

#include <memory>
#include <stdexcept>
#include <thread>

#include <Poco/Net/NetSSL.h>
#include <Poco/Net/SSLManager.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/TemporaryFile.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using File = std::unique_ptr<std::FILE, Deleter<std::fclose>>;

Certificate SelfSigned(EVP_PKEY* key) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const auto* common_name = reinterpret_cast<const unsigned char*>("localhost");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  if (X509_sign(certificate.get(), key, EVP_sha256()) == 0) throw std::runtime_error("X509_sign");
  return certificate;
}

Poco::Net::Context::Ptr MakeServerContext() {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = SelfSigned(key.get());
  const Poco::TemporaryFile path;
  {
    const File file(std::fopen(path.path().c_str(), "w"));
    PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    PEM_write_X509(file.get(), certificate.get());
  }
  Poco::Net::Context::Params params;
  params.privateKeyFile = params.certificateFile = path.path();
  params.verificationMode = Poco::Net::Context::VERIFY_NONE;
  return new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE, params);
}

Poco::Net::Context::Ptr MakeClientContext() {
  Poco::Net::Context::Params params;
  params.verificationMode = Poco::Net::Context::VERIFY_NONE;
  return new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, params);
}

}  // namespace

SocketPair ConnectTcp() {
  Poco::Net::ServerSocket listener(Poco::Net::SocketAddress("127.0.0.1", 0));
  Poco::Net::StreamSocket client(listener.address());
  return {client, listener.acceptConnection()};
}

SocketPair ConnectTls(bool transport_is_blocking) {
  static const auto server_context = MakeServerContext();
  static const auto client_context = MakeClientContext();
  SocketPair pair = ConnectTcp();
  auto server = Poco::Net::SecureStreamSocket::attach(pair.server, server_context);
  std::thread handshake([&] { server.completeHandshake(); });
  auto client = Poco::Net::SecureStreamSocket::attach(pair.client, client_context);
  handshake.join();
  pair.client.setBlocking(transport_is_blocking);
  pair.server.setBlocking(transport_is_blocking);
  return {client, server};
}
