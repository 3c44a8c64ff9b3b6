#pragma once

#include <mysql.h>

#include <memory>
#include <type_traits>

// The client library, kept to what Oracle's libmysqlclient and MariaDB Connector/C share. Where the
// two differ, the difference is hidden here.

namespace sluice::relay::backend {

// `my_bool` (char) or `bool`, as the library's version has it.
using MysqlBool = std::remove_pointer_t<decltype(MYSQL_BIND::is_null)>;

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
