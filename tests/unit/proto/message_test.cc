// Golden octets of representative messages: what docs/protocol.md promises, and what both sides of
// another version rely on. A change here is a change of the protocol.
#include <gtest/gtest.h>

#include "proto/values/column_batch.h"
#include "sluice/v1/session.pb.h"
#include "tests/unit/proto/hex.h"

namespace sluice::v1 {
namespace {

TEST(Message, Execute) {
  values::ColumnBuilder parameter(VALUE_TYPE_INT32);
  parameter.AppendFixed(std::int32_t{42});
  Request request;
  request.set_request_id(2);
  request.set_timeout_ms(30'000);
  request.mutable_changes()->set_autocommit(false);
  request.add_released_cursors(4);
  auto& execute = *request.mutable_execute();
  execute.set_statement_id(3);
  execute.set_sql("SELECT ?");
  execute.set_cursor_id(5);
  execute.mutable_parameters()->set_row_count(1);
  auto& column = *execute.mutable_parameters()->add_columns();
  column.set_value_type(VALUE_TYPE_INT32);
  column.set_sql_type(SQLTYPE_INTEGER);
  parameter.Finish(*column.mutable_data());
  execute.set_escape_scan(true);
  execute.set_credit_bytes(262'144);
  EXPECT_EQ(Hex(request.SerializeAsString()),
            "08 02 "                          // request_id = 2
            "10 b0 ea 01 "                    // timeout_ms = 30000
            "1a 02 08 00 "                    // changes { autocommit = false }
            "2a 01 04 "                       // released_cursors = [4]
            "62 26 "                          // execute, 38 octets
            "08 03 "                          //   statement_id = 3
            "12 08 53 45 4c 45 43 54 20 3f "  //   sql = "SELECT ?"
            "18 05 "                          //   cursor_id = 5
            "22 10 "                          //   parameters, 16 octets
            "08 01 "                          //     row_count = 1
            "12 0c "                          //     column, 12 octets
            "08 03 10 04 "                    //       INT32, INTEGER
            "2a 06 12 04 2a 00 00 00 "        //       data { values = 42 }
            "28 01 "                          //   escape_scan
            "38 80 80 10");                   //   credit_bytes = 262144
}

TEST(Message, ResultWithABatch) {
  values::BatchBuilder rows({VALUE_TYPE_INT32, VALUE_TYPE_TEXT});
  rows.column(0).AppendFixed(std::int32_t{1});
  rows.column(1).AppendVariable("Ann");
  rows.EndRow();
  rows.column(0).AppendFixed(std::int32_t{-2});
  rows.column(1).AppendNull();
  rows.EndRow();
  rows.column(0).AppendFixed(std::int32_t{3});
  rows.column(1).AppendVariable("Zo\xc3\xab");
  rows.EndRow();

  Response response;
  response.set_request_id(2);
  auto& result = *response.mutable_result();
  auto& id = *result.add_columns();
  id.set_name("id");
  id.set_value_type(VALUE_TYPE_INT32);
  id.set_sql_type(SQLTYPE_INTEGER);
  auto& name = *result.add_columns();
  name.set_name("name");
  name.set_value_type(VALUE_TYPE_TEXT);
  name.set_sql_type(SQLTYPE_VARCHAR);
  result.mutable_first_rows()->set_cursor_id(5);
  rows.Finish(*result.mutable_first_rows()->mutable_batch());
  result.mutable_first_rows()->set_end(true);
  result.set_kind(STATEMENT_KIND_SELECT);
  EXPECT_EQ(Hex(response.SerializeAsString()),
            "08 02 "                                                  // request_id = 2
            "6a 52 "                                                  // result, 82 octets
            "0a 08 0a 02 69 64 10 03 18 04 "                          //   "id", INT32, INTEGER
            "0a 0a 0a 04 6e 61 6d 65 10 0e 18 0b "                    //   "name", TEXT, VARCHAR
            "1a 38 "                                                  //   first_rows, 56 octets
            "08 05 "                                                  //     cursor_id = 5
            "12 32 "                                                  //     batch, 50 octets
            "08 03 "                                                  //       row_count = 3
            "12 0e "                                                  //       column
            "12 0c 01 00 00 00 fe ff ff ff 03 00 00 00 "              //         values 1, -2, 3
            "12 1e "                                                  //       column
            "0a 01 02 "                                               //         nulls: row 1
            "12 07 41 6e 6e 5a 6f c3 ab "                             //         values AnnZoë
            "1a 10 00 00 00 00 03 00 00 00 03 00 00 00 07 00 00 00 "  //   offsets 0, 3, 3, 7
            "18 01 "                                                  //     end
            "30 01");                                                 //   kind = SELECT
}

TEST(Message, SessionOpened) {
  Response response;
  response.set_request_id(1);
  auto& opened = *response.mutable_session_opened();
  opened.set_protocol_version(1);
  opened.set_session_id(7);
  opened.mutable_server()->set_engine(ENGINE_POSTGRES);
  opened.mutable_server()->set_version("15.18");
  opened.mutable_server()->set_version_number(151'800);
  opened.mutable_server()->set_database("sales");
  opened.set_max_message_bytes(64 << 20);
  opened.set_user("alice");
  EXPECT_EQ(Hex(response.SerializeAsString()),
            "08 01 "                  // request_id = 1
            "5a 26 "                  // session_opened, 38 octets
            "08 01 "                  //   protocol_version = 1
            "18 07 "                  //   session_id = 7
            "22 14 "                  //   server, 20 octets
            "08 01 "                  //     engine = POSTGRES
            "12 05 31 35 2e 31 38 "   //     version = "15.18"
            "18 f8 a1 09 "            //     version_number = 151800
            "22 05 73 61 6c 65 73 "   //     database = "sales"
            "30 80 80 80 20 "         //   max_message_bytes = 67108864
            "3a 05 61 6c 69 63 65");  //   user = "alice"
}

TEST(Message, FailureNamesItsSqlstateFirst) {
  Response response;
  response.set_request_id(9);
  response.set_transaction_state(TRANSACTION_STATE_FAILED);
  auto& error = *response.add_diagnostics();
  error.set_sqlstate("42P01");
  error.set_native_code(7);
  error.set_message("no t");
  error.set_origin(Diagnostic::ORIGIN_SERVER);
  response.mutable_failure();
  EXPECT_EQ(Hex(response.SerializeAsString()),
            "08 09 "                                                     // request_id = 9
            "10 02 "                                                     // FAILED
            "1a 11 0a 05 34 32 50 30 31 10 07 1a 04 6e 6f 20 74 30 01 "  // diagnostic
            "52 00");                                                    // failure {}
}

// An older peer meets fields and values of a newer one.
TEST(Message, IgnoresUnknownFields) {
  const std::string octets("\x08\x09\xfa\x07\x03xyz\x9a\x01\x00", 11);  // field 127, then ping
  Request request;
  ASSERT_TRUE(request.ParseFromString(octets));
  EXPECT_EQ(request.request_id(), 9U);
  EXPECT_TRUE(request.has_ping());
}

}  // namespace
}  // namespace sluice::v1
