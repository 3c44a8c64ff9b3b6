#include "relay_server/session/catalog_cache.h"

#include <gtest/gtest.h>

namespace sluice::relay::session {
namespace {

using std::chrono::seconds;

std::shared_ptr<const CatalogAnswer> AnswerOf(std::size_t bytes) {
  auto answer = std::make_shared<CatalogAnswer>();
  answer->batches.emplace_back();
  answer->bytes = bytes;
  return answer;
}

class CatalogCacheTest : public ::testing::Test {
 protected:
  void Store(const std::string& key, std::size_t bytes = 10) {
    cache_.Store(key, AnswerOf(bytes), cache_.generation(), start_);
  }
  bool Has(const std::string& key, seconds later = seconds(0)) {
    return cache_.Find(key, start_ + later) != nullptr;
  }

  CatalogCache cache_{{.bytes = 1000, .age = seconds(30)}};
  const CatalogCache::Time start_ = wire::Clock::now();
};

TEST_F(CatalogCacheTest, GivesAnAnswerAgainToTheSameQuestionOnly) {
  Store("tables");
  EXPECT_TRUE(Has("tables"));
  EXPECT_FALSE(Has("columns"));
  EXPECT_EQ(cache_.stats().hits, 1U);
  EXPECT_EQ(cache_.stats().misses, 1U);
}

TEST_F(CatalogCacheTest, ForgetsWhatIsTooOld) {
  Store("tables");
  EXPECT_TRUE(Has("tables", seconds(30)));
  EXPECT_FALSE(Has("tables", seconds(31)));
  EXPECT_EQ(cache_.stats().bytes, 0U);
}

TEST_F(CatalogCacheTest, ForgetsAllWhenTheCatalogueChanges) {
  Store("tables");
  Store("columns");
  cache_.Invalidate();
  EXPECT_FALSE(Has("tables"));
  EXPECT_FALSE(Has("columns"));
  EXPECT_EQ(cache_.stats().bytes, 0U);
}

TEST_F(CatalogCacheTest, RefusesAnAnswerThatWasAskedForBeforeAChange) {
  const auto asked = cache_.generation();
  cache_.Invalidate();
  cache_.Store("tables", AnswerOf(10), asked, start_);
  EXPECT_FALSE(Has("tables"));
}

TEST_F(CatalogCacheTest, DropsTheLeastRecentlyUsedBeyondItsSize) {
  for (const char* key : {"a", "b", "c", "d"}) Store(key, 240);
  EXPECT_TRUE(Has("a"));
  Store("e", 240);
  EXPECT_TRUE(Has("a"));
  EXPECT_FALSE(Has("b"));
  EXPECT_TRUE(Has("e"));
  EXPECT_LE(cache_.stats().bytes, 1000U);
}

TEST_F(CatalogCacheTest, RefusesAnAnswerThatWouldDriveOutTheOthers) {
  Store("huge", 251);
  EXPECT_FALSE(Has("huge"));
  Store("large", 250);
  EXPECT_TRUE(Has("large"));
}

TEST_F(CatalogCacheTest, CountsAnAnswerThatReplacesAnotherOnce) {
  Store("tables", 100);
  Store("tables", 50);
  EXPECT_EQ(cache_.stats().bytes, 50U + std::string("tables").size());
}

TEST(CatalogCacheLimitsTest, NothingIsRememberedWithoutSizeOrAge) {
  EXPECT_TRUE(CatalogCache({}).enabled());
  EXPECT_FALSE(CatalogCache({.bytes = 0}).enabled());
  EXPECT_FALSE(CatalogCache({.age = seconds(0)}).enabled());
}

}  // namespace
}  // namespace sluice::relay::session
