#include "relay_server/app/status_report.h"

#include <array>
#include <charconv>
#include <string_view>

namespace sluice::relay::app {
namespace {

// One number of the relay, or of a pool: what the metrics and the page call it.
template <typename Source>
struct Fact {
  std::string_view metric;
  std::string_view type;   // Prometheus: gauge or counter
  std::string_view title;  // of the page's row or column
  std::string_view help;
  std::uint64_t (*value)(const Source& source);
};

constexpr std::string_view kGauge = "gauge";
constexpr std::string_view kCounter = "counter";

using Report = StatusReport;
constexpr std::array kRelayFacts{
    Fact<Report>{"sluice_uptime_seconds", kGauge, "Uptime in seconds",
                 "Seconds since the relay was started.",
                 [](const Report& r) { return static_cast<std::uint64_t>(r.uptime.count()); }},
    Fact<Report>{"sluice_draining", kGauge, "Draining",
                 "1 while the relay finishes what is under way before it ends.",
                 [](const Report& r) { return std::uint64_t{r.draining}; }},
    Fact<Report>{"sluice_client_connections", kGauge, "Client connections",
                 "Streams of clients, with an open session or warm for the next one.",
                 [](const Report& r) { return std::uint64_t{r.clients.connections}; }},
    Fact<Report>{"sluice_sessions", kGauge, "Sessions", "Open sessions.",
                 [](const Report& r) { return std::uint64_t{r.clients.sessions}; }},
    Fact<Report>{"sluice_client_connections_congested", kGauge, "Clients that do not read",
                 "Streams whose client leaves much of what it was sent unread.",
                 [](const Report& r) { return std::uint64_t{r.clients.congested}; }},
    Fact<Report>{"sluice_client_connections_accepted_total", kCounter, "Connections accepted",
                 "Streams of clients that were accepted.",
                 [](const Report& r) { return r.clients.accepted; }},
    Fact<Report>{"sluice_client_connections_refused_total", kCounter, "Connections refused",
                 "Streams of clients that were refused beyond max_clients.",
                 [](const Report& r) { return r.clients.refused; }},
    Fact<Report>{"sluice_sessions_opened_total", kCounter, "Sessions opened",
                 "Sessions that were opened.",
                 [](const Report& r) { return r.clients.sessions_opened; }},
};

using Pool = PoolStatus;
constexpr std::array kPoolFacts{
    Fact<Pool>{"sluice_pool_takes_writes", kGauge, "Takes writes",
               "1 when what may write goes to this host, 0 for the other hosts of the pool.",
               [](const Pool& p) { return std::uint64_t{p.takes_writes}; }},
    Fact<Pool>{"sluice_pool_idle_connections", kGauge, "Idle",
               "Backend connections that anyone may lease.",
               [](const Pool& p) { return std::uint64_t{p.stats.idle}; }},
    Fact<Pool>{"sluice_pool_active_connections", kGauge, "Active",
               "Backend connections that are leased.",
               [](const Pool& p) { return std::uint64_t{p.stats.active}; }},
    Fact<Pool>{"sluice_pool_connecting_connections", kGauge, "Connecting",
               "Backend connections that are being opened.",
               [](const Pool& p) { return std::uint64_t{p.stats.connecting}; }},
    Fact<Pool>{"sluice_pool_resetting_connections", kGauge, "Resetting",
               "Backend connections that are being made fit for another session.",
               [](const Pool& p) { return std::uint64_t{p.stats.resetting}; }},
    Fact<Pool>{"sluice_pool_max_connections", kGauge, "Max",
               "The limit of backend connections, max_connections.",
               [](const Pool& p) { return std::uint64_t{p.limits.max_connections}; }},
    Fact<Pool>{"sluice_pool_waiting_requests", kGauge, "Waiting", "Requests in the wait queue.",
               [](const Pool& p) { return std::uint64_t{p.stats.waiting}; }},
    Fact<Pool>{"sluice_pool_max_waiting_requests", kGauge, "Max waiting",
               "The limit of the wait queue, max_waiting.",
               [](const Pool& p) { return std::uint64_t{p.limits.max_waiting}; }},
    Fact<Pool>{"sluice_pool_outage", kGauge, "Outage",
               "1 while the database cannot be reached: the last connect failed.",
               [](const Pool& p) { return std::uint64_t{p.stats.in_outage}; }},
    Fact<Pool>{"sluice_pool_in_transaction_connections", kGauge, "In transaction",
               "Leased connections of sessions in a transaction.",
               [](const Pool& p) { return std::uint64_t{p.stats.holders.in_transaction}; }},
    Fact<Pool>{"sluice_pool_idle_in_transaction_connections", kGauge, "Idle in transaction",
               "Of these, those of sessions that wait for their client.",
               [](const Pool& p) { return std::uint64_t{p.stats.holders.idle_in_transaction}; }},
    Fact<Pool>{"sluice_pool_pinned_connections", kGauge, "Pinned",
               "Leased connections that their sessions have to keep.",
               [](const Pool& p) { return std::uint64_t{p.stats.holders.pinned}; }},
    Fact<Pool>{"sluice_pool_longest_lease_seconds", kGauge, "Longest lease in seconds",
               "How long one of the leased connections has been held.",
               [](const Pool& p) {
                 using std::chrono::duration_cast;
                 const auto held = duration_cast<std::chrono::seconds>(p.stats.holders.longest);
                 return static_cast<std::uint64_t>(held.count());
               }},
    Fact<Pool>{"sluice_pool_leases_total", kCounter, "Leases", "Leases that were granted.",
               [](const Pool& p) { return p.stats.leases; }},
    Fact<Pool>{"sluice_pool_waits_total", kCounter, "Waits", "Requests that had to wait.",
               [](const Pool& p) { return p.stats.waits; }},
    Fact<Pool>{"sluice_pool_wait_timeouts_total", kCounter, "Wait timeouts",
               "Requests that waited in vain until wait_timeout or their own deadline.",
               [](const Pool& p) { return p.stats.wait_timeouts; }},
    Fact<Pool>{"sluice_pool_refused_total", kCounter, "Refused",
               "Requests that were refused because the wait queue was full.",
               [](const Pool& p) { return p.stats.refused; }},
    Fact<Pool>{"sluice_pool_connects_total", kCounter, "Connects",
               "Backend connections that were opened.",
               [](const Pool& p) { return p.stats.connects; }},
    Fact<Pool>{"sluice_pool_connect_failures_total", kCounter, "Connect failures",
               "Backend connections that could not be opened.",
               [](const Pool& p) { return p.stats.connect_failures; }},
    Fact<Pool>{"sluice_pool_drops_total", kCounter, "Drops",
               "Backend connections that were closed: broken, too old or idle for too long.",
               [](const Pool& p) { return p.stats.drops; }},
    Fact<Pool>{"sluice_pool_resets_total", kCounter, "Resets",
               "Backend connections that were reset after a lease.",
               [](const Pool& p) { return p.stats.resets; }},
    Fact<Pool>{"sluice_pool_idle_transaction_timeouts_total", kCounter, "Idle transactions ended",
               "Transactions that were rolled back after idle_transaction_timeout.",
               [](const Pool& p) { return p.stats.idle_transaction_timeouts; }},
    Fact<Pool>{"sluice_pool_retries_total", kCounter, "Retries",
               "Statements that a dead backend connection did not get, run on another.",
               [](const Pool& p) { return p.stats.retries; }},
    Fact<Pool>{"sluice_pool_audits_total", kCounter, "Audits",
               "Backend connections whose state was asked of the server when they were given back.",
               [](const Pool& p) { return p.stats.audits; }},
    Fact<Pool>{"sluice_pool_audit_failures_total", kCounter, "Audit failures",
               "Of them, those that were not as the relay believed.",
               [](const Pool& p) { return p.stats.audit_failures; }},
    Fact<Pool>{"sluice_pool_catalog_cache_hits_total", kCounter, "Catalogue hits",
               "Catalogue functions that were answered from memory.",
               [](const Pool& p) { return p.catalog.hits; }},
    Fact<Pool>{"sluice_pool_catalog_cache_misses_total", kCounter, "Catalogue misses",
               "Catalogue functions that could have been, but had to ask the server.",
               [](const Pool& p) { return p.catalog.misses; }},
    Fact<Pool>{"sluice_pool_catalog_cache_bytes", kGauge, "Catalogue bytes",
               "Size of the remembered answers of catalogue functions.",
               [](const Pool& p) { return std::uint64_t{p.catalog.bytes}; }},
};

// Why sessions keep their backend connection: a value for each pool and reason.
struct PinFact {
  std::string_view metric;
  std::string_view type;
  std::string_view title;
  std::string_view help;
  std::uint64_t (*value)(const pool::PinCount& count);
};
constexpr std::array kPinFacts{
    PinFact{"sluice_pool_pinned_sessions", kGauge, "Now",
            "Sessions that keep their backend connection.",
            [](const pool::PinCount& count) { return count.now; }},
    PinFact{"sluice_pool_pins_total", kCounter, "Since the start",
            "Times that a session had to keep its backend connection.",
            [](const pool::PinCount& count) { return count.total; }},
};

// Written into the page's head: it needs nothing from elsewhere, so that a browser on an isolated
// database host shows it.
constexpr std::string_view kStyle =
    ":root{color-scheme:light dark}"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:90rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;margin:.5rem 0 1.5rem;display:block;overflow-x:auto}"
    "th,td{padding:.25rem .7rem;border-bottom:1px solid #8886;text-align:right}"
    "th:first-child,td:first-child{text-align:left}"
    "td{font-variant-numeric:tabular-nums}";

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// The value of a label: backslash, quote and line feed are escaped.
std::string EscapeLabel(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '"') escaped += '\\';
    if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

template <typename Source>
void AppendHeader(const Fact<Source>& fact, std::string& text) {
  text.append("# HELP ").append(fact.metric).append(" ").append(fact.help).append("\n");
  text.append("# TYPE ").append(fact.metric).append(" ").append(fact.type).append("\n");
}

std::string_view EngineName(v1::Engine engine) {
  return engine == v1::ENGINE_POSTGRES ? "postgres" : "mysql";
}

std::string_view ModeName(session::PoolMode mode) {
  return mode == session::PoolMode::kTransaction ? "transaction" : "session";
}

std::string Cell(std::string_view tag, std::string_view content) {
  std::string cell = "<";
  cell.append(tag).append(">").append(EscapeHtml(content)).append("</").append(tag).append(">");
  return cell;
}

void AppendRelayTable(const StatusReport& report, std::string& page) {
  page += "<table>\n";
  for (const auto& fact : kRelayFacts) {
    page += "<tr>" + Cell("th", fact.title) + Cell("td", std::to_string(fact.value(report))) +
            "</tr>\n";
  }
  page += "</table>\n";
}

void AppendPoolTable(const StatusReport& report, std::string& page) {
  page += "<table>\n<tr>" + Cell("th", "Pool") + Cell("th", "Host") + Cell("th", "Role") +
          Cell("th", "Backend") + Cell("th", "Mode");
  for (const auto& fact : kPoolFacts) page += Cell("th", fact.title);
  page += "</tr>\n";
  for (const auto& pool : report.pools) {
    page += "<tr>" + Cell("td", pool.name) + Cell("td", pool.host) + Cell("td", pool.role) +
            Cell("td", EngineName(pool.engine)) + Cell("td", ModeName(pool.mode));
    for (const auto& fact : kPoolFacts) page += Cell("td", std::to_string(fact.value(pool)));
    page += "</tr>\n";
  }
  page += "</table>\n";
}

// How long requests waited for a lease, as Prometheus wants histograms: buckets include the smaller
// ones.
void AppendWaitTimes(const StatusReport& report, std::string& text) {
  constexpr std::string_view kMetric = "sluice_pool_wait_seconds";
  const auto number = [](double value) {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return std::string(digits.data(), end);
  };
  text.append("# HELP ").append(kMetric).append(" Seconds that requests waited for a lease.\n");
  text.append("# TYPE ").append(kMetric).append(" histogram\n");
  for (const auto& pool : report.pools) {
    const auto& times = pool.stats.wait_times;
    const std::string label = "pool=\"" + EscapeLabel(pool.name) + '"';
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < times.counts.size(); ++i) {
      count += times.counts[i];
      const bool bounded = i < times.kBounds.size();
      const std::string bound =
          bounded ? number(static_cast<double>(times.kBounds[i].count()) / 1000) : "+Inf";
      text.append(kMetric).append("_bucket{" + label + ",le=\"" + bound + "\"} ");
      text.append(std::to_string(count)).append("\n");
    }
    text.append(kMetric).append("_sum{" + label + "} ");
    text.append(number(static_cast<double>(times.sum_us) / 1e6)).append("\n");
    text.append(kMetric).append("_count{" + label + "} ").append(std::to_string(count) + "\n");
  }
}

