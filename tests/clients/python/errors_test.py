"""Errors arrive as the server reports them, and leave the connection usable."""

import unittest

from client_case import ClientCase


class Errors(ClientCase):
    def check(self, name):
        error = self.database.errors[name]
        table = self.create_table("id integer PRIMARY KEY")
        self.cursor.execute(f"INSERT INTO {table} VALUES (1)")
        with self.fails_with(error.sqlstate) as failure:
            self.cursor.execute(error.statement.format(t=table)).fetchall()
        self.assertIn(error.message, failure.text)
        self.assertEqual(failure.native_code(), error.native_code)
        self.assertIn(self.database.message_prefix, failure.text)
        self.assertEqual(self.scalar(f"SELECT id FROM {table}"), 1)

    def test_syntax_error(self):
        self.check("syntax")

    def test_unique_violation(self):
        self.check("unique")

    def test_division_by_zero(self):
        self.check("bad value")

    def test_missing_table(self):
        self.check("missing table")

    def test_text_that_is_no_number(self):
        self.check("bad text")

    def test_error_while_rows_are_read(self):
        # The first rows are sound; the failing one is far behind what the first answer holds.
        numbers = self.database.numbers.format(50000)
        failing = (f"SELECT 1 / (50000 - n) FROM ({numbers}) AS q" if self.database.name == "pg" else
                   f"SELECT n, IF(n < 50000, 1, (SELECT 1 UNION SELECT 2)) FROM ({numbers}) AS q")
        sqlstate = "22012" if self.database.name == "pg" else "21000"
        with self.fails_with(sqlstate):
            self.cursor.execute(failing).fetchall()
        self.assertEqual(self.scalar("SELECT 1"), 1)

    def test_many_errors_in_a_row(self):
        error = self.database.errors["missing table"]
        for i in range(50):
            with self.fails_with(error.sqlstate):
                self.cursor.execute(error.statement)
            self.assertEqual(self.scalar(f"SELECT {i}"), i)


if __name__ == "__main__":
    unittest.main()
