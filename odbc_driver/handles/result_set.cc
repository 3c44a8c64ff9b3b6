#include "odbc_driver/handles/result_set.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <string_view>
#include <utility>

#include "odbc_driver/cursor/row_identity.h"

namespace sluice::driver {
namespace {

convert::SourceColumn SourceOf(const v1::Column& column, v1::Engine engine,
                               info::TypeOptions options) {
  const bool bool_as_char = options.bools_as_char && engine == v1::ENGINE_POSTGRES &&
                            column.sql_type() == v1::SQLTYPE_BOOLEAN;
  const bool is_large_object =
      column.sql_type() == v1::SQLTYPE_LONGVARBINARY && column.value_type() == v1::VALUE_TYPE_INT64;
  return {.value_type = is_large_object ? v1::VALUE_TYPE_BYTES : column.value_type(),
          .sql_type = column.sql_type(),
          .size = column.size(),
          .scale = column.scale(),
          .is_unsigned = column.is_unsigned(),
          .engine = engine,
          .narrow_text = options.narrow_text || bool_as_char,
          .is_described_as_text = bool_as_char,
          .true_is_minus1 = options.true_is_minus1 && engine == v1::ENGINE_POSTGRES,
          .is_large_object = is_large_object};
}

}  // namespace

ResultSet::ResultSet(std::shared_ptr<client::RelayClient> client,
                     std::unique_ptr<client::Cursor> cursor, std::vector<v1::Column> columns,
                     v1::Engine engine, info::TypeOptions options)
    : client_(std::move(client)),
      cursor_(std::move(cursor)),
      columns_(std::move(columns)),
      has_identity_(engine == v1::ENGINE_POSTGRES && cursor::HasRowIdentity(columns_)) {
  for (const auto& column : columns_) value_types_.push_back(column.value_type());
  if (has_identity_) columns_.resize(columns_.size() - cursor::kIdentityColumns);
  for (auto& column : columns_) {
    info::Apply(options.rules, engine, column);
    sources_.push_back(SourceOf(column, engine, options));
    has_large_objects_ = has_large_objects_ || sources_.back().is_large_object;
  }
}

ResultSet::ResultSet(std::vector<v1::Column> columns, v1::ColumnBatch batch, v1::Engine engine,
                     info::TypeOptions options)
    : ResultSet(nullptr, nullptr, std::move(columns), engine, options) {
  local_batch_ = std::move(batch);
  whole_batch_ = &local_batch_;
  view_ = values::BatchView(value_types_, local_batch_);
}

ResultSet::~ResultSet() {
  if (cursor_ != nullptr) client_->ReleaseCursor(std::move(cursor_));
}

void ResultSet::SizeByValues(bool text_too, CancelPoint& cancel) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!columns_[i].is_default_size()) continue;
    const bool is_text = value_types_[i] == v1::VALUE_TYPE_TEXT && text_too;
    if (!is_text && value_types_[i] != v1::VALUE_TYPE_DECIMAL) continue;
    if (Available(wire::kNoDeadline, cancel) == 0) return;
    if (is_text) {
      SizeText(i);
    } else {
      SizeNumeric(i);
    }
  }
}

void ResultSet::SizeText(std::size_t column) {
  const values::ColumnView& values = view_.column(column);
  std::ptrdiff_t longest = 0;
  for (std::uint32_t row = 0; row < view_.row_count(); ++row) {
    if (values.IsNull(row)) continue;
    // Characters begin with the octets that continue none (UTF-8).
    longest = std::max(longest, std::ranges::count_if(values.Variable(row), [](char octet) {
                         return (static_cast<unsigned char>(octet) & 0xC0) != 0x80;
                       }));
  }
  if (longest == 0) return;
  columns_[column].set_size(static_cast<std::uint64_t>(longest));
  sources_[column].size = columns_[column].size();
}

// Digits and, of those, the ones behind the point. NaN and Infinity have none.
void ResultSet::SizeNumeric(std::size_t column) {
  const values::ColumnView& values = view_.column(column);
  std::ptrdiff_t whole = 0;
  std::optional<std::ptrdiff_t> scale;
  for (std::uint32_t row = 0; row < view_.row_count(); ++row) {
    if (values.IsNull(row)) continue;
    const std::string_view text = values.Variable(row);
    const auto point = std::ranges::find(text, '.');
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    whole = std::max(whole, std::count_if(text.begin(), point, is_digit));
    scale = std::max(scale.value_or(0), std::count_if(point, text.end(), is_digit));
  }
  if (!scale) return;
  auto& described = columns_[column];
  described.set_scale(static_cast<std::int32_t>(*scale));
  described.set_size(std::max(described.size(), static_cast<std::uint64_t>(whole + *scale)));
  sources_[column].size = described.size();
  sources_[column].scale = described.scale();
}

std::uint32_t ResultSet::Available(wire::Deadline deadline, CancelPoint& cancel, bool of_rowset) {
  if (malformed_) std::rethrow_exception(malformed_);
  if (postponed_) std::rethrow_exception(std::exchange(postponed_, nullptr));
  while (position_ == view_.row_count()) {
    if (cursor_ == nullptr || cursor_->at_end()) return 0;
    if (of_rowset && rowset_first_ < position_) {
      held_.push_back(std::make_unique<HeldBatch>(
          HeldBatch{cursor_->TakeBatch(), std::move(view_), rowset_first_}));
    }
    view_ = values::BatchView();
    position_ = 0;
    rowset_first_ = 0;
    const v1::ColumnBatch* next = nullptr;
    {
      const CancelPoint::Scope scope(cancel, client_, cursor_->request_id());
      next = cursor_->NextBatch(deadline);
    }
    if (next == nullptr) return 0;
    try {
      view_ = values::BatchView(value_types_, *next);
    } catch (const values::MalformedBatch&) {
      malformed_ = std::current_exception();
      throw;
    }
    whole_batch_ = next;
  }
  return view_.row_count() - position_;
}

void ResultSet::BeginRowset() {
  held_.clear();
  rowset_first_ = position_;
}

ResultSet::RowPlace ResultSet::RowOfRowset(std::uint64_t index) const {
  for (const auto& held : held_) {
    const std::uint64_t count = held->view.row_count() - held->first;
    if (index < count) return {&held->view, held->first + static_cast<std::uint32_t>(index)};
    index -= count;
  }
  assert(rowset_first_ + index < position_);
  return {&view_, rowset_first_ + static_cast<std::uint32_t>(index)};
}

bool ResultSet::Ready() {
  return postponed_ != nullptr || position_ < view_.row_count() || cursor_ == nullptr ||
         cursor_->Ready();
}

std::unique_ptr<CancelPoint::Scope> ResultSet::CancelScope(CancelPoint& cancel) {
  return std::make_unique<CancelPoint::Scope>(cancel, client_, cursor_->request_id());
}

}  // namespace sluice::driver
