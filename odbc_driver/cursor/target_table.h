#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sluice/v1/session.pb.h"

// The table behind a cursor: where SQLSetPos and SQLBulkOperations change rows, and the statements
// that do it.

namespace sluice::driver::cursor {

class TargetTable {
 public:
  // nullopt: the columns come from no table, or from several. `columns` must outlive it.
  static std::optional<TargetTable> Of(const std::vector<v1::Column>& columns, v1::Engine engine);

  // Asks for the unique indexes (SQLStatistics).
  v1::Catalog KeyRequest() const;
  // One index after the other, by the names of their columns; keeps those that the cursor selects,
  // fewest columns first.
  void SetKeys(const std::vector<std::vector<std::string>>& keys);
  // Each key as columns of the result, from 0.
  const std::vector<std::vector<std::size_t>>& keys() const { return keys_; }

  bool IsChangeable(std::size_t column) const;
  // Whether `=` can be asked of old values: not of floating-point and long ones.
  bool IsComparable(std::size_t column) const;

  struct Condition {
    std::size_t column;
    bool is_null;  // else a parameter
  };
  std::string Update(const std::vector<std::size_t>& set,
                     const std::vector<Condition>& where) const;
  std::string Delete(const std::vector<Condition>& where) const;
  std::string Insert(const std::vector<std::size_t>& columns) const;
  // The changeable columns of one row, in their order.
  std::string Select(const std::vector<Condition>& where) const;

 private:
  TargetTable(const std::vector<v1::Column>& columns, v1::Engine engine, std::size_t from);
  std::string Quoted(const std::string& name) const;
  std::string Name() const;
  std::string Where(const std::vector<Condition>& where) const;

  const std::vector<v1::Column>* columns_;
  v1::Engine engine_;
  std::size_t from_;  // a column of the table
  std::vector<std::vector<std::size_t>> keys_;
};

}  // namespace sluice::driver::cursor
