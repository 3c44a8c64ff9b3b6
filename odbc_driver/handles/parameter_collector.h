#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "odbc_driver/convert/parameter_converter.h"
#include "odbc_driver/handles/descriptor.h"
#include "odbc_driver/handles/streamed_value.h"

namespace sluice::driver {

// A value that the application sends with SQLPutData.
struct DeferredParameter {
  SQLSMALLINT number;  // of the marker, from 1
  SQLULEN row;         // of the parameter set, from 0
  SQLPOINTER token;    // what SQLParamData hands out
  std::string octets;
  bool is_null = false;
  bool is_given = false;                              // SQLPutData was called for it
  std::shared_ptr<StreamedValue> streamed = nullptr;  // instead of octets, once it is long
};

// Takes the values of one execution from the application's buffers, as APD and IPD describe them
// (ODBC reference, "Binding Parameters", "Using Arrays of Parameters", "Sending Long Data"). Lives
// for one execution; the caller holds the locks of both descriptors while a method runs.
class ParameterCollector {
 public:
  // Of the descriptors' parameters, those of the statement.
  struct Markers {
    int before = 0;            // of the statements in front of it in the same text
    std::optional<int> count;  // absent: nobody knows, and all that are bound are meant
  };

  // Throws DriverError 07002 for a marker without a binding, 07006, HY003, HY004, HYC00 for an
  // array with parameters for output.
  ParameterCollector(Descriptor& apd, Descriptor& ipd, const Markers& markers, v1::Engine engine);

  // Rows that SQL_ATTR_PARAM_OPERATION_PTR does not exclude; [i] is the application's number, from
  // 0, of the i-th row that travels.
  const std::vector<SQLULEN>& rows() const { return rows_; }
  SQLULEN array_size() const { return array_size_; }

  // Of a marker of the text, from 1; never SQL_C_DEFAULT.
  SQLSMALLINT c_type(SQLSMALLINT number) const { return sources_[IndexOf(number)].c_type; }

  // Of a marker of the text, from 1; nullptr: its values cannot be converted in parts.
  std::unique_ptr<convert::PartConverter> NewPartConverter(SQLSMALLINT number) const;

  // Whether a row has empty text, and for which marker, from 1, it is NULL.
  bool HasEmptyText() const;
  void ReadEmptyAsNull(SQLSMALLINT number) { sources_[IndexOf(number)].empty_text_is_null = true; }
  std::size_t count() const { return sources_.size(); }

  // In the first row that travels.
  bool HasDeferred() const;
  // In the order in which SQLParamData asks for them.
  std::vector<DeferredParameter> FindDeferred() const;

  class BadRow;
  // The next part of the rows: all of them, or as many as are about kPartBytes long. Rows with a
  // value that cannot be sent are left out, of rows() too, and added to `left_out`; where that is
  // null, the first one is thrown, and none is sent: all rows are tried before the first part is
  // given out.
  v1::ParameterSet Collect(const std::vector<DeferredParameter>& deferred,
                           std::vector<BadRow>* left_out);
  bool has_more() const { return part_.end < rows_.size(); }
  void StartAgain() { part_ = {0, 0}; }  // with the first part
  // Of rows(), the first that Collect has given out last, and how many.
  std::size_t part_begin() const { return part_.begin; }
  std::size_t part_size() const { return part_.end - part_.begin; }

  // A value that cannot be sent, with its place.
  class BadRow : public DriverError {
   public:
    BadRow(const DriverError& error, SQLULEN row, SQLSMALLINT parameter)
        : DriverError(error.state(), error.what()), row_(row), parameter_(parameter) {}
    SQLULEN row() const { return row_; }                  // from 0
    SQLSMALLINT parameter() const { return parameter_; }  // from 1

   private:
    SQLULEN row_;
    SQLSMALLINT parameter_;
  };

 private:
  // Consecutive elements of rows_.
  struct Part {
    std::size_t begin;
    std::size_t end;
  };

  std::size_t IndexOf(SQLSMALLINT number) const {
    return static_cast<std::size_t>(number - 1 - before_);
  }
  SQLSMALLINT NumberOf(std::size_t index) const {
    return static_cast<SQLSMALLINT>(static_cast<int>(index) + 1 + before_);
  }
  Part NextPart(std::size_t begin, bool whole) const;
  std::size_t RowOctets(SQLULEN row) const;
  v1::ParameterSet Build(const Part& part, const std::vector<DeferredParameter>& deferred,
                         std::vector<BadRow>* left_out) const;
  void AppendValues(std::size_t index, const Part& part,
                    const std::vector<DeferredParameter>& deferred, std::vector<BadRow>* left_out,
                    values::ColumnBuilder& builder) const;
  void NameStreamed(std::size_t index, const std::vector<DeferredParameter>& deferred,
                    v1::ParameterColumn& column) const;
  convert::SourceParameter SourceOf(Descriptor& apd, const DescriptorRecord& application,
                                    const DescriptorRecord& implementation) const;

  v1::Engine engine_;
  int before_;  // see Markers
  SQLULEN array_size_;
  std::vector<SQLULEN> rows_;
  std::vector<convert::SourceParameter> sources_;
  std::vector<v1::ParameterDirection> directions_;  // one per source
  Part part_{0, 0};                                 // that Collect has given out last
};

}  // namespace sluice::driver
