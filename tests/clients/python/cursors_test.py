"""Several statements on one connection, routines, several results."""

import unittest

from client_case import ClientCase


class Cursors(ClientCase):
    def numbers(self, count):
        return self.database.numbers.format(count)

    def test_results_read_in_turn(self):
        cursors = [self.connection.cursor() for _ in range(4)]
        for cursor in cursors:
            cursor.execute(self.numbers(3000))
        for i in range(1, 3001):
            self.assertEqual([cursor.fetchone()[0] for cursor in cursors], [i] * 4)
        self.assertEqual([cursor.fetchone() for cursor in cursors], [None] * 4)

    def test_long_results_read_in_turn(self):
        connection = self.connect("FetchBytes=65536")
        cursors = [connection.cursor() for _ in range(2)]
        query = f"SELECT n, REPEAT('x', 1000) FROM ({self.numbers(3000)}) AS q"
        for cursor in cursors:
            cursor.execute(query)
        for i in range(1, 3001):
            self.assertEqual([cursor.fetchone()[0] for cursor in cursors], [i] * 2)

    def test_writing_while_a_result_is_half_read(self):
        table = self.create_table("v integer")
        self.cursor.execute(self.numbers(20000))
        for i in range(1, 101):
            self.assertEqual(self.cursor.fetchone()[0], i)
            self.connection.execute(f"INSERT INTO {table} VALUES (?)", i)
        self.assertEqual(self.scalar(f"SELECT SUM(v) FROM {table}"), 5050)
        self.assertEqual(self.cursor.fetchone()[0], 101)

    def test_half_read_result_does_not_hinder_the_next_statement(self):
        self.cursor.execute(self.numbers(100000))
        self.cursor.fetchone()
        self.assertEqual(self.cursor.execute("SELECT 42").fetchone()[0], 42)

    def test_closing_with_a_half_read_result(self):
        connection = self.connect()
        connection.execute(self.numbers(100000)).fetchone()
        connection.close()
        self.assertEqual(self.scalar("SELECT 1"), 1)

    def test_half_read_results_inside_a_transaction(self):
        connection = self.connect(autocommit=False)
        table = self.create_table("v integer")
        reader = connection.cursor()
        reader.execute(self.numbers(20000))
        for i in range(1, 51):
            self.assertEqual(reader.fetchone()[0], i)
            connection.execute(f"INSERT INTO {table} VALUES (?)", i)
        self.assertEqual(sum(row[0] for row in reader), 20000 * 20001 // 2 - 1275)
        connection.commit()
        self.assertEqual(self.scalar(f"SELECT COUNT(*) FROM {table}"), 50)

    def test_same_statement_many_times(self):
        for i in range(200):
            self.assertEqual(self.scalar("SELECT CAST(? AS CHAR(10))", str(i)).strip(), str(i))

    def test_changed_rows_are_counted(self):
        table = self.create_table("id integer, v integer")
        self.cursor.executemany(f"INSERT INTO {table} VALUES (?, ?)", [(i, 0) for i in range(10)])
        self.assertEqual(self.cursor.execute(f"UPDATE {table} SET v = 0 WHERE id < 4").rowcount, 4)
        self.assertEqual(self.cursor.execute(f"DELETE FROM {table} WHERE id > 100").rowcount, 0)

    def test_routine(self):
        routine = self.new_name("r")
        self.cursor.execute(self.database.create_routine.format(r=routine))
        self.drop_at_end(self.database.drop_routine.format(r=routine))
        self.cursor.execute(f"{{call {routine}(?, ?)}}", 40, 2)
        self.assertEqual(self.cursor.fetchone()[0], 42)
        self.assertIsNone(self.cursor.fetchone())

    def test_escapes(self):
        self.assertEqual(self.scalar("SELECT {fn UCASE('abc')}"), "ABC")
        self.assertEqual(str(self.scalar("SELECT {d '2024-02-29'}")), "2024-02-29")
        self.assertEqual(str(self.scalar("SELECT {ts '2024-02-29 12:00:01'}")),
                         "2024-02-29 12:00:01")

    def test_question_marks_in_texts_are_no_parameters(self):
        row = self.cursor.execute("SELECT '?', ? /* ? */ -- ?", "x").fetchone()
        self.assertEqual(tuple(row), ("?", "x"))


if __name__ == "__main__":
    unittest.main()
