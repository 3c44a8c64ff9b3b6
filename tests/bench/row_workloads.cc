// Many rows and large values.

#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>
#include <vector>

#include "tests/bench/odbc.h"
#include "tests/bench/workload.h"

namespace sluice::bench {
namespace {

constexpr SQLULEN kRowset = 1000;
constexpr int kColumns = 10;
constexpr std::size_t kBlobBytes = std::size_t{4} << 20;
constexpr int kBlobs = 4;

int Times(double scale, int usual) { return std::max(1, static_cast<int>(usual * scale)); }

std::string WideQuery(int rows) { return "SELECT * FROM wide LIMIT " + std::to_string(rows); }

// A column-wise binding of the table "wide": c_types[i] for column i + 1.
class BoundRowset {
 public:
  BoundRowset(Statement& statement, const SQLSMALLINT (&c_types)[kColumns], SQLLEN text_bytes)
      : lengths_(kColumns, std::vector<SQLLEN>(kRowset)) {
    statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, kRowset);
    statement.SetPointer(SQL_ATTR_ROWS_FETCHED_PTR, &fetched_);
    for (int i = 0; i < kColumns; ++i) {
      const SQLLEN size = SizeOf(c_types[i], text_bytes);
      data_.emplace_back(static_cast<std::size_t>(size) * kRowset);
      statement.BindColumn(i + 1, c_types[i], data_.back().data(), size,
                           lengths_[static_cast<std::size_t>(i)].data());
    }
  }
  SQLULEN fetched() const { return fetched_; }

 private:
  static SQLLEN SizeOf(SQLSMALLINT c_type, SQLLEN text_bytes) {
    switch (c_type) {
      case SQL_C_SLONG:
        return sizeof(SQLINTEGER);
      case SQL_C_SBIGINT:
      case SQL_C_DOUBLE:
        return 8;
      case SQL_C_SSHORT:
        return sizeof(SQLSMALLINT);
      case SQL_C_TYPE_DATE:
        return sizeof(SQL_DATE_STRUCT);
      case SQL_C_TYPE_TIMESTAMP:
        return sizeof(SQL_TIMESTAMP_STRUCT);
      default:
        return text_bytes;
    }
  }

