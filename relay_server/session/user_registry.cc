#include "relay_server/session/user_registry.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <thread>

namespace sluice::relay::session {
namespace {

// crypt(3) of the password under the setting (a hash or a salt); empty when crypt refuses.
std::string Crypt(std::string_view password, const std::string& setting) {
  // crypt ends at a NUL: what follows it would not count.
  if (password.find('\0') != std::string_view::npos) return {};
  const auto data = std::make_unique<crypt_data>();
  std::memset(data.get(), 0, sizeof(crypt_data));
  const char* hash = crypt_r(std::string(password).c_str(), setting.c_str(), data.get());
  // Failure tokens begin with '*'.
  if (hash == nullptr || hash[0] == '*') return {};
  return hash;
}

bool SameInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// What an unknown user's password is checked against, so that the time tells nothing.
const std::string& DecoyHash() {
  static const std::string kHash = HashPassword("decoy");
  return kHash;
}

}  // namespace

std::string HashPassword(std::string_view password) {
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> salt{};
  if (crypt_gensalt_rn("$y$", 0, nullptr, 0, salt.data(), static_cast<int>(salt.size())) ==
      nullptr) {
    throw std::runtime_error("crypt_gensalt failed: no random numbers");
  }
  std::string hash = Crypt(password, salt.data());
  if (hash.empty()) throw std::runtime_error("crypt failed");
  return hash;
}

bool IsPasswordHash(std::string_view hash) {
  return hash.size() > 3 && hash.front() == '$' &&
         crypt_checksalt(std::string(hash).c_str()) == CRYPT_SALT_OK;
}

UserRegistry::UserRegistry(std::map<std::string, User, std::less<>> users)
    : users_(std::move(users)), turns_(std::max(1U, std::thread::hardware_concurrency() / 2)) {
  if (RAND_bytes(digest_key_.data(), static_cast<int>(digest_key_.size())) != 1) {
    throw std::runtime_error("no random numbers");
  }
  DecoyHash();
}

std::string UserRegistry::Digest(std::string_view name, std::string_view password) const {
  const std::string message =
      std::to_string(name.size()) + ':' + std::string(name) + std::string(password);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), digest_key_.data(), static_cast<int>(digest_key_.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac.data(), &length);
  return {reinterpret_cast<const char*>(mac.data()), length};
}

const User* UserRegistry::Recognise(std::string_view name, std::string_view password) const {
  const auto found = users_.find(name);
  const std::string digest = Digest(name, password);
  const std::lock_guard lock(mutex_);
  return found != users_.end() && verified_.contains(digest) ? &found->second : nullptr;
}

const User* UserRegistry::Authenticate(std::string_view name, std::string_view password) const {
  if (const User* known = Recognise(name, password)) return known;
  const auto found = users_.find(name);
  const std::string& hash = found == users_.end() ? DecoyHash() : found->second.password_hash;
  const std::string crypted = Crypt(password, hash);
  const bool right = !crypted.empty() && SameInConstantTime(crypted, hash);
  if (!right || found == users_.end()) return nullptr;
  const std::lock_guard lock(mutex_);
  verified_.insert(Digest(name, password));
  return &found->second;
}

}  // namespace sluice::relay::session
