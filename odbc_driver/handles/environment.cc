#include "odbc_driver/handles/environment.h"

#include "odbc_driver/handles/connection.h"

namespace sluice::driver {

void Environment::SetAttribute(SQLINTEGER attribute, const FieldInput& input) {
  const SQLUINTEGER value = input.uint32();
  switch (attribute) {
    case SQL_ATTR_ODBC_VERSION:
      if (value != SQL_OV_ODBC2 && value != SQL_OV_ODBC3 && value != SQL_OV_ODBC3_80) {
        throw DriverError(kHY024InvalidAttributeValue, "Unknown ODBC version");
      }
      if (!connections().empty() && odbc_version_ != static_cast<SQLINTEGER>(value)) {
        throw DriverError(kHY011AttributeCannotBeSet, "A connection is allocated");
      }
      odbc_version_ = static_cast<SQLINTEGER>(value);
      return;
    case SQL_ATTR_CONNECTION_POOLING:  // the driver manager's business; the driver remembers it
      if (value > SQL_CP_ONE_PER_HENV) throw DriverError(kHY024InvalidAttributeValue);
      connection_pooling_ = value;
      return;
    case SQL_ATTR_CP_MATCH:
      if (value > SQL_CP_RELAXED_MATCH) throw DriverError(kHY024InvalidAttributeValue);
      pooling_match_ = value;
      return;
    case SQL_ATTR_OUTPUT_NTS:
      if (value != SQL_TRUE) {
        throw DriverError(kHYC00NotImplemented, "Strings are always null-terminated");
      }
      return;
    default:
      throw DriverError(kHY092InvalidOption);
  }
}

FieldValue Environment::GetAttribute(SQLINTEGER attribute) const {
  switch (attribute) {
    case SQL_ATTR_ODBC_VERSION:
      return odbc_version_.load();
    case SQL_ATTR_CONNECTION_POOLING:
      return connection_pooling_;
    case SQL_ATTR_CP_MATCH:
      return pooling_match_;
    case SQL_ATTR_OUTPUT_NTS:
      return static_cast<SQLINTEGER>(SQL_TRUE);
    default:
      throw DriverError(kHY092InvalidOption);
  }
}

void Environment::AddConnection(const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(connections_mutex_);
  std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
  connections_.push_back(connection);
}

std::vector<std::shared_ptr<Connection>> Environment::connections() {
  const std::lock_guard lock(connections_mutex_);
  std::vector<std::shared_ptr<Connection>> alive;
  for (const auto& weak : connections_) {
    // A call that came too late may hold a freed one a little longer.
    auto connection = weak.lock();
    if (connection != nullptr && !connection->freed()) alive.push_back(std::move(connection));
  }
  return alive;
}

}  // namespace sluice::driver
