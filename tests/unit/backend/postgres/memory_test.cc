#include <new>

#include "tests/guards/counting_new.h"
#include "tests/unit/backend/postgres/postgres_test.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

// A statement for which memory ends at any point: what is run next gets its own answer, or the
// connection says that it is lost.

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

namespace sluice::relay::backend::postgres {
namespace {

class MemoryTest : public PostgresTest {
 protected:
  enum class Outcome { kDone, kNoMemory, kLost };

  template <typename Work>
  Outcome WithAllocations(int count, const Work& work) {
#ifdef __SANITIZE_ADDRESS__
    // protobuf loses what it is making when it finds no memory for the next part.
    const __lsan::ScopedDisabler disabler;
#endif
    allocations_left = count;
    Outcome outcome = Outcome::kDone;
    try {
      work();
    } catch (const BackendError& error) {
      EXPECT_TRUE(error.connection_lost()) << error.what();
      outcome = Outcome::kLost;
    } catch (const std::bad_alloc&) {
      outcome = Outcome::kNoMemory;
    }
    allocations_left = kNever;
    return outcome;
  }

  // Of a statement that the connection has prepared: nothing but its result is read.
  std::string Prepared() {
    execution_.prepare = true;
    const std::string text = Run("SELECT 'own'").Text();
    execution_.prepare = false;
    return text;
  }

  // `work` with memory for no allocation, for one and so on, until it is enough. The least number
  // of connections that it costs tells that the test meets it where it matters.
  template <typename Work>
  void ExpectOwnAnswers(const Work& work, int least_lost = 1) {
    int lost = 0;
    for (int count = 0;; ++count) {
      SCOPED_TRACE(count);
      connector_ = std::make_unique<PostgresConnector>(TargetOf(env_["PG_SOCKET_DIR"]));
      connection_ = Connect();
      EXPECT_EQ(Prepared(), "own");
      const Outcome outcome = WithAllocations(count, work);
      if (outcome == Outcome::kLost) {
        ++lost;
        continue;
      }
      if (connection_->has_open_result()) connection_->DiscardResults();
      EXPECT_EQ(Prepared(), "own");
      if (connection_->transaction_state() != v1::TRANSACTION_STATE_NONE) {
        connection_->EndTransaction(false);
      }
      EXPECT_EQ(Prepared(), "own");
      if (outcome == Outcome::kDone) break;
    }
    EXPECT_GE(lost, least_lost);
  }
};

TEST_F(MemoryTest, EndsWithinAStatement) {
  ExpectOwnAnswers([this] { Start("SELECT 'other' FROM generate_series(1, 3)"); });
}

TEST_F(MemoryTest, EndsWithinAStatementOfATransaction) {
  UseTransactions();
  Parameters parameters;
  parameters.Text("other");
  ExpectOwnAnswers([&] { Start("SELECT $1::text", parameters); });
}

TEST_F(MemoryTest, EndsWhileTheRelayAsks) {
  ExpectOwnAnswers([this] { connection_->Ask("SELECT 'other', 'another one that is long'"); }, 0);
}

TEST_F(MemoryTest, EndsWhileTheRelayAsksForSequences) {
  ExpectOwnAnswers(
      [this] {
        connection_->AskSequenceValues({"lastval()", "currval('nowhere')"});
      },
      0);
}

TEST_F(MemoryTest, EndsWithinAnArray) {
  UseTransactions();
  Parameters parameters(3);
  parameters.Integers({1, 2, 3});
  ExpectOwnAnswers([&] { Start("DELETE FROM pg_class WHERE oid = $1 AND false", parameters); });
}

TEST_F(MemoryTest, EndsWhileAStatementIsDescribed) {
  UseTransactions();
  const auto statement = Make("SELECT 'other', oid FROM pg_class WHERE oid = $1");
  ExpectOwnAnswers([&] { connection_->Describe(*statement, settings_); });
}

}  // namespace
}  // namespace sluice::relay::backend::postgres
