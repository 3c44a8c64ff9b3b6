#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/values/column_batch.h"
#include "relay_server/backend/postgres/type_table.h"

// Parameters on their way to the server: from the contract's values to Bind's two formats.

namespace sluice::relay::backend::postgres {

// Where encoded values of one row are collected; its buffers are used again row after row.
class EncodedRow {
 public:
  // Arrays for PQsendQueryPrepared, valid until Clear().
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }
  int size() const { return static_cast<int>(values_.size()); }
  std::size_t byte_size() const { return byte_size_; }
  // Of the parameters whose text had a NUL character, the last, from 1; 0: none.
  std::size_t cut_parameter() const { return cut_parameter_; }

 private:
  friend class ParameterEncoder;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
  std::string octets_;  // values that had to be made; text values end with a NUL here
  std::size_t byte_size_ = 0;
  std::size_t cut_parameter_ = 0;
};

// Appends one value's wire form to `out`.
using ValueEncoder = void (*)(const values::ColumnView& column, std::uint32_t row,
                              std::string& out);

// Consecutive rows of a parameter set, from 0.
struct RowRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::uint32_t end() const { return first + count; }
};

// Encodes the rows of one parameter set. Where a value's binary form is the server type's own, it
// goes out in binary; everything else goes out as text, which the server reads (and refuses) as it
// does a literal. Borrows the set.
class ParameterEncoder {
 public:
  // `server_types` are the types of the statement's parameters. Throws BackendError 07002 when the
  // set has fewer columns than the statement has parameters.
  ParameterEncoder(const values::ParameterSetView* set, const std::vector<Oid>& server_types);

  std::uint32_t row_count() const { return row_count_; }
  // No text of the rows ends at a NUL character.
  bool AllRowsFit(const RowRange& rows) const;
  // Text ends at its first NUL character: PostgreSQL has no such text, and psqlodbc sends it so.
  void Encode(std::uint32_t row, EncodedRow& out) const;

  // As many of the rows as make arrays of about that size, at least one.
  RowRange TakeRows(const RowRange& rows, std::size_t bytes) const;
  // Rows, which must fit, as one array per parameter (encode_array.cc).
  void EncodeArrays(const RowRange& rows, EncodedRow& out) const;

 private:
  struct Column {
    const values::ColumnView* view;
    Oid server_type;
    ValueEncoder encoder;  // null: the octets are sent in place
    bool binary;
    bool ends_at_nul;
  };
  static Column Choose(const values::ColumnView& view, Oid server_type);
  // Of a type of variable width: the values of these rows, one behind the other.
  static std::string_view ValuesOf(const Column& column, const RowRange& rows);
  static void AppendBinaryArray(const Column& column, const RowRange& rows, std::string& out);
  static void AppendTextArray(const Column& column, const RowRange& rows, std::string& out);

  std::vector<Column> columns_;
  std::uint32_t row_count_ = 1;
};

}  // namespace sluice::relay::backend::postgres
