#include "tests/fakes/test_certificates.h"
#include "tests/unit/client/client_fixture.h"

namespace sluice::driver::client {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kGoodNames = "DNS:localhost,IP:127.0.0.1";

class TlsTest : public ::testing::Test {
 protected:
  static FakeRelay::Options Serve(const fakes::CertificateFiles& files) {
    return {.tls_certificate = files.certificate, .tls_private_key = files.private_key};
  }

  ConnectOptions Options(const FakeRelay& relay, TlsMode mode) {
    ConnectOptions options = OptionsFor(relay);
    options.tls_mode = mode;
    options.tls_root_certificate = authority_.root_certificate();
    return options;
  }

  fakes::TestAuthority authority_;
};

TEST_F(TlsTest, VerifyFullAcceptsTheRightName) {
  FakeRelay relay(Serve(authority_.Issue(kGoodNames)));
  RelayClient::Open(Options(relay, TlsMode::kVerifyFull))->Ping(milliseconds(0));
  ConnectOptions by_name = Options(relay, TlsMode::kVerifyFull);
  by_name.servers = {"localhost:" + std::to_string(relay.port())};
  RelayClient::Open(by_name)->Ping(milliseconds(0));
  EXPECT_THAT(relay.violations(), IsEmpty());
}

TEST_F(TlsTest, HandshakeIsPolledFor) {
  FakeRelay relay(Serve(authority_.Issue(kGoodNames)));
  const auto pending = RelayClient::StartOpen(Options(relay, TlsMode::kVerifyFull));
  std::unique_ptr<RelayClient> client;
  while (client == nullptr) client = pending->Advance(wire::Clock::now());
  client->Ping(milliseconds(0));
  EXPECT_EQ(relay.connection_count(), 1u);
}

TEST_F(TlsTest, VerifyFullRefusesAnotherName) {
  FakeRelay relay(Serve(authority_.Issue("DNS:another.example")));
  const auto [state, message] =
      FailureOf([&] { RelayClient::Open(Options(relay, TlsMode::kVerifyFull)); });
  EXPECT_EQ(state, "08001");
  EXPECT_THAT(message, HasSubstr("is not for 127.0.0.1"));
  EXPECT_EQ(relay.Count(v1::Request::kOpenSession), 0u);  // no password was sent
}

TEST_F(TlsTest, VerifyCaAcceptsAnotherName) {
  FakeRelay relay(Serve(authority_.Issue("DNS:another.example")));
  RelayClient::Open(Options(relay, TlsMode::kVerifyCa))->Ping(milliseconds(0));
}

TEST_F(TlsTest, VerifyCaRefusesAnotherAuthority) {
  fakes::TestAuthority stranger;
  FakeRelay relay(Serve(stranger.Issue(kGoodNames)));
  const auto [state, message] =
      FailureOf([&] { RelayClient::Open(Options(relay, TlsMode::kVerifyCa)); });
  EXPECT_EQ(state, "08001");
  EXPECT_THAT(message, HasSubstr("certificate was refused"));
}

TEST_F(TlsTest, VerifyCaRefusesAnExpiredCertificate) {
  FakeRelay relay(Serve(authority_.Issue(kGoodNames, /*expired=*/true)));
  const auto [state, message] =
      FailureOf([&] { RelayClient::Open(Options(relay, TlsMode::kVerifyCa)); });
  EXPECT_EQ(state, "08001");
  EXPECT_THAT(message, HasSubstr("expired"));
}

TEST_F(TlsTest, RequireChecksNothing) {
  fakes::TestAuthority stranger;
  FakeRelay relay(Serve(stranger.Issue("DNS:another.example", /*expired=*/true)));
  RelayClient::Open(Options(relay, TlsMode::kRequire))->Ping(milliseconds(0));
}

TEST_F(TlsTest, RefusesARelayWithoutTls) {
  FakeRelay relay;
  ConnectOptions options = Options(relay, TlsMode::kRequire);
  const auto [state, message] = FailureOf([&] { RelayClient::Open(options); });
  EXPECT_EQ(state, "08001");
  EXPECT_THAT(message, HasSubstr("does the relay talk TLS on this port? The keyword SSLMode"));
  EXPECT_EQ(relay.Count(v1::Request::kOpenSession), 0u);
}

TEST_F(TlsTest, ARelayWithTlsRefusesWhoHasNone) {
  FakeRelay relay(Serve(authority_.Issue(kGoodNames)));
  const auto [state, message] =
      FailureOf([&] { RelayClient::Open(Options(relay, TlsMode::kDisable)); });
  EXPECT_EQ(state, "08001");
  EXPECT_THAT(message, HasSubstr("SSLMode: the relay may want TLS"));
}

TEST_F(TlsTest, TimesOutWhenTheHandshakeIsNotAnswered) {
  const Poco::Net::ServerSocket silent(Poco::Net::SocketAddress("127.0.0.1", 0));
  ConnectOptions options;
  options.servers = {silent.address().toString()};
  options.tls_mode = TlsMode::kRequire;
  options.connect_timeout = milliseconds(50);
  EXPECT_EQ(StateOf([&] { RelayClient::Open(options); }), "HYT00");
}

TEST_F(TlsTest, NamesARootCertificateThatCannotBeLoaded) {
  FakeRelay relay(Serve(authority_.Issue(kGoodNames)));
  ConnectOptions options = Options(relay, TlsMode::kVerifyFull);
  options.tls_root_certificate = "/nonexistent/root.crt";
  const auto [state, message] = FailureOf([&] { RelayClient::Open(options); });
  EXPECT_EQ(state, "08001");
  EXPECT_THAT(message, HasSubstr("/nonexistent/root.crt"));
}

TEST_F(TlsTest, WarmStreamsAndLargeResultsWork) {
  FakeRelay relay(Serve(authority_.Issue(kGoodNames)));
  relay.OnExecute("SELECT", fakes::NumberedRows(100'000, 5000));
  for (int i = 0; i < 2; ++i) {
    const auto client = RelayClient::Open(Options(relay, TlsMode::kVerifyFull));
    const auto response = ExecuteText(*client, "SELECT");
    EXPECT_EQ(Drain(*response.cursor), 100'000u);
  }
  EXPECT_EQ(relay.connection_count(), 1u);
  EXPECT_THAT(relay.violations(), IsEmpty());
}

}  // namespace
}  // namespace sluice::driver::client
