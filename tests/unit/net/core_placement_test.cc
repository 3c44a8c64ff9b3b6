#include "relay_server/net/core_placement.h"

#include <gtest/gtest.h>

#include <cstddef>

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

namespace sluice::relay::net {
namespace {

cpu_set_t AllowedCores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof allowed, &allowed);
  return allowed;
}

cpu_set_t Only(std::size_t core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  return set;
}

std::size_t FirstOf(const cpu_set_t& cores) {
  std::size_t core = 0;
  while (CPU_ISSET(core, &cores) == 0) ++core;
  return core;
}

// A client that sends from the first core that this process may use, and this thread as its
// worker, which starts out there too.
class CorePlacementTest : public ::testing::Test {
 protected:
  CorePlacementTest() {
    sched_setaffinity(0, sizeof(cpu_set_t), &here_);  // no other place to send from
    const char octet = 'x';
    client_.sendBytes(&octet, 1);
    char received = 0;
    worker_.receiveBytes(&received, 1);
  }
  ~CorePlacementTest() override { sched_setaffinity(0, sizeof(cpu_set_t), &allowed_); }

  int fd() const { return static_cast<int>(worker_.impl()->sockfd()); }

  const cpu_set_t allowed_ = AllowedCores();
  const std::size_t core_ = FirstOf(allowed_);
  const cpu_set_t here_ = Only(core_);
  Poco::Net::ServerSocket listener_{Poco::Net::SocketAddress("127.0.0.1", 0)};
  Poco::Net::StreamSocket client_{listener_.address()};
  Poco::Net::StreamSocket worker_ = listener_.acceptConnection();
};

// A thread that is allowed everywhere again is still where it was, unless the scheduler moves it
// just then, and nothing is to be done: it is tried until it was not.
TEST_F(CorePlacementTest, LeavesTheCoreOfTheSenderForAsLongAsItLives) {
  if (CPU_COUNT(&allowed_) < 2) return;  // one core: there is nowhere to go
  bool left = false;
  for (int tries = 0; !left && tries < 1000; ++tries) {
    sched_setaffinity(0, sizeof here_, &here_);
    sched_setaffinity(0, sizeof allowed_, &allowed_);
    {
      CorePlacement placement;
      placement.LeaveSenderOf(fd());
      const cpu_set_t now = AllowedCores();
      left = CPU_ISSET(core_, &now) == 0;
      if (left) {
        EXPECT_EQ(CPU_COUNT(&now), CPU_COUNT(&allowed_) - 1);
        EXPECT_NE(sched_getcpu(), static_cast<int>(core_));
      }
    }
    const cpu_set_t after = AllowedCores();
    EXPECT_TRUE(CPU_EQUAL(&after, &allowed_));
  }
  EXPECT_TRUE(left);
}

TEST_F(CorePlacementTest, StaysWhereThereIsNowhereElseToGo) {
  CorePlacement placement;
  placement.LeaveSenderOf(fd());
  const cpu_set_t now = AllowedCores();
  EXPECT_TRUE(CPU_EQUAL(&now, &here_));
}

TEST_F(CorePlacementTest, StaysWhereTheSenderIsElsewhere) {
  if (CPU_COUNT(&allowed_) < 2) return;  // one core: nobody can be elsewhere
  cpu_set_t others = allowed_;
  CPU_CLR(core_, &others);
  sched_setaffinity(0, sizeof others, &others);
  CorePlacement placement;
  placement.LeaveSenderOf(fd());
  const cpu_set_t now = AllowedCores();
  EXPECT_TRUE(CPU_EQUAL(&now, &others));
}

}  // namespace
}  // namespace sluice::relay::net
