#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "relay_server/backend/backend.h"
#include "relay_server/session/spool_file.h"
#include "sluice/v1/session.pb.h"

namespace sluice::relay::session {

// Values that a client sends in parts ahead of the statements that they are parameters of, in one
// unnamed temporary file for all values of a session. Its space is used again when the last of them
// is gone. Not thread-safe.
class ValueSpool : public backend::LongValues {
 public:
  explicit ValueSpool(std::uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  // Throws SessionError 53100 when the limit or the disk is full, HY014 when there are too many
  // values. The value is lost then, and Fill() says why.
  void Append(std::uint32_t value_id, std::string_view octets);
  // Puts the values that the parameters name into the places that are kept for them. Throws
  // SessionError HY000 for a value that has not been sent, and what Append() has thrown for it;
  // values::MalformedBatch, also for one that is named twice: a small message must not make large
  // parameters.
  void Fill(v1::ParameterSet& parameters) const;
  // Throws what Fill() would, and leaves the values where they are.
  void Check(const v1::ParameterSet& parameters) const;
  std::uint64_t SizeOf(std::uint32_t value_id) const override;
  void Read(std::uint32_t value_id, std::uint64_t offset, char* out,
            std::size_t size) const override;
  void Erase(std::uint32_t value_id);
  void Clear();

  bool empty() const { return values_.empty(); }

 private:
  struct Piece {
    std::uint64_t offset;
    std::size_t size;
  };
  struct Value {
    std::vector<Piece> pieces;
    std::uint64_t size = 0;
    std::string failure;  // why it was lost; empty: it was not
  };

  void Write(Value& value, std::string_view octets);
  static void RequireNamedOnce(const v1::ParameterSet& parameters);
  const Value& Find(std::uint32_t value_id) const;
  void ReadFile(std::uint64_t offset, char* out, std::size_t size) const;
  void AppendTo(const Value& value, std::string& out) const;
  // By rows of the column; null: the row has no such value.
  std::vector<const Value*> FindSent(const v1::ParameterColumn& column,
                                     std::uint32_t row_count) const;
  void FillColumn(v1::ParameterColumn& column, std::uint32_t row_count) const;

  const std::uint64_t limit_bytes_;
  std::unordered_map<std::uint32_t, Value> values_;
  SpoolFile file_;
  std::uint64_t file_end_ = 0;
};

}  // namespace sluice::relay::session
