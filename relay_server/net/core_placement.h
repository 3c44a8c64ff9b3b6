#pragma once

#include <sched.h>

#include <optional>

namespace sluice::relay::net {

// Keeps the calling thread off the core of a client on this machine that looks for its answers
// before it sleeps (wire::SpinWait), for as long as this object lives.
//
// On one core, client and relay take it from each other, and the database's process from both: the
// scheduler leaves them there because another core sleeps too short a time at once to look idle to
// it. Each statement then changes processes four times, which may cost more than the statement.
// With the client on a core of its own, the relay's thread shares the other one with the
// database's process, and one of the two waits whenever the other works.
//
// One thread, the one that made it.
class CorePlacement {
 public:
  CorePlacement();
  ~CorePlacement();  // the thread may run again where it might before
  CorePlacement(const CorePlacement&) = delete;
  CorePlacement& operator=(const CorePlacement&) = delete;

  // Before a request is handled that has come in on `fd`, a connected TCP socket, from a process of
  // this machine that looks for the answer now. Where the last segment was sent from tells its core
  // (SO_INCOMING_CPU, socket(7)); this end's own segments, once acknowledged, would hide it.
  void LeaveSenderOf(int fd);

  // The calling thread may run everywhere again, if it is kept off a core: a long answer is begun,
  // and now the relay's work and the database's want a core each, while the client needs little.
  static void Return();

 private:
  void Leave(int core);
  void ReturnThread();

  std::optional<cpu_set_t> before_;  // where the thread might run, if that was changed
  unsigned rest_ = 0;                // calls that do nothing
  unsigned moves_ = 0;               // in a row
};

}  // namespace sluice::relay::net
