"""Applications of other kinds: of ODBC 2, without Unicode, with long values, with odd names."""

import ctypes
import struct
from ctypes import byref, c_long, c_short, c_size_t, c_ssize_t, c_ushort, c_void_p

import odbc


def odbc2(session):
    """An application that declares ODBC 2: its types, its SQLSTATEs."""
    connection = odbc.Connection(session.text, version=2)
    session.note("open", connection.open())
    session.table("compat_two", "id integer PRIMARY KEY, d date, t time, s timestamp NULL, n bigint, v varchar(10)")
    session.must("INSERT INTO compat_two VALUES (1, '2024-02-29', '12:34:56', '2024-02-29 12:34:56', 5, 'a')")
    statement = connection.statement()
    session.note("run", statement.run("SELECT * FROM compat_two"))
    for column in range(1, 7):
        session.note(f"describe{column}", statement.describe(column))
    session.note("fetch", statement.fetch())
    for column, c_type, width in ((2, 9, 6), (3, 10, 6), (4, 11, 16)):
        buffer, length = ctypes.create_string_buffer(32), c_ssize_t(-99)
        result = statement.call("SQLGetData", c_ushort(column), c_short(c_type), buffer, c_ssize_t(32), byref(length))
        session.note(f"data{column}", f"{result} {buffer.raw[:width].hex()} {length.value}")
    session.note("default5", statement.data(5, "DEFAULT"))
    session.note("close", statement.close())
    for name, sql in {"syntax": "SELEC", "table": "SELECT * FROM compat_nothing", "column": "SELECT x FROM compat_two",
                      "duplicate": "INSERT INTO compat_two (id) VALUES (1)", "exists": "CREATE TABLE compat_two (a integer)",
                      "nothing": "DELETE FROM compat_two WHERE id = 99"}.items():
        session.note(name, statement.run(sql))
    statement.free()
    connection.close()


class NarrowConnection(odbc.Connection):
    """Uses the functions for text in octets."""

    def open(self):
        text = self.text.encode()
        return self.call("SQLDriverConnect", None, text, c_short(len(text)), None, c_short(0), None, c_ushort(0))


def narrow(session):
    connection = NarrowConnection(session.text)
    session.note("open", connection.open())
    session.table("compat_narrow", "id integer, v varchar(10), t text, c char(3)")
    session.must("INSERT INTO compat_narrow VALUES (1, 'gr\u00fc\u00df', '\u20ac', 'abc')")
    statement = connection.statement()
    text = b"SELECT id, v, t, c FROM compat_narrow"
    session.note("run", statement.call("SQLExecDirect", text, c_long(len(text))))
    for column in range(1, 5):
        name, length = ctypes.create_string_buffer(100), c_short()
        kind, size, digits, nullable = c_short(), c_size_t(), c_short(), c_short()
        result = statement.call("SQLDescribeCol", c_ushort(column), name, c_short(100), byref(length), byref(kind),
                                byref(size), byref(digits), byref(nullable))
        session.note(f"describe{column}", f"{result} {name.value} {kind.value} {size.value} {digits.value}")
        number = c_ssize_t(0)
        for field in (2, 1013, 6):
            result = statement.call("SQLColAttribute", c_ushort(column), c_ushort(field), None, c_short(0), None,
                                    byref(number))
            session.note(f"attribute{column}.{field}", f"{result} {number.value}")
    session.note("fetch", statement.fetch())
    for column in range(1, 5):
        session.note(f"char{column}", statement.data(column, "CHAR"))
        session.note(f"default{column}", statement.data(column, "DEFAULT"))
    statement.close()
    bad = b"SELECT * FROM compat_nothing"
    session.note("error", statement.call("SQLExecDirect", bad, c_long(odbc.NTS)))
    statement.free()
    connection.close()


