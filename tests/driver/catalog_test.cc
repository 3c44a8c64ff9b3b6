// What the catalogue functions ask the relay for, and what they refuse themselves.

#include "tests/driver/driver_test.h"

namespace sluice::tests {
namespace {

class CatalogTest : public DriverTest {
 protected:
  CatalogTest() {
    relay.On(v1::Request::kCatalog, [](fakes::FakeRelay::Exchange& exchange) {
      exchange.Reply(fakes::NumberedRows(0, 0));
    });
  }

  // The request of the call that has just succeeded.
  v1::Catalog Asked(SQLRETURN result) {
    EXPECT_EQ(result, SQL_SUCCESS) << State();
    odbc.FreeStmt(stmt, SQL_CLOSE);
    return relay.requests().back().catalog();
  }
  void ExpectRefused(SQLRETURN result, std::string_view state) {
    EXPECT_EQ(result, SQL_ERROR);
    EXPECT_EQ(State(), state);
  }
  SQLRETURN Statistics(SQLUSMALLINT unique, SQLUSMALLINT accuracy) {
    return odbc.Statistics(stmt, nullptr, 0, nullptr, 0, Chars("t"), SQL_NTS, unique, accuracy);
  }
  SQLRETURN SpecialColumns(SQLUSMALLINT type, SQLUSMALLINT scope, SQLUSMALLINT nullable) {
    return odbc.SpecialColumns(stmt, type, nullptr, 0, nullptr, 0, Chars("t"), SQL_NTS, scope,
                               nullable);
  }
  SQLRETURN ForeignKeys(const char* catalog, const char* table, const char* foreign_catalog,
                        const char* foreign_table) {
    return odbc.ForeignKeys(stmt, Chars(catalog), SQL_NTS, Chars(""), SQL_NTS, Chars(table),
                            SQL_NTS, Chars(foreign_catalog), SQL_NTS, Chars(""), SQL_NTS,
                            Chars(foreign_table), SQL_NTS);
  }
};

TEST_F(CatalogTest, StatisticsAskForUniqueIndexesAndExactNumbersOnlyWhenToldTo) {
  const auto quick = Asked(Statistics(SQL_INDEX_ALL, SQL_QUICK));
  EXPECT_FALSE(quick.unique_only());
  EXPECT_FALSE(quick.exact_statistics());
  EXPECT_TRUE(Asked(Statistics(SQL_INDEX_UNIQUE, SQL_QUICK)).unique_only());
  EXPECT_TRUE(Asked(Statistics(SQL_INDEX_ALL, SQL_ENSURE)).exact_statistics());
  ExpectRefused(Statistics(7, SQL_QUICK), "HY100");
  ExpectRefused(Statistics(SQL_INDEX_ALL, 7), "HY101");
}

TEST_F(CatalogTest, SpecialColumnsAskForKindScopeAndNullability) {
  const auto asked = Asked(SpecialColumns(SQL_ROWVER, SQL_SCOPE_SESSION, SQL_NULLABLE));
  EXPECT_EQ(asked.identifier_type(), static_cast<unsigned>(SQL_ROWVER));
  EXPECT_EQ(asked.scope(), static_cast<unsigned>(SQL_SCOPE_SESSION));
  EXPECT_TRUE(asked.nullable());
  EXPECT_FALSE(Asked(SpecialColumns(SQL_BEST_ROWID, SQL_SCOPE_CURROW, SQL_NO_NULLS)).nullable());
  ExpectRefused(SpecialColumns(7, SQL_SCOPE_CURROW, SQL_NO_NULLS), "HY097");
  ExpectRefused(SpecialColumns(SQL_BEST_ROWID, 7, SQL_NO_NULLS), "HY098");
  ExpectRefused(SpecialColumns(SQL_BEST_ROWID, SQL_SCOPE_CURROW, 7), "HY099");
}

// unixODBC refuses this itself; other driver managers need not.
TEST_F(CatalogTest, FunctionsOfOneTableNeedItsName) {
  ExpectRefused(odbc.PrimaryKeys(stmt, nullptr, 0, nullptr, 0, nullptr, 0), "HY009");
  ExpectRefused(odbc.Statistics(stmt, nullptr, 0, nullptr, 0, nullptr, 0, SQL_INDEX_ALL, SQL_QUICK),
                "HY009");
  ExpectRefused(odbc.SpecialColumns(stmt, SQL_BEST_ROWID, nullptr, 0, nullptr, 0, nullptr, 0,
                                    SQL_SCOPE_CURROW, SQL_NULLABLE),
                "HY009");
  ExpectRefused(odbc.ColumnPrivileges(stmt, nullptr, 0, nullptr, 0, nullptr, 0, nullptr, 0),
                "HY009");
  Asked(odbc.PrimaryKeys(stmt, nullptr, 0, nullptr, 0, Chars("t"), SQL_NTS));
  EXPECT_EQ(Asked(odbc.ColumnPrivileges(stmt, nullptr, 0, nullptr, 0, Chars("t"), SQL_NTS,
                                        Chars("c%"), SQL_NTS))
                .column(),
            "c%");
}

// With SQL_ATTR_METADATA_ID the names are identifiers, and a null pointer names nothing.
TEST_F(CatalogTest, IdentifiersOfTheNamedTablesAreRequired) {
  ExpectRefused(ForeignKeys("c", nullptr, "c", nullptr), "HY009");
  Asked(ForeignKeys(nullptr, "t", nullptr, nullptr));
  ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_METADATA_ID, Number(SQL_TRUE), 0), SQL_SUCCESS);
  const auto one = Asked(ForeignKeys("c", "t", nullptr, nullptr));
  EXPECT_TRUE(one.metadata_id());
  EXPECT_EQ(one.table(), "t");
  EXPECT_FALSE(one.has_foreign_table());
  EXPECT_EQ(Asked(ForeignKeys(nullptr, nullptr, "c", "f")).foreign_table(), "f");
  ExpectRefused(ForeignKeys(nullptr, "t", nullptr, nullptr), "HY009");
  ExpectRefused(ForeignKeys(nullptr, nullptr, nullptr, "f"), "HY009");
  ExpectRefused(ForeignKeys("c", "t", nullptr, "f"), "HY009");
}

}  // namespace
}  // namespace sluice::tests
