"""Parameters of every type, arrays of parameters, data at execution."""

import ctypes
import struct
from ctypes import byref, c_long, c_short, c_size_t, c_ssize_t, c_ushort, c_void_p

from odbc import C_TYPES, DATA_AT_EXEC, NULL_DATA
from values import MYSQL, POSTGRES

SQL_CHAR, SQL_NUMERIC, SQL_DECIMAL, SQL_INTEGER, SQL_SMALLINT, SQL_FLOAT, SQL_REAL, SQL_DOUBLE = \
    1, 2, 3, 4, 5, 6, 7, 8
SQL_VARCHAR, SQL_DATE, SQL_TIME, SQL_TIMESTAMP, SQL_LONGVARCHAR = 12, 91, 92, 93, -1
SQL_BINARY, SQL_VARBINARY, SQL_LONGVARBINARY, SQL_BIGINT, SQL_TINYINT, SQL_BIT = -2, -3, -4, -5, -6, -7
SQL_WCHAR, SQL_WVARCHAR, SQL_WLONGVARCHAR, SQL_GUID = -8, -9, -10, -11

DATE = struct.pack("hHH", 2024, 2, 29)
TIME = struct.pack("HHH", 12, 34, 56)
TIMESTAMP = struct.pack("hHHHHHI", 2024, 2, 29, 12, 34, 56, 123456000)
GUID = bytes.fromhex("99bceea00b9cf84ebb6d6bb9bd380a11")
NUMERIC = struct.pack("BbB", 10, 2, 1) + (12345).to_bytes(16, "little")

# What is bound: C type, SQL type, size, digits, value; and the column types it is inserted into.
BINDINGS = {
    "char": ("CHAR", SQL_VARCHAR, 40, 0, b"42"),
    "char_text": ("CHAR", SQL_VARCHAR, 40, 0, b"abc"),
    "wchar": ("WCHAR", SQL_WVARCHAR, 40, 0, "\u00fc\U0001f600".encode("utf-16-le")),
    "long": ("CHAR", SQL_LONGVARCHAR, 100, 0, b"abc"),
    "char_date": ("CHAR", SQL_DATE, 10, 0, b"2024-02-29"),
    "char_number": ("CHAR", SQL_NUMERIC, 10, 2, b"12.50"),
    "slong": ("SLONG", SQL_INTEGER, 0, 0, struct.pack("i", -7)),
    "sshort": ("SSHORT", SQL_SMALLINT, 0, 0, struct.pack("h", -7)),
    "stinyint": ("STINYINT", SQL_TINYINT, 0, 0, struct.pack("b", -7)),
    "utinyint": ("UTINYINT", SQL_TINYINT, 0, 0, struct.pack("B", 200)),
    "ulong": ("ULONG", SQL_BIGINT, 0, 0, struct.pack("I", 4294967295)),
    "sbigint": ("SBIGINT", SQL_BIGINT, 0, 0, struct.pack("q", -(2 ** 63))),
    "ubigint": ("UBIGINT", SQL_BIGINT, 0, 0, struct.pack("Q", 2 ** 63 - 1)),
    "double": ("DOUBLE", SQL_DOUBLE, 0, 0, struct.pack("d", 1.5)),
    "float": ("FLOAT", SQL_REAL, 0, 0, struct.pack("f", 1.5)),
    "bit": ("BIT", SQL_BIT, 1, 0, b"\1"),
    "numeric": ("NUMERIC", SQL_NUMERIC, 10, 2, NUMERIC),
    "decimal_double": ("DOUBLE", SQL_DECIMAL, 10, 2, struct.pack("d", 1.25)),
    "date": ("DATE", SQL_DATE, 10, 0, DATE),
    "time": ("TIME", SQL_TIME, 8, 0, TIME),
    "timestamp": ("TIMESTAMP", SQL_TIMESTAMP, 26, 6, TIMESTAMP),
    "timestamp3": ("TIMESTAMP", SQL_TIMESTAMP, 23, 3, TIMESTAMP),
    "binary": ("BINARY", SQL_VARBINARY, 10, 0, b"\0A\xff"),
    "long_binary": ("BINARY", SQL_LONGVARBINARY, 10, 0, b"\0A\xff"),
    "guid": ("GUID", SQL_GUID, 36, 0, GUID),
    "long_as_text": ("SLONG", SQL_VARCHAR, 20, 0, struct.pack("i", 42)),
    "text_as_long": ("CHAR", SQL_INTEGER, 0, 0, b"42"),
    "null": ("CHAR", SQL_VARCHAR, 10, 0, None),
    "default": ("DEFAULT", SQL_INTEGER, 0, 0, struct.pack("i", 42)),
}

