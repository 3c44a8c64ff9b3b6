#pragma once

#include <string>

#include <Poco/Net/Context.h>

namespace sluice::relay::net {

struct TlsFiles {
  std::string certificate;  // PEM, with the chain
  std::string private_key;
  std::string client_ca;  // set: client certificates are required and checked
  bool enabled() const { return !certificate.empty(); }
};

// TLS 1.2 and later with session tickets. Throws std::runtime_error naming the file that is wrong.
Poco::Net::Context::Ptr MakeServerContext(const TlsFiles& files);

}  // namespace sluice::relay::net
