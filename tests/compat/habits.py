"""What applications have grown used to with their native driver, beyond the ODBC reference."""

import ctypes
import struct
from ctypes import byref, c_long, c_short, c_size_t, c_ssize_t, c_ushort, c_void_p

import odbc

SETS = 3


def all_results(session, statement, key):
    """The rows of every result, what SQLRowCount says of those without rows, and how they end."""
    for number in range(1, 10):
        if statement.column_count():
            session.note(f"{key}.result{number}", statement.rows())
        else:
            session.note(f"{key}.result{number}", statement.row_count())
        end = statement.more()
        if not statement.succeeded:
            session.note(f"{key}.end", end)
            return


def bind_sets(statement, texts, lengths):
    """Parameter 1 as an array of texts; the status array and the count of sets."""
    buffer = ctypes.create_string_buffer(b"".join(text.ljust(8, b"\0") for text in texts))
    indicators, statuses, done = (c_ssize_t * SETS)(*lengths), (c_ushort * SETS)(*[9] * SETS), c_size_t(99)
    statement.kept.append((buffer, indicators, statuses, done))
    statement.call("SQLSetStmtAttrW", c_long(20), statuses, c_long(0))
    statement.call("SQLSetStmtAttrW", c_long(21), byref(done), c_long(0))
    statement.set(22, SETS)
    statement.call("SQLBindParameter", c_ushort(1), c_short(1), c_short(1), c_short(12), c_size_t(7), c_short(0),
                   buffer, c_ssize_t(8), indicators)
    return statuses, done


def array_rows(session):
    """A statement that returns rows runs with an array of parameters."""
    session.table("compat_array", "id varchar(8) PRIMARY KEY, v varchar(8)")
    session.must("INSERT INTO compat_array VALUES ('a', '1'), ('c', '3')")
    cases = {"insert": "INSERT INTO compat_array VALUES (?, 'new') RETURNING id",
             "select": "SELECT id, v FROM compat_array WHERE id = ?"}
    texts = {"insert": [b"x", b"y", b"z"], "select": [b"a", b"b", b"c"]}
    for name, text in cases.items():
        statement = session.statement()
        statuses, done = bind_sets(statement, texts[name], [-3] * SETS)
        session.note(f"{name}.run", statement.run(text))
        session.note(f"{name}.sets", f"{done.value} {list(statuses)}")
        all_results(session, statement, name)
        statement.free()


def array_at_execution(session):
    """Which set of the array the next value is for."""
    session.table("compat_array", "id varchar(8) PRIMARY KEY")
    statement = session.statement()
    statement.prepare("INSERT INTO compat_array VALUES (?)")
    statuses, done = bind_sets(statement, [b""] * SETS, [-2] * SETS)
    session.note("execute", statement.execute())
    token = c_void_p()
    for value in (b"one", b"two", b"three"):
        session.note(f"ask.{value.decode()}", f"{statement.call('SQLParamData', byref(token))} {done.value}")
        session.note(f"put.{value.decode()}", statement.call("SQLPutData", value, c_ssize_t(len(value))))
    session.note("end", f"{statement.call('SQLParamData', byref(token))} {done.value} {list(statuses)}")
    statement.free()


def outputs(session):
    """A procedure that has nothing but outputs, twice from one statement."""
    session.must("DROP PROCEDURE IF EXISTS compat_outputs")
    session.must(session.sql(
        "CREATE PROCEDURE compat_outputs(a integer, INOUT b varchar) LANGUAGE plpgsql AS 'BEGIN b := b || a; END'",
        "CREATE PROCEDURE compat_outputs(a integer, INOUT b varchar(20)) SET b = CONCAT(b, a)"))
    statement = session.statement()
    number, text, length = ctypes.c_int(7), ctypes.create_string_buffer(b"x", 20), c_ssize_t(-3)
    statement.call("SQLBindParameter", c_ushort(1), c_short(1), c_short(-16), c_short(4), c_size_t(0), c_short(0),
                   byref(number), c_ssize_t(0), None)
    statement.call("SQLBindParameter", c_ushort(2), c_short(2), c_short(1), c_short(12), c_size_t(20), c_short(0),
                   text, c_ssize_t(20), byref(length))
    session.note("prepare", statement.prepare("{call compat_outputs(?, ?)}"))
    for turn in (1, 2):
        session.note(f"{turn}.execute", statement.execute())
        session.note(f"{turn}.value", f"{text.value.decode()} {length.value}")
        all_results(session, statement, str(turn))
        session.note(f"{turn}.value.at_end", text.value.decode())
        statement.close()
    statement.free()
    session.must("DROP PROCEDURE compat_outputs")


def default_cursor(session):
    """Scrolling without having asked for it."""
    statement = session.statement()
    session.note("run", statement.run("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3"))
    for name, orientation in (("last", 3), ("prior", 4), ("first", 2), ("next", 1)):
        result = statement.scroll(orientation)
        session.note(name, f"{result} {statement.data(1)}" if statement.succeeded else result)
    statement.free()


