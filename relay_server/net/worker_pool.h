#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "relay_server/pool/executor.h"

namespace sluice::relay::net {

// Is told what happens on a file descriptor. Kept alive while an event is handled.
class EventHandler {
 public:
  virtual ~EventHandler() = default;
  // `events` as epoll(7) gives them. Edge-triggered or one-shot, as the registration asks for; by
  // an edge-triggered one several threads may be here at a time.
  virtual void OnEvents(std::uint32_t events) = 0;
};

// Worker threads that wait on one epoll; the thread that is woken by an event handles it (leader
// and followers: a hand-off to another thread would cost more than most requests). Thread-safe.
class WorkerPool : public pool::Executor {
 public:
  using Token = std::uint64_t;  // of a registration, never reused

  explicit WorkerPool(std::size_t threads);
  ~WorkerPool() override;

  // `events` with EPOLLET or EPOLLONESHOT.
  Token Register(int fd, std::uint32_t events, std::shared_ptr<EventHandler> handler);
  // Asks for other events, or again for those of a one-shot registration.
  void Rearm(Token token, int fd, std::uint32_t events);
  // Before fd is closed. An event that is being handled goes on.
  void Unregister(Token token, int fd);

  // On a worker thread: after the event it handles, on the same thread. Else: on any.
  void Post(pool::Task task) override;

  // For a worker thread that goes on with something else: others run what was posted on it.
  void ShareTasks();

  // On a worker thread: whether it may go on awaiting more of what it does. Not while tasks that
  // were posted on it wait for the end of the event that it handles, nor when the threads end.
  bool MayLinger() const;

  // What the threads have been woken for.
  struct Wakes {
    std::uint64_t events = 0;       // of registered descriptors
    std::uint64_t handed_over = 0;  // tasks that one thread has left to another
  };
  Wakes wakes() const { return {events_.load(), handed_over_.load()}; }

  // More threads, when a new configuration needs them. Not concurrently with itself or Stop.
  void GrowTo(std::size_t threads);
  // Ends the threads after what they do now, and drops handlers and tasks. Not from a worker
  // thread.
  void Stop();

 private:
  void Run();
  void RunEvent(std::uint64_t token, std::uint32_t events);
  void RunShared();
  void PostShared(pool::Task task);
  void WakeOne();

  int epoll_;
  int wake_;  // eventfd, watched edge-triggered: a write wakes one thread, not all
  int stop_;  // eventfd, readable once stopping
  std::atomic<bool> stopping_{false};

  std::mutex mutex_;  // guards the two below
  std::unordered_map<Token, std::shared_ptr<EventHandler>> handlers_;
  std::deque<pool::Task> shared_tasks_;

  std::atomic<Token> next_token_{2};
  std::atomic<std::uint64_t> events_{0};
  std::atomic<std::uint64_t> handed_over_{0};
  std::vector<std::thread> threads_;
};

}  // namespace sluice::relay::net
