"""How programs use pyodbc's cursors and rows: what is fetched, how parameters are given and told."""

import datetime
import decimal
import pickle
import unittest
import uuid

import pyodbc

from client_case import ClientCase


class Fetching(ClientCase):
    def setUp(self):
        super().setUp()
        self.cursor.execute(self.database.numbers.format(10))

    def test_fetchval(self):
        self.assertEqual(self.cursor.fetchval(), 1)
        self.assertEqual(self.cursor.fetchval(), 2)
        self.assertIsNone(self.cursor.execute("SELECT 1 WHERE 1 = 0").fetchval())

    def test_fetchmany_and_the_rest(self):
        self.assertEqual(len(self.cursor.fetchmany()), 1)
        self.cursor.arraysize = 4
        self.assertEqual([row.n for row in self.cursor.fetchmany()], [2, 3, 4, 5])
        self.assertEqual([row.n for row in self.cursor.fetchmany(2)], [6, 7])
        self.assertEqual([row.n for row in self.cursor.fetchall()], [8, 9, 10])
        self.assertEqual(self.cursor.fetchall(), [])
        self.assertIsNone(self.cursor.fetchone())

    def test_skip(self):
        self.cursor.skip(4)
        self.assertEqual(self.cursor.fetchval(), 5)

    def test_iteration(self):
        self.assertEqual(sum(n for (n,) in self.cursor), 55)

    def test_rows_are_named_tuples_of_a_kind(self):
        row = self.cursor.execute("SELECT 1 AS a, 'x' AS b, NULL AS c").fetchone()
        self.assertEqual((row.a, row.b, row.c), (1, "x", None))
        self.assertEqual((row[0], row[-2], list(row[1:])), (1, "x", ["x", None]))
        self.assertEqual(len(row), 3)
        self.assertEqual([column[0] for column in row.cursor_description], ["a", "b", "c"])
        self.assertEqual(tuple(pickle.loads(pickle.dumps(row))), (1, "x", None))

    def test_description_and_rowcount(self):
        self.assertEqual([column[0] for column in self.cursor.description], ["n"])
        table = self.create_table("v integer")
        self.assertIsNone(self.cursor.description)
        self.assertEqual(self.cursor.execute(f"INSERT INTO {table} VALUES (1), (2)").rowcount, 2)
        self.assertEqual(self.cursor.execute(f"UPDATE {table} SET v = 3").rowcount, 2)
        self.assertEqual(self.cursor.execute(f"DELETE FROM {table} WHERE v = 7").rowcount, 0)
        self.assertIsNone(self.cursor.description)

    def test_fetching_from_what_has_no_rows(self):
        table = self.create_table("v integer")
        self.cursor.execute(f"INSERT INTO {table} VALUES (1)")
        with self.assertRaises(pyodbc.ProgrammingError):
            self.cursor.fetchone()

    def test_executing_again_forgets_the_rows_before(self):
        self.assertEqual(self.cursor.fetchval(), 1)
        self.cursor.execute(self.database.numbers.format(3))
        self.assertEqual([row.n for row in self.cursor], [1, 2, 3])

    def test_cancel_of_a_cursor_at_rest(self):
        self.cursor.cancel()
        self.assertEqual(self.scalar("SELECT 1"), 1)

    def test_a_closed_cursor(self):
        self.cursor.close()
        with self.assertRaises(pyodbc.ProgrammingError):
            self.cursor.execute("SELECT 1")

    def test_hundreds_of_cursors(self):
        cursors = [self.connection.cursor() for _ in range(300)]
        for i, cursor in enumerate(cursors):
            cursor.execute(f"SELECT {i}")
        self.assertEqual([cursor.fetchval() for cursor in cursors], list(range(300)))

    def test_several_results(self):
        if self.database.name == "pg":
            table = self.create_table("v integer")
            self.cursor.execute(f"SELECT 1 AS a; INSERT INTO {table} VALUES (1), (2); SELECT 'x' AS b")
        else:
            routine = self.new_name("r")
            table = self.create_table("v integer")
            self.cursor.execute(f"CREATE PROCEDURE {routine}() BEGIN SELECT 1 AS a;"
                                f" INSERT INTO {table} VALUES (1), (2); SELECT 'x' AS b; END")
            self.drop_at_end(f"DROP PROCEDURE {routine}")
            self.cursor.execute(f"{{call {routine}()}}")
        self.assertEqual(self.cursor.fetchall()[0].a, 1)
        self.assertTrue(self.cursor.nextset())
        if self.database.name == "pg":  # a MySQL procedure tells of its results only
            self.assertIsNone(self.cursor.description)
            self.assertEqual(self.cursor.rowcount, 2)
            self.assertTrue(self.cursor.nextset())
        self.assertEqual(self.cursor.fetchall()[0].b, "x")
        while self.cursor.nextset():  # MySQL: the outcome of the call itself
            self.assertIsNone(self.cursor.description)
        self.assertEqual(self.scalar(f"SELECT COUNT(*) FROM {table}"), 2)


