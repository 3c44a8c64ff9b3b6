"""Every row of docs/protocol.md's table "What an ODBC call costs" is true: round trips are counted on the wire.

A 0 for the driver is checked with the relay's answers held back: the call must return all the same.
"""

import ctypes
import os
import pathlib
import sys
import unittest
from ctypes import byref, c_long, c_short, c_size_t, c_ssize_t, c_ushort, c_void_p

from guard_relay import GuardRelay

sys.path.append(str(pathlib.Path(__file__).parents[1] / "compat"))
import odbc  # pylint: disable=wrong-import-position

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs/protocol.md"
HEADING = "## What an ODBC call costs"
AUTOCOMMIT = 102
KEY = 7


def documented():
    """{call: [driver-relay, relay-PostgreSQL, relay-MariaDB]}; None: not told as a number."""
    lines = DOCUMENT.read_text(encoding="utf-8").split(HEADING)[1].split("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return {cells[0]: [int(cell) if cell.isdigit() else None for cell in cells[1:4]] for cells in rows[2:]}


class Case:
    """What comes before a call, and the call."""

    def __init__(self, call, before=None, autocommit=True):
        self.call, self.before, self.autocommit = call, before, autocommit


def run(sql):
    return lambda at: at.statement.run(sql.format(n=at.fresh()))


def query(at):
    at.statement.run("SELECT id, name FROM guard WHERE id = 1")


def prepared(at):
    at.statement.prepare("SELECT name FROM guard WHERE id = ?")
    bind_key(at)


def prepared_and_run(at):
    prepared(at)
    for _ in range(2):
        at.statement.execute()
        at.statement.close()


def bind_key(at):
    at.statement.bind_parameter(1, "SLONG", 4, 10, 0, KEY.to_bytes(4, "little"))


def bind_all(at):
    buffer = ctypes.create_string_buffer(64)
    at.statement.kept.append(buffer)
    at.statement.call("SQLBindCol", c_ushort(1), c_short(1), buffer, c_ssize_t(64), None)
    bind_key(at)
    at.statement.set(1, 100)  # SQL_ATTR_MAX_ROWS


def allocate(at):
    statement = at.connection.statement()
    at.expect(statement.code)
    statement.free()


def fetch_all(at):
    while at.statement.fetch() == "OK":
        at.statement.data(1)
    at.statement.code = odbc.SUCCESS


def describe(at):
    at.statement.columns()
    at.statement.describe(1)


def end_call(name, *arguments):
    return lambda at: at.statement.call(name, *arguments)


def tables(at):
    at.statement.call("SQLTables", None, c_short(0), None, c_short(0), b"guard", c_short(odbc.NTS), None,
                      c_short(0))


def statistics(at):
    name = f"guard_{at.fresh()}".encode()
    at.statement.call("SQLStatistics", None, c_short(0), None, c_short(0), name, c_short(odbc.NTS), c_ushort(1),
                      c_ushort(0))


def get_info(at):
    text = ctypes.create_string_buffer(128)
    for kind in (6, 17, 18, 29):  # driver's name, DBMS's name and version, quote
        at.connection.call("SQLGetInfo", c_ushort(kind), text, c_short(128), None)


def native_sql(at):
    text, length = ctypes.create_string_buffer(256), c_long()
    at.connection.call("SQLNativeSql", b"SELECT {fn UCASE('a')}", c_long(odbc.NTS), text, c_long(256),
                       byref(length))


def array(at):
    rows = 100
    values = (ctypes.c_int * rows)(*range(1000, 1000 + rows))
    at.statement.kept.append(values)
    at.statement.call("SQLSetStmtAttr", c_long(22), c_void_p(rows), c_long(0))  # SQL_ATTR_PARAMSET_SIZE
    at.statement.prepare("INSERT INTO guard_sink (id) VALUES (?)")
    at.statement.call("SQLBindParameter", c_ushort(1), c_short(1), c_short(-16), c_short(4), c_size_t(10),
                      c_short(0), values, c_ssize_t(4), None)


def update(at):
    at.statement.run("UPDATE guard SET name = 'x' WHERE id = 1")


def once(step):
    """The step, and nothing open after it."""
    def before(at):
        step(at)
        at.statement.close()
    return before


def in_an_ended_transaction(step):
    def before(at):
        step(at)
        at.connection.end(True)
    return before


def disconnect(at):
    trips = at.link.trips
    at.connection.call("SQLDisconnect")
    at.link.await_trips(trips + 1)  # the session's end is answered, though nobody waits for it


CASES = {
    "SQLDriverConnect": Case(lambda at: at.connect_fresh()),
    "SQLDriverConnect on a warm stream": Case(lambda at: at.connection.open(), disconnect),
    "SQLDisconnect": Case(lambda at: at.connection.call("SQLDisconnect")),
    "SQLAllocHandle, SQLFreeHandle": Case(allocate),
    "SQLBindCol, SQLBindParameter, SQLSetStmtAttr": Case(bind_all),
    "SQLSetConnectAttr": Case(lambda at: at.connection.set(AUTOCOMMIT, 0)),
    "SQLPrepare": Case(lambda at: at.statement.prepare("SELECT name FROM guard WHERE id = ?")),
    "SQLNumResultCols, SQLDescribeCol before SQLExecute": Case(
        describe, lambda at: at.statement.prepare(f"SELECT id AS c{at.fresh()} FROM guard")),
    "the same after SQLExecute": Case(describe, query),
    "SQLExecDirect, a text that no client has sent": Case(run("SELECT name AS c{n} FROM guard WHERE id = 2")),
    "SQLExecDirect, a known text": Case(query, once(query)),
    "SQLExecDirect, an update": Case(update, once(update)),
    "SQLExecute again": Case(lambda at: at.statement.execute(), prepared_and_run),
    "SQLExecute with an array of parameters": Case(lambda at: at.statement.execute(), array),
    "SQLFetch, SQLGetData of a small result": Case(fetch_all, query),
    "SQLFreeStmt, SQLCloseCursor": Case(lambda at: at.statement.close(), query),
    "SQLMoreResults after the last result": Case(
        lambda at: at.expect_no_data(at.statement.more()), query),
    "the first statement of a transaction": Case(
        update, in_an_ended_transaction(update), autocommit=False),
    "a further statement of a transaction": Case(update, once(update), autocommit=False),
    "SQLEndTran": Case(lambda at: at.connection.end(True), update, autocommit=False),
    "SQLEndTran without a transaction": Case(lambda at: at.connection.end(True), autocommit=False),
    "SQLStatistics, an answer that is not remembered": Case(statistics),
    "SQLTables, an answer that is remembered": Case(tables, once(tables)),
    "SQLGetInfo": Case(get_info),
    "SQLGetTypeInfo": Case(end_call("SQLGetTypeInfo", c_short(0))),
    "SQLNativeSql": Case(native_sql),
}


class Bench:
    """A connection and a statement on it, and the links that they use."""

    serial = 0

    def __init__(self, test, relay, pool):
        self._test, self._relay, self._pool, self.link = test, relay, pool, relay.link
        self.connection = odbc.Connection(relay.connection(pool))
        test.assertEqual(self.connection.open(), "OK")
        self.statement = self.connection.statement()

    def fresh(self):
        Bench.serial += 1
        return f"{os.getpid()}_{Bench.serial}"

    def expect(self, code):
        self._test.assertIn(code, (odbc.SUCCESS, odbc.INFO))

    def expect_no_data(self, outcome):
        self._test.assertEqual(outcome, "NO_DATA")
        self.statement.code = odbc.SUCCESS

    def end(self):
        """The relay's only connection to the database is the next case's."""
        self.connection.end(False)
        self.connection.close()

    def connect_fresh(self):
        # Another application name is another identity: none of its streams is warm.
        other = odbc.Connection(self._relay.connection(self._pool) + f"ApplicationName={self.fresh()};")
        self._test.assertEqual(other.open(), "OK")


class Trips(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.relay = GuardRelay()
        cls.addClassCleanup(cls.relay.stop)
        for pool in ("pg", "mysql"):
            connection = odbc.Connection(cls.relay.connection(pool))
            assert connection.open() == "OK", connection.records()
            for sql in ("DROP TABLE guard", "DROP TABLE guard_sink",
                        "CREATE TABLE guard (id INT PRIMARY KEY, name VARCHAR(20))",
                        "CREATE TABLE guard_sink (id INT)",
                        "INSERT INTO guard VALUES (1, 'one'), (2, 'two'), (7, 'seven')"):
                connection.statement().run(sql)
            connection.close()

    def test_the_table_and_this_test_tell_of_the_same_calls(self):
        self.assertEqual(sorted(documented()), sorted(CASES))

    def measure(self, pool, case, held):
        at = Bench(self, self.relay, pool)
        if not case.autocommit:
            at.connection.set(AUTOCOMMIT, 0)
        if case.before:
            case.before(at)
        links = self.relay.link, self.relay.database_links[pool]
        before = [link.trips for link in links]
        if held:
            self.relay.link.hold()
        try:
            case.call(at)
        finally:
            self.relay.link.let_go()
        after = [link.trips for link in links]
        self.assertIn(at.statement.code, (odbc.SUCCESS, odbc.INFO), at.statement.records())
        at.end()
        return [end - begin for begin, end in zip(before, after)]

    def check(self, pool, column):
        for call, told in documented().items():
            with self.subTest(call=call, pool=pool):
                driver, backend = self.measure(pool, CASES[call], held=told[0] == 0)
                if told[0] is not None and told[0] != 0:
                    self.assertEqual(driver, told[0], "driver-relay")
                if told[column] is not None:
                    self.assertEqual(backend, told[column], "relay-database")

    def test_postgres(self):
        self.check("pg", 1)

    def test_mysql(self):
        self.check("mysql", 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
