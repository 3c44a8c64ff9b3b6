#include "odbc_driver/cursor/scroll_position.h"

#include <gtest/gtest.h>

#include <limits>
#include <ostream>

namespace sluice::driver::cursor {
namespace {

class Rows : public RowExtent {
 public:
  explicit Rows(std::int64_t count) : count_(count) {}
  bool Has(std::int64_t row) override { return row <= count_; }
  std::int64_t Count() override {
    ++counted;
    return count_;
  }
  int counted = 0;

 private:
  std::int64_t count_;
};

constexpr std::int64_t kBefore = 0;
constexpr std::int64_t kAfter = -1;
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

ScrollPosition From(std::int64_t row, std::int64_t size) {
  if (row == kBefore) return {Place::kBeforeStart, 0, size};
  if (row == kAfter) return {Place::kAfterEnd, 0, size};
  return {Place::kOnRowset, row, size};
}

// One row of the tables in "Cursor Positioning Rules".
struct Rule {
  SQLSMALLINT orientation;
  std::int64_t offset;
  std::int64_t from;       // row, kBefore or kAfter
  std::int64_t last_size;  // rowset size of the last fetch
  std::int64_t size;       // of this one
  std::int64_t rows;       // of the result
  std::int64_t to;
  bool clipped;
};

std::ostream& operator<<(std::ostream& out, const Rule& rule) {
  return out << "orientation " << rule.orientation << " offset " << rule.offset << " from "
             << rule.from << " sizes " << rule.last_size << "/" << rule.size << " rows "
             << rule.rows;
}

constexpr Rule kRules[] = {
    {SQL_FETCH_NEXT, 0, kBefore, 1, 3, 10, 1, false},
    {SQL_FETCH_NEXT, 0, 1, 3, 3, 10, 4, false},
    {SQL_FETCH_NEXT, 0, 1, 2, 5, 10, 3, false},  // the size of the last fetch counts
    {SQL_FETCH_NEXT, 0, 8, 3, 3, 10, kAfter, false},
    {SQL_FETCH_NEXT, 0, kAfter, 3, 3, 10, kAfter, false},
    {SQL_FETCH_NEXT, 0, kBefore, 1, 3, 0, kAfter, false},

    {SQL_FETCH_PRIOR, 0, kBefore, 1, 3, 10, kBefore, false},
    {SQL_FETCH_PRIOR, 0, 1, 3, 3, 10, kBefore, false},
    {SQL_FETCH_PRIOR, 0, 3, 3, 3, 10, 1, true},
    {SQL_FETCH_PRIOR, 0, 4, 3, 3, 10, 1, false},
    {SQL_FETCH_PRIOR, 0, 7, 3, 2, 10, 5, false},  // the new size counts
    {SQL_FETCH_PRIOR, 0, kAfter, 3, 3, 10, 8, false},
    {SQL_FETCH_PRIOR, 0, kAfter, 3, 3, 2, 1, true},
    {SQL_FETCH_PRIOR, 0, kAfter, 3, 3, 0, kBefore, false},

    {SQL_FETCH_RELATIVE, 2, kBefore, 1, 3, 10, 2, false},
    {SQL_FETCH_RELATIVE, 0, kBefore, 1, 3, 10, kBefore, false},
    {SQL_FETCH_RELATIVE, -2, kBefore, 1, 3, 10, kBefore, false},
    {SQL_FETCH_RELATIVE, -2, kAfter, 3, 3, 10, 9, false},
    {SQL_FETCH_RELATIVE, 0, kAfter, 3, 3, 10, kAfter, false},
    {SQL_FETCH_RELATIVE, 5, kAfter, 3, 3, 10, kAfter, false},
    {SQL_FETCH_RELATIVE, -1, 1, 3, 3, 10, kBefore, false},
    {SQL_FETCH_RELATIVE, -4, 2, 3, 3, 10, kBefore, false},
    {SQL_FETCH_RELATIVE, -3, 2, 3, 3, 10, 1, true},
    {SQL_FETCH_RELATIVE, -1, 2, 3, 3, 10, 1, false},
    {SQL_FETCH_RELATIVE, 0, 4, 3, 3, 10, 4, false},
    {SQL_FETCH_RELATIVE, 6, 4, 3, 3, 10, 10, false},
    {SQL_FETCH_RELATIVE, 7, 4, 3, 3, 10, kAfter, false},
    {SQL_FETCH_RELATIVE, kMax, 4, 3, 3, 10, kAfter, false},
    {SQL_FETCH_RELATIVE, kMin, 4, 3, 3, 10, kBefore, false},

    {SQL_FETCH_ABSOLUTE, -1, kBefore, 1, 3, 10, 10, false},
    {SQL_FETCH_ABSOLUTE, -10, 5, 1, 3, 10, 1, false},
    {SQL_FETCH_ABSOLUTE, -11, 5, 1, 3, 10, kBefore, false},
    {SQL_FETCH_ABSOLUTE, -3, 5, 1, 3, 2, 1, true},
    {SQL_FETCH_ABSOLUTE, -4, 5, 1, 3, 2, kBefore, false},
    {SQL_FETCH_ABSOLUTE, 0, 5, 1, 3, 10, kBefore, false},
    {SQL_FETCH_ABSOLUTE, 10, 5, 1, 3, 10, 10, false},
    {SQL_FETCH_ABSOLUTE, 11, 5, 1, 3, 10, kAfter, false},
    {SQL_FETCH_ABSOLUTE, kMin, 5, 1, 3, 10, kBefore, false},
    {SQL_FETCH_ABSOLUTE, -1, kBefore, 1, 3, 0, kBefore, false},

    {SQL_FETCH_FIRST, 0, kAfter, 3, 3, 10, 1, false},
    {SQL_FETCH_FIRST, 0, kBefore, 3, 3, 0, kAfter, false},
    {SQL_FETCH_LAST, 0, kBefore, 3, 3, 10, 8, false},
    {SQL_FETCH_LAST, 0, kBefore, 3, 20, 10, 1, false},
    {SQL_FETCH_LAST, 0, kBefore, 3, 3, 0, kAfter, false},
};

TEST(ScrollPositionTest, FollowsTheReferencesTables) {
  for (const Rule& rule : kRules) {
    Rows rows(rule.rows);
    const auto outcome =
        Scroll(From(rule.from, rule.last_size), {rule.orientation, rule.offset, rule.size}, rows);
    const auto expected = From(rule.to, rule.size);
    EXPECT_EQ(outcome.position.place, expected.place) << rule;
    EXPECT_EQ(outcome.position.start, expected.start < 0 ? 0 : expected.start) << rule;
    EXPECT_EQ(outcome.position.rowset_size, rule.size) << rule;
    EXPECT_EQ(outcome.clipped, rule.clipped) << rule;
  }
}

TEST(ScrollPositionTest, ABookmarkCountsFromItsRow) {
  Rows rows(10);
  const auto at = [&](std::int64_t bookmark, SQLLEN offset) {
    return Scroll(From(3, 1), {SQL_FETCH_BOOKMARK, offset, 2, bookmark}, rows).position;
  };
  EXPECT_EQ(at(4, 0).start, 4);
  EXPECT_EQ(at(4, -3).start, 1);
  EXPECT_EQ(at(4, -4).place, Place::kBeforeStart);
  EXPECT_EQ(at(4, 6).start, 10);
  EXPECT_EQ(at(4, 7).place, Place::kAfterEnd);
}

TEST(ScrollPositionTest, GoingForwardDoesNotReadTheResultToItsEnd) {
  Rows rows(10);
  Scroll(From(2, 1), {SQL_FETCH_NEXT, 0, 1}, rows);
  Scroll(From(2, 1), {SQL_FETCH_FIRST, 0, 1}, rows);
  Scroll(From(2, 1), {SQL_FETCH_ABSOLUTE, 5, 1}, rows);
  Scroll(From(2, 1), {SQL_FETCH_RELATIVE, 3, 1}, rows);
  Scroll(From(4, 1), {SQL_FETCH_PRIOR, 0, 1}, rows);
  EXPECT_EQ(rows.counted, 0);
}

}  // namespace
}  // namespace sluice::driver::cursor