class Parameters(ClientCase):
    def test_ways_to_give_them(self):
        query = "SELECT CAST(? AS CHAR(3)), CAST(? AS CHAR(3))"
        for parameters in (("a", "b"), (["a", "b"],), (("a", "b"),)):
            row = self.cursor.execute(query, *parameters).fetchone()
            self.assertEqual([value.strip() for value in row], ["a", "b"])

    def test_wrong_number(self):
        for parameters in ((1,), (1, 2, 3), ()):
            with self.subTest(len(parameters)), self.assertRaises(pyodbc.Error):
                self.cursor.execute("SELECT ? + ?", *parameters)
        self.assertEqual(self.scalar("SELECT 1"), 1)

    def test_python_types(self):
        table = self.create_table(
            f"id integer, i bigint, f double precision, n numeric(30,10), t {self.database.text_type},"
            f" b {self.database.bytes_type}, d date, h time, m {self.database.timestamp_type}")
        rows = [
            (1, 2**40, 1e300, decimal.Decimal("12345678901234567890.0123456789"), "x", b"\x00",
             datetime.date(1, 1, 1) if self.database.name == "pg" else datetime.date(1000, 1, 1),
             datetime.time(0, 0, 0), datetime.datetime(2024, 2, 29, 12, 0, 0, 1)),
            (2, -1, -0.5, decimal.Decimal("-0.0000000001"), "", b"",
             datetime.date(9999, 12, 31), datetime.time(23, 59, 59),
             datetime.datetime(9999, 12, 31, 23, 59, 59, 999999)),
            (3, 0, 0.0, decimal.Decimal("1E+5"), "a\x00b"[:1], bytearray(b"\xff\x00"),
             None, None, None),
        ]
        for row in rows:
            self.cursor.execute(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        read = self.cursor.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
        for found, expected in zip(read, rows):
            self.assertEqual(tuple(found), expected)

    def test_booleans(self):
        table = self.create_table("id integer, v boolean")
        for i, value in enumerate((True, False, None)):
            self.cursor.execute(f"INSERT INTO {table} VALUES (?, ?)", i, value)
        # A bit or, as with psqlodbc, the text "1": what both are to a program is the number.
        rows = self.cursor.execute(f"SELECT v FROM {table} ORDER BY id").fetchall()
        self.assertEqual([row.v if row.v is None else int(row.v) for row in rows], [1, 0, None])

    def test_uuids(self):
        value = uuid.UUID("0f8fad5b-d9cb-469f-a165-70867728950e")
        table = self.create_table("v uuid")  # MariaDB has the type since 10.7
        self.cursor.execute(f"INSERT INTO {table} VALUES (?)", value)
        if self.database.name == "pg":  # MariaDB describes it as text
            pyodbc.native_uuid = True
            self.assertEqual(self.scalar(f"SELECT v FROM {table}"), value)
            pyodbc.native_uuid = False
        self.assertEqual(self.scalar(f"SELECT v FROM {table}").lower(), str(value))

    def test_sizes_told_by_the_program(self):
        table = self.create_table(
            f"t {self.database.short_text_type}, n numeric(12,4), m {self.database.timestamp_type}")
        self.cursor.setinputsizes([(pyodbc.SQL_WVARCHAR, 40, 0), (pyodbc.SQL_DECIMAL, 12, 4),
                                   (pyodbc.SQL_TYPE_TIMESTAMP, 26, 6)])
        row = ("ä中😀", decimal.Decimal("-1234.5678"), datetime.datetime(2024, 1, 2, 3, 4, 5, 6))
        self.cursor.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", row)
        self.cursor.setinputsizes(None)
        self.cursor.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", None, None, None)
        rows = self.cursor.execute(f"SELECT * FROM {table} ORDER BY n IS NULL").fetchall()
        self.assertEqual([tuple(r) for r in rows], [row, (None, None, None)])

    def test_changing_types_of_a_prepared_statement(self):
        table = self.create_table(f"id integer, v {self.database.text_type}")
        insert = f"INSERT INTO {table} VALUES (?, ?)"
        values = ["short", None, 12, "x" * 100000, decimal.Decimal("1.5"), "", "ä"]
        for i, value in enumerate(values):
            self.cursor.execute(insert, i, value)
        rows = self.cursor.execute(f"SELECT v FROM {table} ORDER BY id").fetchall()
        self.assertEqual([row.v for row in rows],
                         [None if value is None else str(value) for value in values])

    def test_braces_without_scanning(self):
        cursor = self.connection.cursor()
        cursor.noscan = True
        self.assertEqual(cursor.execute("SELECT '{d ''x''}'").fetchval(), "{d 'x'}")

    def test_routines_with_parameters(self):
        routine = self.new_name("r")
        self.cursor.execute(self.database.create_routine.format(r=routine))
        self.drop_at_end(self.database.drop_routine.format(r=routine))
        for call in ("{{call {0}(?, ?)}}", "{{CALL {0} (?, ?)}}", "{{ call {0}( ? , ? ) }}"):
            self.assertEqual(self.scalar(call.format(routine), 40, 2), 42)
        self.assertEqual(self.scalar(f"{{call {routine}(40, ?)}}", 3), 43)


if __name__ == "__main__":
    unittest.main()
