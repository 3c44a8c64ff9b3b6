"""Statements from allocation to the last result: counts, results, cursors, transactions, attributes."""

import ctypes
from ctypes import byref, c_long, c_short, c_size_t, c_ssize_t, c_ushort, c_void_p

import odbc


def row_counts(session):
    session.table("compat_count", "id integer, v varchar(10)")
    texts = ["INSERT INTO compat_count VALUES (1, 'a')", "INSERT INTO compat_count VALUES (2, 'b'), (3, 'c')",
             "INSERT INTO compat_count SELECT id + 10, v FROM compat_count",
             "UPDATE compat_count SET v = 'x' WHERE id < 3", "UPDATE compat_count SET v = 'x' WHERE id < 3 ",
             "UPDATE compat_count SET v = 'x' WHERE id = 99", "DELETE FROM compat_count WHERE id = 99",
             "DELETE FROM compat_count WHERE id > 10", "SELECT * FROM compat_count",
             "SELECT * FROM compat_count WHERE 1 = 0", "CREATE TABLE compat_count2 (id integer)",
             "DROP TABLE compat_count2", "COMMIT", session.sql("SHOW TimeZone", "SHOW TABLES LIKE 'nothing'"),
             session.sql("EXPLAIN SELECT 1", "EXPLAIN SELECT 1 "), "TRUNCATE TABLE compat_count",
             session.sql("INSERT INTO compat_count VALUES (7, 'r') RETURNING id",
                         "INSERT INTO compat_count VALUES (7, 'r') RETURNING id"),
             session.sql("VALUES (1), (2)", "VALUES (1), (2)"), "WITH x AS (SELECT 1 AS a) SELECT * FROM x"]
    for text in texts:
        for mode in ("direct", "prepared"):
            statement = session.statement()
            if mode == "direct":
                result = statement.run(text)
            else:
                result = f"{statement.prepare(text)}, {statement.execute()}"
            key = f"{mode}.{text}"
            session.note(key, result)
            session.note(f"{key} count", statement.row_count())
            session.note(f"{key} columns", statement.columns())
            session.note(f"{key} more", statement.more())
            statement.free()
            if mode == "direct" and text.startswith("CREATE"):
                session.must("DROP TABLE compat_count2")
            if mode == "direct" and text.startswith("DROP"):
                session.must("CREATE TABLE compat_count2 (id integer)")


def several_results(session):
    session.table("compat_count", "id integer")
    texts = {"two_selects": "SELECT 1; SELECT 'a', 'b'", "insert_select":
             "INSERT INTO compat_count VALUES (1); SELECT * FROM compat_count", "semicolon": "SELECT 1;",
             "blanks": "SELECT 1 ; ; ", "error_second": "SELECT 1; SELEC", "error_first": "SELEC; SELECT 1",
             "counts": "INSERT INTO compat_count VALUES (2), (3); DELETE FROM compat_count WHERE id = 2"}
    for name, text in texts.items():
        statement = session.statement()
        result = statement.run(text)
        for number in range(4):
            session.note(f"{name}.{number}", result)
            session.note(f"{name}.{number}.count", statement.row_count())
            session.note(f"{name}.{number}.rows", statement.rows() if statement.column_count() else "none")
            result = statement.more()
            if not statement.succeeded:
                break
        session.note(f"{name}.end", result)
        statement.free()


