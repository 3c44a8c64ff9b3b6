#include "odbc_driver/handles/parameter_outputs.h"

#include "odbc_driver/convert/c_type.h"
#include "odbc_driver/convert/column_converter.h"
#include "odbc_driver/convert/parameter_converter.h"
#include "odbc_driver/handles/application_memory.h"
#include "proto/values/column_batch.h"

namespace sluice::driver {
namespace {

convert::TargetColumn TargetOf(const DescriptorHeader& header, const DescriptorRecord& application,
                               const DescriptorRecord& implementation) {
  const SQLLEN offset = ReadBindOffset(header.bind_offset_ptr);
  convert::TargetColumn target;
  target.c_type = application.concise_type == SQL_C_DEFAULT
                      ? convert::DefaultParameterCType(implementation.concise_type)
                      : application.concise_type;
  target.data = Shifted<char*>(application.data_ptr, offset);
  target.buffer_length = application.octet_length;
  target.indicator = Shifted<SQLLEN*>(application.indicator_ptr, offset);
  target.octet_length = Shifted<SQLLEN*>(application.octet_length_ptr, offset);
  target.precision = application.precision;
  target.scale = application.scale;
  // Few applications set SQL_DESC_SCALE; all give SQLBindParameter the decimal digits.
  if (target.c_type == SQL_C_NUMERIC && SizeIsPrecision(implementation.concise_type)) {
    if (target.scale == 0) target.scale = implementation.scale;
    if (target.precision == 0) target.precision = implementation.precision;
  }
  return target;
}

}  // namespace

std::vector<OutputProblem> StoreOutputs(const v1::OutputValues& outputs, Descriptor& apd,
                                        Descriptor& ipd, v1::Engine engine, int before) {
  std::vector<values::ValueType> types;
  for (const auto& column : outputs.columns()) types.push_back(column.value_type());
  const values::BatchView view(types, outputs.batch());
  if (view.row_count() != 1 || outputs.markers_size() != outputs.columns_size()) {
    throw values::MalformedBatch("the values of output parameters are not one row");
  }
  std::vector<OutputProblem> problems;
  std::vector<convert::CellProblem> cells;
  for (int i = 0; i < outputs.columns_size(); ++i) {
    const auto number = static_cast<SQLSMALLINT>(before + static_cast<int>(outputs.markers(i)));
    const auto* application = apd.Find(number);
    const auto* implementation = ipd.Find(number);
    // Bound anew since the call, or never: the value is not wanted.
    if (application == nullptr || implementation == nullptr || !application->IsBound()) continue;
    const convert::SourceColumn source = convert::SourceOf(outputs.columns(i), engine);
    const auto target = TargetOf(apd.header(), *application, *implementation);
    const auto converter = convert::FindConverter(source, target.c_type);
    if (converter == nullptr) {
      problems.push_back({number, k07006RestrictedDataType, {}});
      continue;
    }
    cells.clear();
    converter(source, view.column(static_cast<std::size_t>(i)), 0, 1, target, 0, cells);
    for (auto& cell : cells) problems.push_back({number, cell.state, std::move(cell.message)});
  }
  return problems;
}

}  // namespace sluice::driver
