#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <ostream>
#include <string>

#include "relay_server/dialect/catalog_text.h"
#include "relay_server/dialect/dialect.h"

// The generated SQL on a real PostgreSQL: it is accepted, and means what ODBC says.

namespace sluice::relay::dialect {
namespace {

// The server of scripts/private-postgres.sh; the environment names its file of KEY=value lines.
std::string ConnectionString() {
  const char* path = std::getenv("SLUICE_TEST_POSTGRES");
  std::ifstream file(path != nullptr ? path : "");
  std::map<std::string, std::string> env;
  for (std::string line; std::getline(file, line);) {
    const auto equals = line.find('=');
    if (equals != std::string::npos) env[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return "host=" + env["PG_HOST"] + " port=" + env["PG_PORT"] + " user=" + env["PG_USER"] +
         " password=" + env["PG_PASSWORD"] + " dbname=" + env["PG_DATABASE"];
}

using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

class PostgresServer {
 public:
  PostgresServer() : connection_(PQconnectdb(ConnectionString().c_str()), &PQfinish) {
    EXPECT_EQ(PQstatus(connection_.get()), CONNECTION_OK) << PQerrorMessage(connection_.get());
  }
  Result Run(const std::string& sql) {
    Result result(PQexec(connection_.get(), sql.c_str()), &PQclear);
    const auto status = PQresultStatus(result.get());
    EXPECT_TRUE(status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        << sql << "\n"
        << PQerrorMessage(connection_.get());
    return result;
  }

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

struct Call {
  std::string_view call;
  std::string_view value;
};
void PrintTo(const Call& call, std::ostream* out) { *out << call.call; }

class PostgresFunctionTest : public ::testing::TestWithParam<Call> {};

TEST_P(PostgresFunctionTest, AnswersWhatOdbcSays) {
  PostgresServer server;
  const std::string odbc = "SELECT {fn " + std::string(GetParam().call) + "}";
  const auto result = server.Run(PostgresDialect().Translate(odbc, true).front().sql);
  ASSERT_EQ(PQntuples(result.get()), 1);
  EXPECT_EQ(PQgetvalue(result.get(), 0, 0), GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(
    AppendixE, PostgresFunctionTest,
    ::testing::Values(
        Call{"INSERT('abcdef', 2, 3, 'X')", "aXef"}, Call{"LENGTH('ab  ')", "2"},
        Call{"LOCATE('a', 'abca', 2)", "4"}, Call{"LOCATE('z', 'abca', 2)", "0"},
        Call{"SUBSTRING('abcd', 2, 2)", "bc"}, Call{"SPACE(2)", "  "}, Call{"LOG10(100)", "2"},
        Call{"LOG(1)", "0"}, Call{"TRUNCATE(1.259, 2)", "1.25"}, Call{"ROUND(1.256, 2)", "1.26"},
        Call{"DAYNAME({d '2024-02-29'})", "Thursday"}, Call{"DAYOFWEEK({d '2024-02-29'})", "5"},
        Call{"SECOND({ts '2024-02-29 13:14:15.9'})", "15"}, Call{"HOUR({t '13:14:15'})", "13"},
        Call{"TIMESTAMPADD(SQL_TSI_QUARTER, 1, {ts '2024-02-29 01:02:03'})", "2024-05-29 01:02:03"},
        Call{"TIMESTAMPADD(SQL_TSI_FRAC_SECOND, 2000, {ts '2024-02-29 01:02:03'})",
             "2024-02-29 01:02:03.000002"},
        Call{"TIMESTAMPDIFF(SQL_TSI_MONTH, {d '2023-01-31'}, {d '2024-02-29'})", "12"},
        Call{"TIMESTAMPDIFF(SQL_TSI_DAY, {d '2023-01-31'}, {d '2024-02-29'})", "394"},
        Call{"CONVERT('12', SQL_INTEGER)", "12"}, Call{"IFNULL(NULL, 'x')", "x"}));

TEST(PostgresCatalogTest, EveryQueryRunsAndHasItsColumns) {
  PostgresServer server;
  for (int number = v1::Catalog::TABLES; number <= v1::Catalog::COLUMN_PRIVILEGES; ++number) {
    v1::Catalog request;
    request.set_function(static_cast<v1::Catalog::Function>(number));
    request.set_schema("pg_catalog");
    request.set_table("pg_cl%");
    for (const bool metadata_id : {false, true}) {
      request.set_metadata_id(metadata_id);
      const auto result = server.Run(PostgresDialect().CatalogQuery(request, {}));
      const auto columns = ResultColumns(request.function());
      ASSERT_EQ(static_cast<std::size_t>(PQnfields(result.get())), columns.size());
      for (std::size_t i = 0; i < columns.size(); ++i) {
        EXPECT_EQ(PQfname(result.get(), static_cast<int>(i)), columns[i].name);
      }
    }
  }
}

TEST(PostgresCatalogTest, ColumnsFollowTheirModifiers) {
  PostgresServer server;
  server.Run("CREATE TEMP TABLE dialect_types (a varchar(20), b numeric(10,2), c timestamp(3))");
  v1::Catalog request;
  request.set_function(v1::Catalog::COLUMNS);
  request.set_table("dialect\\_types");
  const auto result = server.Run(PostgresDialect().CatalogQuery(request, {}));
  ASSERT_EQ(PQntuples(result.get()), 3);
  const std::string_view expected[][3] = {{"-9", "20", ""}, {"2", "10", "2"}, {"93", "23", "3"}};
  for (int row = 0; row < 3; ++row) {
    EXPECT_EQ(PQgetvalue(result.get(), row, 4), expected[row][0]);
    EXPECT_EQ(PQgetvalue(result.get(), row, 6), expected[row][1]);
    EXPECT_EQ(PQgetvalue(result.get(), row, 8), expected[row][2]);
  }
}

}  // namespace
}  // namespace sluice::relay::dialect
