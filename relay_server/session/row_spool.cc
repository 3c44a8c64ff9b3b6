#include "relay_server/session/row_spool.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "relay_server/session/session_error.h"

namespace sluice::relay::session {
namespace {

[[noreturn]] void ThrowFileError() {
  throw SessionError("53100", std::string("rows set aside for a slow reader could not be written "
                                          "to a temporary file: ") +
                                  std::strerror(errno));
}

}  // namespace

void RowSpool::Push(const v1::ColumnBatch& batch) {
  std::string octets = batch.SerializeAsString();
  if (file_batches_ == 0 && memory_bytes_ + octets.size() <= limits_.memory_bytes) {
    memory_bytes_ += octets.size();
    batches_in_memory_.push_back(std::move(octets));
    return;
  }
  PushToFile(octets);
}

bool RowSpool::Pop(v1::ColumnBatch& batch) {
  std::string octets;
  if (!batches_in_memory_.empty()) {
    octets = std::move(batches_in_memory_.front());
    batches_in_memory_.pop_front();
    memory_bytes_ -= octets.size();
  } else if (file_batches_ > 0) {
    PopFromFile(octets);
  } else {
    return false;
  }
  if (!batch.ParseFromString(octets)) throw SessionError("HY000", "a set-aside batch is damaged");
  return true;
}

void RowSpool::PushToFile(const std::string& octets) {
  const std::uint64_t length = octets.size();
  if (file_end_ + sizeof length + length > limits_.file_bytes) {
    throw SessionError("53100",
                       "the rows that were set aside for a slow reader exceed spool_limit (" +
                           std::to_string(limits_.file_bytes) + " bytes)");
  }
  if (file_ == nullptr) {
    file_ = OpenSpoolFile();
    if (file_ == nullptr) ThrowFileError();
  }
  if (std::fseek(file_.get(), static_cast<long>(file_end_), SEEK_SET) != 0 ||
      std::fwrite(&length, sizeof length, 1, file_.get()) != 1 ||
      std::fwrite(octets.data(), 1, octets.size(), file_.get()) != octets.size()) {
    ThrowFileError();
  }
  file_end_ += sizeof length + length;
  ++file_batches_;
}

void RowSpool::PopFromFile(std::string& octets) {
  std::uint64_t length = 0;
  if (std::fseek(file_.get(), file_begin_, SEEK_SET) != 0 ||
      std::fread(&length, sizeof length, 1, file_.get()) != 1) {
    ThrowFileError();
  }
  octets.resize(length);
  if (std::fread(octets.data(), 1, length, file_.get()) != length) ThrowFileError();
  file_begin_ += static_cast<long>(sizeof length + length);
  if (--file_batches_ == 0) {
    file_.reset();
    file_begin_ = 0;
    file_end_ = 0;
  }
}

}  // namespace sluice::relay::session
