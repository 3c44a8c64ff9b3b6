// SQLNativeSql: the text that the database gets.

#include <string>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

class NativeSqlTest : public DatabaseTest {
 protected:
  std::string Native(const std::string& sql) {
    char out[512] = "";
    SQLINTEGER length = -1;
    const SQLRETURN outcome = SQLNativeSql(connection.handle(), Chars(sql), SQL_NTS,
                                           reinterpret_cast<SQLCHAR*>(out), sizeof out, &length);
    if (outcome != SQL_SUCCESS) return connection.state();
    EXPECT_EQ(static_cast<std::size_t>(length), std::string(out).size());
    return out;
  }
};

TEST_P(NativeSqlTest, TranslatesEscapesAndMarkers) {
  EXPECT_EQ(Native("SELECT {fn UCASE(?)}, {d '2024-02-29'}"),
            Sql({"SELECT upper($1), DATE '2024-02-29'", "SELECT ucase(?), DATE '2024-02-29'"}));
  EXPECT_EQ(Native("{call p(?, 2)}"), Sql({"SELECT * FROM p($1, 2)", "CALL p(?, 2)"}));
  EXPECT_EQ(Native("SELECT 1"), "SELECT 1");
}

TEST_P(NativeSqlTest, AskedForNothingItTellsTheLength) {
  SQLINTEGER length = 0;
  ASSERT_EQ(SQLNativeSql(connection.handle(), Chars("SELECT 12"), SQL_NTS, nullptr, 0, &length),
            SQL_SUCCESS);
  EXPECT_EQ(length, 9);
}

TEST_P(NativeSqlTest, TextThatDoesNotFitIsCut) {
  char out[6] = "";
  SQLINTEGER length = 0;
  EXPECT_EQ(SQLNativeSql(connection.handle(), Chars("SELECT 12 and more"), 9,
                         reinterpret_cast<SQLCHAR*>(out), sizeof out, &length),
            SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(connection.state(), "01004");
  EXPECT_STREQ(out, "SELEC");
  EXPECT_EQ(length, 9);
}

TEST_P(NativeSqlTest, WideTextIsCountedInCharacters) {
  std::u16string sql = u"SELECT '\u00DF'";
  SQLWCHAR out[64] = {};
  SQLINTEGER length = 0;
  ASSERT_EQ(SQLNativeSqlW(connection.handle(), reinterpret_cast<SQLWCHAR*>(sql.data()), SQL_NTS,
                          out, 64, &length),
            SQL_SUCCESS);
  EXPECT_EQ(length, 10);
  EXPECT_EQ(out[8], 0xDF);
}

TEST_P(NativeSqlTest, ABrokenEscapeIsAnError) { EXPECT_EQ(Native("SELECT {fn ABS(1)"), "42000"); }

INSTANTIATE_FOR_DATABASES(NativeSqlTest);

}  // namespace
}  // namespace sluice::tests
