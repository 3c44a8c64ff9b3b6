#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/values/column_batch.h"
#include "proto/values/datetime.h"
#include "relay_server/backend/postgres/postgres_connector.h"

// Tests of PostgresConnection on a real server, which the ctest fixture `postgres` starts.

namespace sluice::relay::backend::postgres {

// Builds a parameter set column by column.
class Parameters {
 public:
  explicit Parameters(std::uint32_t rows = 1) { set_.set_row_count(rows); }

  // `append` fills the builder with a value per row.
  template <typename Append>
  Parameters& Add(v1::ValueType type, const Append& append) {
    values::ColumnBuilder builder(type);
    append(builder);
    auto* column = set_.add_columns();
    column->set_value_type(type);
    builder.Finish(*column->mutable_data());
    return *this;
  }
  Parameters& Text(std::string_view text) {
    return Add(v1::VALUE_TYPE_TEXT, [&](auto& column) { column.AppendVariable(text); });
  }
  Parameters& Bytes(std::string_view octets) {
    return Add(v1::VALUE_TYPE_BYTES, [&](auto& column) { column.AppendVariable(octets); });
  }
  Parameters& Null(v1::ValueType type) {
    return Add(type, [](auto& column) { column.AppendNull(); });
  }
  template <typename Value>
  Parameters& Fixed(v1::ValueType type, Value value) {
    return Add(type, [&](auto& column) { column.AppendFixed(value); });
  }
  Parameters& Integers(const std::vector<std::int32_t>& numbers) {
    return Add(v1::VALUE_TYPE_INT32, [&](auto& column) {
      for (const auto number : numbers) column.AppendFixed(number);
    });
  }

  const v1::ParameterSet& set() const { return set_; }

 private:
  v1::ParameterSet set_;
};

// A result that was read to its end.
struct Table {
  ResultHead head;
  v1::ColumnBatch batch;
  values::BatchView view;

  std::uint32_t rows() const { return batch.row_count(); }
  const values::ColumnView& column(std::size_t index) const { return view.column(index); }
  std::string Text(std::uint32_t row = 0, std::size_t index = 0) const {
    return std::string(view.column(index).Variable(row));
  }
  std::int32_t Integer(std::uint32_t row = 0, std::size_t index = 0) const {
    return view.column(index).Fixed<std::int32_t>(row);
  }
  std::int64_t BigInteger(std::uint32_t row = 0, std::size_t index = 0) const {
    return view.column(index).Fixed<std::int64_t>(row);
  }
};

inline std::vector<values::ValueType> TypesOf(const ResultHead& head) {
  std::vector<values::ValueType> types;
  for (const auto& column : head.columns) types.push_back(column.value_type());
  return types;
}

class PostgresTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* path = std::getenv("SLUICE_TEST_POSTGRES");
    ASSERT_NE(path, nullptr) << "SLUICE_TEST_POSTGRES must name the env file of "
                                "scripts/private-postgres.sh";
    ReadEnv(path);
    ASSERT_FALSE(env_["PG_PORT"].empty()) << path << " cannot be read";
    connector_ = std::make_unique<PostgresConnector>(TargetOf(env_["PG_SOCKET_DIR"]));
    connection_ = Connect();
  }

  Target TargetOf(const std::string& host) {
    Target target;
    target.host = host;
    target.port = static_cast<std::uint16_t>(std::stoi(env_["PG_PORT"]));
    target.database = env_["PG_DATABASE"];
    target.user = env_["PG_USER"];
    target.password = env_["PG_PASSWORD"];
    return target;
  }

  std::unique_ptr<BackendConnection> Connect() {
    return connector_->Connect(wire::DeadlineAfter(std::chrono::seconds(10)));
  }

  static std::shared_ptr<const Statement> Make(const std::string& sql,
                                               v1::StatementKind kind = v1::STATEMENT_KIND_OTHER) {
    auto statement = std::make_shared<Statement>();
    statement->sql = sql;
    statement->kind = kind;
    if (sql.starts_with("SELECT")) statement->kind = v1::STATEMENT_KIND_SELECT;
    return statement;
  }

  // Executes with the present settings and reads the rows to their end.
  Table Run(const std::string& sql, const Parameters& parameters = Parameters()) {
    Table table;
    table.head = Start(sql, parameters);
    values::BatchBuilder builder(TypesOf(table.head));
    while (connection_->has_open_result()) {
      connection_->FetchRows(builder, {.bytes = 1 << 20, .rows = 0, .patience = {}});
    }
    builder.Finish(table.batch);
    table.view = values::BatchView(TypesOf(table.head), table.batch);
    return table;
  }

  // Executes only.
  ResultHead Start(const std::string& sql, const Parameters& parameters = Parameters()) {
    parameters_ = values::ParameterSetView(parameters.set());
    execution_.statement = Make(sql);
    execution_.parameters = &parameters_;
    execution_.settings = &settings_;
    return connection_->Execute(execution_);
  }

  // The SQLSTATE that running it fails with; "00000" when it does not fail.
  std::string StateOf(const std::string& sql, const Parameters& parameters = Parameters()) {
    try {
      Run(sql, parameters);
      return "00000";
    } catch (const BackendError& error) {
      message_ = error.what();
      lost_ = error.connection_lost();
      return error.sqlstate();
    }
  }

  // From now on as a session with autocommit off would.
  void UseTransactions() {
    execution_.begin_transaction = true;
    execution_.statement_rollback = true;
  }

  std::map<std::string, std::string> env_;
  std::unique_ptr<PostgresConnector> connector_;
  std::unique_ptr<BackendConnection> connection_;
  values::ParameterSetView parameters_;
  SessionSettings settings_;
  Execution execution_;
  std::string message_;
  bool lost_ = false;

 private:
  void ReadEnv(const char* path) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      const auto equals = line.find('=');
      if (equals != std::string::npos) env_[line.substr(0, equals)] = line.substr(equals + 1);
    }
  }
};

}  // namespace sluice::relay::backend::postgres
