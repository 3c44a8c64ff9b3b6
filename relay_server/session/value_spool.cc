#include "relay_server/session/value_spool.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <unordered_set>
#include <utility>

#include "proto/values/column_batch.h"
#include "relay_server/session/session_error.h"

namespace sluice::relay::session {
namespace {

constexpr std::size_t kMaxValues = 100'000;  // of a session, at a time

[[noreturn]] void ThrowFull(const std::string& reason) { throw SessionError("53100", reason); }

[[noreturn]] void ThrowFileError() {
  ThrowFull(std::string("a value that was sent in parts could not be kept in a temporary file: ") +
            std::strerror(errno));
}

// pread() and pwrite() until all is done: a signal or a full disk may cut them short.
template <typename Call>
void Transfer(std::size_t size, const Call& call) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t moved = call(done, size - done);
    if (moved < 0 && errno == EINTR) continue;
    if (moved == 0) errno = ENOSPC;
    if (moved <= 0) ThrowFileError();
    done += static_cast<std::size_t>(moved);
  }
}

std::uint32_t OffsetAt(const std::string& offsets, std::size_t index) {
  std::uint32_t offset = 0;
  std::memcpy(&offset, offsets.data() + index * sizeof offset, sizeof offset);
  return offset;
}

}  // namespace

void ValueSpool::Append(std::uint32_t value_id, std::string_view octets) {
  if (values_.size() >= kMaxValues && !values_.contains(value_id)) {
    throw SessionError("HY014", "the session keeps more than " + std::to_string(kMaxValues) +
                                    " values that were sent in parts");
  }
  Value& value = values_[value_id];
  if (!value.failure.empty()) ThrowFull(value.failure);
  try {
    Write(value, octets);
  } catch (const SessionError& error) {
    value = {.pieces = {}, .size = 0, .failure = error.what()};
    throw;
  }
}

void ValueSpool::Write(Value& value, std::string_view octets) {
  if (file_end_ + octets.size() > limit_bytes_) {
    ThrowFull("the values that were sent in parts exceed spool_limit (" +
              std::to_string(limit_bytes_) + " bytes)");
  }
  if (file_ == nullptr) {
    file_ = OpenSpoolFile();
    if (file_ == nullptr) ThrowFileError();
  }
  const int descriptor = ::fileno(file_.get());
  Transfer(octets.size(), [&](std::size_t done, std::size_t left) {
    return ::pwrite(descriptor, octets.data() + done, left, static_cast<off_t>(file_end_ + done));
  });
  if (!value.pieces.empty() && value.pieces.back().offset + value.pieces.back().size == file_end_) {
    value.pieces.back().size += octets.size();
  } else {
    value.pieces.push_back({file_end_, octets.size()});
  }
  value.size += octets.size();
  file_end_ += octets.size();
}

const ValueSpool::Value& ValueSpool::Find(std::uint32_t value_id) const {
  const auto found = values_.find(value_id);
  if (found == values_.end()) {
    throw SessionError("HY000", "the session has no value " + std::to_string(value_id));
  }
  if (!found->second.failure.empty()) ThrowFull(found->second.failure);
  return found->second;
}

void ValueSpool::ReadFile(std::uint64_t offset, char* out, std::size_t size) const {
  const int descriptor = file_ == nullptr ? -1 : ::fileno(file_.get());
  Transfer(size, [&](std::size_t done, std::size_t left) {
    return ::pread(descriptor, out + done, left, static_cast<off_t>(offset + done));
  });
}

void ValueSpool::AppendTo(const Value& value, std::string& out) const {
  for (const Piece& piece : value.pieces) {
    const std::size_t begin = out.size();
    out.resize(begin + piece.size);
    ReadFile(piece.offset, out.data() + begin, piece.size);
  }
}

void ValueSpool::RequireNamedOnce(const v1::ParameterSet& parameters) {
  std::unordered_set<std::uint32_t> named;
  for (const auto& column : parameters.columns()) {
    for (const v1::SentValue& value : column.sent_values()) {
      if (named.insert(value.value_id()).second) continue;
      throw values::MalformedBatch("a value that was sent in parts is named twice");
    }
  }
}

