// Options from attributes: which source decides, what is missing, and what came of it.

#include <algorithm>
#include <utility>

#include "odbc_driver/config/driver_options.h"
#include "odbc_driver/config/foreign_keywords.h"
#include "odbc_driver/info/sqlstate.h"
#include "odbc_driver/platform/profile.h"

namespace sluice::driver::config {
namespace {

void CheckedApply(const KeywordSpec& spec, const std::string& value, DriverOptions& options) {
  if (spec.apply(options, value)) return;
  throw DriverError(k08001UnableToConnect, "Invalid value '" + value + "' for the keyword " +
                                               std::string(spec.name) + ": allowed is " +
                                               std::string(spec.allowed));
}

// Takes attributes from one source into `resolved`; what an earlier source has set stays.
class Merger {
 public:
  explicit Merger(ResolvedOptions& resolved) : resolved_(resolved) {}

  // Of a keyword that occurs twice the last one counts, as with both native drivers.
  void TakeGiven(const std::vector<Attribute>& attributes) {
    for (auto attribute = attributes.begin(); attribute != attributes.end(); ++attribute) {
      const KeywordSpec* spec = FindKeyword(attribute->keyword);
      const bool comes_again =
          spec != nullptr && std::any_of(attribute + 1, attributes.end(), [spec](const auto& a) {
            return FindKeyword(a.keyword) == spec;
          });
      if (!comes_again) TakeOne(*attribute, "connection string");
    }
  }

  // In a section the first one, as profiles are read.
  void TakeSection(const std::vector<Attribute>& attributes, std::string_view source) {
    for (const Attribute& attribute : attributes) TakeOne(attribute, source);
  }

 private:
  void TakeOne(const Attribute& attribute, std::string_view source) {
    const KeywordSpec* spec = FindKeyword(attribute.keyword);
    if (spec == nullptr) {
      if (!IsForOthers(attribute)) {
        resolved_.warnings.push_back("Unknown keyword '" + attribute.keyword + "' in the " +
                                     std::string(source) + " is ignored");
      }
      return;
    }
    if (std::ranges::find(decided_, spec) != decided_.end()) {
      if (spec->name == "Database") resolved_.pool_of_dsn = attribute.value;
      return;
    }
    decided_.push_back(spec);
    if (attribute.value.empty()) return;  // as if the keyword had never been set
    CheckedApply(*spec, attribute.value, resolved_.options);
    resolved_.used.push_back({std::string(spec->name), attribute.value});
    for (const std::string& name : std::exchange(resolved_.options.ignored, {})) {
      resolved_.warnings.push_back(name + " is ignored");
    }
  }

  ResolvedOptions& resolved_;
  std::vector<const KeywordSpec*> decided_;
};

void SortAsDocumented(std::vector<Attribute>& attributes) {
  std::stable_sort(attributes.begin(), attributes.end(), [](const auto& a, const auto& b) {
    return FindKeyword(a.keyword) < FindKeyword(b.keyword);
  });
}

struct BrowseItem {
  std::string_view request;
  bool (*is_given)(const DriverOptions& options);
};

constexpr BrowseItem kBrowseRequired[] = {
    {"SERVER:Server=?", [](const DriverOptions& o) { return !o.servers.empty(); }},
    {"DATABASE:Database=?", [](const DriverOptions& o) { return !o.database.empty(); }},
    {"UID:User=?", [](const DriverOptions& o) { return !o.uid.empty(); }},
};
constexpr BrowseItem kBrowseOptional[] = {
    {"*PWD:Password=?", [](const DriverOptions& o) { return !o.pwd.empty(); }},
    {"*PORT:Port=?", [](const DriverOptions& o) { return o.port != kDefaultPort; }},
    {"*SSLMODE:TLS mode={disable,require,verify-ca,verify-full}",
     [](const DriverOptions& o) { return o.ssl_mode.has_value(); }},
    {"*READONLY:Read-only={yes,no}", [](const DriverOptions& o) { return o.read_only; }},
};

template <typename Items>
std::string MissingItems(const Items& items, const DriverOptions& options) {
  std::string request;
  for (const BrowseItem& item : items) {
    if (item.is_given(options)) continue;
    if (!request.empty()) request.push_back(';');
    request += item.request;
  }
  return request;
}

}  // namespace

std::optional<std::vector<Attribute>> ReadDsn(const std::string& dsn) {
  const auto entries = platform::ReadProfileSection(dsn);
  if (!entries) return std::nullopt;
  std::vector<Attribute> attributes;
  for (const auto& [key, value] : *entries) attributes.push_back({key, value});
  return attributes;
}

ResolvedOptions ResolveOptions(const std::vector<Attribute>& given, const DsnReader& read_dsn) {
  ResolvedOptions resolved;
  Merger merger(resolved);
  merger.TakeGiven(given);
  const std::string dsn = resolved.options.dsn;
  if (!dsn.empty()) {
    const auto entries = read_dsn(dsn);
    if (entries) {
      merger.TakeSection(*entries, "data source '" + dsn + "'");
    } else if (resolved.options.servers.empty()) {
      throw DriverError(kIM002DataSourceNotFound, "There is no data source named '" + dsn + "'");
    }
  }
  SortAsDocumented(resolved.used);
  const bool has_timeout = std::ranges::any_of(
      resolved.used, [](const Attribute& used) { return used.keyword == "ConnectTimeout"; });
  if (!has_timeout) {
    resolved.options.connect_timeout =
        resolved.options.libpq_timeout.value_or(resolved.options.connect_timeout);
  }
  return resolved;
}

std::vector<Attribute> AttributesOfConnect(std::string_view dsn,
                                           std::optional<std::string_view> uid,
                                           std::optional<std::string_view> pwd) {
  std::vector<Attribute> attributes{{"DSN", std::string(dsn)}};
  // SQLConnect has no way to say "none": an empty name leaves the DSN's in force.
  if (uid && !uid->empty()) attributes.push_back({"UID", std::string(*uid)});
  if (pwd && !pwd->empty()) attributes.push_back({"PWD", std::string(*pwd)});
  return attributes;
}

void RequireComplete(const DriverOptions& options) {
  if (options.servers.empty()) {
    throw DriverError(k08001UnableToConnect,
                      "The keyword Server is missing: it names the host of the relay");
  }
  if (options.database.empty()) {
    throw DriverError(k08001UnableToConnect,
                      "The keyword Database is missing: it names a pool of the relay");
  }
  if (options.uid.empty()) {
    throw DriverError(k28000InvalidAuthorization,
                      "The keyword UID is missing: it names a user of the relay");
  }
}

std::string CompletedConnectionString(const ResolvedOptions& resolved) {
  std::vector<Attribute> attributes;
  for (const Attribute& attribute : resolved.used) {
    // The DSN names the driver; a string with both would mean the first of them only.
    const bool driver_of_dsn = attribute.keyword == "Driver" && !resolved.options.dsn.empty();
    if (driver_of_dsn || attribute.keyword == "Description" || attribute.keyword == "Trace") {
      continue;
    }
    attributes.push_back(attribute);
  }
  return FormatConnectionString(attributes);
}

std::string BrowseRequest(const DriverOptions& options) {
  const std::string required = MissingItems(kBrowseRequired, options);
  if (required.empty()) return "";
  const std::string optional = MissingItems(kBrowseOptional, options);
  return optional.empty() ? required : required + ";" + optional;
}

}  // namespace sluice::driver::config
