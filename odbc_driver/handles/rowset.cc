#include "odbc_driver/handles/rowset.h"

#include <algorithm>
#include <utility>

#include "odbc_driver/convert/c_type.h"
#include "odbc_driver/handles/application_memory.h"
#include "odbc_driver/handles/bookmark.h"

namespace sluice::driver {
namespace {

bool IsWarning(const SqlState& state) { return state.code.starts_with("01"); }

}  // namespace

SQLUSMALLINT StatusOfProblems(const RowsetOutcome& outcome, std::size_t first) {
  SQLUSMALLINT status = SQL_ROW_SUCCESS;
  for (std::size_t i = first; i < outcome.problems.size(); ++i) {
    if (!IsWarning(outcome.problems[i].cell.state)) return SQL_ROW_ERROR;
    status = SQL_ROW_SUCCESS_WITH_INFO;
  }
  return status;
}

// Row status array (ODBC reference, SQLFetch, "Row Status Array"): success, then what problems say,
// then no row.
void RowsetFetcher::WriteStatus(const RowsetTarget& target, RowsetOutcome& outcome) {
  statuses_.assign(outcome.rows, SQL_ROW_SUCCESS);
  for (const SQLULEN row : outcome.deleted) statuses_[row] = SQL_ROW_DELETED;
  for (const auto& problem : outcome.problems) {
    auto& status = statuses_[problem.cell.row];
    if (!IsWarning(problem.cell.state)) {
      status = SQL_ROW_ERROR;
    } else if (status != SQL_ROW_ERROR) {
      status = SQL_ROW_SUCCESS_WITH_INFO;
    }
  }
  outcome.rows_in_error =
      static_cast<SQLULEN>(std::ranges::count(statuses_, SQLUSMALLINT{SQL_ROW_ERROR}));
  if (target.row_status == nullptr) return;
  std::ranges::copy(statuses_, target.row_status);
  std::fill_n(target.row_status + outcome.rows, target.array_size - outcome.rows,
              SQLUSMALLINT{SQL_ROW_NOROW});
}

RowsetFetcher::Binding RowsetFetcher::BindingOf(const DescriptorRecord& record,
                                                const DescriptorHeader& header,
                                                const convert::SourceColumn& source,
                                                SQLSMALLINT default_c_type) const {
  Binding binding{.column = 0, .source = source, .converter = nullptr, .target = {}};
  auto& target = binding.target;
  target.c_type = record.concise_type == SQL_C_DEFAULT ? default_c_type : record.concise_type;
  binding.converter = convert::FindConverter(source, target.c_type);
  const auto* c_type = convert::FindCType(target.c_type);
  const std::size_t width = c_type != nullptr && c_type->width != 0
                                ? c_type->width
                                : static_cast<std::size_t>(record.octet_length);
  const bool by_row = header.bind_type != SQL_BIND_BY_COLUMN;
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
  return binding;
}

void RowsetFetcher::Rebind(const ResultSet& result, Descriptor& ard, const RowsetTarget& target) {
  bindings_.clear();
  bookmark_.reset();
  for (int number = 1; number <= ard.count(); ++number) {
    const auto& record = *ard.Find(static_cast<SQLSMALLINT>(number));
    if (!record.IsBound()) continue;
    const auto column = static_cast<std::size_t>(number - 1);
    // A binding that an earlier, wider result has left: no column is there for it. The reference
    // has 07009 (SQLFetch); the native drivers let it be, and applications forget to unbind.
    if (column >= result.sources().size()) break;
    const auto& source = result.sources()[column];
    auto binding =
        BindingOf(record, ard.header(), source, convert::DefaultCType(source, target.odbc2));
    binding.column = column;
    if (binding.converter == nullptr) {
      throw DriverError(k07006RestrictedDataType,
                        "Column " + std::to_string(number) + " cannot be read as this C type");
    }
    bindings_.push_back(binding);
  }
  const auto* record = ard.Find(0);
  if (target.bookmarks != SQL_UB_OFF && record != nullptr && record->IsBound()) {
    const SQLSMALLINT c_type = record->concise_type == SQL_C_DEFAULT
                                   ? DefaultBookmarkCType(target.bookmarks)
                                   : record->concise_type;
    bookmark_ = BindingOf(*record, ard.header(), BookmarkColumn::SourceFor(c_type), c_type);
    bookmark_->target.max_length = 0;
    if (bookmark_->converter == nullptr) throw DriverError(k07006RestrictedDataType);
    // SQLFetchScroll, HY090: part of a bookmark would be of no use.
    if (c_type == SQL_C_VARBOOKMARK && record->octet_length < kBookmarkOctets) {
      throw DriverError(kHY090InvalidLength, "A bookmark has eight octets");
    }
  }
  bound_to_ = &ard;
  bound_handle_ = ard.value();
  generation_ = ard.generation();
}

void RowsetFetcher::Prepare(const ResultSet& result, Descriptor& ard, const RowsetTarget& target) {
  const bool is_bound =
      bound_to_ == &ard && bound_handle_ == ard.value() && generation_ == ard.generation();
  if (!is_bound || max_length_ != target.max_length) {
    max_length_ = target.max_length;
    bound_to_ = nullptr;  // should Rebind throw
    Rebind(result, ard, target);
  }
  objects_ = target.objects;
  offset_ = target.bind_offset ? ReadBindOffset(ard.header().bind_offset_ptr) : 0;
}

void RowsetFetcher::ConvertColumn(const Binding& binding, const values::ColumnView& values,
                                  const Part& part, SQLSMALLINT number, RowsetOutcome& outcome) {
  scratch_.clear();
  auto target = binding.target;
  target.data = Shifted<char*>(target.data, offset_);
  target.indicator = Shifted<SQLLEN*>(target.indicator, offset_);
  target.octet_length = Shifted<SQLLEN*>(target.octet_length, offset_);
  const std::uint32_t first = number == 0 ? 0 : part.first;
  if (binding.source.is_large_object) {
    ConvertObjects(*objects_, binding.source, binding.converter,
                   {values, first, part.count, part.target_first}, target, scratch_);
  } else {
    binding.converter(binding.source, values, first, part.count, target, part.target_first,
                      scratch_);
  }
  for (auto& cell : scratch_) outcome.problems.push_back({std::move(cell), number});
}

void RowsetFetcher::ConvertBookmarks(const Part& part, RowsetOutcome& outcome) {
  const BookmarkColumn column(bookmark_->target.c_type, part.number, part.count);
  ConvertColumn(*bookmark_, column.view(), part, 0, outcome);
}

void RowsetFetcher::WriteBookmark(std::int64_t row, SQLULEN position, RowsetOutcome& outcome) {
  if (!bookmark_) return;
  outcome.rows = std::max(outcome.rows, position + 1);
  ConvertBookmarks({{}, 0, 1, static_cast<std::uint32_t>(position), row}, outcome);
}

void RowsetFetcher::Convert(const Part& part, RowsetOutcome& outcome) {
  if (bookmark_) ConvertBookmarks(part, outcome);
  for (const auto& binding : bindings_) {
    ConvertColumn(binding, part.batch.column(binding.column), part,
                  static_cast<SQLSMALLINT>(binding.column + 1), outcome);
  }
}

RowsetOutcome RowsetFetcher::Fetch(ResultSet& rows, Descriptor& ard, const RowsetTarget& target,
                                   wire::Deadline deadline, CancelPoint& cancel) {
  Prepare(rows, ard, target);
  rows.BeginRowset();
  RowsetOutcome outcome;
  while (outcome.rows < target.rows) {
    std::uint32_t available = 0;
    try {
      available = rows.AvailableInRowset(deadline, cancel);
    } catch (const client::RequestFailed&) {
      if (outcome.rows == 0) throw;
      rows.Postpone(std::current_exception());
    }
    if (available == 0) break;
    const auto count =
        static_cast<std::uint32_t>(std::min<SQLULEN>(available, target.rows - outcome.rows));
    if (target.retrieve_data) {
      Convert({rows.batch(), rows.position(), count, static_cast<std::uint32_t>(outcome.rows), 0},
              outcome);
    }
    rows.Advance(count);
    outcome.rows += count;
  }
  if (outcome.rows > 0) WriteStatus(target, outcome);
  return outcome;
}

RowsetOutcome RowsetFetcher::FetchKept(KeptRows& rows, std::int64_t first, const ResultSet& result,
                                       Descriptor& ard, const RowsetTarget& target) {
  Prepare(result, ard, target);
  RowsetOutcome outcome;
  const bool passes_over = rows.passes_over();
  std::int64_t row = first;
  while (outcome.rows < target.rows) {
    try {
      if (!rows.Has(row)) break;
    } catch (const client::RequestFailed&) {
      if (outcome.rows == 0) throw;
      break;  // the rows before it first; the next fetch meets it again
    }
    const auto span = rows.At(row);
    const auto count =
        static_cast<std::uint32_t>(std::min<SQLULEN>(span.count, target.rows - outcome.rows));
    if (span.deleted && passes_over) {
      ++row;
      continue;
    }
    if (span.deleted) {
      outcome.deleted.push_back(outcome.rows);
    } else if (target.retrieve_data) {
      Convert({*span.batch, span.row, count, static_cast<std::uint32_t>(outcome.rows), row},
              outcome);
    }
    for (std::int64_t end = row + count; passes_over && row < end; ++row) {
      outcome.numbers.push_back(row);
    }
    if (!passes_over) row += count;
    outcome.rows += count;
  }
  if (outcome.rows > 0) WriteStatus(target, outcome);
  return outcome;
}

void RowsetFetcher::FetchRow(const cursor::RowView& place, std::int64_t row, SQLULEN position,
                             const ResultSet& result, Descriptor& ard, const RowsetTarget& target,
                             RowsetOutcome& outcome) {
  Prepare(result, ard, target);
  Convert({*place.batch, place.row, 1, static_cast<std::uint32_t>(position), row}, outcome);
}

}  // namespace sluice::driver
