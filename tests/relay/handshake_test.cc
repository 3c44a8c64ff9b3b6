#include "proto/wire/frame.h"
#include "tests/fakes/test_certificates.h"
#include "tests/relay/relay_fixture.h"

#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>

#include "relay_server/net/tls_server.h"

namespace sluice::relay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class HandshakeTest : public RelayTest {};

TEST_F(HandshakeTest, AnswersWithTheServersFacts) {
  StartRelay();
  auto client = Connect();
  const auto response = client.Open();
  ASSERT_TRUE(response.has_session_opened()) << MessageOf(response);
  const auto& opened = response.session_opened();
  EXPECT_NE(opened.session_id(), 0u);
  EXPECT_EQ(opened.server().engine(), v1::ENGINE_POSTGRES);
  EXPECT_EQ(opened.max_message_bytes(), 1u << 20);
  EXPECT_EQ(opened.user(), "alice");
  EXPECT_FALSE(opened.read_only());
  EXPECT_EQ(StateOf(client.Ping()), "");
}

TEST_F(HandshakeTest, RefusesAnotherProtocolVersion) {
  StartRelay();
  auto client = Connect();
  auto open = client.DefaultOpen();
  open.set_protocol_version(99);
  const auto response = client.Open(open);
  EXPECT_EQ(StateOf(response), "08004");
  EXPECT_THAT(MessageOf(response), HasSubstr("version 99"));
  EXPECT_TRUE(response.failure().session_over());
}

TEST_F(HandshakeTest, RefusesWrongPasswordAndUnknownUserAlike) {
  StartRelay();
  auto client = Connect();
  auto wrong = client.DefaultOpen();
  wrong.set_password("guess");
  auto unknown = client.DefaultOpen();
  unknown.set_user("mallory");
  const auto first = client.Open(wrong);
  const auto second = client.Open(unknown);
  EXPECT_EQ(StateOf(first), "28000");
  EXPECT_EQ(StateOf(second), "28000");
  EXPECT_THAT(MessageOf(second), ::testing::HasSubstr("check the keywords UID and PWD"));
  EXPECT_EQ(MessageOf(first), MessageOf(second));
  // The stream is fit for another try.
  EXPECT_TRUE(client.Open().has_session_opened());
}

// A password's check keeps a processor busy; there are turns.
TEST_F(HandshakeTest, ManyOpenAtOnce) {
  StartRelay();
  std::vector<TestClient> clients;
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 12; ++i) clients.push_back(Connect());
  for (int i = 0; i < 12; ++i) {
    v1::Request request;
    *request.mutable_open_session() = clients[i].DefaultOpen();
    if (i % 4 == 3) request.mutable_open_session()->set_password("guess");
    ids.push_back(clients[i].Send(request));
  }
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(StateOf(clients[i].Receive(ids[i])), i % 4 == 3 ? "28000" : "");
  }
}

TEST_F(HandshakeTest, NamesThePoolThatDoesNotExist) {
  StartRelay();
  auto client = Connect();
  auto open = client.DefaultOpen();
  open.set_pool("nope");
  const auto response = client.Open(open);
  EXPECT_EQ(StateOf(response), "08004");
  EXPECT_THAT(MessageOf(response), HasSubstr("\"nope\""));
}

TEST_F(HandshakeTest, AgreesOnCompressionWithWhoeverOffersIt) {
  StartRelay();
  auto client = Connect();
  EXPECT_EQ(client.Open().session_opened().features_size(), 0);
  client.CloseSession();
  auto open = client.DefaultOpen();
  open.add_features(v1::FEATURE_ZSTD);
  open.add_features(static_cast<v1::Feature>(99));
  const auto opened = client.Open(open);
  EXPECT_THAT(opened.session_opened().features(), ElementsAre(v1::FEATURE_ZSTD));
}