void ValueSpool::Fill(v1::ParameterSet& parameters) const {
  RequireNamedOnce(parameters);
  for (auto& column : *parameters.mutable_columns()) {
    if (!column.sent_values().empty()) FillColumn(column, parameters.row_count());
  }
}

void ValueSpool::Check(const v1::ParameterSet& parameters) const {
  RequireNamedOnce(parameters);
  for (const auto& column : parameters.columns()) {
    if (!column.sent_values().empty()) FindSent(column, parameters.row_count());
  }
}

std::uint64_t ValueSpool::SizeOf(std::uint32_t value_id) const { return Find(value_id).size; }

void ValueSpool::Read(std::uint32_t value_id, std::uint64_t offset, char* out,
                      std::size_t size) const {
  for (const Piece& piece : Find(value_id).pieces) {
    if (size == 0) return;
    if (offset >= piece.size) {
      offset -= piece.size;
      continue;
    }
    const std::size_t part = std::min<std::size_t>(size, piece.size - offset);
    ReadFile(piece.offset + offset, out, part);
    out += part;
    size -= part;
    offset = 0;
  }
}

std::vector<const ValueSpool::Value*> ValueSpool::FindSent(const v1::ParameterColumn& column,
                                                           std::uint32_t row_count) const {
  const auto& data = column.data();
  const bool has_offsets = values::FixedWidth(column.value_type()) == 0 &&
                           data.offsets().size() == (row_count + std::size_t{1}) * 4;
  // The row count is the client's word: memory follows the offsets, which it has sent.
  if (!has_offsets) throw values::MalformedBatch("a value that was sent in parts has no place");
  std::vector<const Value*> sent(row_count);
  std::uint64_t size = data.values().size();
  for (const v1::SentValue& named : column.sent_values()) {
    if (named.row() >= row_count) {
      throw values::MalformedBatch("a value that was sent in parts has no place");
    }
    sent[named.row()] = &Find(named.value_id());
    size += sent[named.row()]->size;
  }
  if (size > std::numeric_limits<std::int32_t>::max()) {
    throw SessionError("54000", "the values of a parameter are longer than 2 GiB");
  }
  return sent;
}

// The column is made anew: values follow each other without a gap.
void ValueSpool::FillColumn(v1::ParameterColumn& column, std::uint32_t row_count) const {
  v1::ColumnData& data = *column.mutable_data();
  const std::vector<const Value*> sent = FindSent(column, row_count);
  std::uint64_t size = data.values().size();
  for (const Value* value : sent) size += value == nullptr ? 0 : value->size;
  std::string values;
  values.reserve(size);
  std::string offsets(4, '\0');
  for (std::uint32_t row = 0; row < row_count; ++row) {
    const std::uint32_t begin = OffsetAt(data.offsets(), row);
    const std::uint32_t end = OffsetAt(data.offsets(), row + 1);
    if (end < begin || end > data.values().size()) {
      throw values::MalformedBatch("offsets of a parameter are wrong");
    }
    if (sent[row] == nullptr) {
      values.append(data.values(), begin, end - begin);
    } else {
      AppendTo(*sent[row], values);
      if (row / 8 < data.nulls().size()) {
        (*data.mutable_nulls())[row / 8] &= static_cast<char>(~(1U << row % 8));
      }
    }
    const auto offset = static_cast<std::uint32_t>(values.size());
    offsets.append(reinterpret_cast<const char*>(&offset), sizeof offset);
  }
  data.set_values(std::move(values));
  data.set_offsets(std::move(offsets));
}

void ValueSpool::Erase(std::uint32_t value_id) {
  values_.erase(value_id);
  if (values_.empty()) Clear();
}

void ValueSpool::Clear() {
  values_.clear();
  file_.reset();
  file_end_ = 0;
}

}  // namespace sluice::relay::session
