"""Values go in as parameters and come back equal."""

import unittest

import pyodbc

from client_case import ClientCase

# Two, three and four octets of UTF-8; the last is beyond the BMP: two UTF-16 units.
UNICODE = "\u00e4 \u4e2d\u6587 \U0001f600\U0010ffff e\u0301"
MEGABYTE = 1 << 20


class Values(ClientCase):
    def round_trip(self, column_type, value):
        table = self.create_table(f"id integer, v {column_type}")
        self.cursor.execute(f"INSERT INTO {table} (id, v) VALUES (?, ?)", 1, value)
        self.assertEqual(self.cursor.rowcount, 1)
        return self.scalar(f"SELECT v FROM {table} WHERE id = 1")

    def test_text_of_every_utf8_length(self):
        self.assertEqual(self.round_trip(self.database.text_type, UNICODE), UNICODE)

    def test_text_in_the_statement_itself(self):
        self.assertEqual(self.scalar(f"SELECT '{UNICODE}'"), UNICODE)

    def test_empty_text_is_not_null(self):
        self.assertEqual(self.round_trip(self.database.text_type, ""), "")

    def test_empty_bytes_are_not_null(self):
        self.assertEqual(self.round_trip(self.database.bytes_type, b""), b"")

    def test_null(self):
        self.assertIsNone(self.round_trip(self.database.text_type, None))

    def test_null_bytes(self):
        table = self.create_table(f"v {self.database.bytes_type}")
        self.cursor.execute(f"INSERT INTO {table} VALUES (?)", pyodbc.BinaryNull)
        self.assertEqual(tuple(self.cursor.execute(f"SELECT v FROM {table}").fetchone()), (None,))

    def test_a_megabyte_of_text(self):
        text = (UNICODE * (MEGABYTE // len(UNICODE) + 1))[:MEGABYTE]
        self.assertEqual(self.round_trip(self.database.text_type, text), text)

    def test_a_megabyte_of_bytes(self):
        octets = bytes(range(256)) * (MEGABYTE // 256)
        self.assertEqual(self.round_trip(self.database.bytes_type, octets), octets)

    def test_long_values_among_short_ones(self):
        table = self.create_table(
            f"id integer, a {self.database.text_type}, b {self.database.bytes_type}")
        rows = [(i, "x" * (i * 40000), bytes([i]) * (i * 30000)) for i in range(1, 8)]
        for row in rows:
            self.cursor.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", row)
        read = self.cursor.execute(f"SELECT id, a, b FROM {table} ORDER BY id").fetchall()
        self.assertEqual([tuple(row) for row in read], rows)

    def test_columns_of_every_type(self):
        pyodbc.native_uuid = True
        for case in self.database.types:
            with self.subTest(case.column_type):
                self.check_type(case)

    def check_type(self, case):
        table = self.create_table(f"v {case.column_type}")
        self.cursor.execute(f"INSERT INTO {table} VALUES (?)",
                            case.value if case.parameter is None else case.parameter)
        self.cursor.execute(f"INSERT INTO {table} VALUES (NULL)")
        self.cursor.execute(f"SELECT v FROM {table} WHERE v IS NOT NULL")
        name, python_type, _, size, _, scale, nullable = self.cursor.description[0]
        row = self.cursor.fetchone()
        self.assertEqual(row[0], case.value)
        self.assertIs(type(row[0]), type(case.value))
        self.assertEqual(name, "v")
        self.assertIs(python_type, case.python_type)
        if case.size is not None:
            self.assertEqual(size, case.size)
        if case.scale is not None:
            self.assertEqual(scale, case.scale)
        self.assertIsNot(nullable, False)  # None: the server does not tell
        self.assertIsNone(self.scalar(f"SELECT v FROM {table} WHERE v IS NULL"))

    def test_boundaries_of_integers(self):
        table = self.create_table("v bigint")
        values = [0, -1, 2**31 - 1, -(2**31), 2**31, 2**53 + 1, 2**63 - 1, -(2**63)]
        self.cursor.executemany(f"INSERT INTO {table} VALUES (?)", [(v,) for v in values])
        rows = self.cursor.execute(f"SELECT v FROM {table} ORDER BY v").fetchall()
        self.assertEqual([row.v for row in rows], sorted(values))

    def test_description_names_every_column(self):
        self.cursor.execute('SELECT 1 AS one, 2 AS "Two words"' if self.database.name == "pg"
                            else "SELECT 1 AS one, 2 AS `Two words`")
        self.assertEqual([c[0] for c in self.cursor.description], ["one", "Two words"])

    def test_identifier_quote_is_the_databases(self):
        table = self.create_table(f"{self.database.quote}select{self.database.quote} integer")
        quote = self.connection.getinfo(pyodbc.SQL_IDENTIFIER_QUOTE_CHAR)
        self.assertEqual(quote, self.database.quote)
        self.cursor.execute(f"INSERT INTO {table} ({quote}select{quote}) VALUES (3)")
        self.assertEqual(self.scalar(f"SELECT {quote}select{quote} FROM {table}"), 3)


if __name__ == "__main__":
    unittest.main()
