#pragma once

#include <sql.h>
#include <sqlext.h>

namespace sluice::tests {

// The code of a text type as applications without Unicode are told it: by the drivers of both
// databases when they describe a result, on MySQL by SQLColumns too.
template <typename Type>
Type Narrow(Type type) {
  switch (type) {
    case SQL_WCHAR:
      return SQL_CHAR;
    case SQL_WVARCHAR:
      return SQL_VARCHAR;
    case SQL_WLONGVARCHAR:
      return SQL_LONGVARCHAR;
    default:
      return type;
  }
}

}  // namespace sluice::tests