def transactions(session):
    connection = session.connection
    session.table("compat_transaction", "id integer")
    other = odbc.Connection(session.text)
    other.open()
    session.note("autocommit", connection.get(102))
    session.note("off", connection.set(102, 0))
    session.note("autocommit.off", connection.get(102))
    statement, watcher = session.statement(), other.statement()

    def seen():
        watcher.run("SELECT count(*) FROM compat_transaction")
        rows = watcher.rows()
        watcher.close()
        return rows

    session.note("insert", statement.run("INSERT INTO compat_transaction VALUES (1)"))
    session.note("insert.seen", seen())
    session.note("rollback", connection.end(False))
    session.note("rollback.seen", seen())
    statement.run("INSERT INTO compat_transaction VALUES (2)")
    session.note("commit", connection.end(True))
    session.note("commit.seen", seen())
    statement.run("INSERT INTO compat_transaction VALUES (3)")
    session.note("on", connection.set(102, 1))
    session.note("on.seen", seen())
    session.note("commit.nothing", connection.end(True))
    session.note("rollback.nothing", connection.end(False))
    session.note("begin", statement.run("BEGIN"))
    session.note("begin.insert", statement.run("INSERT INTO compat_transaction VALUES (4)"))
    session.note("begin.rollback", statement.run("ROLLBACK"))
    session.note("begin.seen", seen())
    connection.set(102, 0)
    session.note("open_cursor", statement.run("SELECT * FROM compat_transaction"))
    session.note("open_cursor.fetch", statement.fetch())
    session.note("open_cursor.commit", connection.end(True))
    session.note("open_cursor.fetch_after", statement.fetch())
    session.note("open_cursor.close", statement.close())
    prepared = session.statement()
    prepared.prepare("SELECT count(*) FROM compat_transaction")
    session.note("prepared", prepared.execute())
    prepared.close()
    session.note("prepared.commit", connection.end(True))
    session.note("prepared.again", prepared.execute())
    prepared.close()
    session.note("prepared.rollback", connection.end(False))
    session.note("prepared.after_rollback", prepared.execute())
    for handle in (statement, watcher, prepared):
        handle.free()
    session.note("savepoint", isolation(session, "SAVEPOINT a"))
    session.note("disconnect", other.call("SQLDisconnect"))


def isolation(session, sql):
    statement = session.statement()
    result = statement.run(sql)
    statement.free()
    return result


def cursor_attributes(session):
    names = {"CURSOR_TYPE": 6, "CONCURRENCY": 7, "CURSOR_SCROLLABLE": -1, "CURSOR_SENSITIVITY": -2,
             "QUERY_TIMEOUT": 0, "MAX_ROWS": 1, "NOSCAN": 2, "MAX_LENGTH": 3, "ASYNC_ENABLE": 4,
             "ROW_BIND_TYPE": 5, "KEYSET_SIZE": 8, "SIMULATE_CURSOR": 10, "RETRIEVE_DATA": 11,
             "USE_BOOKMARKS": 12, "ENABLE_AUTO_IPD": 15, "PARAM_BIND_TYPE": 18, "PARAMSET_SIZE": 22,
             "ROW_ARRAY_SIZE": 27, "METADATA_ID": 10014, "ROW_NUMBER": 14}
    statement = session.statement()
    for name, attribute in names.items():
        session.note(f"default.{name}", statement.get(attribute))
    settings = {"CURSOR_TYPE": (0, 1, 2, 3), "CONCURRENCY": (1, 2, 3, 4), "CURSOR_SCROLLABLE": (0, 1),
                "CURSOR_SENSITIVITY": (0, 1, 2), "QUERY_TIMEOUT": (5,), "MAX_ROWS": (2,), "NOSCAN": (1,),
                "MAX_LENGTH": (10,), "ASYNC_ENABLE": (1,), "KEYSET_SIZE": (10,), "SIMULATE_CURSOR": (0, 2),
                "RETRIEVE_DATA": (0,), "USE_BOOKMARKS": (2,), "ENABLE_AUTO_IPD": (1,), "METADATA_ID": (1,),
                "ROW_ARRAY_SIZE": (0, 5), "PARAMSET_SIZE": (0, 5)}
    for name, numbers in settings.items():
        for number in numbers:
            fresh = session.statement()
            session.note(f"{name}.{number}", f"{fresh.set(names[name], number)}, {fresh.get(names[name])}")
            fresh.free()
    session.note("unknown.set", statement.set(9999, 1))
    session.note("unknown.get", statement.get(9999))
    statement.free()


