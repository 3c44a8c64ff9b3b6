#!/usr/bin/env python3
"""Mistakes planted inside the pool, the wait queue, pins, transactions and cancels.

    mutants.py --list                 NAME;FILE of each mutant, a line each
    mutants.py NAME SOURCES OUTPUT    writes the mutant's file: the source with the one change

CMakeLists.txt builds the simulation with each of these files in place of the real one; it has to find every mistake. A text that
is not found exactly once is an error: whoever changes the source changes the mutant, too.
"""
import sys

POOL = "relay_server/pool/"
SESSION = "relay_server/session/"

# name: (file, the text, what becomes of it)
MUTANTS = {
    # ---- the pool ----
    "opens_one_too_many": (
        POOL + "backend_pool.cc",
        "if (total() >= limits_.max_connections) return false;",
        "if (total() > limits_.max_connections) return false;"),
    "forgets_a_connect_that_failed": (
        POOL + "backend_pool.cc",
        "  const std::lock_guard lock(mutex_);\n  --connecting_;\n  ++counters_.connect_failures;\n"
        "  // A request",
        "  const std::lock_guard lock(mutex_);\n  ++counters_.connect_failures;\n  // A request"),
    "gives_on_open_transactions": (
        POOL + "pool_return.cc",
        "connection.leftovers.empty() && !backend.has_open_result() &&\n"
        "                     backend.transaction_state() == v1::TRANSACTION_STATE_NONE;",
        "connection.leftovers.empty() && !backend.has_open_result();"),
    "gives_on_unread_rows": (
        POOL + "pool_return.cc",
        "connection.leftovers.empty() && !backend.has_open_result() &&",
        "connection.leftovers.empty() &&"),
    "gives_on_what_pinned": (
        POOL + "pool_return.cc",
        "connection.leftovers.empty() && !backend.has_open_result() &&",
        "!backend.has_open_result() &&"),
    "keeps_shares_for_ever": (
        POOL + "pool_return.cc",
        "    const std::lock_guard lock(mutex_);\n    NoteReturned(*connection);\n  }\n"
        "  connection.reset();",
        "    const std::lock_guard lock(mutex_);\n    leased_.erase(connection->place);\n  }\n"
        "  connection.reset();"),
    # ---- the wait queue ----
    "serves_the_last_first": (
        POOL + "pool_queue.cc",
        "waiters_.push_back({id,", "waiters_.push_front({id,"),
    "forgets_who_waits": (
        POOL + "pool_return.cc",
        "      idle_.push_back(std::move(connection));\n    }\n  }\n  Serve();",
        "      idle_.push_back(std::move(connection));\n    }\n  }"),
    "never_tires_of_waiting": (
        POOL + "pool_queue.cc",
        "if (auto self = pool.lock()) self->ExpireWaiter(id);",
        "if (auto self = pool.lock()) self->AskToYield();"),
    "grants_who_has_left": (
        POOL + "pool_queue.cc",
        "  timer_.Cancel(found->timer);\n  Waiter gone = std::move(*found);\n  waiters_.erase(found);",
        "  Waiter gone = *found;"),
    "loses_who_cannot_be_served": (
        POOL + "pool_queue.cc",
        "executor_.Post([on_grant = std::move(waiter.on_grant), error] { on_grant(error); });",
        "if (waiter.id % 2 == 0)\n"
        "      executor_.Post([on_grant = std::move(waiter.on_grant), error] { on_grant(error); });"),
    # ---- pins ----
    "does_not_pin": (
        SESSION + "session_pin.cc",
        "return !holds_.empty() || MustAsk()", "return MustAsk()"),
    "leaves_holds_unaccounted": (
        SESSION + "session_pin.cc",
        "if (holds_changed_ || MustAsk()) SetLeftovers(lease);",
        "if (MustAsk()) SetLeftovers(lease);"),
    "undoes_nothing": (
        SESSION + "session_pin.cc",
        "leftovers.unknown = undo_all_ || keeps_lease_ || MustAsk() || !plan.possible;\n"
        "  if (!leftovers.unknown) leftovers.undo = std::move(plan.statements);",
        "leftovers.unknown = undo_all_ || keeps_lease_ || MustAsk();"),
    # ---- transactions and variables ----
    "runs_a_statement_again": (
        SESSION + "session_lease.cc",
        "if (!error.never_ran() || !std::exchange(may_run_again_, false)) return false;",
        "if (!std::exchange(may_run_again_, false)) return false;"),
    "goes_on_in_another_transaction": (
        SESSION + "session_lease.cc",
        "if (in_transaction && !transaction_lost()) transaction_lost_by_ = LostBy::kConnection;",
        "static_cast<void>(in_transaction);"),
    "says_committed": (
        SESSION + "session_transaction.cc",
        "if (commit) ThrowCommitUnknown(error);", ""),
    "commits_what_is_lost": (
        SESSION + "session_transaction.cc",
        "    if (commit) ThrowTransactionLost();\n", ""),
    "ends_no_idle_transaction": (
        SESSION + "session_idle.cc",
        "transaction_lost_by_ = session_lease_ ? LostBy::kIdleness : LostBy::kConnection;", ""),
    "keeps_what_was_rolled_back": (
        SESSION + "session_variables.cc",
        "if (!committed) settings_.variables = std::move(*variables_before_);", ""),
    "forgets_a_setting": (
        SESSION + "session_variables.cc",
        "if (!TakesSetting(change)) backend::SetVariable(settings_.variables, change);",
        "TakesSetting(change);"),
    # ---- cancels ----
    "cancels_whatever_runs": (
        SESSION + "cancel_point.cc",
        "if (request_id_ == 0 || (request_id != 0 && request_id != request_id_)) {",
        "if (request_id_ == 0) {"),
    "remembers_the_last_cancel": (
        SESSION + "cancel_point.cc",
        "reason_ = cancelled ? CancelReason::kClient : CancelReason::kNone;",
        "if (cancelled) reason_ = CancelReason::kClient;"),
    "cancels_a_connection_given_back": (
        SESSION + "cancel_point.cc",
        "  running_ = nullptr;\n  stoppable_cursor_ = 0;", "  stoppable_cursor_ = 0;"),
    "answers_twice": (
        SESSION + "cancel_point.cc",
        "if (waiter_ != 0 && pool_->CancelWaiter(waiter_, why)) {", "if (waiter_ != 0) {"),
    # ---- rows ----
    "drops_rows_set_aside": (
        SESSION + "session_rows.cc",
        "  FetchLive(cursor, batch);\n  result.spool.Push(batch);\n}",
        "  FetchLive(cursor, batch);\n  if (cursor.rows_read % 3 != 0) result.spool.Push(batch);\n}"),
    "mixes_up_rows_set_aside": (
        SESSION + "row_spool.cc",
        "octets = std::move(batches_in_memory_.front());\n    batches_in_memory_.pop_front();",
        "octets = std::move(batches_in_memory_.back());\n    batches_in_memory_.pop_back();"),
}


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(f"{name}:{row[0]}" for name, row in MUTANTS.items()))
        return
    name, sources, output = sys.argv[1:]
    file, before, after = MUTANTS[name]
    with open(f"{sources}/{file}", encoding="utf-8") as source:
        text = source.read()
    if text.count(before) != 1:
        sys.exit(f"mutants.py: the text of {name} is {text.count(before)} times in {file}")
    with open(output, "w", encoding="utf-8") as mutant:
        mutant.write(f'#line 1 "{sources}/{file}"\n' + text.replace(before, after))


if __name__ == "__main__":
    main()
