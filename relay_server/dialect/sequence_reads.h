#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a statement of PostgreSQL wants to know of sequences: lastval() and currval(…) answer what
// their connection drew last. Pure functions of native text.

namespace sluice::relay::dialect {

struct SequenceReads {
  // "pg_catalog.lastval()", "pg_catalog.currval('t_id_seq')": each once. They mean the same in
  // whatever statement they stand.
  std::vector<std::string> calls;
  bool has_other = false;  // one of them depends on the statement: its argument is no literal
};
SequenceReads FindSequenceReads(std::string_view sql);

// The text with values in the places of these calls; columns keep their names.
std::string WithSequenceValues(std::string_view sql,
                               const std::map<std::string, std::string>& value_by_call);

// A query that returns a row if running `sql`, which has inserted a row, has certainly drawn what
// each of these calls asks for. nullopt: the text does not tell.
std::optional<std::string> DrawingProof(std::string_view sql,
                                        const std::vector<std::string>& calls);

}  // namespace sluice::relay::dialect
