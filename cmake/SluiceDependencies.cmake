# External packages. Everything comes from the distribution; nothing is vendored.

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Poco REQUIRED COMPONENTS Foundation Net NetSSL Util)
# Newer protobuf ships CMake files of its own; Debian 12's does not.
find_package(Protobuf CONFIG QUIET)
if(NOT Protobuf_FOUND)
  find_package(Protobuf REQUIRED)
endif()
find_package(PkgConfig REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)

if(SLUICE_BUILD_DRIVER OR SLUICE_BUILD_TESTS)
  pkg_check_modules(ODBC REQUIRED IMPORTED_TARGET odbc)
  pkg_check_modules(ODBCINST REQUIRED IMPORTED_TARGET odbcinst)
endif()

if(SLUICE_BUILD_RELAY)
  pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
  pkg_check_modules(TOMLPLUSPLUS REQUIRED IMPORTED_TARGET tomlplusplus)
  # Oracle's libmysqlclient and MariaDB Connector/C have the same mysql.h subset; either will do.
  pkg_search_module(MYSQLCLIENT REQUIRED IMPORTED_TARGET mysqlclient libmariadb mariadb)
endif()

if(SLUICE_BUILD_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
