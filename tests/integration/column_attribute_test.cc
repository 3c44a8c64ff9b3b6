// SQLColAttribute, the implementation row descriptor and SQLDescribeCol tell the same; and what
// they tell of the types of each database.

#include "tests/integration/narrow_type.h"
#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

constexpr SQLUSMALLINT kTextFields[] = {
    SQL_DESC_BASE_COLUMN_NAME, SQL_DESC_BASE_TABLE_NAME, SQL_DESC_CATALOG_NAME,    SQL_DESC_LABEL,
    SQL_DESC_LITERAL_PREFIX,   SQL_DESC_LITERAL_SUFFIX,  SQL_DESC_LOCAL_TYPE_NAME, SQL_DESC_NAME,
    SQL_DESC_SCHEMA_NAME,      SQL_DESC_TABLE_NAME,      SQL_DESC_TYPE_NAME,
};

enum class Width { kShort, kInteger, kLength };  // of the descriptor's field
struct NumberField {
  SQLUSMALLINT id;
  Width width;
};
constexpr NumberField kNumberFields[] = {
    {SQL_DESC_AUTO_UNIQUE_VALUE, Width::kInteger},
    {SQL_DESC_CASE_SENSITIVE, Width::kInteger},
    {SQL_DESC_CONCISE_TYPE, Width::kShort},
    {SQL_DESC_DISPLAY_SIZE, Width::kLength},
    {SQL_DESC_FIXED_PREC_SCALE, Width::kShort},
    {SQL_DESC_LENGTH, Width::kLength},
    {SQL_DESC_NULLABLE, Width::kShort},
    {SQL_DESC_NUM_PREC_RADIX, Width::kInteger},
    {SQL_DESC_OCTET_LENGTH, Width::kLength},
    {SQL_DESC_PRECISION, Width::kShort},
    {SQL_DESC_SCALE, Width::kShort},
    {SQL_DESC_SEARCHABLE, Width::kShort},
    {SQL_DESC_TYPE, Width::kShort},
    {SQL_DESC_UNNAMED, Width::kShort},
    {SQL_DESC_UNSIGNED, Width::kShort},
    {SQL_DESC_UPDATABLE, Width::kShort},
};

class ColumnAttributeTest : public DatabaseTest {
 protected:
  static SQLLEN Number(const Statement& statement, SQLUSMALLINT column, SQLUSMALLINT field) {
    SQLLEN number = -1;
    EXPECT_EQ(SQLColAttribute(statement.handle(), column, field, nullptr, 0, nullptr, &number),
              SQL_SUCCESS)
        << statement.diagnostics();
    return number;
  }
  static std::string Text(const Statement& statement, SQLUSMALLINT column, SQLUSMALLINT field) {
    char text[128] = "";
    EXPECT_EQ(
        SQLColAttribute(statement.handle(), column, field, text, sizeof text, nullptr, nullptr),
        SQL_SUCCESS)
        << statement.diagnostics();
    return text;
  }
  static SQLHDESC RowDescriptor(const Statement& statement) {
    SQLHDESC descriptor = nullptr;
    EXPECT_EQ(SQLGetStmtAttr(statement.handle(), SQL_ATTR_IMP_ROW_DESC, &descriptor, 0, nullptr),
              SQL_SUCCESS);
    return descriptor;
  }
  static SQLLEN FieldNumber(SQLHDESC descriptor, SQLSMALLINT column, const NumberField& field) {
    const auto id = static_cast<SQLSMALLINT>(field.id);
    SQLSMALLINT short_value = -1;
    SQLINTEGER integer_value = -1;
    SQLLEN length_value = -1;
    SQLPOINTER target = &length_value;
    if (field.width == Width::kShort) target = &short_value;
    if (field.width == Width::kInteger) target = &integer_value;
    EXPECT_EQ(SQLGetDescField(descriptor, column, id, target, 0, nullptr), SQL_SUCCESS) << id;
    if (field.width == Width::kShort) return short_value;
    return field.width == Width::kInteger ? integer_value : length_value;
  }
  static void ExpectSame(const Statement& statement, SQLUSMALLINT column) {
    const SQLHDESC descriptor = RowDescriptor(statement);
    const auto number = static_cast<SQLSMALLINT>(column);
    for (const NumberField& field : kNumberFields) {
      EXPECT_EQ(FieldNumber(descriptor, number, field), Number(statement, column, field.id))
          << "field " << field.id << " of column " << column;
    }
    for (const SQLUSMALLINT field : kTextFields) {
      char text[128] = "";
      EXPECT_EQ(SQLGetDescField(descriptor, number, static_cast<SQLSMALLINT>(field), text,
                                sizeof text, nullptr),
                SQL_SUCCESS);
      EXPECT_EQ(text, Text(statement, column, field)) << "field " << field;
    }
  }

  const std::string table_ =
      MakeTable(Sql({"i int NOT NULL, n numeric(9,2), d float8, t varchar(20), l text, b bytea,"
                     " a date, m timestamp(3), o bool, u uuid",
                     "i int NOT NULL, n decimal(9,2), d double, t varchar(20), l text, b blob,"
                     " a date, m datetime(3), o bit(1), u bigint unsigned"}));
};

