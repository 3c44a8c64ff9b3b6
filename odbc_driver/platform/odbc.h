#pragma once

// The one way to the ODBC headers. Poco's targets define UNICODE, which would rename every SQLxxx
// to SQLxxxW; the driver names both forms itself. Inside the driver strings are UTF-8; SQLWCHAR is
// UTF-16 on unixODBC as on Windows.
#ifndef SQL_NOUNICODEMAP
#define SQL_NOUNICODEMAP
#endif
#ifdef _WIN32
#include <windows.h>
#endif
#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>

static_assert(sizeof(SQLWCHAR) == 2, "SQLWCHAR must be UTF-16");

#ifdef _WIN32
#define SLUICE_EXPORT
#else
#define SLUICE_EXPORT __attribute__((visibility("default")))
#endif