# The columns that each binding is inserted into.
TARGETS = {
    "postgres": ["text", "varchar", "int4", "int8", "numeric", "float8", "bool", "date", "time",
                 "timestamp", "timestamptz", "bytea", "uuid", "json", "interval"],
    "mysql": ["text", "varchar", "int", "bigint", "decimal", "double", "bool", "bit1", "date", "time6",
              "datetime6", "blob", "varbinary", "json", "uuid"],
}


def insert(session):
    types = POSTGRES if session.is_postgres else MYSQL
    for target in TARGETS[session.database]:
        session.table("compat_parameter", f"id integer, v {types[target][0]}")
        for name, binding in BINDINGS.items():
            statement = session.statement()
            statement.prepare("INSERT INTO compat_parameter VALUES (1, ?)")
            bound = statement.bind_parameter(1, *binding)
            result = statement.execute()
            if statement.succeeded:
                check = session.statement()
                check.run("SELECT v FROM compat_parameter")
                check.fetch()
                result += f" {check.data(1, 'CHAR')}"
                check.free()
            session.note(f"{target}.{name}", result if bound == "OK" else bound)
            statement.free()
            session.must("DELETE FROM compat_parameter")


def select(session):
    """Parameters whose type only the binding tells."""
    for name, binding in BINDINGS.items():
        statement = session.statement()
        statement.bind_parameter(1, *binding)
        session.note(name, statement.run("SELECT ?"))
        session.note(f"{name}.describe", statement.describe(1))
        session.note(f"{name}.fetch", statement.fetch())
        session.note(f"{name}.value", statement.data(1, "CHAR"))
        statement.free()


def compare(session):
    """Parameters in conditions, where the type of the column matters."""
    session.table("compat_parameter", "i integer, t varchar(20), d date, n numeric(10,2)")
    session.must("INSERT INTO compat_parameter VALUES (42, 'abc', '2024-02-29', 12.5)")
    for column, names in {"i": ("slong", "char", "sbigint", "double", "text_as_long", "null"),
                          "t": ("char_text", "wchar", "slong"), "d": ("date", "char_date", "timestamp"),
                          "n": ("numeric", "char_number", "double")}.items():
        for name in names:
            statement = session.statement()
            statement.prepare(f"SELECT count(*) FROM compat_parameter WHERE {column} >= ?")
            session.note(f"{column}.{name}.parameters", count_parameters(statement))
            session.note(f"{column}.{name}.describe", statement.describe_parameter(1))
            statement.bind_parameter(1, *BINDINGS[name])
            session.note(f"{column}.{name}.execute", statement.execute())
            session.note(f"{column}.{name}.rows", statement.rows())
            statement.free()


def count_parameters(statement):
    count = c_short(-1)
    result = statement.call("SQLNumParams", byref(count))
    return f"{result} {count.value}"


def describe(session):
    types = POSTGRES if session.is_postgres else MYSQL
    for name, (kind, _) in types.items():
        session.table("compat_parameter", f"id integer, v {kind}")
        statement = session.statement()
        statement.prepare("INSERT INTO compat_parameter VALUES (?, ?)")
        session.note(f"{name}", statement.describe_parameter(2))
        statement.free()


def arrays(session):
    """Three parameter sets at once, with and without a row that fails."""
    session.table("compat_parameter", "id integer PRIMARY KEY, v varchar(3)")
    texts = {"good": (1, 2, 3), "duplicate": (4, 4, 5), "repeat": (1, 6, 7)}
    for autocommit in (1, 0):
        session.note(f"autocommit{autocommit}", session.connection.set(102, autocommit))
        for name, keys in texts.items():
            array_insert(session, f"autocommit{autocommit}.{name}",
                         [key + (0 if autocommit else 10) for key in keys])
        if not autocommit:
            session.note("commit", session.connection.end(True))
    session.connection.set(102, 1)


def array_insert(session, key, keys):
    statement = session.statement()
    numbers = (ctypes.c_int * 3)(*keys)
    texts = ctypes.create_string_buffer(b"ab\0\0xyz\0" + b"q\0\0\0", 12)
    lengths = (c_ssize_t * 3)(2, 3, NULL_DATA)
    status, processed = (c_ushort * 3)(77, 77, 77), c_size_t(99)
    statement.kept = [numbers, texts, lengths, status, processed]
    session.note(f"{key}.size", statement.set(22, 3))
    statement.call("SQLSetStmtAttrW", c_long(20), status, c_long(0))
    statement.call("SQLSetStmtAttrW", c_long(21), byref(processed), c_long(0))
    statement.call("SQLBindParameter", c_ushort(1), c_short(1), c_short(-16), c_short(4), c_size_t(0),
                   c_short(0), numbers, c_ssize_t(0), None)
    statement.call("SQLBindParameter", c_ushort(2), c_short(1), c_short(1), c_short(12), c_size_t(3),
                   c_short(0), texts, c_ssize_t(4), lengths)
    session.note(f"{key}.execute", statement.run("INSERT INTO compat_parameter VALUES (?, ?)"))
    session.note(f"{key}.status", f"{list(status)} of {processed.value}")
    session.note(f"{key}.count", statement.row_count())
    session.note(f"{key}.more", statement.more())
    statement.free()
    check = session.statement()
    check.run("SELECT id, v FROM compat_parameter ORDER BY id")
    session.note(f"{key}.table", check.rows())
    check.free()


