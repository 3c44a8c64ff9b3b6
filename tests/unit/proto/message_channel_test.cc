#include "proto/wire/message_channel.h"

#include <csignal>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <unistd.h>

#include "proto/wire/sigpipe_guard.h"
#include "sluice/v1/session.pb.h"
#include "tests/unit/proto/tls_fixture.h"

namespace sluice::wire {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

enum class Transport { kTcp, kTls, kTlsOverBlocking };

v1::Diagnostic MessageOf(std::size_t bytes, std::int64_t row = 0) {
  v1::Diagnostic message;
  message.set_message(std::string(bytes, 'x'));
  message.set_row(row);
  return message;
}

bool SigpipeIsPending() {
  sigset_t pending;
  sigpending(&pending);
  return sigismember(&pending, SIGPIPE) == 1;
}

bool SigpipeIsBlocked() {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return sigismember(&mask, SIGPIPE) == 1;
}

class Channel : public ::testing::TestWithParam<Transport> {
 protected:
  Channel() : pair_(Connect(GetParam())) {
    // Poco blocks SIGPIPE in the thread that loads it; other threads of a process have it as it
    // was.
    sigset_t sigpipe;
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    pthread_sigmask(SIG_UNBLOCK, &sigpipe, nullptr);
  }

  static SocketPair Connect(Transport transport) {
    if (transport == Transport::kTcp) return ConnectTcp();
    return ConnectTls(transport == Transport::kTlsOverBlocking);
  }

  // A channel for either end of the pair, which gives its sockets up.
  void MakeChannels(std::size_t max_message_bytes = kDefaultMaxMessageBytes) {
    client_ = std::make_unique<MessageChannel>(pair_.client, max_message_bytes);
    server_ = std::make_unique<MessageChannel>(pair_.server, max_message_bytes);
    pair_ = {};
  }

