#include "tests/simulation/simulation.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "relay_server/pool/host_group.h"
#include "relay_server/session/user_registry.h"
#include "tests/simulation/client.h"
#include "tests/simulation/database.h"

namespace sluice::simulation {
namespace {

namespace pool = relay::pool;
namespace session = relay::session;

constexpr std::size_t kSpareWorkers = 4;
constexpr int kClients = 12;
constexpr int kActions = 12;  // of each client
constexpr std::size_t kMaxSteps = 200'000;
constexpr milliseconds kWaitTimeout{2000};
// Until somebody begins to open the connection that another one waits for.
constexpr milliseconds kLongestOpening{100};

// Hashing the password is slow; all simulations have the same users.
const std::shared_ptr<const session::UserRegistry>& Users() {
  static const auto kUsers = std::make_shared<const session::UserRegistry>(
      std::map<std::string, session::User, std::less<>>{
          {"alice",
           {.password_hash = session::HashPassword("secret"), .pools = {"db"}, .mode = {}}}});
  return kUsers;
}

class Simulation {
 public:
  Simulation(std::uint64_t seed, Plant plant)
      : connections_(1 + seed % 4),
        turbulent_(seed % 2 == 0),
        scheduler_(seed, connections_ + kSpareWorkers, plant),
        database_(scheduler_, connections_) {
    pool::PoolLimits limits;
    limits.max_connections = connections_ + (plant == Plant::kOpensOneTooMany ? 1 : 0);
    limits.max_waiting = scheduler_.Chance(10) ? 3 : 100;
    limits.wait_timeout = kWaitTimeout;
    limits.idle_timeout = milliseconds(500);
    limits.max_lifetime = milliseconds(2000);
    if (scheduler_.Chance(50)) limits.idle_transaction_timeout = milliseconds(300);
    if (scheduler_.Chance(20)) limits.max_connections_per_user = (connections_ + 1) / 2;
    pool_ = std::make_shared<pool::BackendPool>("db", limits, database_.MakeConnector(), scheduler_,
                                                scheduler_);
    auto directory = std::make_shared<session::Directory>();
    const auto mode = scheduler_.Chance(15) && limits.idle_transaction_timeout.count() == 0
                          ? session::PoolMode::kSession
                          : session::PoolMode::kTransaction;
    auto hosts = std::make_shared<pool::HostGroup>(
        "db", std::vector<pool::HostGroup::Host>{{"", pool_}}, scheduler_, scheduler_);
    directory->pools["db"] = std::make_shared<session::ServedPool>(std::move(hosts), mode);
    directory->users = Users();
    world_ = std::make_unique<World>(World{.scheduler = scheduler_,
                                           .directory = std::move(directory),
                                           .violations = database_.violations(),
                                           .patience = kWaitTimeout + milliseconds(4000)});
    world_->expects_order = !turbulent_;
    if (limits.max_connections_per_user != 0) most_leased_ = limits.max_connections_per_user;
  }

  ~Simulation() {
    scheduler_.Clear();  // sessions give their connections back
    pool_->Shutdown();
    clients_.clear();
    world_.reset();
    pool_.reset();
    scheduler_.Clear();
  }

  Report Run() {
    pool_->Start();
    database_.OnExecute([this](int session) { CheckOrder(session); });
    for (int i = 1; i <= kClients; ++i) StartClient(i);
    if (turbulent_) ScheduleTrouble();
    if (!scheduler_.Run(kMaxSteps, [this] { return Check(); }))
      Violation("it does not come to an end");
    Settle();
    Report report;
    report.violations = std::move(database_.violations());
    report.answered = world_->answered;
    report.failed = world_->failed;
    report.waits = pool_->stats().waits;
    report.retries = pool_->stats().retries;
    return report;
  }

 private:
  void Violation(const char* what) { database_.violations().emplace_back(what); }

  void StartClient(int id) {
    auto client = std::make_shared<Client>(*world_, static_cast<std::uint32_t>(id), kActions);
    clients_.push_back(client);
    scheduler_.After(milliseconds(scheduler_.Number(0, 200)), [client] { client->Start(); });
  }

  void ScheduleTrouble() {
    for (int i = 0; i < 6; ++i) {
      scheduler_.After(milliseconds(scheduler_.Number(0, 1500)), [this] { database_.KillOne(); });
    }
    if (!scheduler_.Chance(30)) return;
    scheduler_.After(milliseconds(scheduler_.Number(100, 800)), [this] {
      database_.GoDown();
      scheduler_.After(milliseconds(scheduler_.Number(10, 500)), [this] { database_.ComeUp(); });
    });
  }

  // A request that waited begins: nobody waits who came before it.
  void CheckOrder(int session) {
    if (!world_->expects_order) return;
    const auto own = world_->tickets.find(session);
    if (own == world_->tickets.end()) return;
    for (const auto& [other, ticket] : world_->tickets) {
      if (ticket < own->second && !begun_.contains(ticket)) Violation("a waiter was overtaken");
    }
    begun_.insert(own->second);
  }

  // After each step. false: all is done.
  bool Check() {
    const auto stats = pool_->stats();
    if (stats.idle + stats.active + stats.connecting + stats.resetting > connections_) {
      Violation("more connections than the pool's limit");
    }
    const auto in_use = stats.active + stats.connecting + stats.resetting;
    const bool waits_for_nobody = stats.waiting > 0 && in_use < most_leased_;
    if (waits_for_nobody && stats.idle > 0) Violation("a connection is idle while a request waits");
    const bool may_open = !stats.in_outage && stats.idle + in_use < connections_;
    if (!waits_for_nobody || !may_open) could_open_since_ = scheduler_.Now();
    if (scheduler_.Now() - could_open_since_ > kLongestOpening) {
      Violation("a request waits although a connection may be opened");
    }
    if (std::ranges::any_of(clients_, [](const auto& client) { return client->waits_in_vain(); })) {
      Violation("a request is not answered");
    }
    if (!database_.violations().empty()) return false;
    return scheduler_.busy() ||
           !std::ranges::all_of(clients_, [](const auto& client) { return client->is_done(); });
  }

  // What is under way ends; then nothing is left of anybody.
  void Settle() {
    const bool found = !database_.violations().empty();
    scheduler_.Run(kMaxSteps, [this] { return scheduler_.busy(); });
    if (found) return;
    const auto stats = pool_->stats();
    if (stats.active + stats.connecting + stats.resetting + stats.waiting != 0) {
      Violation("something was not given back");
    }
    database_.ExpectClean();
  }

  const std::size_t connections_;
  const bool turbulent_;                    // connections die
  std::size_t most_leased_ = connections_;  // at a time, by all clients, who are one user
  Scheduler scheduler_;
  Time could_open_since_ = scheduler_.Now();
  Database database_;
  std::shared_ptr<pool::BackendPool> pool_;
  std::unique_ptr<World> world_;
  std::vector<std::shared_ptr<Client>> clients_;
  std::set<std::uint64_t> begun_;
};

}  // namespace

Report Simulate(std::uint64_t seed, Plant plant) {
  return std::make_unique<Simulation>(seed, plant)->Run();
}

}  // namespace sluice::simulation
