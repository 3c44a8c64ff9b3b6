#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "tests/fakes/fake_relay.h"

namespace sluice::tests {

// A relay for random calls: it knows the texts of RandomArguments::Sql(), and has a table "s"."t"
// with the key "k" behind the cursor of "SELECT k". What the driver itself writes for that table
// succeeds, finds nothing or fails, in turn.
class FuzzRelay {
 public:
  FuzzRelay() {
    using fakes::NumberedRows;
    relay_.OnExecute("SELECT n", NumberedRows(5, 2));
    relay_.OnExecute("SELECT ?", NumberedRows(1, 1));
    relay_.OnExecute("SELECT k", KeyedRows(5, 2));
    relay_.OnExecute("UPDATE t", fakes::AffectedRows(3));
    relay_.OnExecute("INSERT ?", fakes::AffectedRows(1, v1::STATEMENT_KIND_INSERT));
    relay_.OnExecute("nonsense", [](Exchange& exchange) { exchange.Fail("42601", "nonsense"); });
    relay_.On(v1::Request::kExecute, [this](Exchange& exchange) { AnswerDriver(exchange); });
    relay_.On(v1::Request::kCatalog, [](Exchange& exchange) { exchange.Reply(Keys()); });
    relay_.On(v1::Request::kDescribe, [](Exchange& exchange) { Describe(exchange); });
  }
  FuzzRelay(const FuzzRelay&) = delete;
  FuzzRelay& operator=(const FuzzRelay&) = delete;

  fakes::FakeRelay& operator*() { return relay_; }
  fakes::FakeRelay* operator->() { return &relay_; }

 private:
  using Exchange = fakes::FakeRelay::Exchange;

  static fakes::FakeResult KeyedRows(int rows, std::size_t rows_per_batch) {
    v1::Column columns[] = {fakes::IntColumn("k"), fakes::TextColumn("v")};
    for (v1::Column& column : columns) {
      column.set_base_column(column.name());
      column.set_schema("s");
      column.set_table("t");
    }
    std::vector<fakes::FakeRow> values;
    for (int row = 1; row <= rows; ++row) {
      values.push_back({std::to_string(row), "row " + std::to_string(row)});
    }
    auto result = fakes::Table({columns[0], columns[1]}, values, rows_per_batch);
    result.kind = v1::STATEMENT_KIND_SELECT;
    return result;
  }

  // As SQLStatistics tells the indexes of a table.
  static fakes::FakeResult Keys() {
    std::vector<v1::Column> columns;
    for (int i = 0; i < 13; ++i) columns.push_back(fakes::TextColumn("c" + std::to_string(i)));
    fakes::FakeRow row(13);
    row[5] = "t_pkey";
    row[8] = "k";
    return fakes::Table(columns, {row});
  }

  static void Describe(Exchange& exchange) {
    v1::Response response;
    auto& description = *response.mutable_description();
    *description.add_columns() = fakes::IntColumn("n");
    if (exchange.request().describe().sql().ends_with("?")) {
      description.add_parameters()->set_sql_type(v1::SQLTYPE_INTEGER);
    }
    exchange.Reply(response);
  }

  void AnswerDriver(Exchange& exchange) {
    std::string text;
    unsigned turn = 0;
    {
      const std::lock_guard lock(mutex_);
      const v1::Execute& execute = exchange.request().execute();
      if (execute.has_sql()) texts_[execute.statement_id()] = execute.sql();
      text = texts_[execute.statement_id()];
      turn = turn_++;
    }
    if (turn % 5 == 4) return exchange.Fail("23505", "a row with this key is there");
    const int rows = turn % 3 == 2 ? 0 : 1;
    // What INSERT gives back is asked for by RETURNING.
    if (text.starts_with("SELECT") || text.find("RETURNING") != std::string::npos) {
      return exchange.Reply(KeyedRows(rows, 1));
    }
    exchange.Reply(fakes::AffectedRows(static_cast<std::uint64_t>(rows)));
  }

  std::mutex mutex_;                            // guards what follows
  std::map<std::uint32_t, std::string> texts_;  // by the id of a statement, of any session
  unsigned turn_ = 0;
  fakes::FakeRelay relay_;  // destroyed first: its handlers use the others
};

}  // namespace sluice::tests
