#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "odbc_driver/client/relay_client.h"
#include "odbc_driver/convert/column_converter.h"
#include "odbc_driver/handles/cancel_point.h"
#include "proto/values/column_batch.h"

// PostgreSQL's large objects. A column of the type lo has their numbers, and the application reads
// their octets, which are asked for when it does.

namespace sluice::driver {

// Asks the server for octets of large objects. Belongs to a statement, whose lock its caller holds.
class LargeObjects {
 public:
  LargeObjects(std::shared_ptr<client::RelayClient> client, CancelPoint& cancel,
               client::RequestTimeout timeout)
      : client_(std::move(client)), cancel_(cancel), timeout_(timeout) {}

  struct Part {
    std::uint64_t size = 0;  // of the whole object
    std::string octets;      // fewer than were asked for: the object ends there
    std::string failure;     // why it could not be read; empty: it was
  };
  // One round trip for all of them. Throws RequestFailed, also when one does not exist.
  std::vector<Part> Read(const std::vector<std::int64_t>& numbers, std::uint64_t offset,
                         std::uint64_t count);

 private:
  client::ExecuteResponse Send(const v1::ParameterSet& parameters);

  const std::shared_ptr<client::RelayClient> client_;
  CancelPoint& cancel_;
  const client::RequestTimeout timeout_;
};

// An object that SQLGetData reads, in parts of the application's length.
class LargeObjectReader {
 public:
  // Reads its beginning. Throws RequestFailed.
  LargeObjectReader(LargeObjects& objects, std::int64_t number);

  std::uint64_t size() const { return size_; }
  // Octets from `offset` on, as many as are wanted and there. Valid until the next call.
  std::string_view At(LargeObjects& objects, std::uint64_t offset, std::uint64_t wanted);
  // All of them, as the only value of a column.
  const values::ColumnView& Whole(LargeObjects& objects);

 private:
  const std::int64_t number_;
  std::uint64_t size_ = 0;
  std::uint64_t first_ = 0;  // offset of window_ in the object
  std::string window_;
  v1::ColumnBatch batch_;
  values::BatchView view_;
  bool is_whole_ = false;
};

// The values of a column of numbers for rows that are bound. Octets that do not fit are not asked
// for.
struct ObjectRows {
  const values::ColumnView& numbers;
  std::uint32_t first;
  std::uint32_t count;
  std::uint32_t target_first;
};
void ConvertObjects(LargeObjects& objects, const convert::SourceColumn& source,
                    convert::ColumnConverter converter, const ObjectRows& rows,
                    const convert::TargetColumn& target,
                    std::vector<convert::CellProblem>& problems);

}  // namespace sluice::driver
