#include "odbc_driver/handles/large_object.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include "odbc_driver/convert/cell.h"
#include "odbc_driver/handles/result_set.h"

namespace sluice::driver {
namespace {

// The size, and octets from an offset on; 262144 is INV_READ (PostgreSQL manual, "Large Objects").
const std::string kRead =
    "SELECT pg_catalog.lo_lseek64(fd, 0, 2), pg_catalog.lo_get(number, ?, ?),"
    " pg_catalog.lo_close(fd) FROM (SELECT number, pg_catalog.lo_open(number, 262144) AS fd"
    " FROM pg_catalog.unnest(CAST(? AS text)::oid[]) AS numbers (number) OFFSET 0) AS objects";

// What one request of SQLGetData brings at least, and what one for several rows brings at most.
constexpr std::uint64_t kLeastOctets = std::uint64_t{1} << 20;
constexpr std::uint64_t kMostOctets = std::uint64_t{16} << 20;
constexpr std::string_view kUndefinedObject = "42704";
constexpr std::uint64_t kLongestRead = std::uint64_t{256} << 20;

void AddInteger(std::uint64_t value, v1::SqlType type, v1::ParameterSet& set) {
  auto& column = *set.add_columns();
  column.set_value_type(v1::VALUE_TYPE_INT64);
  column.set_sql_type(type);
  values::ColumnBuilder builder(v1::VALUE_TYPE_INT64);
  builder.AppendFixed(static_cast<std::int64_t>(value));
  builder.Finish(*column.mutable_data());
}

void AddNumbers(const std::vector<std::int64_t>& numbers, v1::ParameterSet& set) {
  std::string list;
  for (const std::int64_t number : numbers)
    list += (list.empty() ? "{" : ",") + std::to_string(number);
  auto& column = *set.add_columns();
  column.set_value_type(v1::VALUE_TYPE_TEXT);
  column.set_sql_type(v1::SQLTYPE_VARCHAR);
  values::ColumnBuilder builder(v1::VALUE_TYPE_TEXT);
  builder.AppendVariable(list + "}");
  builder.Finish(*column.mutable_data());
}

// Octets of an object that one cell of that many octets may need: one more than it holds, so that
// the converter sees that there are more.
std::uint64_t OctetsFor(const convert::TargetColumn& target) {
  std::uint64_t room = target.data == nullptr || target.buffer_length < 0
                           ? 0
                           : static_cast<std::uint64_t>(target.buffer_length);
  if (target.c_type == SQL_C_CHAR) room /= 2;
  if (target.c_type == SQL_C_WCHAR) room /= 2 * sizeof(SQLWCHAR);
  return std::min(room + 1, kLongestRead);
}

// Of the octets as the C type.
std::uint64_t LengthAs(SQLSMALLINT c_type, std::uint64_t octets) {
  if (c_type == SQL_C_CHAR) return octets * 2;
  return c_type == SQL_C_WCHAR ? octets * 2 * sizeof(SQLWCHAR) : octets;
}

// A part for each row.
using RowParts = std::vector<std::optional<LargeObjects::Part>>;

// The server refuses all of them when one does not exist: each is asked for then.
std::vector<LargeObjects::Part> ReadEach(LargeObjects& objects,
                                         const std::vector<std::int64_t>& numbers,
                                         std::uint64_t wanted) {
  std::vector<LargeObjects::Part> parts;
  for (const std::int64_t number : numbers) {
    try {
      parts.push_back(std::move(objects.Read({number}, 0, wanted).front()));
    } catch (const client::RequestFailed& error) {
      if (error.sqlstate() != kUndefinedObject) throw;
      parts.push_back({.size = 0, .octets = {}, .failure = error.what()});
    }
  }
  return parts;
}

RowParts ReadRows(LargeObjects& objects, const ObjectRows& rows, std::uint64_t wanted) {
  std::vector<std::int64_t> numbers;
  for (std::uint32_t row = rows.first; row < rows.first + rows.count; ++row) {
    if (!rows.numbers.IsNull(row)) numbers.push_back(rows.numbers.Fixed<std::int64_t>(row));
  }
  std::vector<LargeObjects::Part> parts;
  try {
    if (!numbers.empty()) parts = objects.Read(numbers, 0, wanted);
  } catch (const client::RequestFailed& error) {
    if (error.sqlstate() != kUndefinedObject) throw;
    parts = ReadEach(objects, numbers, wanted);
  }
  RowParts of_rows;
  auto next = parts.begin();
  for (std::uint32_t row = rows.first; row < rows.first + rows.count; ++row) {
    const bool is_null = rows.numbers.IsNull(row);
    of_rows.push_back(is_null ? std::nullopt : std::optional(std::move(*next++)));
  }
  return of_rows;
}

// What was read, as a column of octets.
class OctetsColumn {
 public:
  explicit OctetsColumn(const RowParts& parts) {
    values::BatchBuilder builder({v1::VALUE_TYPE_BYTES});
    for (const auto& part : parts) {
      part ? builder.column(0).AppendVariable(part->octets) : builder.column(0).AppendNull();
      builder.EndRow();
    }
    builder.Finish(batch_);
    view_ = values::BatchView({v1::VALUE_TYPE_BYTES}, batch_);
  }
  const values::ColumnView& view() const { return view_.column(0); }