void AppendPinTable(const StatusReport& report, std::string& page) {
  page += "<table>\n<tr>" + Cell("th", "Pool") + Cell("th", "Host") + Cell("th", "Reason");
  for (const auto& fact : kPinFacts) page += Cell("th", fact.title);
  page += "</tr>\n";
  for (const auto& pool : report.pools) {
    for (const auto& [reason, count] : pool.stats.pins) {
      page += "<tr>" + Cell("td", pool.name) + Cell("td", pool.host) + Cell("td", reason);
      for (const auto& fact : kPinFacts) page += Cell("td", std::to_string(fact.value(count)));
      page += "</tr>\n";
    }
  }
  page += "</table>\n";
}

void AppendPinMetrics(const StatusReport& report, std::string& text) {
  for (const auto& fact : kPinFacts) {
    text.append("# HELP ").append(fact.metric).append(" ").append(fact.help).append("\n");
    text.append("# TYPE ").append(fact.metric).append(" ").append(fact.type).append("\n");
    for (const auto& pool : report.pools) {
      for (const auto& [reason, count] : pool.stats.pins) {
        text.append(fact.metric).append("{pool=\"").append(EscapeLabel(pool.name));
        if (!pool.host.empty()) text.append("\",host=\"").append(EscapeLabel(pool.host));
        text.append("\",reason=\"").append(EscapeLabel(reason)).append("\"} ");
        text.append(std::to_string(fact.value(count))).append("\n");
      }
    }
  }
}

}  // namespace

