#include "odbc_driver/handles/field_value.h"

#include "odbc_driver/convert/unicode.h"

namespace sluice::driver {

std::string FieldInput::text() const {
  if (!wide_) return convert::FromSqlChar(static_cast<const SQLCHAR*>(value_), length_);
  const SQLLEN units =
      length_ > 0 ? static_cast<SQLLEN>(length_ / static_cast<SQLINTEGER>(sizeof(SQLWCHAR)))
                  : static_cast<SQLLEN>(length_);
  return convert::FromSqlWChar(static_cast<const SQLWCHAR*>(value_), units);
}

}  // namespace sluice::driver
