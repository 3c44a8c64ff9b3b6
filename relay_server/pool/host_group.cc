#include "relay_server/pool/host_group.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "relay_server/log/log.h"
#include "relay_server/pool/abort_guard.h"

namespace sluice::relay::pool {
namespace {

constexpr std::chrono::seconds kAskInterval{1};
// A host that does not say what it is for so long is none to send statements to.
constexpr std::chrono::seconds kAnswerTimeout{3};

// The server starts up, shuts down or recovers: no client may connect to it now (PostgreSQL,
// appendix A of its manual, cannot_connect_now).
constexpr std::string_view kCannotConnectNow = "57P03";

// A wrong password is wrong everywhere; only a host that cannot be reached is worth the next one.
bool IsUnreachable(const backend::BackendError& error) {
  return error.connection_lost() || error.sqlstate().starts_with("08") ||
         error.sqlstate() == kCannotConnectNow;
}

HostRole ToHostRole(backend::ServerRole role) {
  switch (role) {
    case backend::ServerRole::kPrimary:
      return HostRole::kPrimary;
    case backend::ServerRole::kPeer:
      return HostRole::kPeer;
    case backend::ServerRole::kReplica:
      return HostRole::kReplica;
    case backend::ServerRole::kUnfit:
      break;
  }
  return HostRole::kUnfit;
}

bool TakesWrites(HostRole role) { return role == HostRole::kPrimary || role == HostRole::kPeer; }

}  // namespace

std::string_view RoleName(HostRole role) {
  static constexpr std::array<std::string_view, 6> kNames = {
      "not asked yet", "primary", "peer", "replica", "not in step", "unreachable"};
  return kNames[static_cast<std::size_t>(role)];
}

HostGroup::HostGroup(std::string name, std::vector<Host> hosts, Executor& executor, Timer& timer)
    : name_(std::move(name)), executor_(executor), timer_(timer) {
  assert(!hosts.empty());
  for (auto& host : hosts) {
    Member& member = hosts_.emplace_back();
    member.address = std::move(host.address);
    member.backends = std::move(host.backends);
  }
}

void HostGroup::Start() {
  for (const auto& member : hosts_) member.backends->Start();
  if (hosts_.size() > 1) AskSoon();
}

void HostGroup::Shutdown() {
  {
    const std::lock_guard lock(mutex_);
    shut_down_ = true;
    if (ask_timer_ != 0) timer_.Cancel(ask_timer_);
    ask_timer_ = 0;
  }
  for (const auto& member : hosts_) member.backends->Shutdown();
}

std::optional<v1::ServerFacts> HostGroup::facts() const {
  for (const auto& member : hosts_) {
    if (auto facts = member.backends->facts()) return facts;
  }
  return std::nullopt;
}

std::vector<HostGroup::HostStatus> HostGroup::hosts() const {
  const std::lock_guard lock(mutex_);
  std::vector<HostStatus> status;
  for (const auto& member : hosts_) {
    const bool takes_writes = hosts_.size() == 1 || primary_ == &member;
    status.push_back({member.address, member.role, takes_writes, member.backends});
  }
  return status;
}

// ---- who is what ----

// Asks every host, now and from time to time.
void HostGroup::AskSoon() {
  const std::lock_guard lock(mutex_);
  if (shut_down_) return;
  for (auto& member : hosts_) {
    if (std::exchange(member.being_asked, true)) continue;
    executor_.Post([self = shared_from_this(), &member] { self->Ask(member); });
  }
  ask_timer_ = timer_.Schedule(timer_.Now() + kAskInterval, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->AskSoon();
  });
}

void HostGroup::Ask(Member& member) {
  const Deadline deadline = wire::DeadlineAfter(kAnswerTimeout);
  try {
    if (auto grant = member.backends->TryAcquire(deadline)) {
      return Judge(member, std::move(*grant));
    }
    BackendPool::WaiterId waiter = 0;
    const bool parked =
        member.backends->Park(deadline, &waiter, [self = shared_from_this(), &member](Grant grant) {
          self->Judge(member, std::move(grant));
        });
    if (parked) return;
  } catch (const PoolError&) {
    // The pool is full, or shut down: what is known of the host stays.
  }
  const std::lock_guard lock(mutex_);
  member.being_asked = false;
}

void HostGroup::Judge(Member& member, Grant grant) {
  if (auto* lease = std::get_if<BackendLease>(&grant)) {
    AskRole(member, *lease);
  } else {
    NoteFailure(member, std::get<std::exception_ptr>(grant));
  }
  const std::lock_guard lock(mutex_);
  member.being_asked = false;
}

// Costs a round trip.
HostRole HostGroup::AskRole(Member& member, BackendLease& lease) {
  try {
    HostRole role = HostRole::kUnfit;
    {
      const AbortGuard guard(timer_, lease.connection(), kAnswerTimeout);
      role = ToHostRole(lease.connection().AskRole());
    }
    SetRole(member, role);
    return role;
  } catch (const backend::BackendError& error) {
    lease.MarkBroken();
    NoteFailure(member, std::current_exception());
    return HostRole::kUnreachable;
  }
}

// False when the error is not for want of the host: another would not do better.
bool HostGroup::NoteFailure(Member& member, const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const backend::BackendError& reason) {
    if (!IsUnreachable(reason)) return false;
    SetRole(member, HostRole::kUnreachable, reason.what());
    return true;
  } catch (const std::exception&) {
    return false;  // the pool's own reason
  }
}

