#include "odbc_driver/api/output.h"

#include <array>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "odbc_driver/convert/unicode.h"
#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::api {
namespace {

constexpr unsigned char kGuard = 0xA5;

struct Case {
  std::string text;
  bool wide;
  LengthUnit unit;
};

// Every string that leaves the driver goes through WriteText: each form over {null, 0, 1, n-1, n,
// n+1}, with guard bytes behind what the application offered.
class WriteTextTest : public testing::TestWithParam<Case> {
 protected:
  std::size_t unit_bytes() const { return GetParam().wide ? sizeof(SQLWCHAR) : 1; }
  // The text in the target's form, and its length in the target's unit.
  std::string Encoded() const {
    if (!GetParam().wide) return GetParam().text;
    std::u16string wide;
    convert::AppendUtf16(GetParam().text, wide);
    return {reinterpret_cast<const char*>(wide.data()), wide.size() * sizeof(char16_t)};
  }
  SQLLEN per_character() const {
    return GetParam().unit == LengthUnit::kBytes ? static_cast<SQLLEN>(unit_bytes()) : 1;
  }
};

TEST_P(WriteTextTest, FillsWhatThereIsAndNothingElse) {
  const std::string encoded = Encoded();
  const auto units = encoded.size() / unit_bytes();
  for (const std::size_t capacity : {std::size_t{0}, std::size_t{1}, units, units + 1, units + 2}) {
    std::array<unsigned char, 128> buffer{};
    buffer.fill(kGuard);
    SQLSMALLINT length = -1;
    const bool cut =
        WriteText(GetParam().text, {buffer.data(), static_cast<SQLLEN>(capacity) * per_character(),
                                    GetParam().wide, GetParam().unit, &length, nullptr});
    EXPECT_EQ(length, static_cast<SQLLEN>(units) * per_character()) << capacity;
    EXPECT_EQ(cut, capacity <= units) << capacity;
    const std::size_t offered = capacity * unit_bytes();
    for (std::size_t i = offered; i < buffer.size(); ++i) ASSERT_EQ(buffer[i], kGuard) << capacity;
    if (capacity == 0) continue;
    if (!cut) {
      EXPECT_EQ(std::memcmp(buffer.data(), encoded.data(), encoded.size()), 0);
    }
    bool terminated = false;
    for (std::size_t i = 0; i < capacity && !terminated; ++i) {
      terminated =
          buffer[i * unit_bytes()] == 0 && buffer[i * unit_bytes() + unit_bytes() - 1] == 0;
    }
    EXPECT_TRUE(terminated) << capacity;
  }
}

TEST_P(WriteTextTest, NullBufferAsksForTheLength) {
  SQLINTEGER length = -1;
  EXPECT_FALSE(
      WriteText(GetParam().text, {nullptr, 0, GetParam().wide, GetParam().unit, nullptr, &length}));
  EXPECT_EQ(static_cast<std::size_t>(length),
            Encoded().size() / unit_bytes() * static_cast<std::size_t>(per_character()));
}

TEST_P(WriteTextTest, NegativeCapacityIsRefused) {
  char buffer[8];
  EXPECT_THROW(WriteText(GetParam().text, {buffer, -1, GetParam().wide, GetParam().unit}),
               DriverError);
}

INSTANTIATE_TEST_SUITE_P(Forms, WriteTextTest,
                         testing::Values(Case{"plain", false, LengthUnit::kCharacters},
                                         Case{"plain", true, LengthUnit::kCharacters},
                                         Case{"plain", true, LengthUnit::kBytes},
                                         Case{"", false, LengthUnit::kBytes},
                                         Case{"", true, LengthUnit::kCharacters},
                                         Case{"na\xC3\xAFve", true, LengthUnit::kBytes}));

TEST(WriteTextTest, CutsBetweenCharacters) {
  const std::string text = "a\xF0\x9F\x98\x80";  // a letter and a character beyond the BMP
  char narrow[4];
  EXPECT_TRUE(WriteText(text, {narrow, sizeof narrow, false, LengthUnit::kBytes}));
  EXPECT_STREQ(narrow, "a");
  SQLWCHAR wide[3];
  EXPECT_TRUE(WriteText(text, {wide, 3, true, LengthUnit::kCharacters}));
  EXPECT_EQ(wide[0], 'a');
  EXPECT_EQ(wide[1], 0);
}

}  // namespace
}  // namespace sluice::driver::api
