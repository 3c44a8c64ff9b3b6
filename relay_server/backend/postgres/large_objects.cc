// Octets for a parameter of the type lo, the domain over oid that holds the number of a large
// object: psqlodbc makes an object of them and sends its number. Here the statement itself makes
// it, so that no round trip is added, and object and row come and go together.

#include <algorithm>
#include <string>
#include <vector>

#include "relay_server/backend/postgres/postgres_connection.h"
#include "sql/lexer.h"

namespace sluice::relay::backend::postgres {
namespace {

bool HasOctets(const values::ParameterSetView* parameters) {
  if (parameters == nullptr) return false;
  for (std::size_t i = 0; i < parameters->column_count(); ++i) {
    if (parameters->column(i).type() == v1::VALUE_TYPE_BYTES) return true;
  }
  return false;
}

// "$3" → 3.
std::size_t NumberOf(std::string_view parameter) {
  std::size_t number = 0;
  for (const char digit : parameter.substr(1)) {
    number = number * 10 + static_cast<std::size_t>(digit - '0');
    if (number > 0xffff) return 0;  // the protocol has no such parameter
  }
  return number;
}

// `is_object` has an entry for each parameter.
std::string MakeObjectsOf(std::string_view sql, const sql::LexicalRules& rules,
                          const std::vector<bool>& is_object) {
  std::string text;
  for (const sql::Token& token : sql::Tokenize(sql, rules)) {
    const bool is_parameter = token.kind == sql::TokenKind::kParameter;
    const std::size_t number = is_parameter ? NumberOf(token.text) : 0;
    if (number == 0 || number > is_object.size() || !is_object[number - 1]) {
      text += token.text;
    } else {
      text.append("pg_catalog.lo_from_bytea(0, ").append(token.text).append(")");
    }
  }
  return text;
}

}  // namespace

// What the statement's parameters are, where it takes some of types that type_table.h does not
// know; else, and where the server refuses to tell, nullptr.
std::shared_ptr<const Description> PostgresConnection::DescribeOtherTypes(
    const Execution& execution) {
  auto description = MakePlan(execution).description;
  const auto is_known = [&] {
    return description != nullptr &&
           shared_->schema.FindUnknown({{}, description->schema.types}, schema_changed()).empty();
  };
  if (!is_known()) {
    try {
      Describe(*execution.statement, *execution.settings);
    } catch (const BackendError& error) {
      if (error.connection_lost()) throw;
      notices_.clear();
      return nullptr;  // the execution tells why
    }
    description = Remembered(execution.statement->sql);
  }
  return description != nullptr && !description->schema.types.empty() ? description : nullptr;
}

std::shared_ptr<const Statement> PostgresConnection::WithLargeObjects(const Execution& execution) {
  const Statement& given = *execution.statement;
  const bool may_be = HasOctets(execution.parameters) && execution.settings != nullptr &&
                      state_ != v1::TRANSACTION_STATE_FAILED;
  if (!may_be) return execution.statement;
  const auto description = DescribeOtherTypes(execution);
  if (description == nullptr) return execution.statement;
  std::vector<bool> is_object;
  for (std::size_t i = 0; i < description->parameter_types.size(); ++i) {
    const bool is_octets = i < execution.parameters->column_count() &&
                           execution.parameters->column(i).type() == v1::VALUE_TYPE_BYTES;
    is_object.push_back(is_octets &&
                        shared_->schema.IsLargeObject(description->parameter_types[i]));
  }
  if (std::ranges::find(is_object, true) == is_object.end()) return execution.statement;
  sql::LexicalRules rules = sql::kPostgresLexicalRules;
  rules.backslash_in_strings = HasBackslashes();
  auto changed = std::make_shared<Statement>();
  changed->sql = MakeObjectsOf(given.sql, rules, is_object);
  changed->parameter_count = given.parameter_count;
  changed->kind = given.kind;
  return changed;
}

}  // namespace sluice::relay::backend::postgres