def connection_attributes(session):
    connection = session.connection
    names = {"ACCESS_MODE": 101, "AUTOCOMMIT": 102, "LOGIN_TIMEOUT": 103, "TXN_ISOLATION": 108,
             "ODBC_CURSORS": 110, "PACKET_SIZE": 112, "CONNECTION_TIMEOUT": 113, "CONNECTION_DEAD": 1209,
             "AUTO_IPD": 10001, "METADATA_ID": 10014, "ASYNC_ENABLE": 4}
    for name, attribute in names.items():
        session.note(f"default.{name}", connection.get(attribute))
    for name, numbers in {"ACCESS_MODE": (1, 0), "TXN_ISOLATION": (1, 2, 4, 8, 3), "CONNECTION_TIMEOUT": (5,),
                          "LOGIN_TIMEOUT": (5,), "PACKET_SIZE": (4096,), "METADATA_ID": (1, 0),
                          "ASYNC_ENABLE": (1,), "AUTO_IPD": (1,), "CONNECTION_DEAD": (1,)}.items():
        for number in numbers:
            session.note(f"{name}.{number}",
                         f"{connection.set(names[name], number)}, {connection.get(names[name])}")
    text, length = ctypes.create_string_buffer(512), ctypes.c_int()
    result = connection.call("SQLGetConnectAttrW", c_long(109), text, c_long(500), byref(length))
    session.note("catalog", f"{result} {odbc.narrow(text.raw[:max(length.value, 0)])}")
    session.note("unknown.set", connection.set(9999, 1))
    session.note("unknown.get", connection.get(9999))
    for text in ("SELECT 1 + 1", "{call p(?)}", "SELECT {fn lcase('A')}"):
        out, size = ctypes.create_string_buffer(512), ctypes.c_int()
        result = connection.call("SQLNativeSqlW", odbc.wide(text), c_long(odbc.NTS), out, c_long(250),
                                 byref(size))
        session.note(f"native.{text}", f"{result} {odbc.narrow(out.raw[:max(size.value, 0) * 2])}")


def cursors(session):
    """Scrolling and rowsets, with each cursor type."""
    session.table("compat_cursor", "id integer PRIMARY KEY, v varchar(5)")
    session.must("INSERT INTO compat_cursor VALUES " + ", ".join(f"({n}, 'v{n}')" for n in range(1, 11)))
    moves = (("next", 1, 0), ("last", 3, 0), ("first", 2, 0), ("absolute4", 5, 4), ("relative2", 6, 2),
             ("relative-3", 6, -3), ("prior", 4, 0), ("absolute-2", 5, -2), ("absolute99", 5, 99),
             ("prior_again", 4, 0), ("absolute0", 5, 0))
    for kind, name in ((0, "forward"), (3, "static"), (1, "keyset"), (2, "dynamic")):
        for rows in (1, 3):
            key = f"{name}.{rows}"
            statement = session.statement()
            numbers, lengths = (ctypes.c_int * 3)(), (c_ssize_t * 3)()
            status, fetched = (c_ushort * 3)(77, 77, 77), c_size_t(99)
            statement.kept = [numbers, lengths, status, fetched]
            statement.set(6, kind)
            statement.set(27, rows)
            statement.call("SQLSetStmtAttrW", c_long(25), status, c_long(0))
            statement.call("SQLSetStmtAttrW", c_long(26), byref(fetched), c_long(0))
            statement.call("SQLBindCol", c_ushort(1), c_short(-16), numbers, c_ssize_t(4), lengths)
            session.note(f"{key}.run", statement.run("SELECT id, v FROM compat_cursor ORDER BY id"))
            session.note(f"{key}.type", f"{statement.get(6)} {statement.get(7)}")
            for move, orientation, offset in moves:
                result = statement.scroll(orientation, offset)
                rowset = [(numbers[i], status[i]) for i in range(min(fetched.value, rows))]
                session.note(f"{key}.{move}", f"{result} {rowset if statement.succeeded else ''}")
            statement.free()


def rowsets(session):
    session.table("compat_cursor", "id integer, v varchar(20)")
    session.must("INSERT INTO compat_cursor VALUES (1, 'a'), (2, NULL), (3, 'a long text'), (70000, 'x'), (5, 'e')")
    statement = session.statement()
    numbers, texts = (c_short * 4)(), ctypes.create_string_buffer(4 * 6)
    number_lengths, text_lengths = (c_ssize_t * 4)(), (c_ssize_t * 4)()
    status, fetched = (c_ushort * 4)(77, 77, 77, 77), c_size_t(99)
    statement.set(27, 4)
    statement.call("SQLSetStmtAttrW", c_long(25), status, c_long(0))
    statement.call("SQLSetStmtAttrW", c_long(26), byref(fetched), c_long(0))
    statement.call("SQLBindCol", c_ushort(1), c_short(-15), numbers, c_ssize_t(2), number_lengths)
    statement.call("SQLBindCol", c_ushort(2), c_short(1), texts, c_ssize_t(6), text_lengths)
    session.note("run", statement.run("SELECT id, v FROM compat_cursor ORDER BY id = 70000, id"))
    for number in range(3):
        session.note(f"fetch{number}", statement.fetch())
        session.note(f"fetch{number}.status", f"{fetched.value} {list(status)}")
        session.note(f"fetch{number}.lengths", f"{list(number_lengths)} {list(text_lengths)}")
        session.note(f"fetch{number}.texts", [texts.raw[i * 6:i * 6 + 6].split(b"\0")[0] for i in range(4)])
    statement.free()


