// Several statements in one text, on MySQL with MULTI_STATEMENTS. As with Connector/ODBC all of
// them run when the text does, whether the application asks for their results or not, and each
// takes its own of the parameters; SQLMoreResults shows the results one after the other. The first
// one that fails is the last one that runs. On PostgreSQL several statements are the server's
// business.

#include <algorithm>
#include <utility>

#include "odbc_driver/cursor/script.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver {

void Statement::SetScript(std::string text) {
  ReleaseScript();
  if (!connection_->splits_statements()) return SetText(std::move(text));
  auto statements = cursor::SplitStatements(text, connection_->lexical_rules());
  if (statements.size() < 2) return SetText(std::move(text));
  int before = 0;
  for (auto& statement : statements) {
    script_.push_back({.text = {.sql = std::move(statement.sql)},
                       .markers = {.before = before, .count = statement.markers}});
    before += statement.markers;
  }
  SetText(std::move(script_.front().text.sql));
}

// Connector/ODBC has the server prepare each text within SQLPrepare. That trip is spared here, but
// for several statements: they are rare, and its applications look there for what is wrong with
// them. What stands behind a statement that may make what is named is told by the execution.
void Statement::CheckScript() {
  if (connection_->engine() != v1::ENGINE_MYSQL) return;
  for (std::size_t part = 0; part < script_.size(); ++part) {
    const auto& sql = part == script_part_ ? text_.sql : script_[part].text.sql;
    if (!cursor::OnlyTouchesRows(sql)) return;
    DescriptionOf(part);
  }
  if (is_script() || cursor::SplitStatements(text_.sql, connection_->lexical_rules()).size() < 2)
    return;
  constexpr std::int32_t kParseError = 1064;  // ER_PARSE_ERROR
  try {
    Description();
  } catch (const client::RequestFailed& failure) {
    if (failure.diagnostics().front().native_code() == kParseError) throw;
  }
}

void Statement::ReleaseScript() {
  script_results_.clear();
  for (const auto& part : script_) {
    if (!part.text.sent || !connection_->connected()) continue;
    connection_->client()->ReleaseStatement(part.text.id);
  }
  script_.clear();
  script_part_ = 0;
}

void Statement::GoToPart(std::size_t part) {
  if (!is_script() || part == script_part_) return;
  script_[script_part_].text = std::move(text_);
  text_ = std::move(script_[part].text);
  script_[part].text = {};
  script_part_ = part;
}

void Statement::RewindScript() {
  script_results_.clear();
  GoToPart(0);
}

ParameterCollector::Markers Statement::PartMarkers() const {
  if (is_script()) return script_[script_part_].markers;
  if (!text_.description) return {};
  return {.count = text_.description->parameters_size()};
}

int Statement::ScriptMarkers() const {
  const auto& last = script_.back().markers;
  return last.before + last.count.value_or(0);
}

// The last one for a number beyond all.
std::size_t Statement::PartOfMarker(int number) const {
  std::size_t part = 0;
  while (part + 1 < script_.size() && number > script_[part + 1].markers.before) ++part;
  return part;
}

const v1::StatementDescription& Statement::DescriptionOf(std::size_t part) {
  const std::size_t shown = script_part_;
  GoToPart(part);
  try {
    Description();
  } catch (...) {
    GoToPart(shown);
    throw;
  }
  GoToPart(shown);
  return *(part == shown ? text_ : script_[part].text).description;
}

SQLRETURN Statement::KeepResult(ScriptResult result) {
  script_results_.push_back(std::move(result));
  if (script_part_ + 1 == script_.size()) return TakeNextResult();
  script_is_due_ = true;
  return SQL_SUCCESS;
}

// A statement behind the first: as from Connector/ODBC, which sends texts with parameters statement
// by statement and others at once, the execution fails with parameters, and SQLMoreResults without
// them. What the application has brought about itself ends the execution always.
SQLRETURN Statement::KeepFailure(const std::shared_ptr<client::RelayClient>& open,
                                 const client::RequestFailed& failure) {
  const bool told_now = script_results_.empty() || ScriptMarkers() > 0 || open->IsDead() ||
                        EndsCall(failure.sqlstate());
  if (told_now) throw failure;
  script_results_.push_back({.part = script_part_, .client = open, .failure = failure});
  return TakeNextResult();
}

SQLRETURN Statement::TakeNextResult() {
  auto next = std::move(script_results_.front());
  script_results_.pop_front();
  GoToPart(next.part);
  if (next.failure) throw *std::exchange(next.failure, {});
  const SQLRETURN taken = TakeResult(next.client, std::move(next.response));
  return next.reported == SQL_SUCCESS ? taken : next.reported;
}

}  // namespace sluice::driver
