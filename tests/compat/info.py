"""SQLGetInfo for every type of the reference, SQLGetFunctions, and descriptors."""

import ctypes
from ctypes import byref, c_short, c_ssize_t, c_ushort

import odbc

TEXTS = {
    "DATA_SOURCE_READ_ONLY": 25, "SEARCH_PATTERN_ESCAPE": 14, "ACCESSIBLE_TABLES": 19,
    "ACCESSIBLE_PROCEDURES": 20, "PROCEDURES": 21, "EXPRESSIONS_IN_ORDERBY": 27, "IDENTIFIER_QUOTE_CHAR": 29,
    "MULT_RESULT_SETS": 36, "MULTIPLE_ACTIVE_TXN": 37, "OUTER_JOINS": 38, "SCHEMA_TERM": 39,
    "PROCEDURE_TERM": 40, "CATALOG_NAME_SEPARATOR": 41, "CATALOG_TERM": 42, "TABLE_TERM": 45,
    "INTEGRITY": 73, "LIKE_ESCAPE_CLAUSE": 113, "SPECIAL_CHARACTERS": 94, "COLUMN_ALIAS": 87,
    "ORDER_BY_COLUMNS_IN_SELECT": 90, "NEED_LONG_DATA_LEN": 111, "ROW_UPDATES": 11,
    "MAX_ROW_SIZE_INCLUDES_LONG": 103, "XOPEN_CLI_YEAR": 10000, "DESCRIBE_PARAMETER": 10002,
    "CATALOG_NAME": 10003, "COLLATION_SEQ": 10004, "DBMS_NAME": 17, "DBMS_VER": 18, "ODBC_VER": 10,
    "DATABASE_NAME": 16, "USER_NAME": 47, "DRIVER_ODBC_VER": 77, "KEYWORDS": 89, "SERVER_NAME": 13,
    "DATA_SOURCE_NAME": 2, "DRIVER_NAME": 6, "DRIVER_VER": 7,
}
SHORTS = {
    "ACTIVE_CONNECTIONS": 0, "ACTIVE_STATEMENTS": 1, "CONCAT_NULL_BEHAVIOR": 22, "CURSOR_COMMIT_BEHAVIOR": 23,
    "CURSOR_ROLLBACK_BEHAVIOR": 24, "IDENTIFIER_CASE": 28, "MAX_COLUMN_NAME_LEN": 30,
    "MAX_CURSOR_NAME_LEN": 31, "MAX_SCHEMA_NAME_LEN": 32, "MAX_PROCEDURE_NAME_LEN": 33,
    "MAX_CATALOG_NAME_LEN": 34, "MAX_TABLE_NAME_LEN": 35, "TXN_CAPABLE": 46, "CORRELATION_NAME": 74,
    "NON_NULLABLE_COLUMNS": 75, "FILE_USAGE": 84, "NULL_COLLATION": 85, "GROUP_BY": 88,
    "QUOTED_IDENTIFIER_CASE": 93, "MAX_COLUMNS_IN_GROUP_BY": 97, "MAX_COLUMNS_IN_INDEX": 98,
    "MAX_COLUMNS_IN_ORDER_BY": 99, "MAX_COLUMNS_IN_SELECT": 100, "MAX_COLUMNS_IN_TABLE": 101,
    "MAX_TABLES_IN_SELECT": 106, "MAX_USER_NAME_LEN": 107, "CATALOG_LOCATION": 114,
    "MAX_IDENTIFIER_LEN": 10005, "ODBC_API_CONFORMANCE": 9, "ODBC_SQL_CONFORMANCE": 15,
    "ODBC_SAG_CLI_CONFORMANCE": 12,
}
LONGS = {
    "DEFAULT_TXN_ISOLATION": 26, "SCROLL_CONCURRENCY": 43, "SCROLL_OPTIONS": 44, "CONVERT_FUNCTIONS": 48,
    "NUMERIC_FUNCTIONS": 49, "STRING_FUNCTIONS": 50, "SYSTEM_FUNCTIONS": 51, "TIMEDATE_FUNCTIONS": 52,
    "CONVERT_BIGINT": 53, "CONVERT_BINARY": 54, "CONVERT_BIT": 55, "CONVERT_CHAR": 56, "CONVERT_DATE": 57,
    "CONVERT_DECIMAL": 58, "CONVERT_DOUBLE": 59, "CONVERT_FLOAT": 60, "CONVERT_INTEGER": 61,
    "CONVERT_LONGVARCHAR": 62, "CONVERT_NUMERIC": 63, "CONVERT_REAL": 64, "CONVERT_SMALLINT": 65,
    "CONVERT_TIME": 66, "CONVERT_TIMESTAMP": 67, "CONVERT_TINYINT": 68, "CONVERT_VARBINARY": 69,
    "CONVERT_VARCHAR": 70, "CONVERT_LONGVARBINARY": 71, "TXN_ISOLATION_OPTION": 72, "LOCK_TYPES": 78,
    "POS_OPERATIONS": 79, "POSITIONED_STATEMENTS": 80, "GETDATA_EXTENSIONS": 81, "BOOKMARK_PERSISTENCE": 82,
    "STATIC_SENSITIVITY": 83, "ALTER_TABLE": 86, "SCHEMA_USAGE": 91, "CATALOG_USAGE": 92,
    "SUBQUERIES": 95, "UNION": 96, "MAX_INDEX_SIZE": 102, "MAX_ROW_SIZE": 104, "MAX_STATEMENT_LEN": 105,
    "MAX_CHAR_LITERAL_LEN": 108, "TIMEDATE_ADD_INTERVALS": 109, "TIMEDATE_DIFF_INTERVALS": 110,
    "MAX_BINARY_LITERAL_LEN": 112, "OJ_CAPABILITIES": 115, "ACTIVE_ENVIRONMENTS": 116, "ALTER_DOMAIN": 117,
    "SQL_CONFORMANCE": 118, "DATETIME_LITERALS": 119, "BATCH_ROW_COUNT": 120, "BATCH_SUPPORT": 121,
    "CONVERT_WCHAR": 122, "CONVERT_INTERVAL_DAY_TIME": 123, "CONVERT_INTERVAL_YEAR_MONTH": 124,
    "CONVERT_WLONGVARCHAR": 125, "CONVERT_WVARCHAR": 126, "CREATE_ASSERTION": 127,
    "CREATE_CHARACTER_SET": 128, "CREATE_COLLATION": 129, "CREATE_DOMAIN": 130, "CREATE_SCHEMA": 131,
    "CREATE_TABLE": 132, "CREATE_TRANSLATION": 133, "CREATE_VIEW": 134, "DROP_ASSERTION": 136,
    "DROP_CHARACTER_SET": 137, "DROP_COLLATION": 138, "DROP_DOMAIN": 139, "DROP_SCHEMA": 140, "DROP_TABLE": 141,
    "DROP_TRANSLATION": 142, "DROP_VIEW": 143, "DYNAMIC_CURSOR_ATTRIBUTES1": 144,
    "DYNAMIC_CURSOR_ATTRIBUTES2": 145, "FORWARD_ONLY_CURSOR_ATTRIBUTES1": 146,
    "FORWARD_ONLY_CURSOR_ATTRIBUTES2": 147, "INDEX_KEYWORDS": 148, "INFO_SCHEMA_VIEWS": 149,
    "KEYSET_CURSOR_ATTRIBUTES1": 150, "KEYSET_CURSOR_ATTRIBUTES2": 151, "ODBC_INTERFACE_CONFORMANCE": 152,
    "PARAM_ARRAY_ROW_COUNTS": 153, "PARAM_ARRAY_SELECTS": 154, "SQL92_DATETIME_FUNCTIONS": 155,
    "SQL92_FOREIGN_KEY_DELETE_RULE": 156, "SQL92_FOREIGN_KEY_UPDATE_RULE": 157, "SQL92_GRANT": 158,
    "SQL92_NUMERIC_VALUE_FUNCTIONS": 159, "SQL92_PREDICATES": 160, "SQL92_RELATIONAL_JOIN_OPERATORS": 161,
    "SQL92_REVOKE": 162, "SQL92_ROW_VALUE_CONSTRUCTOR": 163, "SQL92_STRING_FUNCTIONS": 164,
    "SQL92_VALUE_EXPRESSIONS": 165, "STANDARD_CLI_CONFORMANCE": 166, "STATIC_CURSOR_ATTRIBUTES1": 167,
    "STATIC_CURSOR_ATTRIBUTES2": 168, "AGGREGATE_FUNCTIONS": 169, "DDL_INDEX": 170, "INSERT_STATEMENT": 172,
    "CONVERT_GUID": 173, "ASYNC_MODE": 10021, "MAX_ASYNC_CONCURRENT_STATEMENTS": 10022,
    "CURSOR_SENSITIVITY": 10001, "FETCH_DIRECTION": 8, "ASYNC_DBC_FUNCTIONS": 10023,
    "DRIVER_AWARE_POOLING_SUPPORTED": 10024, "ASYNC_NOTIFICATION": 10025,
    # Of ODBC 4; Power BI asks for 180 and for 1750.
    "SCHEMA_INFERENCE": 174, "BINARY_FUNCTIONS": 175, "ISO_STRING_FUNCTIONS": 176,
    "ISO_BINARY_FUNCTIONS": 177, "LIMIT_ESCAPE_CLAUSE": 178, "NATIVE_ESCAPE_CLAUSE": 179,
    "RETURN_ESCAPE_CLAUSE": 180, "FORMAT_ESCAPE_CLAUSE": 181, "Microsoft 1750": 1750,
}


