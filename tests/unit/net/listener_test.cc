#include "relay_server/net/listener.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>

namespace sluice::relay::net {
namespace {

int Option(int fd, int level, int option) {
  int value = -1;
  socklen_t length = sizeof value;
  ::getsockopt(fd, level, option, &value, &length);
  return value;
}

// An application may pause in the middle of a result for as long as it likes; one that has died is
// asked for.
TEST(ListenerTest, AClientThatDoesNotReadIsNotTakenForDead) {
  WorkerPool workers(1);
  pool::TimerThread timer(workers);
  std::promise<Poco::Net::StreamSocket> accepted;
  const auto listener = std::make_shared<Listener>(
      ParseListenAddress("127.0.0.1:0"), ClientSockets{}, workers, timer,
      [&](Poco::Net::StreamSocket socket, const std::string&) { accepted.set_value(socket); });
  listener->Start();
  const Poco::Net::StreamSocket client(
      Poco::Net::SocketAddress("127.0.0.1", listener->address().port));
  auto socket = accepted.get_future().get();
  const int fd = static_cast<int>(socket.impl()->sockfd());
  EXPECT_EQ(Option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
  EXPECT_EQ(Option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
  listener->Stop();
  workers.Stop();
}

}  // namespace
}  // namespace sluice::relay::net
