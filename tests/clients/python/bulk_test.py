"""Many rows: executemany, parameter arrays, long results."""

import datetime
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
        if not self.database.describes_parameters:
            # Otherwise pyodbc cuts fractions of seconds off, as the type's scale is not known.
            cursor.setinputsizes([None, None, None, (pyodbc.SQL_TYPE_TIMESTAMP, 26, 6), None])
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
