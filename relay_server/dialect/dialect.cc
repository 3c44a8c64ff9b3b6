#include "relay_server/dialect/dialect.h"

#include <cassert>

#include "relay_server/dialect/catalog_queries.h"
#include "relay_server/dialect/classify.h"
#include "relay_server/dialect/translate.h"

namespace sluice::relay::dialect {
namespace {

class PostgresDialectImpl final : public Dialect {
 public:
  explicit PostgresDialectImpl(const SqlRules& rules) : rules_(rules) {}

  using Dialect::Translate;
  std::vector<TranslatedStatement> Translate(std::string_view sql, bool escape_scan,
                                             const std::vector<bool>& output_only) const override {
    return TranslateText(sql, {rules_, ClassifyPostgres}, escape_scan, output_only);
  }
  std::string CatalogQuery(const v1::Catalog& request,
                           const v1::ServerFacts& facts) const override {
    return PostgresCatalogQuery(request, facts);
  }
  const Dialect& For(QuoteRules rules) const override;

 private:
  const SqlRules& rules_;
};

const Dialect& PostgresDialectImpl::For(QuoteRules rules) const {
  static const PostgresDialectImpl dialect(kPostgresBackslashSqlRules);
  return rules.other_backslashes ? dialect : PostgresDialect();
}

class MysqlDialectImpl final : public Dialect {
 public:
  explicit MysqlDialectImpl(QuoteRules quotes) : rules_(MysqlSqlRules(quotes)) {}

  using Dialect::Translate;
  std::vector<TranslatedStatement> Translate(std::string_view sql, bool escape_scan,
                                             const std::vector<bool>& output_only) const override {
    return TranslateText(sql, {rules_, ClassifyMysql}, escape_scan, output_only);
  }
  std::string CatalogQuery(const v1::Catalog& request,
                           const v1::ServerFacts& facts) const override {
    return MysqlCatalogQuery(request, facts);
  }
  const Dialect& For(QuoteRules rules) const override;

 private:
  const SqlRules& rules_;
};

const Dialect& MysqlDialectImpl::For(QuoteRules rules) const {
  static const MysqlDialectImpl ansi({.ansi_quotes = true});
  static const MysqlDialectImpl plain_backslashes({.other_backslashes = true});
  static const MysqlDialectImpl both({.other_backslashes = true, .ansi_quotes = true});
  if (rules.other_backslashes) return rules.ansi_quotes ? both : plain_backslashes;
  return rules.ansi_quotes ? ansi : MysqlDialect();
}

}  // namespace

const Dialect& PostgresDialect() {
  static const PostgresDialectImpl dialect(kPostgresSqlRules);
  return dialect;
}

const Dialect& MysqlDialect() {
  static const MysqlDialectImpl dialect{QuoteRules()};
  return dialect;
}

const Dialect& DialectFor(v1::Engine engine) {
  assert(engine == v1::ENGINE_POSTGRES || engine == v1::ENGINE_MYSQL);
  return engine == v1::ENGINE_MYSQL ? MysqlDialect() : PostgresDialect();
}

}  // namespace sluice::relay::dialect
