// A session whose memory ends at any point: the relay goes on, the session answers or breaks its
// stream, and its backend connection is given back.

#include <gtest/gtest.h>

#include <deque>
#include <new>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "proto/wire/frame.h"
#include "relay_server/log/log.h"
#include "relay_server/pool/host_group.h"
#include "relay_server/session/client_session.h"
#include "relay_server/session/user_registry.h"
#include "tests/fakes/fake_backend.h"
#include "tests/guards/counting_new.h"
#include "tests/unit/pool/pool_fixture.h"

namespace {

constexpr int kNever = -1;
thread_local int allocations_left = kNever;

}  // namespace

void sluice::tests::CountAllocation() {
  if (allocations_left == 0) {
    allocations_left = kNever;  // once: what is done about it has memory
    throw std::bad_alloc();
  }
  if (allocations_left > 0) --allocations_left;
}

namespace sluice::relay::session {
namespace {

constexpr char kManyRows[] = "SELECT many";
constexpr char kTemporary[] = "CREATE TEMPORARY TABLE t (n int)";

// The stream, as far as a session sees it.
class Stream final : public SessionHost {
 public:
  void Send(const v1::Response& response) override {
    const v1::Response copy = response;  // takes memory, as the true stream does
    ++answers[copy.request_id()];
  }
  void PostToStrand(pool::Task task) override { tasks.push_back(std::move(task)); }
  void ResumeStrand() override {}
  bool HasQueuedWork() const override { return false; }
  void BreakStream() noexcept override { broken = true; }
  std::string peer() const override { return ""; }

  std::map<std::uint64_t, int> answers;
  std::deque<pool::Task> tasks;
  bool broken = false;
};

class SessionMemoryTest : public testing::Test {
 protected:
  SessionMemoryTest() {
    log::SetLevel(static_cast<log::Level>(static_cast<int>(log::Level::kError) + 1));
    backend_.On(kManyRows, {.results = {fakes::NumberedRows(5000, 100)}});
    backend_.On(kTemporary, {.results = {fakes::Affected(0)}});
  }
  ~SessionMemoryTest() override { log::SetLevel(log::Level::kInfo); }

  void StartRelay() {
    pool::PoolLimits limits;
    limits.max_connections = 1;
    pool_ = std::make_shared<pool::BackendPool>("db", limits, backend_.MakeConnector(), executor_,
                                                timer_);
    auto directory = std::make_shared<Directory>();
    auto hosts = std::make_shared<pool::HostGroup>(
        "db", std::vector<pool::HostGroup::Host>{{"", pool_}}, executor_, timer_);
    directory->pools["db"] = std::make_shared<ServedPool>(std::move(hosts), PoolMode::kTransaction);
    directory->users = users_;
    directory_ = std::move(directory);
  }

  void EndRelay() {
    stream_->tasks.clear();
    session_.reset();
    executor_.DropAll();
    pool_->Shutdown();
    directory_.reset();
    pool_.reset();
  }

  void Open() {
    stream_ = std::make_shared<Stream>();
    session_ = std::make_shared<ClientSession>(*stream_, 1, directory_, timer_);
    last_request_ = 0;
    v1::Request request;
    auto& open = *request.mutable_open_session();
    open.set_protocol_version(wire::kProtocolVersion);
    open.set_pool("db");
    open.set_user("alice");
    open.set_password("secret");
    Handle(std::move(request));
  }

  void Handle(v1::Request request) {
    request.set_request_id(++last_request_);
    session_->Handle(std::move(request));
    executor_.RunAll();
    while (!stream_->tasks.empty()) {
      const pool::Task task = std::move(stream_->tasks.front());
      stream_->tasks.pop_front();
      task();
    }
  }

  static v1::Request Execute(const std::string& sql, std::uint32_t cursor) {
    v1::Request request;
    auto& execute = *request.mutable_execute();
    execute.set_sql(sql);
    execute.set_cursor_id(cursor);
    execute.set_credit_bytes(1000);
    return request;
  }

  static v1::Request Release(std::uint32_t cursor) {
    v1::Request request;
    request.mutable_release();
    request.add_released_cursors(cursor);
    return request;
  }

  static v1::Request Timed(v1::Request request) {
    request.set_timeout_ms(1000);
    return request;
  }

  static v1::Request InTransaction(v1::Request request) {
    request.mutable_changes()->set_autocommit(false);
    return request;
  }

