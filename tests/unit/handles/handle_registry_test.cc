#include "odbc_driver/handles/handle_registry.h"

#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "odbc_driver/handles/connection.h"
#include "odbc_driver/handles/environment.h"

namespace sluice::driver {
namespace {

TEST(HandleRegistryTest, FindsOnlyTheRightKind) {
  HandleRegistry registry;
  const auto environment = std::make_shared<Environment>();
  const SQLHANDLE handle = registry.Add(environment);
  EXPECT_EQ(registry.size(), 1u);
  EXPECT_EQ(environment->value(), handle);
  EXPECT_EQ(registry.Find<Environment>(handle), environment);
  EXPECT_EQ(registry.Find<Connection>(handle), nullptr);
  EXPECT_EQ(registry.Find<Environment>(nullptr), nullptr);
  EXPECT_EQ(registry.Find<Environment>(environment.get()), nullptr) << "an address is no handle";
}

TEST(HandleRegistryTest, ValuesAreNotUsedAgain) {
  HandleRegistry registry;
  std::set<SQLHANDLE> seen;
  for (int i = 0; i < 1000; ++i) {
    const SQLHANDLE handle = registry.Add(std::make_shared<Environment>());
    EXPECT_TRUE(seen.insert(handle).second);
    EXPECT_NE(registry.Remove(handle), nullptr);
    EXPECT_EQ(registry.Remove(handle), nullptr);
    EXPECT_EQ(registry.Find<Environment>(handle), nullptr);
  }
  EXPECT_EQ(registry.size(), 0u);
}

TEST(HandleRegistryTest, ThreadsMayAddFindAndRemoveAtOnce) {
  HandleRegistry registry;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const SQLHANDLE handle = registry.Add(std::make_shared<Environment>());
        EXPECT_NE(registry.Find<Environment>(handle), nullptr);
        EXPECT_NE(registry.Remove(handle), nullptr);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(registry.size(), 0u);
}

// A call of another thread that has come too late may hold it a little longer.
TEST(EnvironmentTest, AFreedConnectionIsNoneOfItsConnections) {
  Environment environment;
  const auto connection = std::make_shared<Connection>(std::make_shared<Environment>());
  environment.AddConnection(connection);
  EXPECT_EQ(environment.connections().size(), 1u);
  connection->set_freed();
  EXPECT_TRUE(environment.connections().empty());
}

}  // namespace
}  // namespace sluice::driver
