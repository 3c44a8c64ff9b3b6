#pragma once

#include <mysql.h>

#include <memory>
#include <type_traits>

// The client library, kept to what Oracle's libmysqlclient and MariaDB Connector/C share. Where the
// two differ, the difference is hidden here.

namespace sluice::relay::backend {

// `my_bool` (char) or `bool`, as the library's version has it.
using MysqlBool = std::remove_pointer_t<decltype(MYSQL_BIND::is_null)>;

// MariaDB's bulk interface: a prepared statement with many rows of parameters in one packet
// (COM_STMT_BULK_EXECUTE). Oracle's library has none.
#ifdef MARIADB_PACKAGE_VERSION_ID
inline constexpr char kNullIndicator = STMT_INDICATOR_NULL;
inline bool HasBulk(MYSQL* mysql) {
  // Those beyond MySQL's, whose numbers begin at bit 32. The library writes an unsigned long.
  unsigned long abilities = 0;
  mariadb_get_infov(mysql, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &abilities);
  return (abilities & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32)) != 0;
}
// 0: one row, bound as usual.
inline void SetArraySize(MYSQL_STMT* statement, unsigned int rows) {
  mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &rows);
}
inline void SetIndicators(MYSQL_BIND& bind, char* indicators) { bind.u.indicator = indicators; }
#else
inline constexpr char kNullIndicator = 1;
inline bool HasBulk(MYSQL*) { return false; }
inline void SetArraySize(MYSQL_STMT*, unsigned int) {}
inline void SetIndicators(MYSQL_BIND&, char*) {}
#endif

// libmysqlclient keeps data per thread; must precede its calls on a thread. Cheap after the first.
void EnterMysqlThread();

struct MysqlCloser {
  void operator()(MYSQL* handle) const { mysql_close(handle); }
  void operator()(MYSQL_STMT* handle) const { mysql_stmt_close(handle); }
  void operator()(MYSQL_RES* handle) const { mysql_free_result(handle); }
};
using MysqlHandle = std::unique_ptr<MYSQL, MysqlCloser>;
using StatementHandle = std::unique_ptr<MYSQL_STMT, MysqlCloser>;
using ResultHandle = std::unique_ptr<MYSQL_RES, MysqlCloser>;

}  // namespace sluice::relay::backend
