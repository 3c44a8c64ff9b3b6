#include "tests/simulation/client.h"

#include <algorithm>
#include <set>
#include <utility>

#include "proto/values/column_batch.h"
#include "proto/wire/frame.h"
#include "tests/simulation/database.h"

namespace sluice::simulation {
namespace {

using relay::session::CancelReason;
using relay::session::ClientSession;

// What a request may fail with for reasons that the oracle need not know.
bool IsExcusable(const std::string& sqlstate) {
  static const std::set<std::string> kStates = {
      "08001",                    // the database is down
      "08004",                    // too many wait
      "57P01", "08006", "08S01",  // the backend connection was lost
      "HYT00",                    // nothing became free in time
      "25S03", "25P03",           // the transaction is gone
  };
  return kStates.contains(sqlstate);
}

}  // namespace

// ---- the stream ----

void Client::Start() {
  session_ = std::make_shared<ClientSession>(*this, id_, world_.directory, world_.scheduler);
  v1::Request request;
  auto& open = *request.mutable_open_session();
  open.set_protocol_version(wire::kProtocolVersion);
  open.set_pool("db");
  open.set_user("alice");
  open.set_password("secret");
  open.set_application("simulation");
  Ask(Kind::kOpen, std::move(request));
}

void Client::Enqueue(StrandItem item) {
  inbox_.push_back(std::move(item));
  if (std::exchange(strand_claimed_, true)) return;
  world_.scheduler.After(milliseconds(0), [self = shared_from_this(), this] { RunStrand(); });
}

void Client::PostToStrand(relay::pool::Task task) { Enqueue(std::move(task)); }

void Client::ResumeStrand() {
  world_.tickets.erase(static_cast<int>(id_));
  RunStrand();
}

void Client::RunStrand() {
  const auto self = shared_from_this();
  while (!inbox_.empty()) {
    StrandItem item = std::move(inbox_.front());
    inbox_.pop_front();
    if (auto* task = std::get_if<relay::pool::Task>(&item)) {
      (*task)();
      continue;
    }
    // Another thread may resume the strand before Handle returns, but not in this simulation.
    if (session_->Handle(std::move(std::get<v1::Request>(item))) ==
        ClientSession::Outcome::kParked) {
      world_.tickets[static_cast<int>(id_)] = ++world_.last_ticket;
      return;
    }
  }
  strand_claimed_ = false;
}

void Client::Vanish() {
  gone_ = true;
  asked_.reset();
  std::erase_if(inbox_,
                [](const StrandItem& item) { return std::holds_alternative<v1::Request>(item); });
  PostToStrand([self = shared_from_this(), this] {
    session_->Close("gone");
    done_ = true;
  });
  session_->Abandon();
}

void Client::Send(const v1::Response& response) {
  if (gone_) return;
  // The client reads it later, on a thread of its own.
  world_.scheduler.After(milliseconds(0), [self = shared_from_this(), this, response] {
    if (!gone_) Judge(response);
  });
}

// ---- the application ----

bool Client::waits_in_vain() const {
  return asked_ && !slow_reader_ && world_.scheduler.Now() - asked_->at > world_.patience;
}

void Client::Ask(Kind kind, v1::Request request) {
  auto& scheduler = world_.scheduler;
  request.set_request_id(++last_request_);
  slow_reader_ = false;
  asked_ = Asked{.kind = kind, .id = last_request_, .at = scheduler.Now()};
  if (kind != Kind::kOpen && scheduler.Chance(5)) {
    request.set_timeout_ms(static_cast<std::uint32_t>(scheduler.Number(1, 100)));
    asked_->may_be_stopped = true;
  }
  asked_->commit = request.end_transaction().completion() == v1::EndTransaction::COMMIT;
  Enqueue(std::move(request));
  if (kind != Kind::kOpen && kind != Kind::kClose && scheduler.Chance(10)) MayCancel();
}

// Some time after the request: it may wait, run, or have been answered by then.
void Client::MayCancel() {
  auto& scheduler = world_.scheduler;
  scheduler.After(milliseconds(scheduler.Number(0, 100)),
                  [self = shared_from_this(), this, id = last_request_] {
                    if (gone_ || done_) return;
                    if (asked_ && asked_->id == id) asked_->may_be_stopped = true;
                    session_->Cancel(id, CancelReason::kClient);
                  });
}

void Client::AskExecute(Kind kind, const std::string& sql) {
  v1::Request request;
  auto& execute = *request.mutable_execute();
  execute.set_statement_id(static_cast<std::uint32_t>(last_request_ + 1));
  execute.set_sql(sql);
  execute.set_cursor_id(++last_cursor_);
  execute.set_credit_bytes(kind == Kind::kBig ? 1 : 1 << 20);
  request.mutable_changes()->set_autocommit(autocommit_);
  request.add_released_statements(static_cast<std::uint32_t>(last_request_));
  Ask(kind, std::move(request));
}

void Client::AskEnd(bool commit) {
  v1::Request request;
  request.mutable_end_transaction()->set_completion(commit ? v1::EndTransaction::COMMIT
                                                           : v1::EndTransaction::ROLLBACK);
  Ask(Kind::kEnd, std::move(request));
}

void Client::Think() {
  auto& scheduler = world_.scheduler;
  const int most = scheduler.Chance(5) ? 3000 : 30;
  scheduler.After(milliseconds(scheduler.Number(0, most)), [self = shared_from_this(), this] {
    if (!gone_ && !done_ && !asked_) Act();
  });
}

void Client::Act() {
  auto& scheduler = world_.scheduler;
  const std::string self = std::to_string(id_);
  if (--actions_left_ < 0) {
    if (scheduler.Chance(50)) return Vanish();
    v1::Request request;
    request.mutable_close_session();
    return Ask(Kind::kClose, std::move(request));
  }
  if (scheduler.Chance(2)) return Vanish();
  if (in_transaction_ && (transaction_failed_ || scheduler.Chance(30))) {
    return AskEnd(!transaction_failed_ && scheduler.Chance(70));
  }
  if (!in_transaction_) autocommit_ = scheduler.Chance(60);
  switch (scheduler.Number(0, 9)) {
    case 0:
    case 1:
    case 2:
      return AskExecute(Kind::kInsert, "INSERT INTO log VALUES (" + self + ")");
    case 3:
    case 4:
      return AskExecute(Kind::kCount, "SELECT count(*) FROM log OF " + self);
    case 5:
      return AskExecute(Kind::kBig, "SELECT big FROM log OF " + self);
    case 6:
      return AskExecute(Kind::kSet, "SET application_name TO 's" + self + "'");
    case 7:
    case 8:
      return AskExecute(Kind::kShow, "SHOW application_name /* " + self + " */");
    default:
      if (has_temp_)
        return AskExecute(Kind::kOwner, "SELECT owner FROM scratch /* " + self + " */");
      if (in_transaction_ || !autocommit_ || made_temp_ || !scheduler.Chance(30)) return Think();
      made_temp_ = true;
      return AskExecute(Kind::kTemp, "CREATE TEMP TABLE scratch_" + self + " (n int)");
  }
}

// ---- the oracle ----

void Client::Violation(const std::string& what) {
  world_.violations.push_back("session " + std::to_string(id_) + ": " + what);
}

void Client::Judge(const v1::Response& response) {
  if (!asked_ || response.request_id() != asked_->id) {
    // Rows of a cursor that was cancelled after its answer may still come.
    if (!response.has_rows()) {
      Violation("an answer that was not asked for, to request " +
                std::to_string(response.request_id()) + " of " + std::to_string(last_request_) +
                ": " +
                (response.diagnostics().empty() ? "success" : response.diagnostics(0).sqlstate()));
    }
    return;
  }
  ++world_.answered;
  if (response.has_failure()) {
    ++world_.failed;
    JudgeFailure(response);
  } else if (response.has_result() && response.result().has_first_rows()) {
    return JudgeRows(response.result().first_rows(), response);
  } else if (response.has_rows()) {
    return JudgeRows(response.rows(), response);
  } else {
    JudgeSuccess();
  }
  const bool closed = asked_ && asked_->kind == Kind::kClose;
  const bool refused = asked_ && asked_->kind == Kind::kOpen && response.has_failure();
  asked_.reset();
  if (closed || refused) {
    done_ = true;
  } else {
    Think();
  }
}

void Client::JudgeFailure(const v1::Response& response) {
  const std::string& state = response.diagnostics(0).sqlstate();
  const bool stopped = state == "HY008" || state == "HYT00";
  if (state == "57014" || (stopped && state == "HY008" && !asked_->may_be_stopped)) {
    Violation("a cancel hit another request: " + state);
  } else if (!stopped && state != "08007" && !IsExcusable(state)) {
    Violation("failed with " + state + ": " + response.diagnostics(0).message());
  }
  const bool lost = state == "57P01" || state == "08006" || state == "08S01";
  if (asked_->kind == Kind::kEnd) {
    if (state == "08007") uncertain_ += pending_;
    if (state == "08007" || state == "25S03" || state == "25P03") {
      in_transaction_ = transaction_failed_ = false;
      pending_ = 0;
      variable_ = variable_before_;
      ForgetBackend();
      return;
    }
    // It was cancelled before it began: the transaction is as it was.
    return;
  }
  // A statement that was stopped, or whose connection was lost, may have had its effect.
  if (asked_->kind == Kind::kInsert && lost && autocommit_) ++uncertain_;
  if (response.transaction_state() == v1::TRANSACTION_STATE_FAILED) {
    if (!in_transaction_) variable_before_ = variable_;
    in_transaction_ = transaction_failed_ = true;
    pending_ = 0;
  } else if (response.transaction_state() == v1::TRANSACTION_STATE_ACTIVE) {
    if (!in_transaction_) variable_before_ = variable_;
    in_transaction_ = true;
  }
  // The loss of a connection is not told to a request that was cancelled too.
  if (lost || stopped || state == "25S03") ForgetBackend();
}

// The backend connection is gone, and what was pinned to it.
void Client::ForgetBackend() { has_temp_ = false; }

void Client::BeginTransactionIfDue() {
  if (autocommit_ || in_transaction_) return;
  in_transaction_ = true;
  variable_before_ = variable_;
}

void Client::JudgeSuccess() {
  switch (asked_->kind) {
    case Kind::kInsert:
      BeginTransactionIfDue();
      ++(in_transaction_ ? pending_ : committed_);
      break;
    case Kind::kSet:
      BeginTransactionIfDue();
      variable_ = static_cast<int>(id_);
      break;
    case Kind::kTemp:
      has_temp_ = true;
      break;
    case Kind::kEnd:
      if (asked_->commit) {
        committed_ += pending_;
      } else {
        variable_ = variable_before_;
        ForgetBackend();  // a rollback succeeds, whether its connection lives or not
      }
      pending_ = 0;
      in_transaction_ = transaction_failed_ = false;
      break;
    default:
      break;
  }
}

void Client::JudgeRows(const v1::Rows& rows, const v1::Response& response) {
  BeginTransactionIfDue();
  const int self = static_cast<int>(id_);
  const bool failed = rows.failed();
  if (rows.batch().row_count() > 0) {
    if (asked_->kind == Kind::kBig) ExpectNextRows(rows.batch());
    if (asked_->kind == Kind::kShow) ExpectValue(rows.batch(), variable_, "variable");
    if (asked_->kind == Kind::kOwner) ExpectValue(rows.batch(), self, "temporary table");
    if (asked_->kind == Kind::kCount) ExpectValue(rows.batch(), committed_ + pending_, "count");
  }
  asked_->rows += rows.batch().row_count();
  if (!rows.end()) {
    slow_reader_ = world_.scheduler.Chance(30);
    const int pause = slow_reader_ ? world_.scheduler.Number(0, 500) : 0;
    world_.scheduler.After(
        milliseconds(pause), [keep = shared_from_this(), this, rows, id = asked_->id] {
          const bool ended = !asked_ || asked_->id != id;  // meanwhile, by a cancel
          if (!gone_ && !done_ && !ended) GrantFor(rows);
        });
    return;
  }
  if (failed) {
    JudgeFailure(response);
  } else if (asked_->kind == Kind::kBig && asked_->rows != Database::kBigRows) {
    Violation("rows were lost");
  }
  asked_.reset();
  Think();
}

void Client::GrantFor(const v1::Rows& rows) {
  slow_reader_ = false;
  if (asked_) asked_->at = world_.scheduler.Now();
  v1::Request grant;
  grant.mutable_grant_credit()->set_cursor_id(rows.cursor_id());
  grant.mutable_grant_credit()->set_bytes(rows.batch().ByteSizeLong());
  grant.set_request_id(++last_request_);
  Enqueue(std::move(grant));
}

// Each row is there, and once, and in its place.
void Client::ExpectNextRows(const v1::ColumnBatch& batch) {
  const values::BatchView view({v1::VALUE_TYPE_INT32}, batch);
  const int first = Database::FirstBigValue(static_cast<int>(id_)) + static_cast<int>(asked_->rows);
  for (std::uint32_t row = 0; row < batch.row_count(); ++row) {
    if (view.column(0).Fixed<std::int32_t>(row) == first + static_cast<int>(row)) continue;
    return Violation("rows are not the session's own, or not in order");
  }
}

void Client::ExpectValue(const v1::ColumnBatch& batch, int expected, const char* what) {
  const values::BatchView view({v1::VALUE_TYPE_INT32}, batch);
  const int value = view.column(0).Fixed<std::int32_t>(0);
  if (asked_->kind == Kind::kCount && uncertain_ > 0 && value >= expected &&
      value <= expected + uncertain_) {
    committed_ += value - expected;  // now it is known
    uncertain_ = 0;
    return;
  }
  if (value == expected) return;
  Violation(std::string(what) + " is " + std::to_string(value) + ", not " +
            std::to_string(expected));
}

}  // namespace sluice::simulation
