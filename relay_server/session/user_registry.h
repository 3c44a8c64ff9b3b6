#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::relay::session {

enum class PoolMode {
  kTransaction,  // a backend connection is leased per statement or transaction
  kSession,      // from the first statement to the end of the session
};

// A client of the relay, as the configuration names it.
struct User {
  std::string password_hash;       // from HashPassword
  std::vector<std::string> pools;  // that the user may open
  bool read_only = false;
  std::optional<PoolMode> mode;     // of the user's sessions; absent: the pool's
  std::size_t max_connections = 0;  // of each pool at a time; 0: what the pool says
  std::size_t max_sessions = 0;     // at a time; 0: what the relay says
};

// A verifier of the password, in crypt(5) format (yescrypt where the C library has it).
std::string HashPassword(std::string_view password);
// False for an empty or unknown form of hash.
bool IsPasswordHash(std::string_view hash);

// The users of one configuration. Password hashes are slow on purpose; a password that was right
// once is recognised again by a keyed digest, so that reconnecting costs no hashing. Thread-safe.
class UserRegistry {
 public:
  explicit UserRegistry(std::map<std::string, User, std::less<>> users);

  // The user, if this password was right before; nullptr: that is not known. Costs little.
  const User* Recognise(std::string_view name, std::string_view password) const;
  // The user, if the password is right; nullptr else, after as much work for an unknown user as for
  // a known one.
  const User* Authenticate(std::string_view name, std::string_view password) const;

  // The right to call Authenticate, which keeps a processor busy: whoever guesses passwords must
  // not get all of them. Null: others have it, try again.
  struct EndTurn {
    void operator()(std::counting_semaphore<>* turns) const { turns->release(); }
  };
  using Turn = std::unique_ptr<std::counting_semaphore<>, EndTurn>;
  Turn TakeTurn() const { return Turn(turns_.try_acquire() ? &turns_ : nullptr); }

 private:
  std::string Digest(std::string_view name, std::string_view password) const;

  const std::map<std::string, User, std::less<>> users_;
  std::array<unsigned char, 32> digest_key_{};
  mutable std::mutex mutex_;
  mutable std::set<std::string, std::less<>> verified_;  // guarded by mutex_; one per user at most
  mutable std::counting_semaphore<> turns_;
};

}  // namespace sluice::relay::session