 private:
  v1::ColumnBatch batch_;
  values::BatchView view_;
};

// The length is that of the whole object, SQL_ATTR_MAX_LENGTH aside.
void TellLengths(const RowParts& parts, const ObjectRows& rows, const convert::TargetColumn& target,
                 std::vector<convert::CellProblem>& problems) {
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    if (!parts[i]) continue;
    const auto& part = *parts[i];
    if (!part.failure.empty()) {
      problems.push_back({rows.target_first + i, kHY000GeneralError, part.failure});
    } else if (part.size > part.octets.size() && target.max_length == 0) {
      convert::TargetCell(target, rows.target_first + i)
          .PutLength(static_cast<std::size_t>(LengthAs(target.c_type, part.size)));
    }
  }
}

}  // namespace

client::ExecuteResponse LargeObjects::Send(const v1::ParameterSet& parameters) {
  CancelPoint::Scope scope(cancel_, client_);
  client::ExecuteRequest request;
  request.statement_id = client_->NewStatementId();
  request.sql = &kRead;
  request.parameters = &parameters;
  request.prepared = true;
  request.escape_scan = false;
  request.timeout = timeout_;
  request.on_request_id = [&](std::uint64_t id) { scope.SetRequest(id); };
  client::ExecuteResponse response = client_->Execute(request);
  client_->ReleaseStatement(request.statement_id);
  return response;
}

std::vector<LargeObjects::Part> LargeObjects::Read(const std::vector<std::int64_t>& numbers,
                                                   std::uint64_t offset, std::uint64_t count) {
  v1::ParameterSet parameters;
  parameters.set_row_count(1);
  AddInteger(offset, v1::SQLTYPE_BIGINT, parameters);
  AddInteger(std::min(count, kLongestRead), v1::SQLTYPE_INTEGER, parameters);
  AddNumbers(numbers, parameters);
  client::ExecuteResponse response = Send(parameters);
  ResultSet rows(client_, std::move(response.cursor),
                 {response.result.columns().begin(), response.result.columns().end()},
                 v1::ENGINE_POSTGRES, {});
  const auto& types = rows.value_types();
  if (types.size() != 3 || types[0] != v1::VALUE_TYPE_INT64 || types[1] != v1::VALUE_TYPE_BYTES) {
    throw values::MalformedBatch("the relay does not tell a large object as its size and octets");
  }
  const auto limit = timeout_.duration;
  const auto deadline = limit.count() == 0 ? wire::kNoDeadline : wire::DeadlineAfter(limit);
  std::vector<Part> parts;
  while (const std::uint32_t available = rows.Available(deadline, cancel_)) {
    for (std::uint32_t i = 0; i < available; ++i) {
      const std::uint32_t row = rows.position() + i;
      const auto size = rows.batch().column(0).Fixed<std::int64_t>(row);
      parts.push_back({.size = static_cast<std::uint64_t>(std::max<std::int64_t>(size, 0)),
                       .octets = std::string(rows.batch().column(1).Variable(row)),
                       .failure = {}});
    }
    rows.Advance(available);
  }
  if (parts.size() != numbers.size()) {
    throw values::MalformedBatch("the relay tells another number of large objects");
  }
  return parts;
}

LargeObjectReader::LargeObjectReader(LargeObjects& objects, std::int64_t number) : number_(number) {
  auto part = std::move(objects.Read({number}, 0, kLeastOctets).front());
  size_ = part.size;
  window_ = std::move(part.octets);
}

std::string_view LargeObjectReader::At(LargeObjects& objects, std::uint64_t offset,
                                       std::uint64_t wanted) {
  const bool is_here = offset >= first_ && offset < first_ + window_.size();
  if (!is_here && offset < size_ && wanted != 0) {
    window_ =
        std::move(objects.Read({number_}, offset, std::max(wanted, kLeastOctets)).front().octets);
    first_ = offset;
    // Somebody has shortened it meanwhile.
    if (window_.empty()) size_ = offset;
  }
  if (offset >= size_ || wanted == 0) return {};
  return std::string_view(window_).substr(offset - first_, wanted);
}

const values::ColumnView& LargeObjectReader::Whole(LargeObjects& objects) {
  if (!is_whole_) {
    std::string octets;
    while (octets.size() < size_) octets += At(objects, octets.size(), size_ - octets.size());
    values::BatchBuilder batch({v1::VALUE_TYPE_BYTES});
    batch.column(0).AppendVariable(octets);
    batch.EndRow();
    batch.Finish(batch_);
    view_ = values::BatchView({v1::VALUE_TYPE_BYTES}, batch_);
    is_whole_ = true;
  }
  return view_.column(0);
}

void ConvertObjects(LargeObjects& objects, const convert::SourceColumn& source,
                    convert::ColumnConverter converter, const ObjectRows& rows,
                    const convert::TargetColumn& target,
                    std::vector<convert::CellProblem>& problems) {
  const std::uint64_t wanted = OctetsFor(target);
  const auto at_once = std::max<std::uint64_t>(kMostOctets / wanted, 1);
  for (std::uint32_t done = 0; done < rows.count;) {
    const auto count =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(at_once, rows.count - done));
    const ObjectRows some{rows.numbers, rows.first + done, count, rows.target_first + done};
    const auto parts = ReadRows(objects, some, wanted);
    const OctetsColumn column(parts);
    converter(source, column.view(), 0, count, target, some.target_first, problems);
    TellLengths(parts, some, target, problems);
    done += count;
  }
}

}  // namespace sluice::driver