void HostGroup::SetRole(Member& member, HostRole role, std::string reason) {
  const std::lock_guard lock(mutex_);
  const bool changed = member.role != role;
  member.role = role;
  member.reason = std::move(reason);
  if (primary_ == &member && !TakesWrites(role)) primary_ = nullptr;
  if (primary_ == nullptr) {
    // A primary is left alone while it is one: moving back to the first host would only disturb.
    const auto next = std::find_if(hosts_.begin(), hosts_.end(),
                                   [](const Member& host) { return TakesWrites(host.role); });
    if (next != hosts_.end()) primary_ = &*next;
  }
  if (!changed) return;
  log::Info("backend_role", {{"pool", name_},
                             {"host", member.address},
                             {"role", RoleName(role)},
                             {"primary", primary_ == nullptr ? "none" : primary_->address}});
  if (role == HostRole::kPrimary && primary_ != &member) {
    log::Error("backend_two_primaries",
               {{"pool", name_}, {"used", primary_->address}, {"ignored", member.address}});
  }
}

// ---- which to use ----

// Hosts that nobody has asked yet are asked now.
void HostGroup::LearnRoles(Deadline deadline) {
  std::vector<Member*> unknown;
  {
    const std::lock_guard lock(mutex_);
    for (auto& member : hosts_) {
      if (member.role == HostRole::kUnknown) unknown.push_back(&member);
    }
  }
  std::size_t left = unknown.size() + 1;  // what follows needs time, too
  for (Member* member : unknown) {
    auto grant = member->backends->TryAcquire(ShareOf(deadline, left--));
    if (!grant) continue;
    if (auto* lease = std::get_if<BackendLease>(&*grant)) {
      AskRole(*member, *lease);
    } else {
      NoteFailure(*member, std::get<std::exception_ptr>(*grant));
    }
  }
}

bool HostGroup::Serves(const Member& member, bool read_only) const {
  const std::lock_guard lock(mutex_);
  if (primary_ == &member) return true;
  return read_only && (member.role == HostRole::kReplica || member.role == HostRole::kPeer);
}

// The hosts in the order in which to try them: first those that are known to serve, the best first.
std::vector<HostGroup::Member*> HostGroup::Candidates(bool read_only) {
  struct Ranked {
    Member* member;
    int rank;
    std::size_t load;
  };
  std::vector<Ranked> ranked;
  {
    const std::lock_guard lock(mutex_);
    for (auto& member : hosts_) {
      const bool follows = member.role == HostRole::kReplica || member.role == HostRole::kPeer;
      int rank = 2;
      if (read_only && follows && primary_ != &member) rank = 0;
      if (primary_ == &member) rank = 1;
      ranked.push_back({&member, rank, 0});
    }
  }
  for (auto& host : ranked) {
    const PoolStats stats = host.member->backends->stats();
    if (host.rank == 0) host.load = stats.active + stats.connecting + stats.waiting;
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const Ranked& left, const Ranked& right) {
    return std::pair(left.rank, left.load) < std::pair(right.rank, right.load);
  });
  std::vector<Member*> members;
  for (const auto& host : ranked) members.push_back(host.member);
  return members;
}

std::optional<BackendLease> HostGroup::TryReacquire(std::uint64_t lease, const LeaseOwner& owner) {
  for (const auto& member : hosts_) {
    if (auto again = member.backends->TryReacquire(lease, owner)) return again;
  }
  return std::nullopt;
}

HostGroup::Attempt HostGroup::TryAcquire(bool read_only, Deadline deadline,
                                         const LeaseOwner& owner) {
  if (hosts_.size() == 1) {
    BackendPool& backends = *hosts_.front().backends;
    return {&backends, backends.TryAcquire(deadline, owner)};
  }
  LearnRoles(deadline);
  const auto candidates = Candidates(read_only);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Member& member = *candidates[i];
    const bool known = Serves(member, read_only);
    auto grant = member.backends->TryAcquire(ShareOf(deadline, candidates.size() - i), owner);
    if (!grant) {
      if (known) return {member.backends.get(), std::nullopt};
      continue;
    }
    if (auto* lease = std::get_if<BackendLease>(&*grant)) {
      if (!known) AskRole(member, *lease);
      if (Serves(member, read_only)) return {member.backends.get(), std::move(grant)};
      continue;
    }
    if (!NoteFailure(member, std::get<std::exception_ptr>(*grant))) {
      return {member.backends.get(), std::move(grant)};
    }
  }
  throw NobodyServes(read_only);
}

// A host that swallows packets must leave time for those after it: each gets an equal share of what
// is left.
Deadline HostGroup::ShareOf(Deadline deadline, std::size_t members_left) const {
  if (deadline == wire::kNoDeadline || members_left == 1) return deadline;
  return wire::DeadlineAfter(wire::RemainingTime(deadline) / static_cast<int>(members_left));
}

PoolError HostGroup::NobodyServes(bool read_only) const {
  std::string message = "no host of pool \"" + name_ + "\" ";
  message += read_only ? "can be read from" : "takes writes";
  const std::lock_guard lock(mutex_);
  for (const auto& member : hosts_) {
    message += &member == hosts_.data() ? ": " : "; ";
    message += member.address + " is ";
    message += RoleName(member.role);
    if (!member.reason.empty()) message += " (" + member.reason + ")";
  }
  return PoolError("08001", message);
}

}  // namespace sluice::relay::pool
