#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay_server/pool/backend_pool.h"

namespace sluice::relay::pool {

// What a host of a pool is good for, as far as the relay knows.
enum class HostRole {
  kUnknown,      // not asked yet
  kPrimary,      // takes writes
  kPeer,         // takes writes as its peers do: a node of a Galera cluster
  kReplica,      // follows a primary
  kUnfit,        // is there, but takes no statements: a node that is not in step with its cluster
  kUnreachable,  // cannot be connected to
};
std::string_view RoleName(HostRole role);

// The hosts of one pool, each with a BackendPool of its own, and which of them to use. One host is
// used whatever it is. Of several, writes go to the primary and sessions that only read to the
// least loaded of the others, or to the primary when there is none. Who is primary is found by
// asking: when the relay starts, every kAskInterval on a connection of the pool, and at once when
// the one that was known is gone. Thread-safe.
class HostGroup : public std::enable_shared_from_this<HostGroup> {
 public:
  using Grant = BackendPool::Grant;

  struct HostStatus {
    std::string address;
    HostRole role = HostRole::kUnknown;
    bool takes_writes = false;  // those of this pool go there
    std::shared_ptr<BackendPool> backends;
  };

  // At least one host; an address is "host:port" or a socket's path, for people.
  struct Host {
    std::string address;
    std::shared_ptr<BackendPool> backends;
  };
  HostGroup(std::string name, std::vector<Host> hosts, Executor& executor, Timer& timer);

  void Start();
  void Shutdown();

  // BackendPool::TryAcquire on the host to use now, and that host. Without a grant it is there that
  // the caller has to wait. Throws PoolError 08001 when no host can serve, with the reason of each.
  struct Attempt {
    BackendPool* backends = nullptr;
    std::optional<Grant> grant;
  };
  Attempt TryAcquire(bool read_only, Deadline deadline, const LeaseOwner& owner = {});

  // BackendPool::TryReacquire, on whatever host it was.
  std::optional<BackendLease> TryReacquire(std::uint64_t lease, const LeaseOwner& owner = {});

  const std::string& name() const { return name_; }
  const PoolLimits& limits() const { return hosts_.front().backends->limits(); }
  v1::Engine engine() const { return hosts_.front().backends->engine(); }
  // Of any host that has been connected to: they serve the same.
  std::optional<v1::ServerFacts> facts() const;
  bool has_replicas() const { return hosts_.size() > 1; }
  std::vector<HostStatus> hosts() const;

 private:
  struct Member {
    std::string address;
    std::shared_ptr<BackendPool> backends;
    HostRole role = HostRole::kUnknown;  // guarded by mutex_
    std::string reason;                  // why it is unreachable; guarded by mutex_
    bool being_asked = false;            // guarded by mutex_
  };

  void AskSoon();
  void Ask(Member& member);
  void Judge(Member& member, Grant grant);
  HostRole AskRole(Member& member, BackendLease& lease);
  bool NoteFailure(Member& member, const std::exception_ptr& error);
  void SetRole(Member& member, HostRole role, std::string reason = {});
  void LearnRoles(Deadline deadline);
  std::vector<Member*> Candidates(bool read_only);
  bool Serves(const Member& member, bool read_only) const;
  Deadline ShareOf(Deadline deadline, std::size_t members_left) const;
  PoolError NobodyServes(bool read_only) const;

  const std::string name_;
  Executor& executor_;
  Timer& timer_;

  mutable std::mutex mutex_;   // guards what follows, and what Member says
  std::vector<Member> hosts_;  // their number, addresses and pools never change
  Member* primary_ = nullptr;  // the one that writes go to
  bool shut_down_ = false;
  Timer::Id ask_timer_ = 0;
};

}  // namespace sluice::relay::pool
