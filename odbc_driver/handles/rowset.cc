#include "odbc_driver/handles/rowset.h"

#include <algorithm>
#include <utility>

#include "odbc_driver/convert/c_type.h"

namespace sluice::driver {
namespace {

template <typename Pointer>
Pointer Shifted(Pointer base, std::size_t octets) {
  return base == nullptr ? nullptr
                         : reinterpret_cast<Pointer>(reinterpret_cast<char*>(base) + octets);
}

bool IsWarning(const SqlState& state) { return state.code.starts_with("01"); }

// Row status array (ODBC reference, SQLFetch, "Row Status Array"): success, then what problems say,
// then no row.
void WriteRowStatus(SQLUSMALLINT* status, SQLULEN array_size, RowsetOutcome& outcome) {
  std::vector<bool> in_error(outcome.rows, false);
  for (const auto& problem : outcome.problems) {
    if (!IsWarning(problem.cell.state)) in_error[problem.cell.row] = true;
  }
  outcome.rows_in_error = static_cast<SQLULEN>(std::ranges::count(in_error, true));
  if (status == nullptr) return;
  std::fill_n(status, outcome.rows, SQLUSMALLINT{SQL_ROW_SUCCESS});
  std::fill_n(status + outcome.rows, array_size - outcome.rows, SQLUSMALLINT{SQL_ROW_NOROW});
  for (const auto& problem : outcome.problems) {
    status[problem.cell.row] =
        in_error[problem.cell.row] ? SQL_ROW_ERROR : SQL_ROW_SUCCESS_WITH_INFO;
  }
}

}  // namespace

void RowsetFetcher::Rebind(const ResultSet& rows, Descriptor& ard, bool odbc2) {
  bindings_.clear();
  const auto& header = ard.header();
  const bool by_row = header.bind_type != SQL_BIND_BY_COLUMN;
  for (SQLSMALLINT number = 1; number <= ard.count(); ++number) {
    const auto& record = *ard.Find(number);
    if (!record.IsBound()) continue;
    const auto column = static_cast<std::size_t>(number - 1);
    // A binding that an earlier, wider result has left: no column is there for it. The reference
    // has 07009 (SQLFetch); the native drivers let it be, and applications forget to unbind.
    if (column >= rows.sources().size()) break;
    const auto& source = rows.sources()[column];
    Binding binding{.column = column, .converter = nullptr, .target = {}};
    auto& target = binding.target;
    target.c_type = record.concise_type == SQL_C_DEFAULT ? convert::DefaultCType(source, odbc2)
                                                         : record.concise_type;
    binding.converter = convert::FindConverter(source, target.c_type);
    if (binding.converter == nullptr) {
      throw DriverError(k07006RestrictedDataType,
                        "Column " + std::to_string(number) + " cannot be read as this C type");
    }
    const auto* c_type = convert::FindCType(target.c_type);
    const std::size_t width = c_type != nullptr && c_type->width != 0
                                  ? c_type->width
                                  : static_cast<std::size_t>(record.octet_length);
    target.data = static_cast<char*>(record.data_ptr);
    target.buffer_length = record.octet_length;
    target.data_stride = by_row ? static_cast<std::size_t>(header.bind_type) : width;
    target.indicator = static_cast<SQLLEN*>(record.indicator_ptr);
    target.octet_length = static_cast<SQLLEN*>(record.octet_length_ptr);
    target.indicator_stride = by_row ? static_cast<std::size_t>(header.bind_type) : sizeof(SQLLEN);
    target.precision = record.precision;
    target.scale = record.scale;
    target.own_scale = convert::HasOwnScale(source, record.scale_given);
    target.max_length = max_length_;
    bindings_.push_back(binding);
  }
  bound_to_ = &ard;
  generation_ = ard.generation();
}

void RowsetFetcher::Convert(const ResultSet& rows, std::uint32_t count, std::uint32_t target_first,
                            std::size_t offset, RowsetOutcome& outcome) {
  for (const auto& binding : bindings_) {
    scratch_.clear();
    auto target = binding.target;
    target.data = Shifted(target.data, offset);
    target.indicator = Shifted(target.indicator, offset);
    target.octet_length = Shifted(target.octet_length, offset);
    binding.converter(rows.sources()[binding.column], rows.batch().column(binding.column),
                      rows.position(), count, target, target_first, scratch_);
    for (auto& cell : scratch_) {
      outcome.problems.push_back({std::move(cell), static_cast<SQLSMALLINT>(binding.column + 1)});
    }
  }
}

RowsetOutcome RowsetFetcher::Fetch(ResultSet& rows, Descriptor& ard, const RowsetTarget& target,
                                   bool odbc2, wire::Deadline deadline, CancelPoint& cancel) {
  if (bound_to_ != &ard || generation_ != ard.generation() || max_length_ != target.max_length) {
    max_length_ = target.max_length;
    bound_to_ = nullptr;  // should Rebind throw
    Rebind(rows, ard, odbc2);
  }
  const auto* offset_ptr = static_cast<const SQLLEN*>(ard.header().bind_offset_ptr);
  const std::size_t offset = offset_ptr == nullptr ? 0 : static_cast<std::size_t>(*offset_ptr);
  RowsetOutcome outcome;
  while (outcome.rows < target.rows) {
    std::uint32_t available = 0;
    try {
      available = rows.Available(deadline, cancel);
    } catch (const client::RequestFailed&) {
      if (outcome.rows == 0) throw;
      rows.Postpone(std::current_exception());
    }
    if (available == 0) break;
    const auto count =
        static_cast<std::uint32_t>(std::min<SQLULEN>(available, target.rows - outcome.rows));
    if (target.retrieve_data) {
      Convert(rows, count, static_cast<std::uint32_t>(outcome.rows), offset, outcome);
    }
    rows.Advance(count);
    outcome.rows += count;
  }
  if (outcome.rows > 0) WriteRowStatus(target.row_status, target.array_size, outcome);
  return outcome;
}

}  // namespace sluice::driver
