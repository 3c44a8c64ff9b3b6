// Qt's QODBC as applications of QtSql use it. Statements are scrollable by default there.

#include <QtCore/QCoreApplication>
#include <QtCore/QDate>
#include <QtCore/QDateTime>
#include <QtCore/QVariant>
#include <QtSql/QSqlDatabase>
#include <QtSql/QSqlDriver>
#include <QtSql/QSqlError>
#include <QtSql/QSqlField>
#include <QtSql/QSqlIndex>
#include <QtSql/QSqlQuery>
#include <QtSql/QSqlRecord>
#include <QtSql/QSqlRelationalTableModel>
#include <QtSql/QSqlTableModel>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/clients/cpp/data_source.h"

namespace sluice::tests {
namespace {

class QtClient : public testing::Test {
 protected:
  void SetUp() override {
    database_ = QSqlDatabase::addDatabase("QODBC", "test");
    database_.setDatabaseName(QString::fromStdString(DataSource()));
    ASSERT_TRUE(database_.open()) << Text(database_.lastError());
    table_ = QString::fromStdString(UniqueName("qt"));
  }

  void TearDown() override {
    Query("DROP TABLE IF EXISTS " + table_);
    database_.close();
    database_ = QSqlDatabase();
    QSqlDatabase::removeDatabase("test");
  }

  static std::string Text(const QSqlError& error) { return error.text().toStdString(); }

  QSqlQuery Query(const QString& sql, bool forward_only = false) {
    QSqlQuery query(database_);
    query.setForwardOnly(forward_only);
    EXPECT_TRUE(query.exec(sql)) << sql.toStdString() << ": " << Text(query.lastError());
    return query;
  }

  QVariant Value(const QString& sql) {
    QSqlQuery query = Query(sql);
    EXPECT_TRUE(query.next()) << sql.toStdString() << ": " << Text(query.lastError());
    return query.value(0);
  }

  void CreateNumbers(int count) {
    Query("CREATE TABLE " + table_ + " (id integer PRIMARY KEY, name varchar(40))");
    QSqlQuery insert(database_);
    ASSERT_TRUE(insert.prepare("INSERT INTO " + table_ + " VALUES (?, ?)"));
    for (int i = 1; i <= count; ++i) {
      insert.addBindValue(i);
      insert.addBindValue(QString("name %1").arg(i));
      ASSERT_TRUE(insert.exec()) << Text(insert.lastError());
    }
  }