StatusReport TakeReport(const net::Server& server) {
  StatusReport report;
  report.clients = server.stats();
  const auto directory = server.directory();
  for (const auto& [name, pool] : directory->pools) {
    const bool several = pool->backends->has_replicas();
    for (const auto& host : pool->backends->hosts()) {
      report.pools.push_back({.name = name,
                              .host = several ? host.address : "",
                              .role = several ? std::string(pool::RoleName(host.role)) : "",
                              .takes_writes = host.takes_writes,
                              .engine = host.backends->engine(),
                              .mode = pool->modes.by_default,
                              .limits = host.backends->limits(),
                              .stats = host.backends->stats(),
                              .catalog = pool->catalog_answers.stats()});
    }
  }
  return report;
}

std::string MetricsText(const StatusReport& report) {
  std::string text =
      "# HELP sluice_build_info The version of the relay.\n"
      "# TYPE sluice_build_info gauge\n"
      "sluice_build_info{version=\"" SLUICE_VERSION "\"} 1\n";
  for (const auto& fact : kRelayFacts) {
    AppendHeader(fact, text);
    text.append(fact.metric).append(" ").append(std::to_string(fact.value(report))).append("\n");
  }
  for (const auto& fact : kPoolFacts) {
    AppendHeader(fact, text);
    for (const auto& pool : report.pools) {
      text.append(fact.metric).append("{pool=\"").append(EscapeLabel(pool.name));
      if (!pool.host.empty()) text.append("\",host=\"").append(EscapeLabel(pool.host));
      text.append("\"} ").append(std::to_string(fact.value(pool))).append("\n");
    }
  }
  AppendWaitTimes(report, text);
  AppendPinMetrics(report, text);
  return text;
}

std::string StatusPage(const StatusReport& report) {
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<title>Sluice relay</title>\n<style>";
  page.append(kStyle).append("</style>\n</head>\n<body>\n<h1>Sluice relay</h1>\n<p>Version ");
  page += EscapeHtml(SLUICE_VERSION);
  page += report.draining ? ", draining" : ", serving";
  page += ". The same as numbers for Prometheus: <a href=\"/metrics\">/metrics</a></p>\n";
  page += "<h2>Clients</h2>\n";
  AppendRelayTable(report, page);
  page += "<h2>Pools</h2>\n";
  AppendPoolTable(report, page);
  page += "<h2>Pins</h2>\n<p>Sessions that keep their backend connection, by reason</p>\n";
  AppendPinTable(report, page);
  page += "</body>\n</html>\n";
  return page;
}

}  // namespace sluice::relay::app