  // The request that `number` says with memory for no allocation, for one and so on, until it is
  // enough.
  void ExpectToGoOn(std::vector<v1::Request> requests, std::size_t number) {
    for (int count = 0, done = false; !done; ++count) {
      SCOPED_TRACE(count);
      StartRelay();
      Open();
      for (std::size_t i = 0; i < requests.size(); ++i) {
        v1::Request request = requests[i];
        const bool is_it = i == number;
#ifdef __SANITIZE_ADDRESS__
        // protobuf loses what it is making when it finds no memory for the next part.
        const __lsan::ScopedDisabler disabler;
#endif
        request.set_request_id(++last_request_);
        if (is_it) allocations_left = count;
        session_->Handle(std::move(request));
        if (is_it) done = allocations_left > 0;
        allocations_left = kNever;
        const bool wants_answer = !requests[i].has_release();
        if (wants_answer && !stream_->broken) {
          EXPECT_GE(stream_->answers[last_request_], 1) << "request " << i;
        }
        if (stream_->broken) break;
      }
      session_->Close("gone");
      executor_.RunAll();
      EXPECT_EQ(pool_->stats().active, 0u);
      EXPECT_EQ(pool_->stats().resetting, 0u);
      if (done) {
        EXPECT_FALSE(stream_->broken);
      }
      Open();
      Handle(Execute("SELECT 1", 1));
      EXPECT_EQ(stream_->answers[2], 1);
      EndRelay();
    }
  }

  fakes::FakeBackend backend_;
  pool::ManualExecutor executor_;
  pool::ManualTimer timer_;
  const std::shared_ptr<const UserRegistry> users_ =
      std::make_shared<const UserRegistry>(std::map<std::string, User, std::less<>>{
          {"alice", {.password_hash = HashPassword("secret"), .pools = {"db"}, .mode = {}}}});
  std::shared_ptr<pool::BackendPool> pool_;
  std::shared_ptr<const Directory> directory_;
  std::shared_ptr<Stream> stream_;
  std::shared_ptr<ClientSession> session_;
  std::uint64_t last_request_ = 0;
};

TEST_F(SessionMemoryTest, EndsWithinAStatement) {
  ExpectToGoOn({Timed(Execute("SELECT 1", 1)), Execute("SELECT 1", 2)}, 0);
}

TEST_F(SessionMemoryTest, EndsWithinATransaction) {
  ExpectToGoOn({InTransaction(Execute("INSERT", 1)), Execute("SELECT 1", 2)}, 0);
}

TEST_F(SessionMemoryTest, EndsWithinALongResult) {
  ExpectToGoOn({Execute(kManyRows, 1), Release(1), Execute("SELECT 1", 2)}, 0);
}

TEST_F(SessionMemoryTest, EndsWhileACursorIsClosed) {
  ExpectToGoOn({InTransaction(Execute(kManyRows, 1)), Release(1), Execute("SELECT 1", 2)}, 1);
}

TEST_F(SessionMemoryTest, EndsWhileACursorIsClosedThatKeepsItsOwnConnection) {
  ExpectToGoOn({Execute(kManyRows, 1), Release(1), Execute("SELECT 1", 2)}, 1);
}

TEST_F(SessionMemoryTest, EndsWhileRowsAreSetAside) {
  ExpectToGoOn({InTransaction(Execute(kManyRows, 1)), Execute("SELECT 1", 2)}, 1);
}

TEST_F(SessionMemoryTest, EndsWhileASessionIsPinned) {
  ExpectToGoOn({Execute(kTemporary, 1), Execute("SELECT 1", 2)}, 0);
}

TEST_F(SessionMemoryTest, EndsWhileTheServerIsAskedWhatPinsASession) {
  backend_.On("DROP TABLE t", {.results = {fakes::Affected(0)}});
  ExpectToGoOn({Execute(kTemporary, 1), Execute("DROP TABLE t", 2), Execute("SELECT 1", 3)}, 1);
}

TEST_F(SessionMemoryTest, EndsWhileATransactionEnds) {
  v1::Request commit;
  commit.mutable_end_transaction()->set_completion(v1::EndTransaction::COMMIT);
  ExpectToGoOn({InTransaction(Execute("INSERT", 1)), std::move(commit), Execute("SELECT 1", 2)}, 1);
}

}  // namespace
}  // namespace sluice::relay::session
