#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "odbc_driver/handles/field_value.h"
#include "odbc_driver/handles/handle.h"

namespace sluice::driver {

class Connection;

class Environment : public Handle {
 public:
  static constexpr HandleKind kKind = HandleKind::kEnvironment;
  Environment() : Handle(kKind) {}

  // Read by the calls of every handle below this one.
  bool odbc2() const { return odbc_version_.load() == SQL_OV_ODBC2; }
  DiagnosticContext diagnostic_context() const override {
    return {odbc2(), v1::ENGINE_UNSPECIFIED, {}, {}};
  }

  // ODBC reference, SQLSetEnvAttr. Throw DriverError.
  void SetAttribute(SQLINTEGER attribute, const FieldInput& input);
  FieldValue GetAttribute(SQLINTEGER attribute) const;

  void AddConnection(const std::shared_ptr<Connection>& connection);
  std::vector<std::shared_ptr<Connection>> connections();  // that are not freed

 private:
  std::atomic<SQLINTEGER> odbc_version_{0};  // 0: not declared yet
  SQLUINTEGER connection_pooling_ = SQL_CP_OFF;
  SQLUINTEGER pooling_match_ = SQL_CP_STRICT_MATCH;
  std::mutex connections_mutex_;  // a leaf; guards connections_
  std::vector<std::weak_ptr<Connection>> connections_;
};

}  // namespace sluice::driver
