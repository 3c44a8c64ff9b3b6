#include "odbc_driver/info/functions.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string_view>

#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::info {
namespace {

constexpr SQLUSMALLINT kGuard = 0xEEEE;

TEST(FunctionsTest, NoFunctionIsListedTwice) {
  std::set<SQLUSMALLINT> ids;
  std::set<std::string_view> names;
  for (const FunctionEntry& function : kFunctions) {
    EXPECT_TRUE(ids.insert(function.id).second) << function.name;
    EXPECT_TRUE(names.insert(function.name).second) << function.name;
  }
}

TEST(FunctionsTest, ASingleFunctionIsTrueOrFalse) {
  SQLUSMALLINT supported = kGuard;
  GetFunctions(SQL_API_SQLFETCHSCROLL, &supported);
  EXPECT_EQ(supported, SQL_TRUE);
  GetFunctions(SQL_API_SQLALLOCCONNECT, &supported);
  EXPECT_EQ(supported, SQL_FALSE);
}

TEST(FunctionsTest, TheOdbc3BitmapAgreesWithSingleAnswers) {
  std::array<SQLUSMALLINT, SQL_API_ODBC3_ALL_FUNCTIONS_SIZE + 1> bits{};
  bits.fill(kGuard);
  GetFunctions(SQL_API_ODBC3_ALL_FUNCTIONS, bits.data());
  EXPECT_EQ(bits.back(), kGuard);
  for (SQLUSMALLINT id = 1; id < SQL_API_ODBC3_ALL_FUNCTIONS_SIZE * 16; ++id) {
    if (id == SQL_API_ODBC3_ALL_FUNCTIONS) continue;
    const bool in_bitmap = SQL_FUNC_EXISTS(bits.data(), id) == SQL_TRUE;
    EXPECT_EQ(in_bitmap, IsSupported(id)) << id;
  }
}

TEST(FunctionsTest, TheOdbc2ArrayHasAHundredElements) {
  std::array<SQLUSMALLINT, 101> all{};
  all.fill(kGuard);
  GetFunctions(SQL_API_ALL_FUNCTIONS, all.data());
  EXPECT_EQ(all[SQL_API_SQLFETCH], SQL_TRUE);
  EXPECT_EQ(all[SQL_API_SQLALLOCCONNECT], SQL_FALSE);
  EXPECT_EQ(all[100], kGuard);
}

TEST(FunctionsTest, AnIdBeyondTheRangeIsAnError) {
  SQLUSMALLINT supported = kGuard;
  EXPECT_THROW(GetFunctions(5000, &supported), DriverError);
  EXPECT_EQ(supported, kGuard);
}

}  // namespace
}  // namespace sluice::driver::info
