#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "relay_server/session/client_session.h"
#include "relay_server/session/session_host.h"
#include "tests/simulation/scheduler.h"

namespace sluice::simulation {

// What all clients of a simulation share.
struct World {
  Scheduler& scheduler;
  std::shared_ptr<const relay::session::Directory> directory;
  std::vector<std::string>& violations;
  milliseconds patience;       // longer than any request may take
  bool expects_order = false;  // nothing dies: those who wait are served in order
  std::uint64_t last_ticket = 0;
  std::map<int, std::uint64_t> tickets = {};  // sessions in the wait queue, in order of arrival
  std::uint64_t answered = 0;                 // requests, for the report
  std::uint64_t failed = 0;
};

// A client with its stream, its session, and an oracle that knows what each answer must be. It
// plays a random application: statements, transactions, settings, temporary tables, slow reading,
// cancels, timeouts; at the end it closes politely or vanishes.
class Client final : public relay::session::SessionHost {
 public:
  Client(World& world, std::uint32_t id, int actions)
      : world_(world), id_(id), actions_left_(actions) {}

  void Start();
  bool is_done() const { return done_; }
  bool waits_in_vain() const;

  // SessionHost
  void Send(const v1::Response& response) override;
  void PostToStrand(relay::pool::Task task) override;
  void ResumeStrand() override;
  bool HasQueuedWork() const override { return !inbox_.empty(); }
  std::string peer() const override { return "simulated"; }

 private:
  using StrandItem = std::variant<v1::Request, relay::pool::Task>;
  enum class Kind { kOpen, kInsert, kCount, kBig, kSet, kShow, kTemp, kOwner, kEnd, kClose };
  // The request under way, and what its answer must be.
  struct Asked {
    Kind kind;
    std::uint64_t id;
    Time at;
    bool commit = false;
    bool may_be_stopped = false;  // it was cancelled, or has a timeout
    std::size_t rows = 0;
  };

  // The stream: as net::ClientConnection has it, but for bytes and threads.
  void Enqueue(StrandItem item);
  void RunStrand();
  void Vanish();

  // The application.
  void Act();
  void Ask(Kind kind, v1::Request request);
  void AskExecute(Kind kind, const std::string& sql);
  void AskEnd(bool commit);
  void Think();
  void MayCancel();

  // The oracle.
  void Judge(const v1::Response& response);
  void JudgeFailure(const v1::Response& response);
  void JudgeRows(const v1::Rows& rows, const v1::Response& response);
  void JudgeSuccess();
  void BeginTransactionIfDue();
  void GrantFor(const v1::Rows& rows);
  void ExpectNextRows(const v1::ColumnBatch& batch);
  void ExpectValue(const v1::ColumnBatch& batch, int expected, const char* what);
  void ForgetBackend();
  void Violation(const std::string& what);

  World& world_;
  const std::uint32_t id_;
  int actions_left_;
  std::shared_ptr<relay::session::ClientSession> session_;
  std::deque<StrandItem> inbox_;
  bool strand_claimed_ = false;
  bool gone_ = false;
  bool done_ = false;

  std::uint64_t last_request_ = 0;
  std::uint32_t last_cursor_ = 0;
  std::optional<Asked> asked_;
  bool slow_reader_ = false;

  int committed_ = 0;  // rows of this session
  int pending_ = 0;    // in the open transaction
  int uncertain_ = 0;  // rows of which nobody knows whether they are there
  bool autocommit_ = true;
  bool in_transaction_ = false;
  bool transaction_failed_ = false;
  int variable_ = 0;
  int variable_before_ = 0;  // the transaction, which its rollback restores
  bool has_temp_ = false;
  bool made_temp_ = false;  // once; it may be there and not be known to be
};

}  // namespace sluice::simulation