  SQLULEN fetched_ = 0;
  std::vector<std::vector<char>> data_;
  std::vector<std::vector<SQLLEN>> lengths_;
};

constexpr SQLSMALLINT kNativeTypes[kColumns] = {
    SQL_C_SLONG,  SQL_C_SBIGINT,   SQL_C_SSHORT,         SQL_C_SLONG, SQL_C_DOUBLE,
    SQL_C_DOUBLE, SQL_C_TYPE_DATE, SQL_C_TYPE_TIMESTAMP, SQL_C_CHAR,  SQL_C_CHAR};
constexpr SQLSMALLINT kTextTypes[kColumns] = {SQL_C_CHAR, SQL_C_CHAR, SQL_C_CHAR, SQL_C_CHAR,
                                              SQL_C_CHAR, SQL_C_CHAR, SQL_C_CHAR, SQL_C_CHAR,
                                              SQL_C_CHAR, SQL_C_CHAR};
constexpr SQLSMALLINT kWideTypes[kColumns] = {SQL_C_WCHAR, SQL_C_WCHAR, SQL_C_WCHAR, SQL_C_WCHAR,
                                              SQL_C_WCHAR, SQL_C_WCHAR, SQL_C_WCHAR, SQL_C_WCHAR,
                                              SQL_C_WCHAR, SQL_C_WCHAR};

Measurement FetchBlocks(Session& session, const SQLSMALLINT (&c_types)[kColumns], SQLLEN text_bytes,
                        int rows) {
  Statement statement(session);
  const BoundRowset rowset(statement, c_types, text_bytes);
  SQLULEN read = 0;
  const Stopwatch watch;
  statement.Execute(WideQuery(rows));
  while (statement.Fetch()) read += rowset.fetched();
  const Measurement measured = watch.Stop(static_cast<double>(read));
  if (read != static_cast<SQLULEN>(rows)) throw std::runtime_error("rows are missing");
  return measured;
}

template <const SQLSMALLINT (&kTypes)[kColumns], int kTextBytes, int kRows>
Round BeginFetch(const std::string& connection, double scale) {
  return [session = std::make_shared<Session>(connection), rows = Times(scale, kRows)] {
    return FetchBlocks(*session, kTypes, kTextBytes, rows);
  };
}

Round BeginGetData(const std::string& connection, double scale) {
  return [session = std::make_shared<Session>(connection), rows = Times(scale, 100'000)] {
    Statement statement(*session);
    char text[128];
    SQLLEN length = 0;
    const Stopwatch watch;
    statement.Execute(WideQuery(rows));
    while (statement.Fetch()) {
      for (SQLUSMALLINT column = 1; column <= kColumns; ++column) {
        statement.Check(
            SQLGetData(statement.handle(), column, SQL_C_CHAR, text, sizeof text, &length),
            "SQLGetData");
      }
    }
    return watch.Stop(rows);
  };
}

Round BeginFirstRow(const std::string& connection, double scale) {
  return [session = std::make_shared<Session>(connection), rows = Times(scale, 1'000'000)] {
    Statement statement(*session);
    const Stopwatch watch;
    statement.Execute(WideQuery(rows));
    statement.Fetch();
    return watch.Stop(1);
  };
}

Round BeginMemory(const std::string& connection, double scale) {
  return [connection, rows = Times(scale, 1'000'000)] {
    Session session(connection);
    session.Run("SELECT 1");
    const long before = PeakKilobytes();
    Measurement measured = FetchBlocks(session, kNativeTypes, 64, rows);
    measured.kilobytes = static_cast<double>(PeakKilobytes() - before);
    return measured;
  };
}

// A batch of parameter sets for the table "ins".
struct InsertArray {
  explicit InsertArray(std::size_t rows)
      : ids(rows),
        numbers(rows),
        ratios(rows),
        times(rows),
        names(rows * kNameBytes),
        name_lengths(rows, SQL_NTS) {
    std::iota(ids.begin(), ids.end(), 1);
    for (std::size_t i = 0; i < rows; ++i) {
      numbers[i] = static_cast<SQLBIGINT>(i) * 1'000'003;
      ratios[i] = static_cast<double>(i) / 7;
      times[i] = {2024, 5, static_cast<SQLUSMALLINT>(i % 28 + 1), 12, 30, 15, 123'456'000};
      std::snprintf(&names[i * kNameBytes], kNameBytes, "name of the row %zu", i);
    }
  }
  static constexpr std::size_t kNameBytes = 40;
  std::vector<SQLINTEGER> ids;
  std::vector<SQLBIGINT> numbers;
  std::vector<double> ratios;
  std::vector<SQL_TIMESTAMP_STRUCT> times;
  std::vector<char> names;
  std::vector<SQLLEN> name_lengths;
};

struct Inserter {
  explicit Inserter(const std::string& connection) : session(connection), statement(session) {}
  Session session;
  Statement statement;
  InsertArray rows{kRowset};
};

Round BeginArrayInsert(const std::string& connection, double scale) {
  const auto inserter = std::make_shared<Inserter>(connection);
  Statement& statement = inserter->statement;
  InsertArray& rows = inserter->rows;
  statement.Set(SQL_ATTR_PARAMSET_SIZE, kRowset);
  statement.BindParameter(1, SQL_C_SLONG, SQL_INTEGER, rows.ids.data(), 4);
  statement.BindParameter(2, SQL_C_SBIGINT, SQL_BIGINT, rows.numbers.data(), 8);
  statement.BindParameter(3, SQL_C_DOUBLE, SQL_DOUBLE, rows.ratios.data(), 8);
  statement.Check(SQLBindParameter(statement.handle(), 4, SQL_PARAM_INPUT, SQL_C_TYPE_TIMESTAMP,
                                   SQL_TYPE_TIMESTAMP, 26, 6, rows.times.data(),
                                   sizeof(SQL_TIMESTAMP_STRUCT), nullptr),
                  "SQLBindParameter");
  statement.BindParameter(5, SQL_C_CHAR, SQL_VARCHAR, rows.names.data(), InsertArray::kNameBytes,
                          rows.name_lengths.data());
  statement.Prepare("INSERT INTO ins (id, big, ratio, seen, name) VALUES (?, ?, ?, ?, ?)");
  return [inserter, batches = Times(scale, 10)] {
    inserter->session.SetAutocommit(true);
    inserter->session.Run("TRUNCATE TABLE ins");
    inserter->session.SetAutocommit(false);
    const Stopwatch watch;
    for (int i = 0; i < batches; ++i) inserter->statement.Execute();
    inserter->session.Commit();
    return watch.Stop(static_cast<double>(batches) * kRowset);
  };
}

struct BlobClient {
  explicit BlobClient(const std::string& connection) : session(connection) {}
  Session session;
  std::vector<char> data = std::vector<char>(kBlobBytes, '\x5a');
  SQLLEN length = kBlobBytes;
};

Round BeginBlobGet(const std::string& connection, double) {
  return [client = std::make_shared<BlobClient>(connection)] {
    const Stopwatch watch;
    for (int i = 1; i <= kBlobs; ++i) {
      Statement statement(client->session);
      statement.Execute("SELECT data FROM blobs WHERE id = " + std::to_string(i));
      statement.Fetch();
      statement.Check(SQLGetData(statement.handle(), 1, SQL_C_BINARY, client->data.data(),
                                 kBlobBytes, &client->length),
                      "SQLGetData");
      if (client->length != kBlobBytes) throw std::runtime_error("the blob is not whole");
    }
    return watch.Stop(kBlobs);
  };
}

Round BeginBlobPut(const std::string& connection, double) {
  return [client = std::make_shared<BlobClient>(connection)] {
    client->length = kBlobBytes;
    const Stopwatch watch;
    for (int i = 1; i <= kBlobs; ++i) {
      Statement statement(client->session);
      statement.BindParameter(1, SQL_C_BINARY, SQL_LONGVARBINARY, client->data.data(), kBlobBytes,
                              &client->length);
      statement.Execute("UPDATE blobs_put SET data = ? WHERE id = " + std::to_string(i));
    }
    return watch.Stop(kBlobs);
  };
}

constexpr Workload kWorkloads[] = {
    {"fetch", "row, rowsets of 1,000", BeginFetch<kNativeTypes, 64, 1'000'000>},
    {"fetch_100k", "row, rowsets of 1,000", BeginFetch<kNativeTypes, 64, 100'000>},
    {"fetch_text", "row as SQL_C_CHAR", BeginFetch<kTextTypes, 64, 200'000>},
    {"fetch_wide", "row as SQL_C_WCHAR", BeginFetch<kWideTypes, 128, 200'000>},
    {"get_data", "row read with SQLGetData", BeginGetData},
    // Alone in its process: psqlodbc leaves half a gigabyte of small free blocks behind, which the
    // next allocation of whatever driver sorts, in some 30 ms.
    {"first_row", "first of 1M rows", BeginFirstRow, true},
    {"memory", "reading 1M rows", BeginMemory, true},
    {"array_insert", "row, arrays of 1,000", BeginArrayInsert},
    {"blob_get", "4 MiB", BeginBlobGet},
    {"blob_put", "4 MiB", BeginBlobPut},
};

}  // namespace

std::span<const Workload> RowWorkloads() { return kWorkloads; }

}  // namespace sluice::bench
