"""Many rows: executemany, parameter arrays, long results."""

import datetime
import decimal
import unittest

import pyodbc

from client_case import ClientCase

ROWS = 5000


class Bulk(ClientCase):
    def setUp(self):
        super().setUp()
        self.table = self.create_table(
            f"id integer PRIMARY KEY, t {self.database.short_text_type}, d {self.database.bytes_type},"
            f" at {self.database.timestamp_type}, f double precision")
        self.insert = f"INSERT INTO {self.table} VALUES (?, ?, ?, ?, ?)"

    def arrays(self, cursor):
        """Lets executemany send arrays of parameters."""
        cursor.fast_executemany = True
        return cursor

    def assert_stored(self, rows):
        stored = self.stored()
        self.assertEqual(len(stored), len(rows))
        for found, expected in zip(stored, rows):  # a difference of whole lists takes long to print
            self.assertEqual(found, expected)

    @staticmethod
    def row(i):
        text = None if i % 7 == 0 else f"\U0001f600{i}"
        moment = datetime.datetime(2020, 1, 1) + datetime.timedelta(seconds=i, microseconds=i)
        return (i, text, bytes([i % 256]) * (i % 5 + 1), moment, i / 8)

    def rows(self, count=ROWS):
        return [self.row(i) for i in range(1, count + 1)]

    def stored(self):
        rows = self.cursor.execute(f"SELECT * FROM {self.table} ORDER BY id").fetchall()
        return [tuple(row) for row in rows]

    def test_executemany(self):
        rows = self.rows(300)
        self.cursor.executemany(self.insert, rows)
        self.assert_stored(rows)

    def test_fast_executemany(self):
        rows = self.rows()
        self.arrays(self.cursor).executemany(self.insert, rows)
        self.assert_stored(rows)

    def test_fast_executemany_with_nulls_in_the_first_row(self):
        rows = [(1, None, None, None, None)] + self.rows(50)[1:]
        self.arrays(self.cursor).executemany(self.insert, rows)
        self.assert_stored(rows)

    def test_fast_executemany_tells_the_servers_error(self):
        unique = self.database.errors["unique"]
        rows = self.rows(100)
        rows[60] = (1,) + rows[60][1:]
        connection = self.connect(autocommit=False)
        cursor = self.arrays(connection.cursor())
        with self.fails_with(unique.sqlstate) as failure:
            cursor.executemany(self.insert, rows)
        self.assertIn(unique.message, failure.text)
        connection.rollback()
        self.assertEqual(self.stored(), [])

    def test_fast_executemany_of_updates_and_deletes(self):
        self.cursor.fast_executemany = True
        self.cursor.executemany(self.insert, self.rows(100))
        self.cursor.executemany(f"UPDATE {self.table} SET t = ? WHERE id = ?",
                                [(f"new {i}", i) for i in range(1, 101)])
        self.cursor.executemany(f"DELETE FROM {self.table} WHERE id = ?",
                                [(i,) for i in range(11, 101)])
        self.assertEqual([(r[0], r[1]) for r in self.stored()],
                         [(i, f"new {i}") for i in range(1, 11)])

    def test_executemany_takes_iterables(self):
        for fast in (False, True):
            with self.subTest(fast_executemany=fast):
                self.cursor.fast_executemany = fast
                self.cursor.execute(f"DELETE FROM {self.table}")
                self.cursor.executemany(f"INSERT INTO {self.table} (id) VALUES (?)",
                                        ((i,) for i in range(500)))
                self.assertEqual(len(self.stored()), 500)
                with self.assertRaises((pyodbc.Error, TypeError)):
                    self.cursor.executemany(self.insert, [])

    def test_executemany_keeps_what_came_before_the_error(self):
        rows = [(1,), (2,), (1,), (3,)]
        insert = f"INSERT INTO {self.table} (id) VALUES (?)"
        with self.fails_with(self.database.errors["unique"].sqlstate):
            self.cursor.executemany(insert, rows)
        self.assertEqual([row[0] for row in self.stored()], [1, 2])

    def test_fast_executemany_of_every_type(self):
        table = self.create_table(
            f"id integer, i bigint, f double precision, n numeric(20,4),"
            f" t {self.database.text_type}, b {self.database.bytes_type}, d date, h time")
        rows = [(i, (-1) ** i * 2**i, i / 8, decimal.Decimal(i) / 4 - 10, "\U0001f600" * i,
                 bytes([i]) * i * 3, datetime.date(2000, 1, 1) + datetime.timedelta(days=i * 100),
                 datetime.time(i % 24, i % 60, 59)) for i in range(60)]
        rows[20:40:3] = [(row[0],) + (None,) * 7 for row in rows[20:40:3]]
        self.cursor.fast_executemany = True
        self.cursor.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        stored = self.cursor.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
        for found, expected in zip(stored, rows, strict=True):
            self.assertEqual(tuple(found), expected)

    def test_fast_executemany_of_long_values(self):
        table = self.create_table(
            f"id integer, t {self.database.text_type}, b {self.database.bytes_type}")
        rows = [(i, "\u4e2d" * (i * 20000), bytes(range(256)) * (i * 100)) for i in range(8)]
        self.cursor.fast_executemany = True
        # Of size 0: pyodbc sends them by SQLPutData, instead of allocating the described size a row.
        self.cursor.setinputsizes([None, (pyodbc.SQL_WLONGVARCHAR, 0, 0),
                                   (pyodbc.SQL_LONGVARBINARY, 0, 0)])
        self.cursor.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)
        for row in rows:
            stored = self.cursor.execute(f"SELECT * FROM {table} WHERE id = ?", row[0]).fetchone()
            self.assertTrue(tuple(stored) == row, f"row {row[0]}")

    def test_fetchmany_through_20000_rows(self):
        self.cursor.execute(self.database.numbers.format(20000))
        total, count = 0, 0
        while True:
            rows = self.cursor.fetchmany(777)
            if not rows:
                break
            total += sum(row.n for row in rows)
            count += len(rows)
        self.assertEqual((count, total), (20000, 20000 * 20001 // 2))

    def test_wide_rows_beyond_the_credit(self):
        connection = self.connect("FetchBytes=65536")
        cursor = connection.cursor()
        numbers = self.database.numbers.format(2000)
        cursor.execute(f"SELECT n, REPEAT('x', 3000) AS wide FROM ({numbers}) AS q")
        seen = 0
        for row in cursor:
            seen += 1
            self.assertEqual(len(row.wide), 3000)
        self.assertEqual(seen, 2000)


if __name__ == "__main__":
    unittest.main()