  QSqlDatabase database_;
  QString table_;
};

void Execute(QSqlQuery& query, const QVariantList& values) {
  for (int i = 0; i < values.size(); ++i) query.bindValue(i, values[i]);
  ASSERT_TRUE(query.exec()) << query.lastError().text().toStdString();
}

TEST_F(QtClient, FindsWhatTheDriverCanDo) {
  const QSqlDriver* driver = database_.driver();
  EXPECT_TRUE(driver->hasFeature(QSqlDriver::Unicode));
  EXPECT_TRUE(driver->hasFeature(QSqlDriver::Transactions));
  EXPECT_TRUE(driver->hasFeature(QSqlDriver::PreparedQueries));
  EXPECT_TRUE(driver->hasFeature(QSqlDriver::PositionalPlaceholders));
  EXPECT_TRUE(driver->hasFeature(QSqlDriver::MultipleResultSets));
  // Qt knows "MySQL" and not "MariaDB", which is what its own driver says too.
  EXPECT_EQ(driver->dbmsType(), IsPostgres() ? QSqlDriver::PostgreSQL : QSqlDriver::UnknownDbms);
}

TEST_F(QtClient, ReadsBackTheValuesOfAllCommonTypes) {
  Query("CREATE TABLE " + table_ +
        " (b boolean, s smallint, i integer, l bigint, d double precision," +
        " n numeric(20,5), day date, t time, moment " + Sql("timestamp", "datetime(3)") + ", v " +
        Sql("varchar(40)", "varchar(40) CHARACTER SET utf8mb4") + ", o " +
        Sql("bytea", "varbinary(300)") + ")");
  QVariantList values = {true,
                         -32768,
                         2147483647,
                         Q_INT64_C(-9223372036854775807),
                         0.1,
                         "-123456789012345.67891",
                         QDate(2024, 2, 29),
                         QTime(23, 59, 58),
                         QDateTime(QDate(1999, 12, 31), QTime(23, 59, 59, 123)),
                         QString::fromUtf8(kUnicodeText),
                         QByteArray::fromStdString(LongOctets(256))};
  QSqlQuery insert(database_);
  ASSERT_TRUE(
      insert.prepare("INSERT INTO " + table_ + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  Execute(insert, values);

  for (const bool forward_only : {true, false}) {
    QSqlQuery query = Query("SELECT * FROM " + table_, forward_only);
    query.setNumericalPrecisionPolicy(QSql::HighPrecision);
    ASSERT_TRUE(query.next());
    EXPECT_TRUE(query.value(0).toBool());
    EXPECT_EQ(query.value(1).toInt(), -32768);
    EXPECT_EQ(query.value(2).toInt(), 2147483647);
    EXPECT_EQ(query.value(3).toLongLong(), Q_INT64_C(-9223372036854775807));
    EXPECT_DOUBLE_EQ(query.value(4).toDouble(), 0.1);
    EXPECT_EQ(query.value(5).toString().toStdString(), "-123456789012345.67891");
    for (int column = 6; column < values.size(); ++column) {
      EXPECT_EQ(query.value(column), values[column])
          << column << ": " << query.value(column).toString().toStdString();
    }
    EXPECT_FALSE(query.next());
  }
}

TEST_F(QtClient, KnowsNullsOfEveryType) {
  Query("CREATE TABLE " + table_ + " (i integer, l bigint, d double precision, n numeric(20,5)," +
        " day date, t time, moment " + Sql("timestamp", "datetime") + ", v varchar(40), o " +
        Sql("bytea", "longblob") + ")");
  const QList<QMetaType> types = {QMetaType(QMetaType::Int),       QMetaType(QMetaType::LongLong),
                                  QMetaType(QMetaType::Double),    QMetaType(QMetaType::Double),
                                  QMetaType(QMetaType::QDate),     QMetaType(QMetaType::QTime),
                                  QMetaType(QMetaType::QDateTime), QMetaType(QMetaType::QString),
                                  QMetaType(QMetaType::QByteArray)};
  QSqlQuery insert(database_);
  ASSERT_TRUE(insert.prepare("INSERT INTO " + table_ + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  QVariantList values;
  for (const QMetaType& type : types) values.append(QVariant(type));
  Execute(insert, values);

  QSqlQuery query = Query("SELECT * FROM " + table_);
  ASSERT_TRUE(query.next());
  for (int column = 0; column < types.size(); ++column) {
    EXPECT_TRUE(query.isNull(column)) << column;
    EXPECT_TRUE(query.value(column).isNull()) << column;
  }
}

TEST_F(QtClient, CarriesAMegabyteOfTextAndOfOctets) {
  Query("CREATE TABLE " + table_ + " (v " + Sql("text", "longtext CHARACTER SET utf8mb4") + ", o " +
        Sql("bytea", "longblob") + ")");
  const QString text = QString::fromStdString(LongText(1 << 18));
  const QByteArray octets = QByteArray::fromStdString(LongOctets(1 << 20));
  QSqlQuery insert(database_);
  ASSERT_TRUE(insert.prepare("INSERT INTO " + table_ + " VALUES (?, ?)"));
  Execute(insert, {text, octets});
  Execute(insert, {QString(""), QByteArray("")});

  QSqlQuery query = Query("SELECT v, o FROM " + table_);
  ASSERT_TRUE(query.next());
  EXPECT_TRUE(query.value(0).toString() == text);
  EXPECT_TRUE(query.value(1).toByteArray() == octets);
  ASSERT_TRUE(query.next());
  EXPECT_FALSE(query.isNull(0));
  EXPECT_EQ(query.value(0).toString(), "");
  EXPECT_EQ(query.value(1).toByteArray(), "");
}

TEST_F(QtClient, BindsByNameAndByPositionAndInBatches) {
  CreateNumbers(0);
  QSqlQuery insert(database_);
  ASSERT_TRUE(insert.prepare("INSERT INTO " + table_ + " VALUES (:id, :name)"));
  insert.bindValue(":name", "by name");
  insert.bindValue(":id", 1);
  ASSERT_TRUE(insert.exec()) << Text(insert.lastError());
  EXPECT_EQ(insert.numRowsAffected(), 1);
  ASSERT_TRUE(insert.prepare("INSERT INTO " + table_ + " VALUES (?, ?)"));
  insert.addBindValue(QVariantList{2, 3, 4});
  insert.addBindValue(QVariantList{"two", QVariant(QMetaType(QMetaType::QString)), "four"});
  ASSERT_TRUE(insert.execBatch()) << Text(insert.lastError());
  EXPECT_EQ(Value("SELECT COUNT(*) FROM " + table_).toInt(), 4);
  EXPECT_EQ(Value("SELECT COUNT(name) FROM " + table_).toInt(), 3);
  QSqlQuery update = Query("UPDATE " + table_ + " SET name = 'x' WHERE id < 4");
  EXPECT_EQ(update.numRowsAffected(), 3);
}

TEST_F(QtClient, UsesAPreparedQueryAgainAndAgain) {
  CreateNumbers(20);
  QSqlQuery query(database_);
  ASSERT_TRUE(query.prepare("SELECT name FROM " + table_ + " WHERE id = ?"));
  for (int id = 1; id <= 20; ++id) {
    Execute(query, {id});
    ASSERT_TRUE(query.next()) << Text(query.lastError());
    EXPECT_EQ(query.value(0).toString(), QString("name %1").arg(id));
  }
  Execute(query, {21});
  EXPECT_FALSE(query.next());
}

TEST_F(QtClient, ScrollsThroughAResult) {
  CreateNumbers(50);
  QSqlQuery query = Query("SELECT id FROM " + table_ + " ORDER BY id");
  ASSERT_TRUE(query.last()) << Text(query.lastError());
  EXPECT_EQ(query.value(0).toInt(), 50);
  EXPECT_EQ(query.at(), 49);
  ASSERT_TRUE(query.previous());
  EXPECT_EQ(query.value(0).toInt(), 49);
  ASSERT_TRUE(query.first());
  EXPECT_EQ(query.value(0).toInt(), 1);
  ASSERT_TRUE(query.seek(29));
  EXPECT_EQ(query.value(0).toInt(), 30);
  ASSERT_TRUE(query.seek(-10, true));
  EXPECT_EQ(query.value(0).toInt(), 20);
  ASSERT_TRUE(query.next());
  EXPECT_EQ(query.value(0).toInt(), 21);
  EXPECT_FALSE(query.seek(50));
  ASSERT_TRUE(query.first());
  EXPECT_EQ(query.value(0).toInt(), 1);
}

TEST_F(QtClient, EditsATableThroughAModel) {
  CreateNumbers(300);  // more than the 255 rows that a model fetches at first
  QSqlTableModel model(nullptr, database_);
  model.setTable(table_);
  model.setEditStrategy(QSqlTableModel::OnManualSubmit);
  model.setSort(0, Qt::AscendingOrder);
  ASSERT_TRUE(model.select()) << Text(model.lastError());
  while (model.canFetchMore()) model.fetchMore();
  ASSERT_EQ(model.rowCount(), 300);
  EXPECT_EQ(model.data(model.index(299, 1)).toString(), "name 300");

  model.setData(model.index(0, 1), QString::fromUtf8(kUnicodeText).left(2));
  ASSERT_TRUE(model.removeRows(1, 1));
  QSqlRecord row = database_.record(table_);
  row.setValue("id", 1000);
  row.setNull("name");
  ASSERT_TRUE(model.insertRecord(-1, row));
  ASSERT_TRUE(model.submitAll()) << Text(model.lastError());
  EXPECT_EQ(Value("SELECT name FROM " + table_ + " WHERE id = 1").toString(),
            QString::fromUtf8("aä"));
  EXPECT_EQ(Value("SELECT COUNT(*) FROM " + table_ + " WHERE id = 2").toInt(), 0);
  EXPECT_TRUE(Value("SELECT name FROM " + table_ + " WHERE id = 1000").isNull());
}

TEST_F(QtClient, ConnectsByAConnectionStringWithOptions) {
  QSqlDatabase other = QSqlDatabase::addDatabase("QODBC", "other");
  other.setDatabaseName(QString::fromUtf8(std::getenv("SLUICE_CONNECTION")));
  other.setConnectOptions("SQL_ATTR_LOGIN_TIMEOUT=10;SQL_ATTR_ACCESS_MODE=SQL_MODE_READ_WRITE");
  EXPECT_TRUE(other.open()) << Text(other.lastError());
  {
    QSqlQuery query(other);
    ASSERT_TRUE(query.exec("SELECT 1")) << Text(query.lastError());
    ASSERT_TRUE(query.next());
    EXPECT_EQ(query.value(0).toInt(), 1);
  }
  other.close();
  other = QSqlDatabase();
  QSqlDatabase::removeDatabase("other");
}

TEST_F(QtClient, ReadsOneResultWhileAnotherIsOpen) {
  CreateNumbers(300);
  QSqlQuery outer = Query("SELECT id FROM " + table_ + " ORDER BY id", true);
  int rows = 0;
  while (outer.next()) {
    ++rows;
    if (rows % 50 != 0) continue;
    QSqlQuery inner(database_);
    inner.setForwardOnly(true);
    ASSERT_TRUE(inner.prepare("SELECT name FROM " + table_ + " WHERE id >= ? ORDER BY id"));
    Execute(inner, {outer.value(0)});
    ASSERT_TRUE(inner.next());
    EXPECT_EQ(inner.value(0).toString(), QString("name %1").arg(rows));
  }
  EXPECT_EQ(rows, 300);
}

TEST_F(QtClient, BindsUnsignedAndTextNumbers) {
  const QString type = Sql("numeric(20,0)", "bigint unsigned");
  Query("CREATE TABLE " + table_ + " (n " + type + ")");
  QSqlQuery insert(database_);
  ASSERT_TRUE(insert.prepare("INSERT INTO " + table_ + " VALUES (?)"));
  Execute(insert, {QVariant(Q_UINT64_C(18446744073709551615))});
  Execute(insert, {QVariant("18446744073709551614")});
  Execute(insert, {QVariant(7U)});
  QSqlQuery query = Query("SELECT n FROM " + table_ + " ORDER BY n", true);
  query.setNumericalPrecisionPolicy(QSql::HighPrecision);
  for (const char* expected : {"7", "18446744073709551614", "18446744073709551615"}) {
    ASSERT_TRUE(query.next());
    EXPECT_EQ(query.value(0).toString().toStdString(), expected);
  }
}

void CountRows(const QString& table, int* count) {
  const QString name = QString("thread %1").arg(reinterpret_cast<quintptr>(count));
  {
    QSqlDatabase database = QSqlDatabase::addDatabase("QODBC", name);
    database.setDatabaseName(QString::fromStdString(DataSource()));
    if (database.open()) {
      for (int i = 0; i < 10; ++i) {
        QSqlQuery query(database);
        query.setForwardOnly(true);
        if (query.exec("SELECT id FROM " + table)) {
          while (query.next()) ++*count;
        }
      }
    }
  }
  QSqlDatabase::removeDatabase(name);
}

TEST_F(QtClient, UsesAConnectionPerThread) {
  CreateNumbers(100);
  std::vector<int> counts(4);
  std::vector<std::thread> threads;
  for (int& count : counts) threads.emplace_back(CountRows, table_, &count);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(counts, std::vector<int>(4, 1000));
}

TEST_F(QtClient, DescribesTheColumnsOfATable) {
  Query("CREATE TABLE " + table_ +
        " (a integer NOT NULL, b varchar(40), c numeric(10,2), PRIMARY KEY (a))");
  EXPECT_TRUE(database_.tables().contains(table_));
  const QSqlRecord record = database_.record(table_);
  ASSERT_EQ(record.count(), 3);
  EXPECT_EQ(record.fieldName(0), "a");
  EXPECT_EQ(record.field(0).metaType().id(), QMetaType::Int);
  EXPECT_EQ(record.field(0).requiredStatus(), QSqlField::Required);
  EXPECT_EQ(record.field(1).metaType().id(), QMetaType::QString);
  EXPECT_EQ(record.field(1).length(), 40);
  EXPECT_EQ(record.field(1).requiredStatus(), QSqlField::Optional);
  EXPECT_EQ(record.field(2).precision(), 2);
  const QSqlIndex key = database_.primaryIndex(table_);
  ASSERT_EQ(key.count(), 1);
  EXPECT_EQ(key.fieldName(0), "a");
}

TEST_F(QtClient, DescribesTheColumnsOfAResult) {
  CreateNumbers(1);
  const QSqlRecord record = Query("SELECT id AS first, name FROM " + table_).record();
  ASSERT_EQ(record.count(), 2);
  EXPECT_EQ(record.fieldName(0), "first");
  EXPECT_EQ(record.field(0).metaType().id(), QMetaType::Int);
  EXPECT_EQ(record.field(1).metaType().id(), QMetaType::QString);
  EXPECT_EQ(record.field(1).length(), 40);
}

TEST_F(QtClient, CommitsAndRollsBack) {
  CreateNumbers(1);
  ASSERT_TRUE(database_.transaction());
  Query("INSERT INTO " + table_ + " VALUES (2, 'gone')");
  ASSERT_TRUE(database_.rollback());
  EXPECT_EQ(Value("SELECT COUNT(*) FROM " + table_).toInt(), 1);
  ASSERT_TRUE(database_.transaction());
  Query("INSERT INTO " + table_ + " VALUES (2, 'kept')");
  QSqlQuery failing(database_);
  EXPECT_FALSE(failing.exec("INSERT INTO " + table_ + " VALUES (2, 'again')"));
  Query("INSERT INTO " + table_ + " VALUES (3, 'kept')");
  ASSERT_TRUE(database_.commit());
  EXPECT_EQ(Value("SELECT COUNT(*) FROM " + table_).toInt(), 3);
}

TEST_F(QtClient, TellsWhatWentWrong) {
  CreateNumbers(1);
  QSqlQuery query(database_);
  EXPECT_FALSE(query.exec("SELECT * FROM no_such_table"));
  EXPECT_EQ(query.lastError().type(), QSqlError::StatementError);
  EXPECT_TRUE(query.lastError().driverText().contains("no_such_table") ||
              query.lastError().databaseText().contains("no_such_table"))
      << Text(query.lastError());
  EXPECT_FALSE(query.exec("INSERT INTO " + table_ + " VALUES (1, 'again')"));
  EXPECT_EQ(query.lastError().nativeErrorCode(), Sql("1", "1062"));
  ASSERT_TRUE(query.exec("SELECT 1"));
  QSqlDatabase wrong = QSqlDatabase::addDatabase("QODBC", "wrong");
  wrong.setDatabaseName(QString::fromStdString(DataSource()));
  wrong.setUserName("sluice");
  wrong.setPassword("wrong");
  EXPECT_FALSE(wrong.open());
  EXPECT_EQ(wrong.lastError().type(), QSqlError::ConnectionError);
  wrong = QSqlDatabase();
  QSqlDatabase::removeDatabase("wrong");
}

TEST_F(QtClient, ReadsAllResultsOfAStatement) {
  if (IsPostgres()) {
    QSqlQuery query = Query("SELECT 1; SELECT 2, 'b'", true);
    ASSERT_TRUE(query.next());
    EXPECT_EQ(query.value(0).toInt(), 1);
    ASSERT_TRUE(query.nextResult());
    ASSERT_TRUE(query.next());
    EXPECT_EQ(query.value(0).toInt(), 2);
    EXPECT_EQ(query.value(1).toString(), "b");
    EXPECT_FALSE(query.nextResult());
    return;
  }
  Query("CREATE PROCEDURE " + table_ + "_p(a INT) BEGIN SELECT a; SELECT a + 1, 'b'; END");
  QSqlQuery query = Query("{CALL " + table_ + "_p(1)}", true);
  ASSERT_TRUE(query.next());
  EXPECT_EQ(query.value(0).toInt(), 1);
  ASSERT_TRUE(query.nextResult());
  ASSERT_TRUE(query.next());
  EXPECT_EQ(query.value(0).toInt(), 2);
  EXPECT_EQ(query.value(1).toString(), "b");
  query.finish();
  Query("DROP PROCEDURE " + table_ + "_p");
}

}  // namespace
}  // namespace sluice::tests

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const QCoreApplication application(argc, argv);
  return RUN_ALL_TESTS();
}