def states(session):
    """Calls at the wrong time."""
    statement = session.statement()
    session.note("fetch", statement.fetch())
    session.note("execute", statement.execute())
    session.note("data", statement.data(1))
    session.note("columns", statement.columns())
    session.note("count", statement.row_count())
    session.note("more", statement.more())
    session.note("close_cursor", statement.call("SQLCloseCursor"))
    session.note("close", statement.close())
    session.note("describe", statement.describe(1))
    session.note("prepare", statement.prepare("SELECT 1 AS a, 'x' AS b"))
    session.note("prepared.columns", statement.columns())
    session.note("prepared.describe", statement.describe(2))
    session.note("prepared.fetch", statement.fetch())
    session.note("prepared.count", statement.row_count())
    session.note("executed", statement.execute())
    session.note("executed.data", statement.data(1))
    session.note("executed.again", statement.execute())
    session.note("executed.prepare", statement.prepare("SELECT 2"))
    session.note("executed.run", statement.run("SELECT 3"))
    session.note("fetched", statement.fetch())
    session.note("fetched.end", statement.fetch())
    session.note("fetched.end_again", statement.fetch())
    session.note("fetched.more", statement.more())
    session.note("fetched.fetch", statement.fetch())
    session.note("ended.execute", statement.execute())
    session.note("cursor_name", cursor_name(statement))
    session.note("set_cursor_name", statement.call("SQLSetCursorNameW", odbc.wide("compat"), c_short(odbc.NTS)))
    session.note("describe0", statement.describe(0))
    session.note("describe9", statement.describe(9))
    session.note("attribute9", statement.attribute(9, 2, False))
    session.note("cancel", statement.call("SQLCancel"))
    session.note("bind0", statement.call("SQLBindCol", c_ushort(0), c_short(1), None, c_ssize_t(0), None))
    session.note("bind_type", statement.call("SQLBindCol", c_ushort(1), c_short(1234), c_void_p(0),
                                             c_ssize_t(0), None))
    session.note("bind_length", statement.call("SQLBindCol", c_ushort(1), c_short(1), c_void_p(8),
                                               c_ssize_t(-5), None))
    statement.free()
    other = session.statement()
    session.note("bound_more.run", other.run("SELECT 1"))
    buffer = ctypes.create_string_buffer(10)
    session.note("bound_more.bind", other.call("SQLBindCol", c_ushort(5), c_short(1), buffer, c_ssize_t(10), None))
    session.note("bound_more.fetch", other.fetch())
    other.free()


def cursor_name(statement):
    text, length = ctypes.create_string_buffer(200), c_short()
    result = statement.call("SQLGetCursorNameW", text, c_short(90), byref(length))
    return f"{result} {odbc.narrow(text.raw[:length.value * 2])[:7]}"


