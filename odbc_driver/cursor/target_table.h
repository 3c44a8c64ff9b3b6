#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "proto/values/column_batch.h"
#include "sluice/v1/session.pb.h"

// The table behind a cursor: where SQLSetPos and SQLBulkOperations change rows, and the statements
// that do it.

namespace sluice::driver::cursor {

// A row of a result, where it lies.
struct RowView {
  const values::BatchView* batch;
  std::uint32_t row;
};

class TargetTable {
 public:
  // nullopt: the columns come from no table, or from several. `columns` must outlive it.
  // `has_identity`: rows have the columns of row_identity.h behind them.
  static std::optional<TargetTable> Of(const std::vector<v1::Column>& columns, v1::Engine engine,
                                       bool has_identity = false);

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

  // What a column of the row that is meant must be.
  struct Condition {
    enum Kind { kParameter, kNull, kGenerated, kIdentity };
    std::size_t column;  // with kIdentity, of kRowIdentity
    Kind kind;           // kGenerated: the value that MySQL's session has generated last
  };
  // Which row is meant: the conditions, and one row of values for those that are parameters.
  struct RowCondition {
    std::vector<Condition> where;
    v1::ParameterSet parameters;
  };
  // By the first unique key without a NULL in it; nullopt: there is none.
  std::optional<RowCondition> ConditionByKey(const RowView& row) const;
  // By the row's place and writer: it is not found any more when anything has changed it. nullopt:
  // they are not known.
  std::optional<RowCondition> ConditionByIdentity(const RowView& row) const;
  // The same for a row of which the values of some columns are known.
  std::optional<RowCondition> ConditionByKey(const std::vector<std::size_t>& columns,
                                             const v1::ParameterSet& values) const;
  // By the value that MySQL has given an AUTO_INCREMENT column; nullopt: there is none, or the
  // values have one for it.
  std::optional<RowCondition> ConditionByGeneratedKey(const std::vector<std::size_t>& columns,
                                                      const v1::ParameterSet& values) const;
  // Adds the other columns that can be compared, so that another's change since the row was read
  // shows as a row that is not found.
  void AddOldValues(RowCondition& condition, const RowView& row) const;

  std::string Name() const;  // quoted, with its catalogue or schema
  std::string Update(const std::vector<std::size_t>& set,
                     const std::vector<Condition>& where) const;
  // Behind an UPDATE or an INSERT on PostgreSQL: the row that came of it is the result, as Select()
  // gives it.
  std::string Returning(bool with_identity = true) const;
  // "UPDATE t SET …" or "DELETE FROM t" of somebody else needs this behind it.
  std::string Where(const std::vector<Condition>& where) const;
  // Whether a name in somebody else's statement is this table's, as the server resolves it there:
  // an SQL condition, "" for one that always holds; nullopt: it is another table's. `name` is
  // written as in PositionedStatement::table, `fold` tells that MySQL compares names without case.
  std::optional<std::string> NameTest(const std::vector<std::string>& name, bool fold) const;
  // A row, where the condition holds.
  std::string SelectIf(const std::string& condition) const;
  std::string Delete(const std::vector<Condition>& where) const;
  std::string Insert(const std::vector<std::size_t>& columns) const;
  // The changeable columns of one row, in their order, and its identity.
  std::string Select(const std::vector<Condition>& where) const;

 private:
  TargetTable(const std::vector<v1::Column>& columns, v1::Engine engine, std::size_t from,
              bool has_identity);
  std::string Quoted(const std::string& name) const;
  std::string SelectList(bool with_identity) const;
  void AddValue(RowCondition& condition, std::size_t column, const RowView& row) const;

  const std::vector<v1::Column>* columns_;
  v1::Engine engine_;
  std::size_t from_;  // a column of the table
  bool has_identity_;
  std::vector<std::vector<std::size_t>> keys_;
};

}  // namespace sluice::driver::cursor
