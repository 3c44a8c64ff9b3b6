#pragma once

#include <chrono>
#include <cstdint>

#include "proto/wire/deadline.h"

namespace sluice::wire {

// Looks again and again for what is about to come, for a short while, before its thread goes to
// sleep for it. To be woken takes 10 to 70 µs where a core has gone to sleep too, as much as a
// small statement takes altogether.
//
// It looks only where that has paid: a wait that outlasts its patience makes it sleep through the
// next ones, twice as many each time that happens again. A slow link or a long statement so costs
// next to nothing. Between two looks the core goes to whoever wants it. That may be the peer, so
// the time does not count. Who gets it back late has competition for it, and gives up for longer;
// who loses it again and again and still finds nothing shares it with those it waits for, and soon
// tries again whether they have parted. In a process, fewer threads look at a time than there are
// cores: on a machine with one core, none does. Nor where more threads are at work than there are
// cores: the next one is then better served by sleep.
//
// One thread at a time.
class SpinWait {
 public:
  // Of this process, at a time.
  static int MostThreads();
  explicit SpinWait(int most_threads = MostThreads()) : most_threads_(most_threads) {}

  // A thread of this process is at work for a peer, or waits for what it needs for that.
  class Busy {
   public:
    Busy();
    ~Busy();
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
  };

  // Calls `ready` until it returns true. false: it is time to sleep until it is. What `ready`
  // throws passes through.
  template <typename Ready>
  bool For(const Ready& ready) {
    return Pays() && Look(ready);
  }

  // The two halves of For, where looking needs to be prepared. Pays() counts as a wait: for each,
  // it is asked once.
  bool Pays();
  template <typename Ready>
  bool Look(const Ready& ready) {
    const Turn turn;
    if (turn.threads() > most_threads_ || TooManyAreBusy()) return false;
    Patience patience;
    for (auto before = Clock::now();;) {
      if (ready()) return Came();
      YieldCore();
      const auto now = Clock::now();
      if (!patience.AllowsMore(now - before)) {
        return ready() ? Came() : GaveUp(patience.end());
      }
      before = now;
    }
  }

  // Why a wait has stopped looking.
  enum class End {
    kTooLong,      // what it looks for takes long
    kSharedCore,   // those it waits for have the same core, in turns
    kCompetition,  // somebody else wants the core for long
  };

  // How long one wait looks.
  class Patience {
   public:
    // `step`: the time from one look in vain to the next.
    bool AllowsMore(Clock::duration step);
    // After AllowsMore() returned false.
    End end() const { return end_; }

   private:
    Clock::duration looked_{};  // while the core was its own
    int losses_ = 0;            // of the core
    End end_ = End::kTooLong;
  };

 private:
  // Counts the threads that look.
  class Turn {
   public:
    Turn();
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    int threads() const { return threads_; }  // this one included

   private:
    const int threads_;
  };

  bool TooManyAreBusy() const;
  bool Came();
  bool GaveUp(End end);
  static void YieldCore();

  int most_threads_;
  std::uint32_t sleeps_left_ = 0;  // waits to sleep through
  std::uint32_t sleeps_ = 0;       // how many the last failure has cost
};

}  // namespace sluice::wire
