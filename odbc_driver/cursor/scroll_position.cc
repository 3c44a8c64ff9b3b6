#include "odbc_driver/cursor/scroll_position.h"

#include <cassert>
#include <limits>

namespace sluice::driver::cursor {
namespace {

constexpr std::int64_t kFirst = 1;

// Offsets come from the application: their sum with a row must not overflow.
std::int64_t Sum(std::int64_t row, std::int64_t offset) {
  if (offset > 0 && row > std::numeric_limits<std::int64_t>::max() - offset) {
    return std::numeric_limits<std::int64_t>::max();
  }
  return row + offset;  // row is not negative
}

// |offset| > size, without the overflow of -SQLLEN_MIN.
bool IsFurther(std::int64_t offset, std::int64_t size) { return offset < -size; }

class Rules {
 public:
  Rules(const ScrollPosition& from, const ScrollRequest& request, RowExtent& rows)
      : from_(from), request_(request), rows_(rows) {}

  ScrollOutcome Apply() const {
    switch (request_.orientation) {
      case SQL_FETCH_NEXT:
        return Next();
      case SQL_FETCH_PRIOR:
        return Prior();
      case SQL_FETCH_RELATIVE:
        return Relative();
      case SQL_FETCH_ABSOLUTE:
        return Absolute();
      case SQL_FETCH_FIRST:
        return At(kFirst);
      case SQL_FETCH_LAST:
        return Last();
      default:
        assert(request_.orientation == SQL_FETCH_BOOKMARK);
        return At(Sum(request_.bookmark, request_.offset));
    }
  }

 private:
  ScrollOutcome To(Place place) const { return {{place, 0, request_.rowset_size}}; }

  // The row decides: before the result, in it, or after it.
  ScrollOutcome At(std::int64_t row) const {
    if (row < kFirst) return To(Place::kBeforeStart);
    if (!rows_.Has(row)) return To(Place::kAfterEnd);
    return {{Place::kOnRowset, row, request_.rowset_size}};
  }

  // The rowset that would begin before the first row and reaches it.
  ScrollOutcome Clipped() const {
    ScrollOutcome outcome = At(kFirst);
    outcome.clipped = true;
    return outcome;
  }

  ScrollOutcome Next() const {
    if (from_.place == Place::kBeforeStart) return At(kFirst);
    if (from_.place == Place::kAfterEnd) return To(Place::kAfterEnd);
    return At(Sum(from_.start, from_.rowset_size));
  }

  ScrollOutcome Prior() const {
    const std::int64_t size = request_.rowset_size;
    if (from_.place == Place::kBeforeStart) return To(Place::kBeforeStart);
    if (from_.place == Place::kAfterEnd) {
      const std::int64_t last = rows_.Count();
      if (last == 0) return To(Place::kBeforeStart);
      return last < size ? Clipped() : At(last - size + 1);
    }
    if (from_.start == kFirst) return To(Place::kBeforeStart);
    return from_.start <= size ? Clipped() : At(from_.start - size);
  }

  ScrollOutcome Relative() const {
    const std::int64_t offset = request_.offset;
    if (from_.place == Place::kBeforeStart) {
      return offset > 0 ? Absolute() : To(Place::kBeforeStart);
    }
    if (from_.place == Place::kAfterEnd) return offset < 0 ? Absolute() : To(Place::kAfterEnd);
    if (Sum(from_.start, offset) >= kFirst) return At(Sum(from_.start, offset));
    const bool lost = from_.start == kFirst || IsFurther(offset, request_.rowset_size);
    return lost ? To(Place::kBeforeStart) : Clipped();
  }

  ScrollOutcome Absolute() const {
    const std::int64_t offset = request_.offset;
    if (offset >= 0) return At(offset);
    const std::int64_t last = rows_.Count();
    if (!IsFurther(offset, last)) return At(last + offset + 1);
    const bool lost = last == 0 || IsFurther(offset, request_.rowset_size);
    return lost ? To(Place::kBeforeStart) : Clipped();
  }

  ScrollOutcome Last() const {
    const std::int64_t last = rows_.Count();
    return At(request_.rowset_size <= last ? last - request_.rowset_size + 1 : kFirst);
  }

  const ScrollPosition& from_;
  const ScrollRequest& request_;
  RowExtent& rows_;
};

}  // namespace

ScrollOutcome Scroll(const ScrollPosition& from, const ScrollRequest& request, RowExtent& rows) {
  return Rules(from, request, rows).Apply();
}

}  // namespace sluice::driver::cursor
