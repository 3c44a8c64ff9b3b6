#include "tests/unit/backend/mysql/mysql_fixture.h"

#include <cstdlib>
#include <fstream>
#include <map>

#include "proto/values/datetime.h"
#include "proto/values/decimal.h"

namespace sluice::relay::backend {
namespace {

std::map<std::string, std::string> ReadEnv() {
  std::map<std::string, std::string> values;
  const char* path = std::getenv("SLUICE_TEST_MARIADB");
  std::ifstream file(path == nullptr ? "" : path);
  for (std::string line; std::getline(file, line);) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    values[line.substr(0, equals)] = line.substr(equals + 2, line.size() - equals - 3);
  }
  return values;
}

std::string Hex(std::string_view octets) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : octets) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

std::string CellText(const values::ColumnView& column, std::uint32_t row, int scale) {
  if (column.IsNull(row)) return "NULL";
  std::string text;
  switch (column.type()) {
    case v1::VALUE_TYPE_BOOL:
      return std::to_string(column.Fixed<std::uint8_t>(row));
    case v1::VALUE_TYPE_INT16:
      return std::to_string(column.Fixed<std::int16_t>(row));
    case v1::VALUE_TYPE_INT32:
      return std::to_string(column.Fixed<std::int32_t>(row));
    case v1::VALUE_TYPE_INT64:
      return std::to_string(column.Fixed<std::int64_t>(row));
    case v1::VALUE_TYPE_UINT64:
      return std::to_string(column.Fixed<std::uint64_t>(row));
    case v1::VALUE_TYPE_FLOAT32:
      values::AppendFloat(column.Fixed<float>(row), text);
      return text;
    case v1::VALUE_TYPE_FLOAT64:
      values::AppendDouble(column.Fixed<double>(row), text);
      return text;
    case v1::VALUE_TYPE_DATE:
      values::AppendDate(column.Fixed<std::uint32_t>(row), text);
      return text;
    case v1::VALUE_TYPE_TIME:
      values::AppendTime(column.Fixed<std::int64_t>(row), scale, text);
      return text;
    case v1::VALUE_TYPE_TIMESTAMP:
      values::AppendTimestamp(column.Fixed<std::uint64_t>(row), scale, text);
      return text;
    case v1::VALUE_TYPE_BYTES:
      return Hex(column.Variable(row));
    default:
      return std::string(column.Variable(row));
  }
}

}  // namespace

Target TestTarget(bool unix_socket) {
  auto values = ReadEnv();
  if (values.empty()) {
    ADD_FAILURE() << "SLUICE_TEST_MARIADB names no server: run through ctest, or start one with "
                     "scripts/private-mariadb.sh";
  }
  Target target;
  target.host = values[unix_socket ? "MYSQL_SOCKET" : "MYSQL_HOST"];
  target.port = static_cast<std::uint16_t>(std::atoi(values["MYSQL_PORT"].c_str()));
  target.database = values["MYSQL_DATABASE"];
  target.user = values["MYSQL_USER"];
  target.password = values["MYSQL_PASSWORD"];
  return target;
}

values::ColumnBuilder& Parameters::Add(values::ValueType type) {
  return *builders_.emplace_back(std::make_unique<values::ColumnBuilder>(type));
}

void Parameters::NameSent(std::uint32_t row, std::uint32_t value_id) {
  auto& [column, sent] = sent_.emplace_back();
  column = static_cast<int>(builders_.size()) - 1;
  sent.set_row(row);
  sent.set_value_id(value_id);
}

const values::ParameterSetView& Parameters::View() {
  if (set_.columns_size() == 0) {
    for (auto& builder : builders_) {
      set_.set_row_count(static_cast<std::uint32_t>(builder->row_count()));
      auto* column = set_.add_columns();
      column->set_value_type(builder->type());
      builder->Finish(*column->mutable_data());
    }
    for (const auto& [column, sent] : sent_)
      *set_.mutable_columns(column)->add_sent_values() = sent;
    view_ = values::ParameterSetView(set_);
  }
  return view_;
}

void MysqlTest::SetUp() {
  connector_ = std::make_unique<MysqlConnector>(TestTarget());
  connection_ = Connect();
}

std::unique_ptr<BackendConnection> MysqlTest::Connect() {
  return connector_->Connect(wire::DeadlineAfter(std::chrono::seconds(20)));
}

Execution MysqlTest::Make(const std::string& sql, bool prepare) {
  auto statement = std::make_shared<Statement>();
  statement->sql = sql;
  Execution execution;
  execution.statement = std::move(statement);
  execution.settings = &settings_;
  execution.prepare = prepare;
  return execution;
}

ResultHead MysqlTest::Execute(const std::string& sql, bool prepare) {
  return connection_->Execute(Make(sql, prepare));
}

ResultHead MysqlTest::Execute(const std::string& sql, Parameters& parameters) {
  Execution execution = Make(sql);
  execution.parameters = &parameters.View();
  return connection_->Execute(execution);
}

TextResult MysqlTest::ReadAll(ResultHead head) {
  TextResult result;
  result.head = std::move(head);
  if (result.head.columns.empty()) return result;
  std::vector<values::ValueType> types;
  for (const auto& column : result.head.columns) types.push_back(column.value_type());
  values::BatchBuilder builder(types);
  FetchStatus status = FetchStatus::kMore;
  while (status == FetchStatus::kMore) {
    status = connection_->FetchRows(builder, FetchLimits{});
    v1::ColumnBatch batch;
    builder.Finish(batch);
    const values::BatchView view(types, batch);
    for (std::uint32_t row = 0; row < view.row_count(); ++row) {
      auto& cells = result.rows.emplace_back();
      for (std::size_t i = 0; i < types.size(); ++i) {
        cells.push_back(CellText(view.column(i), row, result.head.columns[i].scale()));
      }
    }
  }
  return result;
}

TextResult MysqlTest::Query(const std::string& sql, bool prepare) {
  return ReadAll(Execute(sql, prepare));
}

std::string MysqlTest::Value(const std::string& sql, bool prepare) {
  const TextResult result = Query(sql, prepare);
  if (result.rows.size() != 1 || result.rows[0].size() != 1) {
    ADD_FAILURE() << sql << " has " << result.rows.size() << " rows";
    return "";
  }
  return result.rows[0][0];
}

BackendError MysqlTest::Error(const std::string& sql, bool prepare) {
  try {
    Query(sql, prepare);
  } catch (const BackendError& error) {
    return error;
  }
  ADD_FAILURE() << sql << " succeeded";
  return {"00000", 0, ""};
}

}  // namespace sluice::relay::backend
