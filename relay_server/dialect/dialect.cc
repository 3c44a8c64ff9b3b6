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
  const Dialect& WithBackslashes() const override;

 private:
  const SqlRules& rules_;
};

const Dialect& PostgresDialectImpl::WithBackslashes() const {
  static const PostgresDialectImpl dialect(kPostgresBackslashSqlRules);
  return dialect;
}

class MysqlDialectImpl final : public Dialect {
 public:
  using Dialect::Translate;
  std::vector<TranslatedStatement> Translate(std::string_view sql, bool escape_scan,
                                             const std::vector<bool>& output_only) const override {
    return TranslateText(sql, {kMysqlSqlRules, ClassifyMysql}, escape_scan, output_only);
  }
  std::string CatalogQuery(const v1::Catalog& request,
                           const v1::ServerFacts& facts) const override {
    return MysqlCatalogQuery(request, facts);
  }
};

}  // namespace

const Dialect& PostgresDialect() {
  static const PostgresDialectImpl dialect(kPostgresSqlRules);
  return dialect;
}

const Dialect& MysqlDialect() {
  static const MysqlDialectImpl dialect;
  return dialect;
}

const Dialect& DialectFor(v1::Engine engine) {
  assert(engine == v1::ENGINE_POSTGRES || engine == v1::ENGINE_MYSQL);
  return engine == v1::ENGINE_MYSQL ? MysqlDialect() : PostgresDialect();
}

}  // namespace sluice::relay::dialect