def octets_as_text(session):
    for name, value in (("text", "41C3A4"), ("zero", "00FF"), ("none", "")):
        for c_type in ("CHAR", "BINARY"):
            statement = session.statement()
            statement.run(session.sql(f"SELECT '\\x{value}'::bytea", f"SELECT X'{value}'"))
            statement.fetch()
            session.note(f"{name}.{c_type}", statement.data(1, c_type))
            statement.free()


def manual_commit(session):
    """Statements that the server refuses in a transaction, with autocommit off; the last generated key."""
    if not session.is_postgres:
        return
    session.table("compat_habit", "id serial PRIMARY KEY, v text")
    session.connection.set(102, 0)
    for name, text in (("vacuum", "VACUUM (ANALYZE) compat_habit"), ("analyze", "vacuum analyze compat_habit"),
                       ("index", "CREATE INDEX CONCURRENTLY ON compat_habit (v)"),
                       ("insert", "INSERT INTO compat_habit (v) VALUES ('a')"),
                       ("late_vacuum", "VACUUM compat_habit")):
        statement = session.statement()
        session.note(name, statement.run(text))
        statement.free()
    session.connection.end(False)
    for name, text in (("again", "INSERT INTO compat_habit (v) VALUES ('b')"), ("identity", "SELECT @@IDENTITY")):
        statement = session.statement()
        session.note(name, statement.run(text))
        if statement.column_count():
            session.note(f"{name}.rows", statement.rows())
        statement.free()
    session.connection.end(False)
    session.connection.set(102, 1)


def characters_behind_nul(session):
    statement = session.statement()
    statement.bind_parameter(1, "CHAR", 12, 20, 0, b"foo\0bar")
    session.note("run", statement.run(session.sql("SELECT ?::text", "SELECT CONCAT(?, '')")))
    session.note("rows", statement.rows())
    statement.free()


def forward_changes(session):
    """SQLSetPos on a cursor that was asked to go forward only."""
    if session.is_postgres:
        return
    session.table("compat_forward", "id integer PRIMARY KEY, v varchar(8)")
    session.must("INSERT INTO compat_forward VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')")
    statement = session.statement()
    session.note("type", statement.set(6, 0))
    session.note("run", statement.run("SELECT id, v FROM compat_forward"))
    number, text, length = ctypes.c_int(), ctypes.create_string_buffer(10), c_ssize_t()
    statement.call("SQLBindCol", c_ushort(1), c_short(-16), byref(number), c_ssize_t(4), None)
    statement.call("SQLBindCol", c_ushort(2), c_short(1), text, c_ssize_t(10), byref(length))
    for name, operation in (("update", 2), ("delete", 3), ("add", 4)):
        session.note(f"{name}.fetch", statement.fetch())
        number.value, text.value, length.value = number.value + (10 if name == "add" else 0), b"new", 3
        session.note(name, statement.call("SQLSetPos", c_size_t(1), c_ushort(operation), c_ushort(0)))
        session.note(f"{name}.count", statement.row_count())
    session.note("first", statement.scroll(2))
    statement.free()
    check = session.statement()
    check.run("SELECT id, v FROM compat_forward ORDER BY id")
    session.note("rows", check.rows())
    check.free()


def prepared_scripts(session):
    """What SQLPrepare says of texts of several statements."""
    if session.is_postgres:
        return
    for name, option in (("one", ""), ("several", ";OPTION=67108864")):
        connection = odbc.Connection(session.text + option)
        session.note(f"{name}.open", connection.open())
        for key, text in (("good", "SELECT 1; SELECT 2"), ("bad", "SELECT 1; INSERT INTO compat_nothing VALUES (2)"),
                          ("quoted", "SELECT ';';")):
            statement = connection.statement()
            session.note(f"{name}.{key}.prepare", statement.prepare(text))
            session.note(f"{name}.{key}.execute", statement.execute())
            statement.free()
        connection.close()


def fraction_as_time(session):
    """A timestamp for SQL_TYPE_TIME, with and without a fraction of a second."""
    if session.is_postgres:
        return
    for name, fraction in (("whole", 0), ("half", 500000000)):
        statement = session.statement()
        value = struct.pack("hHHHHHI", 2024, 2, 29, 12, 34, 56, fraction)
        statement.bind_parameter(1, "TIMESTAMP", 92, 12, 3, value)
        session.note(f"{name}.run", statement.run("SELECT CAST(? AS CHAR)"))
        statement.free()


SEQUENCES = {"array_rows": array_rows, "array_at_execution": array_at_execution, "outputs": outputs,
             "default_cursor": default_cursor, "octets_as_text": octets_as_text,
             "manual_commit": manual_commit, "characters_behind_nul": characters_behind_nul,
             "forward_changes": forward_changes, "prepared_scripts": prepared_scripts,
             "fraction_as_time": fraction_as_time}