def escapes(session):
    texts = {
        "date": "SELECT {d '2024-02-29'}", "time": "SELECT {t '12:34:56'}",
        "timestamp": "SELECT {ts '2024-02-29 12:34:56'}", "timestamp_fraction":
        "SELECT {ts '2024-02-29 12:34:56.123'}", "like": "SELECT 1 WHERE 'a_b' LIKE 'a\\_b' {escape '\\'}",
        "outer_join": "SELECT * FROM {oj (SELECT 1 AS a) x LEFT OUTER JOIN (SELECT 2 AS a) y ON x.a = y.a}",
        "interval": "SELECT {interval '3' day}", "guid": "SELECT {guid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'}",
        "bad": "SELECT {nothing 1}", "unclosed": "SELECT {fn lcase('A')", "in_text": "SELECT '{d x}'",
    }
    functions = {
        "ascii('a')", "char(65)", "concat('a', 'b')", "insert('abc', 2, 1, 'x')", "lcase('A')", "left('abc', 2)",
        "length('abc ')", "locate('b', 'abc')", "locate('b', 'abcb', 3)", "ltrim('  a')", "repeat('a', 3)",
        "replace('abc', 'b', 'x')", "right('abc', 2)", "rtrim('a  ')", "space(3)", "substring('abc', 2, 1)",
        "ucase('a')", "char_length('abc')", "abs(-1)", "ceiling(1.5)", "floor(1.5)", "mod(7, 3)", "power(2, 3)",
        "round(1.256, 2)", "sign(-5)", "sqrt(4)", "truncate(1.256, 2)", "pi()", "degrees(0)", "exp(0)", "log(1)",
        "log10(100)", "year({d '2024-02-29'})", "month({d '2024-02-29'})",
        "dayofmonth({d '2024-02-29'})", "dayofweek({d '2024-02-29'})", "dayofyear({d '2024-02-29'})",
        "dayname({d '2024-02-29'})", "monthname({d '2024-02-29'})", "quarter({d '2024-02-29'})",
        "week({d '2024-02-29'})", "hour({t '12:34:56'})", "minute({t '12:34:56'})", "second({t '12:34:56'})",
        "extract(year from {d '2024-02-29'})", "ifnull(NULL, 1)", "database()",
        "convert('12', SQL_INTEGER)", "convert(12, SQL_VARCHAR)", "convert('2024-02-29', SQL_TYPE_DATE)",
        "timestampadd(SQL_TSI_DAY, 1, {ts '2024-02-29 00:00:00'})",
        "timestampdiff(SQL_TSI_DAY, {ts '2024-02-28 00:00:00'}, {ts '2024-03-01 00:00:00'})",
        "position('b' IN 'abc')", "bit_length('a')", "octet_length('a')", "atan2(0, 1)",
    }
    texts.update({"fn now": "SELECT {fn curdate()} = {fn curdate()}", "fn user": "SELECT {fn user()} = {fn user()}",
                  "fn cot": "SELECT {fn cot(1)} > 0"})
    texts.update({f"fn {function}": f"SELECT {{fn {function}}}" for function in sorted(functions)})
    for name, text in texts.items():
        statement = session.statement()
        result = statement.run(text)
        session.note(name, f"{result} {statement.rows() if statement.succeeded else ''}")
        statement.free()


def procedures(session):
    session.must("DROP PROCEDURE IF EXISTS compat_procedure")
    session.must("DROP FUNCTION IF EXISTS compat_function")
    session.must(session.sql(
        "CREATE FUNCTION compat_function(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a + 1'",
        "CREATE FUNCTION compat_function(a integer) RETURNS integer DETERMINISTIC RETURN a + 1"))
    session.must(session.sql(
        "CREATE PROCEDURE compat_procedure(a integer, INOUT b integer) LANGUAGE sql AS 'SELECT a + b'",
        "CREATE PROCEDURE compat_procedure(a integer, INOUT b integer) BEGIN SET b = a + b; SELECT 'x' AS y; END"))
    calls = {"function": "{call compat_function(1)}", "function_select": "SELECT compat_function(1)",
             "result": "{? = call compat_function(?)}", "procedure": "{call compat_procedure(?, ?)}",
             "native": session.sql("CALL compat_procedure(1, 2)", "CALL compat_procedure(1, @x)"),
             "nothing": "{call compat_nothing()}"}
    for name, text in calls.items():
        statement = session.statement()
        values = (ctypes.c_int * 2)(5, 7)
        lengths = (c_ssize_t * 2)(4, 4)
        statement.kept = [values, lengths]
        directions = {"result": (4, 1), "procedure": (1, 2)}.get(name, ())
        for number, direction in enumerate(directions):
            bound = statement.call("SQLBindParameter", c_ushort(number + 1), c_short(direction), c_short(-16),
                                   c_short(4), c_size_t(0), c_short(0), byref(values, 4 * number), c_ssize_t(4),
                                   byref(lengths, 8 * number))
            session.note(f"{name}.bind{number}", bound)
        session.note(f"{name}.run", statement.run(text))
        session.note(f"{name}.columns", statement.columns())
        if statement.column_count():
            session.note(f"{name}.rows", statement.rows())
        session.note(f"{name}.more", statement.more())
        session.note(f"{name}.values", list(values))
        statement.free()
    session.must("DROP PROCEDURE compat_procedure")
    session.must("DROP FUNCTION compat_function")


SEQUENCES = {"row_counts": row_counts, "several_results": several_results, "transactions": transactions,
             "statement_attributes": cursor_attributes, "connection_attributes": connection_attributes,
             "cursors": cursors, "rowsets": rowsets, "states": states, "escapes": escapes,
             "procedures": procedures}