def get_info(session):
    for names, width in ((TEXTS, 0), (SHORTS, 2), (LONGS, 4)):
        for name, kind in names.items():
            buffer, length = ctypes.create_string_buffer(4096), c_short(-1)
            result = session.connection.call("SQLGetInfoW", c_ushort(kind), buffer, c_short(4000), byref(length))
            if not session.connection.succeeded:
                session.note(name, result)
            elif width:
                session.note(name, f"{result} {int.from_bytes(buffer.raw[:width], 'little'):#x}")
            else:
                session.note(name, f"{result} {odbc.narrow(buffer.raw[:max(length.value, 0)])!r}")
    buffer = ctypes.create_string_buffer(4096)
    session.note("unknown", session.connection.call("SQLGetInfoW", c_ushort(9999), buffer, c_short(4000), None))


def functions(session):
    supported = (c_ushort * 250)()
    session.note("call", session.connection.call("SQLGetFunctions", c_ushort(999), supported))
    for function in list(range(1, 80)) + list(range(1001, 1025)):
        session.note(str(function), (supported[function >> 4] >> (function & 15)) & 1)


def descriptors(session):
    """What the implementation descriptors tell after preparing and executing."""
    session.table("compat_desc", "id integer NOT NULL, v varchar(20)")
    statement = session.statement()
    statement.prepare("SELECT id, v AS renamed FROM compat_desc WHERE id = ?")
    statement.execute()
    for name, attribute in (("ard", 10010), ("apd", 10011), ("ird", 10012), ("ipd", 10013)):
        value = ctypes.c_void_p()
        session.note(f"{name}", statement.call("SQLGetStmtAttrW", ctypes.c_long(attribute), byref(value),
                                               ctypes.c_long(0), None))
        descriptor = odbc.Handle.__new__(odbc.Handle)
        descriptor.kind, descriptor.value = odbc.DESC, value
        for field in (1001, 20, 1002, 2, 1005, 1006, 1008, 1003, 1013, 33, 1012, 34):
            number = c_ssize_t(0)
            result = descriptor.call("SQLGetDescFieldW", c_short(1), c_short(field), byref(number),
                                     ctypes.c_long(8), None)
            session.note(f"{name}.{field}", f"{result} {c_short(number.value).value}")
    statement.free()


SEQUENCES = {"info": get_info, "functions": functions, "descriptors": descriptors}