TEST_P(ColumnAttributeTest, TheRowDescriptorTellsTheSameBeforeAndAfterExecution) {
  Statement statement(connection);
  statement.Prepare("SELECT * FROM " + table_);
  ASSERT_EQ(statement.ColumnCount(), 10);
  for (SQLUSMALLINT column = 1; column <= 10; ++column) ExpectSame(statement, column);
  const std::string before = Text(statement, 8, SQL_DESC_TYPE_NAME);
  ASSERT_EQ(statement.ExecutePrepared(), SQL_SUCCESS);
  for (SQLUSMALLINT column = 1; column <= 10; ++column) ExpectSame(statement, column);
  EXPECT_EQ(Text(statement, 8, SQL_DESC_TYPE_NAME), before);
}

TEST_P(ColumnAttributeTest, DescribeColAndDescriptorRecordsAgree) {
  Statement statement(connection);
  statement.Run("SELECT * FROM " + table_);
  for (SQLSMALLINT column = 1; column <= 10; ++column) {
    char name[32] = "";
    SQLSMALLINT type = 0;
    SQLSMALLINT subtype = 0;
    SQLLEN length = 0;
    SQLSMALLINT precision = 0;
    SQLSMALLINT scale = 0;
    SQLSMALLINT nullable = -1;
    ASSERT_EQ(SQLGetDescRec(RowDescriptor(statement), column, reinterpret_cast<SQLCHAR*>(name),
                            sizeof name, nullptr, &type, &subtype, &length, &precision, &scale,
                            &nullable),
              SQL_SUCCESS);
    const auto index = static_cast<SQLUSMALLINT>(column);
    EXPECT_EQ(name, Text(statement, index, SQL_DESC_NAME));
    EXPECT_EQ(type, Number(statement, index, SQL_DESC_TYPE));
    EXPECT_EQ(length, Number(statement, index, SQL_DESC_OCTET_LENGTH));
    EXPECT_EQ(precision, Number(statement, index, SQL_DESC_PRECISION));
    EXPECT_EQ(scale, Number(statement, index, SQL_DESC_SCALE));
    EXPECT_EQ(nullable, Number(statement, index, SQL_DESC_NULLABLE));
    SQLSMALLINT described = 0;
    ASSERT_EQ(SQLDescribeCol(statement.handle(), index, nullptr, 0, nullptr, &described, nullptr,
                             nullptr, nullptr),
              SQL_SUCCESS);
    EXPECT_EQ(described, Number(statement, index, SQL_DESC_CONCISE_TYPE));
  }
}

TEST_P(ColumnAttributeTest, ColumnsOfTheCatalogueHaveTheTypesOfResults) {
  Statement columns(connection);
  ASSERT_TRUE(SQL_SUCCEEDED(
      SQLColumns(columns.handle(), nullptr, 0, nullptr, 0, Chars(table_), SQL_NTS, nullptr, 0)));
  Statement result(connection);
  result.Run("SELECT * FROM " + table_);
  for (SQLUSMALLINT column = 1; columns.Fetch(); ++column) {
    SQLSMALLINT type = 0;
    SQLULEN size = 0;
    ASSERT_EQ(SQLDescribeCol(result.handle(), column, nullptr, 0, nullptr, &type, &size, nullptr,
                             nullptr),
              SQL_SUCCESS);
    EXPECT_EQ(Narrow(columns.Number(5)), type) << *columns.Text(4);
    const bool differs = !is_postgres() && type == SQL_BIGINT;  // as with Connector/ODBC
    EXPECT_EQ(static_cast<SQLULEN>(columns.Number(7)) == size, !differs) << *columns.Text(4);
  }
}

TEST_P(ColumnAttributeTest, BoolsAreBitsWhenTheDataSourceSaysSo) {
  Connection bits(ConnectionString(database()) + ";BoolsAsChar=0");
  Statement statement(bits);
  statement.Run("SELECT o FROM " + table_);
  EXPECT_EQ(Number(statement, 1, SQL_DESC_CONCISE_TYPE), SQL_BIT);
  Statement standard(connection);
  standard.Run("SELECT o FROM " + table_);
  EXPECT_EQ(Number(standard, 1, SQL_DESC_CONCISE_TYPE), is_postgres() ? SQL_VARCHAR : SQL_BIT);
}

TEST_P(ColumnAttributeTest, MarkersAreCountedInATextThatTheDatabaseRefuses) {
  Statement statement(connection);
  statement.Prepare("SELECT * FROM no_such_table WHERE a = ? AND b = '?' AND c = ?");
  SQLSMALLINT count = -1;
  EXPECT_EQ(SQLNumParams(statement.handle(), &count), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(count, 2);
  SQLSMALLINT type = 0;
  EXPECT_EQ(SQLDescribeParam(statement.handle(), 1, &type, nullptr, nullptr, nullptr), SQL_ERROR);
  EXPECT_EQ(statement.state(), Sql({"42P01", "42S02"}));
}

INSTANTIATE_FOR_DATABASES(ColumnAttributeTest);

}  // namespace
}  // namespace sluice::tests
