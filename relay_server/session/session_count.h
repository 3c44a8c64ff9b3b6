#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::relay::session {

// How many sessions may be open at a time; 0: any number.
struct SessionLimits {
  std::size_t per_user = 0;
  std::size_t per_address = 0;
};

// The open sessions by owner: a user, or the address of a client. Thread-safe.
class SessionCount : public std::enable_shared_from_this<SessionCount> {
 public:
  // The place of one session, which leaves it with this object. Move-only.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept
        : count_(std::move(other.count_)), owner_(std::move(other.owner_)) {}
    Place& operator=(Place&& other) noexcept;
    ~Place() { Leave(); }
    // Whether there is one: false, the owner has as many as it may.
    explicit operator bool() const { return count_ != nullptr; }
    void Leave() noexcept;

   private:
    friend class SessionCount;
    Place(std::shared_ptr<SessionCount> count, std::string owner)
        : count_(std::move(count)), owner_(std::move(owner)) {}

    std::shared_ptr<SessionCount> count_;
    std::string owner_;
  };

  Place Enter(std::string owner, std::size_t limit);
  std::size_t Of(std::string_view owner) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::size_t, std::less<>> open_;  // guarded by mutex_; none is 0
};

// Of a peer as the log names it, the part that all connections of one host share; empty for a unix
// socket, whose clients have none.
std::string_view AddressOf(std::string_view peer);

}  // namespace sluice::relay::session