TEST_F(HandshakeTest, ASecondOpenEndsTheSession) {
  StartRelay();
  auto client = Session();
  const auto response = client.Open();
  EXPECT_EQ(StateOf(response), "08002");
  EXPECT_TRUE(response.failure().session_over());
  EXPECT_EQ(StateOf(client.Ping()), "08003");
}

TEST_F(HandshakeTest, RequestsBeforeTheSessionAreRefused) {
  StartRelay();
  auto client = Connect();
  EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "08003");
}

TEST_F(HandshakeTest, AStreamIsWarmAfterItsSession) {
  StartRelay();
  auto client = Session();
  EXPECT_TRUE(client.CloseSession().has_session_closed());
  EXPECT_TRUE(client.Open().has_session_opened());
  EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "");
  EXPECT_EQ(server_->stats().accepted, 1u);
}

TEST_F(HandshakeTest, TellsWhyTheBackendCannotBeReached) {
  backend_.OnConnect(fakes::ScriptedError{"28P01", "password authentication failed"});
  StartRelay();
  auto client = Connect();
  const auto response = client.Open();
  EXPECT_EQ(StateOf(response), "08004");
  EXPECT_THAT(MessageOf(response), HasSubstr("password authentication failed"));
  EXPECT_TRUE(response.failure().session_over());
  backend_.OnConnect(std::nullopt);
  EXPECT_TRUE(Eventually([&] { return client.Open().has_session_opened(); }));
}

// A session whose opening failed after it had waited does not stay behind on its stream.
TEST_F(HandshakeTest, AnOpeningThatFailedInTheQueueLeavesNoSession) {
  StartRelay(1);
  backend_.HoldConnect();
  auto first = Connect();
  v1::Request open;
  *open.mutable_open_session() = first.DefaultOpen();
  const auto first_id = first.Send(open);
  ASSERT_TRUE(backend_.AwaitHeldConnect());
  auto second = Connect();
  const auto second_id = second.Send(open);
  ASSERT_TRUE(EventuallyWaiting(1));
  backend_.OnConnect(fakes::ScriptedError{"08001", "no route"});
  backend_.LetConnectGo();
  EXPECT_EQ(StateOf(first.Receive(first_id)), "08001");
  EXPECT_EQ(StateOf(second.Receive(second_id)), "08001");
  EXPECT_TRUE(Eventually([&] { return server_->stats().sessions == 0; }));
}

TEST_F(HandshakeTest, RefusesClientsBeyondMaxClients) {
  Options options;
  options.max_clients = 2;
  StartRelay(options);
  auto first = Session();
  auto second = Session();
  auto third = Connect();
  EXPECT_TRUE(third.AwaitEndOfStream());
  EXPECT_EQ(server_->stats().refused, 1u);
  first.Drop();
  EXPECT_TRUE(Eventually([&] { return server_->stats().connections == 1; }));
  auto fourth = Session();
  EXPECT_EQ(StateOf(fourth.Execute("SELECT 1")), "");
}