def long_values(session):
    """Half a megabyte, in parts of several sizes and as a whole."""
    octets = session.sql("bytea", "longblob")
    session.table("compat_long", f"id integer, t {session.sql('text', 'longtext')}, b {octets}")
    half = 1 << 19
    writer = session.statement()
    text, blob = ("\u00e4" * (half // 2)).encode(), bytes(range(256)) * (half // 256)
    session.note("text.bind", writer.bind_parameter(1, "CHAR", -1, half, 0, text))
    session.note("blob.bind", writer.bind_parameter(2, "BINARY", -4, half, 0, blob))
    session.note("insert", writer.run("INSERT INTO compat_long VALUES (1, ?, ?)"))
    writer.free()
    for c_type, column, expected in (("CHAR", 2, text), ("WCHAR", 2, text.decode().encode("utf-16-le")),
                                     ("BINARY", 3, blob)):
        for size in (4096, 65536, 2 * half):
            statement = session.statement()
            statement.run("SELECT * FROM compat_long")
            statement.fetch()
            found, parts = read_all(statement, column, c_type, size)
            session.note(f"{c_type}.{size}", f"{found == expected} {parts}")
            statement.free()


def read_all(statement, column, c_type, size):
    code, end = odbc.C_TYPES[c_type][0], {"CHAR": 1, "WCHAR": 2}.get(c_type, 0)
    found, parts, buffer = b"", 0, ctypes.create_string_buffer(size)
    while parts < 1000:
        length = c_ssize_t(-99)
        statement.call("SQLGetData", c_ushort(column), c_short(code), buffer, c_ssize_t(size), byref(length))
        if not statement.succeeded:
            break
        parts += 1
        left = length.value if length.value >= 0 else size
        found += buffer.raw[:min(left, size - end)]
    return found, parts


def names(session):
    """Quoted names with blanks, capitals, quotes and letters beyond ASCII."""
    quote = session.sql('"', "`")
    table, column = f"{quote}compat Stra\u00dfe{quote}", f"{quote}na{quote}{quote}me \u20ac{quote}"
    session.table(table, f"{column} integer, {quote}Order{quote} varchar(5)")
    session.must(f"INSERT INTO {table} VALUES (1, 'x')")
    statement = session.statement()
    session.note("run", statement.run(f"SELECT {column}, {quote}Order{quote} AS {quote}A b{quote} FROM {table} AS t"))
    for number in (1, 2):
        session.note(f"describe{number}", statement.describe(number))
        for field in (22, 23, 18, 1011, 15):
            session.note(f"attribute{number}.{field}", statement.attribute(number, field, True))
    session.note("rows", statement.rows())
    statement.free()
    session.must(f"DROP TABLE {table}")


def diagnostic_fields(session):
    """The header of the diagnostics after statements of each kind, and the fields of a record."""
    session.table("compat_diag", "id integer PRIMARY KEY, v varchar(3)")
    texts = {"insert": "INSERT INTO compat_diag VALUES (1, 'a'), (2, 'b')", "select": "SELECT * FROM compat_diag",
             "update": "UPDATE compat_diag SET v = 'z'", "delete": "DELETE FROM compat_diag WHERE id = 2",
             "duplicate": "INSERT INTO compat_diag VALUES (1, 'a')", "syntax": "SELEC",
             "create": "CREATE TABLE compat_diag2 (a integer)", "drop": "DROP TABLE compat_diag2"}
    for name, sql in texts.items():
        statement = session.statement()
        session.note(name, statement.run(sql))
        for field, label in ((1, "returncode"), (2, "number"), (3, "row_count"), (-1249, "cursor_row_count"),
                             (12, "function_code")):
            # Codes have 32 bits, the return code 16.
            value = {1: c_short, 2: ctypes.c_int, 12: ctypes.c_int}.get(field, c_ssize_t)(-99)
            code = odbc.raw("SQLGetDiagFieldW", c_short(odbc.STMT), statement.value, c_short(0), c_short(field),
                            byref(value), c_short(0), None)
            session.note(f"{name}.{label}", f"{code} {value.value if code == 0 else ''}")
        for field, label in ((4, "sqlstate"), (8, "class_origin"), (9, "subclass_origin"), (-1248, "row_number")):
            text, length = ctypes.create_string_buffer(200), c_short(-1)
            code = odbc.raw("SQLGetDiagFieldW", c_short(odbc.STMT), statement.value, c_short(1), c_short(field), text,
                            c_short(200), byref(length))
            value = odbc.narrow(text.raw[:max(length.value, 0)]) if field > 0 else struct.unpack("q", text.raw[:8])[0]
            session.note(f"{name}.{label}", f"{code} {value if code == 0 else ''}")
        statement.free()


def positioned(session):
    """SQLSetPos and SQLBulkOperations on a keyset cursor."""
    session.table("compat_pos", "id integer PRIMARY KEY, v varchar(5)")
    session.must("INSERT INTO compat_pos VALUES (1, 'a'), (2, 'b'), (3, 'c')")
    statement = session.statement()
    statement.set(6, 1)
    statement.set(7, 4)
    statement.set(27, 2)
    number, text = (ctypes.c_int * 2)(), ctypes.create_string_buffer(12)
    lengths, text_lengths = (c_ssize_t * 2)(), (c_ssize_t * 2)()
    statement.call("SQLBindCol", c_ushort(1), c_short(-16), number, c_ssize_t(4), lengths)
    statement.call("SQLBindCol", c_ushort(2), c_short(1), text, c_ssize_t(6), text_lengths)
    session.note("run", statement.run("SELECT id, v FROM compat_pos"))
    session.note("fetch", statement.scroll(1))
    session.note("position", statement.call("SQLSetPos", c_size_t(2), c_ushort(0), c_ushort(0)))
    session.note("data", statement.data(2, "CHAR"))
    text[6:8], text_lengths[1] = b"x\0", 1
    session.note("update", statement.call("SQLSetPos", c_size_t(2), c_ushort(2), c_ushort(0)))
    session.note("delete", statement.call("SQLSetPos", c_size_t(1), c_ushort(3), c_ushort(0)))
    number[0], number[1], text[0:2], text_lengths[0] = 8, 9, b"n\0", 1
    session.note("bulk_add", statement.call("SQLBulkOperations", c_short(4)))
    statement.free()
    check = session.statement()
    check.run("SELECT * FROM compat_pos ORDER BY id")
    session.note("rows", check.rows())
    check.free()


SEQUENCES = {"odbc2": odbc2, "narrow": narrow, "long_values": long_values, "names": names,
             "diagnostic_fields": diagnostic_fields, "positioned": positioned}
