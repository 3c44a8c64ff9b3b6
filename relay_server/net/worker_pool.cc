#include "relay_server/net/worker_pool.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

#include "proto/wire/spin_wait.h"
#include "relay_server/log/log.h"

namespace sluice::relay::net {
namespace {

constexpr WorkerPool::Token kWakeToken = 0;
constexpr WorkerPool::Token kStopToken = 1;

// Tasks that the current worker thread runs when its event is done; null on other threads.
thread_local std::deque<pool::Task>* local_tasks = nullptr;

void Check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

void RunTask(const pool::Task& task) {
  const wire::SpinWait::Busy busy;
  try {
    task();
  } catch (const std::exception& error) {
    // Tasks answer for their own errors; one that does not must not take the relay down.
    log::Error("task_failed", {{"error", error.what()}});
  }
}

}  // namespace

WorkerPool::WorkerPool(std::size_t threads)
    : epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      stop_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  Check(epoll_, "epoll_create1");
  Check(wake_, "eventfd");
  Check(stop_, "eventfd");
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = kWakeToken;
  Check(epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event), "epoll_ctl");
  event.events = EPOLLIN;
  event.data.u64 = kStopToken;
  Check(epoll_ctl(epoll_, EPOLL_CTL_ADD, stop_, &event), "epoll_ctl");
  GrowTo(threads);
}

void WorkerPool::GrowTo(std::size_t threads) {
  while (threads_.size() < threads) threads_.emplace_back([this] { Run(); });
}

WorkerPool::~WorkerPool() {
  Stop();
  ::close(stop_);
  ::close(wake_);
  ::close(epoll_);
}

void WorkerPool::Stop() {
  stopping_.store(true);
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(stop_, &one, sizeof one);
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  // Handlers unregister themselves when they end, so they end after they have left the map. Tasks
  // that will not run may own leases and connections, whose end posts tasks in turn.
  for (;;) {
    std::unordered_map<Token, std::shared_ptr<EventHandler>> handlers;
    std::deque<pool::Task> tasks;
    {
      const std::lock_guard lock(mutex_);
      handlers.swap(handlers_);
      tasks.swap(shared_tasks_);
    }
    if (handlers.empty() && tasks.empty()) return;
  }
}

WorkerPool::Token WorkerPool::Register(int fd, std::uint32_t events,
                                       std::shared_ptr<EventHandler> handler) {
  const Token token = next_token_.fetch_add(1);
  {
    const std::lock_guard lock(mutex_);
    handlers_.emplace(token, std::move(handler));
  }
  epoll_event event{};
  event.events = events;
  event.data.u64 = token;
  Check(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  return token;
}

void WorkerPool::Rearm(Token token, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = token;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

void WorkerPool::Unregister(Token token, int fd) {
  epoll_event event{};
  epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, &event);
  std::shared_ptr<EventHandler> handler;  // may end here, outside of the lock
  const std::lock_guard lock(mutex_);
  const auto found = handlers_.find(token);
  if (found == handlers_.end()) return;
  handler = std::move(found->second);
  handlers_.erase(found);
}

void WorkerPool::Post(pool::Task task) {
  if (local_tasks != nullptr) {
    local_tasks->push_back(std::move(task));
    return;
  }
  PostShared(std::move(task));
}

void WorkerPool::PostShared(pool::Task task) {
  {
    const std::lock_guard lock(mutex_);
    shared_tasks_.push_back(std::move(task));
  }
  handed_over_.fetch_add(1, std::memory_order_relaxed);
  WakeOne();
}

// Nobody reads the counter: each write is an edge of its own (epoll(7)).
void WorkerPool::WakeOne() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
}

void WorkerPool::ShareTasks() {
  if (local_tasks == nullptr) return;
  while (!local_tasks->empty()) {
    PostShared(std::move(local_tasks->front()));
    local_tasks->pop_front();
  }
}

bool WorkerPool::MayLinger() const {
  const bool has_tasks = local_tasks != nullptr && !local_tasks->empty();
  return !has_tasks && !stopping_.load(std::memory_order_relaxed);
}

void WorkerPool::Run() {
  std::deque<pool::Task> tasks;
  local_tasks = &tasks;
  while (!stopping_.load(std::memory_order_relaxed)) {
    epoll_event event{};
    if (epoll_wait(epoll_, &event, 1, -1) < 1) continue;  // EINTR
    if (event.data.u64 == kWakeToken) {
      RunShared();
    } else if (event.data.u64 != kStopToken) {
      RunEvent(event.data.u64, event.events);
    }
    while (!tasks.empty()) {
      const pool::Task task = std::move(tasks.front());
      tasks.pop_front();
      // The task may block for long: this thread keeps one, the others go to the other threads.
      ShareTasks();
      RunTask(task);
    }
  }
  local_tasks = nullptr;
}

void WorkerPool::RunEvent(std::uint64_t token, std::uint32_t events) {
  events_.fetch_add(1, std::memory_order_relaxed);
  std::shared_ptr<EventHandler> handler;
  {
    const std::lock_guard lock(mutex_);
    const auto found = handlers_.find(token);
    if (found == handlers_.end()) return;  // unregistered meanwhile
    handler = found->second;
  }
  RunTask([&] { handler->OnEvents(events); });
}

// Two writes may have been one edge: who takes a task and leaves others wakes the next thread.
void WorkerPool::RunShared() {
  pool::Task task;
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    if (shared_tasks_.empty()) return;  // another thread was quicker
    task = std::move(shared_tasks_.front());
    shared_tasks_.pop_front();
    more = !shared_tasks_.empty();
  }
  if (more) WakeOne();
  RunTask(task);
}

}  // namespace sluice::relay::net