  // Sends until the end of the stream is noticed.
  static void SendUntilClosed(MessageChannel& channel) {
    for (;;) channel.Send(MessageOf(100'000), 0);
  }

  SocketPair pair_;
  std::unique_ptr<MessageChannel> client_;
  std::unique_ptr<MessageChannel> server_;
};

TEST_P(Channel, CarriesMessagesBothWays) {
  MakeChannels();
  for (const std::size_t bytes : {0, 1, 16'384, 1 << 20, (3 << 20) + 7}) {
    const auto sent = MessageOf(bytes, 5);
    // A message that does not fit the socket's buffers needs a reader on the other side.
    std::thread sender([&] { client_->Send(sent, 11); });
    v1::Diagnostic received;
    std::uint32_t session_id = 0;
    EXPECT_TRUE(server_->Receive(received, &session_id));
    sender.join();
    EXPECT_EQ(session_id, 11U);
    EXPECT_TRUE(received.SerializeAsString() == sent.SerializeAsString());

    server_->Send(MessageOf(3, 6), 0);
    EXPECT_TRUE(client_->Receive(received, nullptr));
    EXPECT_EQ(received.row(), 6);
  }
  EXPECT_EQ(client_->bytes_sent(), server_->bytes_received());
  EXPECT_EQ(server_->bytes_sent(), client_->bytes_received());
}

// More than one message in a TLS record or segment: the second is there though poll() sees nothing.
TEST_P(Channel, FindsMessagesThatArrivedTogether) {
  MakeChannels();
  constexpr int kMessages = 2000;
  for (int i = 0; i < kMessages; ++i) client_->Send(MessageOf(10, i + 1), 0);
  for (int i = 0; i < kMessages; ++i) {
    v1::Diagnostic received;
    ASSERT_TRUE(server_->Receive(received, nullptr));
    ASSERT_EQ(received.row(), i + 1);
  }
}

TEST_P(Channel, SendsWhileItReceives) {
  MakeChannels();
  constexpr int kMessages = 300;
  const auto send_all = [&](MessageChannel& channel, unsigned seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < kMessages; ++i) {
      const std::size_t bytes = random() % (i % 50 == 0 ? 2'000'000 : 20'000);
      channel.Send(MessageOf(bytes, i + 1), 0);
    }
  };
  const auto receive_all = [&](MessageChannel& channel) {
    for (int i = 0; i < kMessages; ++i) {
      v1::Diagnostic received;
      ASSERT_TRUE(channel.Receive(received, nullptr));
      ASSERT_EQ(received.row(), i + 1);
    }
  };
  std::thread client_sends([&] { send_all(*client_, 1); });
  std::thread server_sends([&] { send_all(*server_, 2); });
  std::thread client_receives([&] { receive_all(*client_); });
  receive_all(*server_);
  client_sends.join();
  server_sends.join();
  client_receives.join();
}

TEST_P(Channel, KeepsMessagesOfSeveralSendersWhole) {
  MakeChannels();
  constexpr int kSenders = 4;
  constexpr int kMessages = 50;
  std::vector<std::thread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&, sender] {
      for (int i = 0; i < kMessages; ++i) {
        client_->Send(MessageOf(60'000, i + 1), static_cast<std::uint32_t>(sender));
      }
    });
  }
  std::vector<std::int64_t> last(kSenders, 0);
  for (int i = 0; i < kSenders * kMessages; ++i) {
    v1::Diagnostic received;
    std::uint32_t sender = 0;
    EXPECT_TRUE(server_->Receive(received, &sender));
    EXPECT_EQ(received.message().size(), 60'000U);
    EXPECT_EQ(received.row(), ++last.at(sender));
  }
  for (auto& sender : senders) sender.join();
}

TEST_P(Channel, LosesNothingWhenADeadlinePasses) {
  MakeChannels();
  v1::Diagnostic received;
  EXPECT_FALSE(server_->Receive(received, nullptr, Clock::now()));
  EXPECT_FALSE(server_->Receive(received, nullptr, DeadlineAfter(milliseconds(5))));
  client_->Send(MessageOf(10, 1), 0);
  EXPECT_TRUE(server_->Receive(received, nullptr));
  EXPECT_EQ(received.row(), 1);
}

// Tells the peer in advance whether it will look for the answer (bit 3 of the flags).
TEST(TcpChannel, TellsWhetherItWillLookForTheAnswer) {
  SocketPair pair = ConnectTcp();
  MessageChannel client(pair.client);
  const auto flags_of_next = [&] {
    client.Send(v1::Diagnostic(), 0);
    char header[kFrameHeaderBytes];
    EXPECT_EQ(pair.server.receiveBytes(header, sizeof header), static_cast<int>(sizeof header));
    return static_cast<int>(header[1]);
  };
  EXPECT_EQ(flags_of_next(), SpinWait::MostThreads() > 0 ? kFlagLooks : 0);
  // Nothing comes within its patience: it will sleep the next time.
  v1::Diagnostic received;
  EXPECT_FALSE(client.Receive(received, nullptr, DeadlineAfter(milliseconds(20))));
  EXPECT_EQ(flags_of_next(), 0);
}

TEST_P(Channel, KeepsHalfAFrameWhenADeadlinePasses) {
  std::string frames;
  AppendMessage(MessageOf(1000, 1), {}, frames);
  Poco::Net::StreamSocket raw = pair_.client;
  MessageChannel server(pair_.server);
  raw.sendBytes(frames.data(), 500);
  v1::Diagnostic received;
  EXPECT_FALSE(server.Receive(received, nullptr, DeadlineAfter(milliseconds(5))));
  raw.sendBytes(frames.data() + 500, static_cast<int>(frames.size()) - 500);
  EXPECT_TRUE(server.Receive(received, nullptr));
  EXPECT_EQ(received.row(), 1);
}

TEST_P(Channel, GivesUpSendingAtTheDeadline) {
  MakeChannels();
  const auto message = MessageOf(60 << 20);  // more than any socket buffer takes unread
  EXPECT_THROW(client_->Send(message, 0, DeadlineAfter(milliseconds(20))), DeadlinePassed);
  EXPECT_THROW(client_->Send(MessageOf(1), 0), StreamClosed) << "a frame was cut in its middle";
}

TEST_P(Channel, WaitsForItsTurnToSendUntilTheDeadline) {
  MakeChannels();
  std::thread blocked([&] { EXPECT_THROW(client_->Send(MessageOf(60 << 20), 0), StreamClosed); });
  EXPECT_THROW(
      {
        // Succeeds while the other thread has not begun.
        for (;;) client_->Send(MessageOf(1), 0, DeadlineAfter(milliseconds(5)));
      },
      DeadlinePassed);
  client_->Close();
  blocked.join();
}

TEST_P(Channel, RefusesALongMessageAndGoesOn) {
  MakeChannels(1000);
  EXPECT_THROW(client_->Send(MessageOf(1000), 0), MessageTooLong);
  client_->Send(MessageOf(900, 1), 0);
  v1::Diagnostic received;
  EXPECT_TRUE(server_->Receive(received, nullptr));
  client_->set_max_message_bytes(5000);
  client_->Send(MessageOf(1000), 0);
  EXPECT_THAT([&] { server_->Receive(received, nullptr); },
              ThrowsMessage<ProtocolError>(HasSubstr("limit of 1000")));
}

TEST_P(Channel, RefusesWhatIsNoMessage) {
  MessageChannel server(pair_.server);
  const std::string frame("\x53\0\0\0\2\0\0\0\0\0\0\0\xff\xff", 14);
  pair_.client.sendBytes(frame.data(), static_cast<int>(frame.size()));
  v1::Diagnostic received;
  EXPECT_THROW(server.Receive(received, nullptr), ProtocolError);
}

TEST_P(Channel, NoticesThatThePeerClosed) {
  MakeChannels();
  server_->Send(MessageOf(10, 1), 0);
  server_.reset();
  v1::Diagnostic received;
  EXPECT_TRUE(client_->Receive(received, nullptr)) << "what was sent before arrives";
  EXPECT_THROW(client_->Receive(received, nullptr), StreamClosed);
}

TEST_P(Channel, NoticesThatThePeerVanishedInAFrame) {
  auto client = std::make_unique<MessageChannel>(pair_.client);
  const std::string half("\x53\0\0\0\2\0", 6);
  pair_.server.sendBytes(half.data(), static_cast<int>(half.size()));
  pair_ = {};
  v1::Diagnostic received;
  EXPECT_THROW(client->Receive(received, nullptr), StreamClosed);
}

// The default action of SIGPIPE would end this process.
TEST_P(Channel, RaisesNoSigpipe) {
  MakeChannels();
  server_.reset();
  EXPECT_THROW(SendUntilClosed(*client_), StreamClosed);
  client_.reset();
  EXPECT_FALSE(SigpipeIsPending());
  EXPECT_FALSE(SigpipeIsBlocked());
}

TEST_P(Channel, KnowsWhetherAnIdleStreamIsDead) {
  MakeChannels();
  EXPECT_FALSE(client_->IsDead());
  server_->Send(MessageOf(10, 1), 0);
  EXPECT_FALSE(client_->IsDead());
  v1::Diagnostic received;
  EXPECT_TRUE(client_->Receive(received, nullptr)) << "looking took nothing away";
  EXPECT_FALSE(client_->IsDead());
  server_.reset();
  while (!client_->IsDead()) std::this_thread::yield();
}

TEST_P(Channel, IsDeadOnceClosed) {
  MakeChannels();
  client_->Close();
  client_->Close();
  EXPECT_TRUE(client_->IsDead());
  v1::Diagnostic received;
  EXPECT_THROW(client_->Receive(received, nullptr), StreamClosed);
  EXPECT_THROW(client_->Send(MessageOf(1), 0), StreamClosed);
}

TEST_P(Channel, CloseWakesTheReceivingThread) {
  MakeChannels();
  std::promise<void> started;
  std::thread receiver([&] {
    v1::Diagnostic received;
    started.set_value();
    EXPECT_THROW(client_->Receive(received, nullptr), StreamClosed);
  });
  started.get_future().wait();
  client_->Close();
  receiver.join();
}

std::string TransportName(const ::testing::TestParamInfo<Transport>& test) {
  constexpr const char* kNames[] = {"Tcp", "Tls", "TlsOverBlocking"};
  return kNames[static_cast<int>(test.param)];
}

INSTANTIATE_TEST_SUITE_P(Over, Channel,
                         ::testing::Values(Transport::kTcp, Transport::kTls,
                                           Transport::kTlsOverBlocking),
                         TransportName);

// An application that uses OpenSSL, too, may leave errors in this thread's queue.
TEST(TlsChannel, IgnoresErrorsOfOthers) {
  SocketPair pair = ConnectTls();
  MessageChannel client(pair.client);
  MessageChannel server(pair.server);
  ERR_raise(ERR_LIB_USER, 1);
  v1::Diagnostic received;
  EXPECT_FALSE(server.Receive(received, nullptr, Clock::now()));
  ERR_raise(ERR_LIB_USER, 1);
  client.Send(MessageOf(10, 1), 0);
  EXPECT_TRUE(server.Receive(received, nullptr));
}

TEST(SigpipeGuard, TakesTheSignalOfAFailedWrite) {
  const bool was_blocked = SigpipeIsBlocked();
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  ::close(fds[0]);
  {
    const SigpipeGuard guard;
    EXPECT_EQ(::write(fds[1], "x", 1), -1);
    EXPECT_TRUE(SigpipeIsPending());
  }
  EXPECT_FALSE(SigpipeIsPending());
  EXPECT_EQ(SigpipeIsBlocked(), was_blocked);
  ::close(fds[1]);
}

TEST(SigpipeGuard, LeavesTheApplicationsOwnSignalPending) {
  sigset_t sigpipe;
  sigset_t old_mask;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &sigpipe, &old_mask);
  raise(SIGPIPE);
  { const SigpipeGuard guard; }
  EXPECT_TRUE(SigpipeIsPending());
  int taken = 0;
  EXPECT_EQ(sigwait(&sigpipe, &taken), 0);
  pthread_sigmask(SIG_SETMASK, &old_mask, nullptr);
}

}  // namespace
}  // namespace sluice::wire