def at_execution(session):
    session.table("compat_parameter", session.sql("id integer, t text, b bytea", "id integer, t text, b blob"))
    statement = session.statement()
    indicator, token = c_ssize_t(DATA_AT_EXEC), ctypes.c_void_p()
    long_indicator = c_ssize_t(-100 - 6)  # SQL_LEN_DATA_AT_EXEC(6)
    statement.kept = [indicator, long_indicator]
    statement.call("SQLBindParameter", c_ushort(1), c_short(1), c_short(1), c_short(SQL_LONGVARCHAR),
                   c_size_t(100), c_short(0), c_void_p(1), c_ssize_t(0), byref(indicator))
    statement.call("SQLBindParameter", c_ushort(2), c_short(1), c_short(-2), c_short(SQL_LONGVARBINARY),
                   c_size_t(100), c_short(0), c_void_p(2), c_ssize_t(0), byref(long_indicator))
    session.note("execute", statement.run("INSERT INTO compat_parameter VALUES (1, ?, ?)"))
    session.note("param1", f"{statement.call('SQLParamData', byref(token))} {token.value}")
    session.note("put1", statement.call("SQLPutData", b"abc", c_ssize_t(3)))
    session.note("put2", statement.call("SQLPutData", b"def", c_ssize_t(-3)))
    session.note("busy", statement.run("SELECT 1"))
    session.note("param2", f"{statement.call('SQLParamData', byref(token))} {token.value}")
    session.note("put3", statement.call("SQLPutData", b"\0\1\2", c_ssize_t(3)))
    session.note("put4", statement.call("SQLPutData", b"\3\4\5", c_ssize_t(3)))
    session.note("end", statement.call("SQLParamData", byref(token)))
    session.note("count", statement.row_count())
    session.note("again", statement.execute())
    session.note("cancel", statement.call("SQLCancel"))
    statement.free()
    check = session.statement()
    check.run("SELECT * FROM compat_parameter")
    session.note("rows", check.rows())
    check.free()


def mistakes(session):
    statement = session.statement()
    session.note("unbound", statement.run("SELECT ?"))
    session.note("number0", statement.bind_parameter(0, *BINDINGS["slong"]))
    session.note("c_type", statement.call("SQLBindParameter", c_ushort(1), c_short(1), c_short(1234),
                                          c_short(4), c_size_t(0), c_short(0), None, c_ssize_t(0), None))
    session.note("sql_type", statement.call("SQLBindParameter", c_ushort(1), c_short(1), c_short(1),
                                            c_short(1234), c_size_t(0), c_short(0), b"1", c_ssize_t(0),
                                            None))
    session.note("more_bound", " ".join(statement.bind_parameter(n, *BINDINGS["slong"]) for n in (1, 2)))
    session.note("more_bound.run", statement.run("SELECT ?"))
    session.note("reset", statement.call("SQLFreeStmt", c_ushort(3)))
    session.note("reset.run", statement.run("SELECT ?"))
    session.note("describe_unprepared", session.statement().describe_parameter(1))
    statement.free()
    bad = {"text_as_int": ("CHAR", SQL_INTEGER, 0, 0, b"abc"), "bad_date": ("CHAR", SQL_DATE, 10, 0, b"soon"),
           "date_fields": ("DATE", SQL_DATE, 10, 0, struct.pack("hHH", 2024, 13, 1)),
           "date_as_int": ("DATE", SQL_INTEGER, 0, 0, DATE)}
    for name, binding in bad.items():
        statement = session.statement()
        result = statement.bind_parameter(1, *binding)
        session.note(name, f"{result}, {statement.run('SELECT ?')}")
        statement.free()


assert set(binding[0] for binding in BINDINGS.values()) <= set(C_TYPES)
SEQUENCES = {"insert": insert, "select": select, "compare": compare, "describe_parameter": describe,
             "arrays": arrays, "at_execution": at_execution, "parameter_mistakes": mistakes}
