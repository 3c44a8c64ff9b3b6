#include "odbc_driver/info/type_rules.h"

#include <gtest/gtest.h>

namespace sluice::driver::info {
namespace {

struct Case {
  const char* type_name;
  v1::SqlType sql_type;
  std::uint64_t size;
  bool is_default;
};

constexpr Case kText{"text", v1::SQLTYPE_LONGVARCHAR, 8190, true};
constexpr Case kVarchar{"varchar", v1::SQLTYPE_VARCHAR, 255, true};
constexpr Case kVarchar300{"varchar", v1::SQLTYPE_VARCHAR, 300, false};
constexpr Case kChar10{"char", v1::SQLTYPE_CHAR, 10, false};
constexpr Case kEnum{"mood", v1::SQLTYPE_VARCHAR, 255, true};
constexpr Case kJson{"json", v1::SQLTYPE_LONGVARCHAR, 8190, true};
constexpr Case kXml{"xml", v1::SQLTYPE_LONGVARCHAR, 8190, true};
constexpr Case kBytea{"bytea", v1::SQLTYPE_LONGVARBINARY, 8190, true};
constexpr Case kInet{"inet", v1::SQLTYPE_VARCHAR, 50, false};

// "long 8190", "short 255" …
std::string Ruled(const TypeRules& rules, const Case& type) {
  v1::Column column;
  column.set_type_name(type.type_name);
  column.set_sql_type(type.sql_type);
  column.set_size(type.size);
  column.set_is_default_size(type.is_default);
  Apply(rules, v1::ENGINE_POSTGRES, column);
  const bool is_long = column.sql_type() == v1::SQLTYPE_LONGVARCHAR ||
                       column.sql_type() == v1::SQLTYPE_LONGVARBINARY;
  return (is_long ? "long " : "short ") + std::to_string(column.size());
}

TEST(TypeRulesTest, WithoutRulesNothingChanges) {
  for (const Case& type : {kText, kVarchar, kVarchar300, kEnum, kJson, kBytea, kInet}) {
    const bool is_long =
        type.sql_type == v1::SQLTYPE_LONGVARCHAR || type.sql_type == v1::SQLTYPE_LONGVARBINARY;
    EXPECT_EQ(Ruled({}, type), (is_long ? "long " : "short ") + std::to_string(type.size));
  }
}

// As psqlodbc 13 describes them with the same options.
TEST(TypeRulesTest, MaxVarcharSizeIsASizeAndALimit) {
  const TypeRules rules{.max_varchar_size = 100};
  EXPECT_EQ(Ruled(rules, kVarchar), "short 100");
  EXPECT_EQ(Ruled(rules, kVarchar300), "long 300");
  EXPECT_EQ(Ruled(rules, kChar10), "short 10");
  EXPECT_EQ(Ruled(rules, kEnum), "short 100");
  EXPECT_EQ(Ruled(rules, kText), "long 8190");
  EXPECT_EQ(Ruled(rules, kInet), "short 50");
  EXPECT_EQ(Ruled({.max_varchar_size = 1000}, kVarchar300), "short 300");
}

TEST(TypeRulesTest, LongTypesAreWhatTheRulesSay) {
  EXPECT_EQ(Ruled({.max_longvarchar_size = 500}, kText), "long 500");
  EXPECT_EQ(Ruled({.text_as_longvarchar = false}, kText), "short 255");
  EXPECT_EQ(Ruled({.max_varchar_size = 9, .text_as_longvarchar = false}, kText), "short 9");
  EXPECT_EQ(Ruled({.unknowns_as_longvarchar = true}, kEnum), "long 8190");
  EXPECT_EQ(Ruled({.unknowns_as_longvarchar = false}, kJson), "short 255");
  EXPECT_EQ(Ruled({.unknowns_as_longvarchar = false}, kXml), "long 255");
  EXPECT_EQ(Ruled({.bytea_as_longvarbinary = true}, kBytea), "long 8190");
  EXPECT_EQ(Ruled({.bytea_as_longvarbinary = false}, kBytea), "short 255");
  EXPECT_EQ(Ruled({.max_longvarchar_size = 70,
                   .unknowns_as_longvarchar = true,
                   .bytea_as_longvarbinary = false},
                  kBytea),
            "short 70");
}

}  // namespace
}  // namespace sluice::driver::info
