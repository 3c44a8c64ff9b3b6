#pragma once

#include <cerrno>
#include <csignal>
#include <ctime>

namespace sluice::wire {

// While it lives, writing to a stream whose peer is gone raises no SIGPIPE in this thread. OpenSSL
// writes with write(2), which cannot be told so; the process's signal handlers belong to the
// application. SIGPIPE goes to the thread that wrote, so that blocking it here and taking what
// became pending leaves no trace. One that was pending before is left alone.
class SigpipeGuard {
 public:
  SigpipeGuard() {
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    if (was_pending_) return;
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &old_mask_);
  }

  ~SigpipeGuard() {
    if (was_pending_) return;
    const int saved_errno = errno;
    sigset_t pending;
    sigpending(&pending);
    if (sigismember(&pending, SIGPIPE) == 1) {
      const timespec no_wait{};
      while (sigtimedwait(&sigpipe_, nullptr, &no_wait) == -1 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
    errno = saved_errno;
  }

  SigpipeGuard(const SigpipeGuard&) = delete;
  SigpipeGuard& operator=(const SigpipeGuard&) = delete;

 private:
  bool was_pending_ = false;
  sigset_t sigpipe_;
  sigset_t old_mask_;
};

}  // namespace sluice::wire
