// One thread at a time reads a stream. The others that its news wake do not wait for that one:
// else a few streams would keep every thread of the relay waiting. The relay's recv() is the one
// below, which holds the first reader back for as long as a test wants.

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <condition_variable>
#include <mutex>
#include <vector>

#include "tests/relay/relay_fixture.h"

namespace sluice::relay {
namespace {

class ReaderGate {
 public:
  // For those that read what comes from this port.
  void Arm(std::uint16_t port) {
    port_ = port;
    Set(State::kArmed);
  }
  void Open() { Set(State::kOpen); }
  void AwaitReader() {
    Await([this] { return state_ == State::kHolding; });
  }
  // The first to come stays until the gate is opened.
  void Pass(int socket) {
    std::unique_lock lock(mutex_);
    if (state_ != State::kArmed || PeerPort(socket) != port_) return;
    state_ = State::kHolding;
    changed_.notify_all();
    changed_.wait(lock, [this] { return state_ == State::kOpen; });
  }

 private:
  enum class State { kOpen, kArmed, kHolding };
  void Set(State state) {
    const std::lock_guard lock(mutex_);
    state_ = state;
    changed_.notify_all();
  }
  template <typename Condition>
  void Await(const Condition& condition) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(40), condition));
  }

  // 0: not of TCP.
  static std::uint16_t PeerPort(int socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    const bool known = getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    return known && address.sin_family == AF_INET ? ntohs(address.sin_port) : 0;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint16_t port_ = 0;
  State state_ = State::kOpen;
};

ReaderGate& Gate() {
  static ReaderGate gate;
  return gate;
}

using ReadingTest = RelayTest;

TEST_F(ReadingTest, ThreadsThatAreWokenForAStreamDoNotWaitForItsReader) {
  StartRelay(1);  // with five threads
  auto other = Session();
  auto read_slowly = Connect();  // no request was answered on it: no thread looks for its next one
  v1::Request ping;
  ping.mutable_ping();
  Gate().Arm(read_slowly.port());
  const std::unique_ptr<ReaderGate, void (*)(ReaderGate*)> at_the_end(
      &Gate(), [](ReaderGate* gate) { gate->Open(); });  // also when the test fails
  std::vector<std::uint64_t> sent{read_slowly.Send(ping)};
  Gate().AwaitReader();
  for (int i = 0; i < 100; ++i) {
    sent.push_back(read_slowly.Send(ping));
    ASSERT_EQ(StateOf(other.Execute("SELECT 1")), "") << "after " << i;
  }
  Gate().Open();
  // What they were woken for was not forgotten.
  for (const auto id : sent) ASSERT_NE(StateOf(read_slowly.Receive(id)), "");
}

}  // namespace
}  // namespace sluice::relay

// Instead of the C library's, which it calls.
extern "C" ssize_t recv(int socket, void* data, size_t size, int flags) {
  using Function = ssize_t (*)(int, void*, size_t, int);
  static const auto next = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "recv"));
  if ((flags & MSG_DONTWAIT) != 0) sluice::relay::Gate().Pass(socket);
  return next(socket, data, size, flags);
}
