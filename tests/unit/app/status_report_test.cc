#include "relay_server/app/status_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::relay::app {
namespace {

using testing::HasSubstr;
using testing::Not;

// Every number is another one, so that a mix-up shows.
StatusReport Example(const std::string& pool_name = "sales") {
  StatusReport report;
  report.uptime = std::chrono::seconds(101);
  report.clients = {.connections = 102,
                    .sessions = 103,
                    .congested = 107,
                    .accepted = 104,
                    .refused = 105,
                    .sessions_opened = 106};
  PoolStatus pool;
  pool.name = pool_name;
  pool.engine = v1::ENGINE_POSTGRES;
  pool.limits.max_connections = 201;
  pool.limits.max_waiting = 202;
  pool.stats = {.idle = 203,
                .active = 204,
                .connecting = 205,
                .resetting = 206,
                .waiting = 207,
                .in_outage = true,
                .holders = {.in_transaction = 220,
                            .idle_in_transaction = 221,
                            .pinned = 222,
                            .longest = std::chrono::seconds(223)},
                .wait_times = {.counts = {1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 4}, .sum_us = 1'500'000},
                .leases = 208,
                .waits = 209,
                .wait_timeouts = 210,
                .refused = 211,
                .connects = 212,
                .connect_failures = 213,
                .drops = 214,
                .resets = 215,
                .audits = 216,
                .audit_failures = 226,
                .pins = {{"LISTEN", {227, 228}}},
                .idle_transaction_timeouts = 224,
                .retries = 225};
  pool.catalog = {.hits = 217, .misses = 218, .bytes = 219};
  report.pools.push_back(pool);
  return report;
}

TEST(MetricsText, TellsTheRelaysNumbers) {
  const auto text = MetricsText(Example());
  for (const char* line :
       {"sluice_build_info{version=\"", "\nsluice_uptime_seconds 101\n", "\nsluice_draining 0\n",
        "\nsluice_client_connections 102\n", "\nsluice_sessions 103\n",
        "\nsluice_client_connections_accepted_total 104\n",
        "\nsluice_client_connections_refused_total 105\n",
        "\nsluice_sessions_opened_total 106\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(MetricsText, NamesTheHostWhereAPoolHasSeveral) {
  auto report = Example();
  report.pools.front().host = "db1:5432";
  report.pools.front().takes_writes = false;
  EXPECT_THAT(MetricsText(report),
              HasSubstr("\nsluice_pool_takes_writes{pool=\"sales\",host=\"db1:5432\"} 0\n"));
}

TEST(MetricsText, TellsEveryPoolsNumbers) {
  const auto text = MetricsText(Example());
  const std::vector<std::pair<std::string, int>> metrics{{"max_connections", 201},
                                                         {"max_waiting_requests", 202},
                                                         {"idle_connections", 203},
                                                         {"active_connections", 204},
                                                         {"connecting_connections", 205},
                                                         {"resetting_connections", 206},
                                                         {"waiting_requests", 207},
                                                         {"outage", 1},
                                                         {"in_transaction_connections", 220},
                                                         {"idle_in_transaction_connections", 221},
                                                         {"pinned_connections", 222},
                                                         {"longest_lease_seconds", 223},
                                                         {"leases_total", 208},
                                                         {"waits_total", 209},
                                                         {"wait_timeouts_total", 210},
                                                         {"refused_total", 211},
                                                         {"connects_total", 212},
                                                         {"connect_failures_total", 213},
                                                         {"drops_total", 214},
                                                         {"resets_total", 215},
                                                         {"audits_total", 216},
                                                         {"audit_failures_total", 226},
                                                         {"idle_transaction_timeouts_total", 224},
                                                         {"retries_total", 225},
                                                         {"catalog_cache_hits_total", 217},
                                                         {"catalog_cache_misses_total", 218},
                                                         {"catalog_cache_bytes", 219}};
  for (const auto& [name, value] : metrics) {
    EXPECT_THAT(text, HasSubstr("\nsluice_pool_" + name + "{pool=\"sales\"} " +
                                std::to_string(value) + '\n'));
  }
}

TEST(MetricsText, TellsHowLongRequestsWaited) {
  const auto text = MetricsText(Example());
  for (const char* line : {"\nsluice_pool_wait_seconds_bucket{pool=\"sales\",le=\"0.001\"} 1\n",
                           "\nsluice_pool_wait_seconds_bucket{pool=\"sales\",le=\"0.005\"} 3\n",
                           "\nsluice_pool_wait_seconds_bucket{pool=\"sales\",le=\"60\"} 3\n",
                           "\nsluice_pool_wait_seconds_bucket{pool=\"sales\",le=\"+Inf\"} 7\n",
                           "\nsluice_pool_wait_seconds_sum{pool=\"sales\"} 1.5\n",
                           "\nsluice_pool_wait_seconds_count{pool=\"sales\"} 7\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(MetricsText, CountsPinsByReason) {
  const auto text = MetricsText(Example());
  EXPECT_THAT(text,
              HasSubstr("\nsluice_pool_pinned_sessions{pool=\"sales\",reason=\"LISTEN\"} 227\n"));
  EXPECT_THAT(text, HasSubstr("\nsluice_pool_pins_total{pool=\"sales\",reason=\"LISTEN\"} 228\n"));
}

TEST(MetricsText, DescribesEveryMetricOnceHoweverManyPoolsThereAre) {
  auto report = Example("a");
  report.pools.push_back(Example("b").pools.front());
  const auto text = MetricsText(report);
  const std::string type = "# TYPE sluice_pool_idle_connections gauge\n";
  const auto first = text.find(type);
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(text.find(type, first + 1), std::string::npos);
  EXPECT_THAT(text, HasSubstr("sluice_pool_idle_connections{pool=\"a\"} 203\n"
                              "sluice_pool_idle_connections{pool=\"b\"} 203\n"));
}

TEST(MetricsText, EscapesLabels) {
  EXPECT_THAT(MetricsText(Example("a\"b\\c\nd")), HasSubstr("{pool=\"a\\\"b\\\\c\\nd\"} 203\n"));
}

TEST(StatusPage, ShowsEveryNumber) {
  const auto page = StatusPage(Example());
  for (int value = 101; value <= 106; ++value) {
    EXPECT_THAT(page, HasSubstr("<td>" + std::to_string(value) + "</td>"));
  }
  for (int value = 201; value <= 219; ++value) {
    EXPECT_THAT(page, HasSubstr("<td>" + std::to_string(value) + "</td>"));
  }
}

TEST(StatusPage, SaysWhetherTheRelayDrains) {
  auto report = Example();
  EXPECT_THAT(StatusPage(report), HasSubstr(", serving"));
  report.draining = true;
  EXPECT_THAT(StatusPage(report), HasSubstr(", draining"));
}

TEST(StatusPage, EscapesNames) {
  const auto page = StatusPage(Example("<script>alert('x')</script>&\""));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;"));
  EXPECT_THAT(page, Not(HasSubstr("<script>")));
}

}  // namespace
}  // namespace sluice::relay::app
