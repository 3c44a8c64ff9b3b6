#include "relay_server/net/tls_server.h"

#include <openssl/ssl.h>

#include <Poco/Exception.h>
#include <Poco/Net/SSLManager.h>

#include <stdexcept>

namespace sluice::relay::net {

Poco::Net::Context::Ptr MakeServerContext(const TlsFiles& files) {
  using Poco::Net::Context;
  Poco::Net::initializeSSL();
  try {
    Context::Params params;
    params.certificateFile = files.certificate;
    params.privateKeyFile = files.private_key;
    params.caLocation = files.client_ca;
    params.verificationMode =
        files.client_ca.empty() ? Context::VERIFY_NONE : Context::VERIFY_STRICT;
    params.loadDefaultCAs = false;
    params.cipherList = "HIGH:!aNULL:!MD5:!3DES";
    Context::Ptr context(new Context(Context::SERVER_USE, params));
    context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
    context->enableSessionCache(true, "sluiced");
    // OpenSSL has checked the chain of a client's certificate; Poco would also compare its names
    // with the client's address.
    context->enableExtendedCertificateVerification(false);
    // The output queue may have moved between two tries to write the same record.
    SSL_CTX_set_mode(context->sslContext(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return context;
  } catch (const Poco::Exception& error) {
    throw std::runtime_error("TLS with certificate " + files.certificate + " and private key " +
                             files.private_key + ": " + error.displayText());
  }
}

}  // namespace sluice::relay::net
