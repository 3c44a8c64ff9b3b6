#pragma once

#include <string>

// Certificates made at run time, so that none in the tree expires.

namespace sluice::fakes {

struct CertificateFiles {
  std::string certificate;  // PEM files
  std::string private_key;
};

// A certificate authority with its own temporary folder, which goes with it.
class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  const std::string& root_certificate() const { return files_.certificate; }
  // `names` is a subjectAltName ("DNS:localhost,IP:127.0.0.1").
  CertificateFiles Issue(const std::string& names, bool expired = false);

 private:
  std::string folder_;
  CertificateFiles files_;
  int issued_ = 0;
};

}  // namespace sluice::fakes