TEST_F(HandshakeTest, GarbageEndsTheStreamAndNotTheRelay) {
  StartRelay();
  auto good = Session();
  auto bad = Session();
  bad.SendOctets("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(bad.AwaitEndOfStream());
  EXPECT_EQ(StateOf(good.Execute("SELECT 1")), "");
}

TEST_F(HandshakeTest, AnOversizedFrameEndsTheStream) {
  StartRelay();
  auto bad = Session();
  // A header that announces 2 MB: magic, flags, reserved, length, session.
  bad.SendOctets(std::string("\x53\0\0\0\0\0\x20\0\0\0\0\0", 12));
  EXPECT_TRUE(bad.AwaitEndOfStream());
  EXPECT_EQ(StateOf(Session().Execute("SELECT 1")), "");
}

TEST_F(HandshakeTest, AMessageThatIsNoRequestEndsTheStream) {
  StartRelay();
  auto bad = Session();
  bad.SendOctets(std::string("\x53\0\0\0\x02\0\0\0\0\0\0\0\xff\xff", 14));
  EXPECT_TRUE(bad.AwaitEndOfStream());
  EXPECT_EQ(StateOf(Session().Execute("SELECT 1")), "");
}

// ---- TLS ----

class TlsHandshakeTest : public RelayTest {
 protected:
  void StartTls(bool client_certificates) {
    const auto server = authority_.Issue("DNS:localhost,IP:127.0.0.1");
    net::TlsFiles files{server.certificate, server.private_key, ""};
    if (client_certificates) files.client_ca = authority_.root_certificate();
    Options options;
    options.tls = net::MakeServerContext(files);
    StartRelay(options);
  }

  TestClient ConnectTls(const fakes::CertificateFiles& own = {}) {
    using Poco::Net::Context;
    Context::Params params;
    params.caLocation = authority_.root_certificate();
    params.verificationMode = Context::VERIFY_STRICT;
    params.certificateFile = own.certificate;
    params.privateKeyFile = own.private_key;
    Context::Ptr context(new Context(Context::CLIENT_USE, params));
    Poco::Net::SecureStreamSocket socket(context);
    socket.setPeerHostName("localhost");
    socket.connect(Poco::Net::SocketAddress("127.0.0.1", port_));
    socket.completeHandshake();
    return TestClient(socket);
  }

  fakes::TestAuthority authority_;
};

TEST_F(TlsHandshakeTest, ServesSessionsOverTls) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(5000, 100)}});
  StartTls(false);
  auto client = ConnectTls();
  ASSERT_TRUE(client.Open().has_session_opened());
  EXPECT_EQ(client.ReadToEnd(client.Execute("SELECT big")).rows, 5000u);
}

TEST_F(TlsHandshakeTest, ResponsesWaitForAClientThatDoesNotRead) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(200'000, 100)}});
  StartTls(false);
  auto client = ConnectTls();
  ASSERT_TRUE(client.Open().has_session_opened());
  const auto id = client.SendExecute("SELECT big", {.credit = std::uint64_t{1} << 30});
  ASSERT_TRUE(Eventually([&] { return server_->stats().congested == 1; }));
  EXPECT_EQ(client.ReadToEnd(client.Receive(id)).rows, 200'000u);
}

TEST_F(TlsHandshakeTest, GarbageDoesNotDisturbTheOthers) {
  StartTls(false);
  auto client = ConnectTls();
  ASSERT_TRUE(client.Open().has_session_opened());
  for (int i = 0; i < 20; ++i) {
    auto bad = Connect();
    bad.SendOctets("no TLS at all, but long enough to be taken for a record");
    bad.AwaitEndOfStream();
    EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "");
  }
}

// The rest of it comes while a thread finds out, or has just found out.
TEST_F(TlsHandshakeTest, GarbageInPiecesEndsTheStream) {
  StartTls(false);
  for (int i = 0; i < 1000; ++i) {
    auto bad = Connect();
    try {
      for (int piece = 0; piece < 8; ++piece) bad.SendOctets("no TLS at all, ");
    } catch (const Poco::Exception&) {
      continue;  // it has been ended
    }
    bad.Drop();
  }
  EXPECT_TRUE(Eventually([&] { return server_->stats().connections == 0; }));
}

TEST_F(TlsHandshakeTest, TakesAClientsCertificateWhateverItsName) {
  StartTls(true);
  auto client = ConnectTls(authority_.Issue("DNS:laptop.example"));
  EXPECT_TRUE(client.Open().has_session_opened());
}

TEST_F(TlsHandshakeTest, RefusesAClientWithoutCertificate) {
  StartTls(true);
  // TLS 1.3 lets the client finish before the server has looked at its certificate.
  EXPECT_ANY_THROW({
    auto client = ConnectTls();
    client.Open();
  });
}

}  // namespace
}  // namespace sluice::relay
