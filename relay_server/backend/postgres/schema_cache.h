#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <chrono>
#include <map>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "relay_server/backend/postgres/type_table.h"
#include "sluice/v1/values.pb.h"

// What a result's description leaves out: it names tables and types by object identifier alone.
// The server's catalogue tells the rest, once for each table and type, and all connections of a
// connector share what it told.

namespace sluice::relay::backend::postgres {

using SchemaClock = std::chrono::steady_clock;

// Of a table's column.
struct ColumnFacts {
  std::string name;
  std::string domain;  // its type, where that is a domain; results name the domain's base type
  bool not_null = false;
  bool is_auto_increment = false;
  bool is_key = false;
  bool is_updatable = false;
};

// Where a result's column comes from. table 0: it is no table's column.
struct ColumnOrigin {
  Oid table = 0;
  int number = 0;  // attribute number in the table
  Oid type = 0;
  friend bool operator==(const ColumnOrigin&, const ColumnOrigin&) = default;
};

// Object identifiers; each occurs once.
struct SchemaObjects {
  std::vector<Oid> relations;
  std::vector<Oid> types;  // those that type_table.h does not know
  bool empty() const { return relations.empty() && types.empty(); }
};

// Thread-safe.
class SchemaCache {
 public:
  // Those that must be looked up: never seen, or last seen before `since` or too long ago.
  SchemaObjects FindUnknown(const SchemaObjects& objects, SchemaClock::time_point since) const;

  // The queries that look them up, for PutRelations and PutTypes.
  static std::string RelationQuery(const std::vector<Oid>& relations, int server_version);
  static std::string TypeQuery(const std::vector<Oid>& types);
  // What the queries answered. What was asked for and is not in the answer does not exist.
  void PutRelations(const std::vector<Oid>& asked, const PGresult& answer);
  void PutTypes(const std::vector<Oid>& asked, const PGresult& answer);
  // The server refuses the queries: nothing is looked up any more.
  void Disable() { enabled_ = false; }

  // Fills in what is known of a result's column. `adds_nulls`: the statement may deliver NULL where
  // the table has none (an outer join).
  void Complete(const ColumnOrigin& origin, bool adds_nulls, v1::Column& column) const;
  // The name of a type that type_table.h does not know; empty: unknown.
  std::string TypeName(Oid type) const;
  // It is the domain over oid that is called lo: a value is the number of a large object, which
  // stands for its octets.
  bool IsLargeObject(Oid type) const;

 private:
  struct Relation {
    SchemaClock::time_point learned;
    std::string schema;
    std::string name;
    std::map<int, ColumnFacts> columns;  // by attribute number
  };
  struct Type {
    SchemaClock::time_point learned;
    std::string name;
    bool is_large_object = false;
  };

  // When either limit is reached, that map begins anew.
  static constexpr std::size_t kRelations = 4096;
  static constexpr std::size_t kTypes = 4096;
  // How long a change that did not pass through this relay may stay unnoticed.
  static constexpr std::chrono::seconds kMaxAge{60};

  std::atomic<bool> enabled_{true};
  mutable std::shared_mutex mutex_;  // a leaf; guards what follows
  std::unordered_map<Oid, Relation> relations_;
  std::unordered_map<Oid, Type> types_;
};

}  // namespace sluice::relay::backend::postgres
