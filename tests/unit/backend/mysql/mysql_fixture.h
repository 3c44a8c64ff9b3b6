#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "relay_server/backend/mysql/mysql_connector.h"

// Tests against the private server of the ctest fixture "mariadb" (scripts/private-mariadb.sh).

namespace sluice::relay::backend {

// How to reach the server; over TCP unless `unix_socket`. Fails the test when none was started.
Target TestTarget(bool unix_socket = false);

// A parameter set, built a column at a time.
class Parameters {
 public:
  // Starts a column; the values are then appended to what is returned.
  values::ColumnBuilder& Add(values::ValueType type);
  // The value of this row of the column that was added last has been sent in parts.
  void NameSent(std::uint32_t row, std::uint32_t value_id);
  const values::ParameterSetView& View();

 private:
  std::vector<std::unique_ptr<values::ColumnBuilder>> builders_;
  std::vector<std::pair<int, v1::SentValue>> sent_;  // by column
  v1::ParameterSet set_;
  values::ParameterSetView view_;
};

// A result read to its end, values as text: NULL is "NULL", octets are hexadecimal.
struct TextResult {
  ResultHead head;
  std::vector<std::vector<std::string>> rows;
};

class MysqlTest : public testing::Test {
 protected:
  void SetUp() override;

  std::unique_ptr<BackendConnection> Connect();

  // Runs on `connection_`; the settings are `settings_`.
  Execution Make(const std::string& sql, bool prepare = false);
  ResultHead Execute(const std::string& sql, bool prepare = false);
  ResultHead Execute(const std::string& sql, Parameters& parameters);
  TextResult Query(const std::string& sql, bool prepare = false);
  TextResult ReadAll(ResultHead head);
  // The only value of the only row.
  std::string Value(const std::string& sql, bool prepare = false);
  // The error that `sql` ends with; fails the test when it succeeds.
  BackendError Error(const std::string& sql, bool prepare = false);

  std::unique_ptr<MysqlConnector> connector_;
  std::unique_ptr<BackendConnection> connection_;
  SessionSettings settings_;
};

}  // namespace sluice::relay::backend
