#include "tests/fakes/test_certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include <stdlib.h>

namespace sluice::fakes {

namespace {

constexpr long kDaySeconds = 24L * 3600;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

void Require(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(std::string("cannot make a certificate: ") + what);
}

File Open(const std::string& path, const char* mode) {
  File file(std::fopen(path.c_str(), mode), &std::fclose);
  Require(file != nullptr, path.c_str());
  return file;
}

void AddExtension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  Require(extension != nullptr, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate MakeCertificate(const std::string& name, EVP_PKEY* key, long serial, bool expired) {
  Certificate certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -2 * kDaySeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), expired ? -kDaySeconds : kDaySeconds);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

CertificateFiles Write(const std::string& stem, X509* certificate, EVP_PKEY* key) {
  const CertificateFiles files{stem + ".crt", stem + ".key"};
  Require(PEM_write_X509(Open(files.certificate, "w").get(), certificate) == 1, "write");
  Require(PEM_write_PrivateKey(Open(files.private_key, "w").get(), key, nullptr, nullptr, 0,
                               nullptr, nullptr) == 1,
          "write");
  return files;
}

}  // namespace

TestAuthority::TestAuthority() {
  std::string pattern = std::filesystem::temp_directory_path() / "sluice-ca-XXXXXX";
  Require(::mkdtemp(pattern.data()) != nullptr, "temporary folder");
  folder_ = pattern;
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const Certificate root = MakeCertificate("Test authority", key.get(), 1, false);
  X509_set_issuer_name(root.get(), X509_get_subject_name(root.get()));
  AddExtension(root.get(), root.get(), NID_basic_constraints, "critical,CA:TRUE");
  Require(X509_sign(root.get(), key.get(), EVP_sha256()) != 0, "sign");
  files_ = Write(folder_ + "/root", root.get(), key.get());
}

TestAuthority::~TestAuthority() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

CertificateFiles TestAuthority::Issue(const std::string& names, bool expired) {
  const Certificate root(
      PEM_read_X509(Open(files_.certificate, "r").get(), nullptr, nullptr, nullptr), &X509_free);
  const Key root_key(
      PEM_read_PrivateKey(Open(files_.private_key, "r").get(), nullptr, nullptr, nullptr),
      &EVP_PKEY_free);
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const int number = ++issued_;
  const Certificate leaf = MakeCertificate("Test relay", key.get(), number + 1, expired);
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(root.get()));
  AddExtension(leaf.get(), root.get(), NID_subject_alt_name, names);
  Require(X509_sign(leaf.get(), root_key.get(), EVP_sha256()) != 0, "sign");
  return Write(folder_ + "/" + std::to_string(number), leaf.get(), key.get());
}

}  // namespace sluice::fakes
