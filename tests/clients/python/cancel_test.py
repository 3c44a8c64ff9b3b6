"""Statements that take too long: timeouts, and cancelling from another thread."""

import threading
import unittest

import pyodbc

import server
from client_case import ClientCase, OnThread, wait_until

LONG = 60  # seconds; a statement that is not stopped runs into the test's own time limit


class Cancelling(ClientCase):
    def setUp(self):
        super().setUp()
        self.marker = self.new_name("marker")

    def long_statement(self):
        return f"{self.database.sleep.format(LONG)} /* {self.marker} */"

    def is_running(self):
        return server.running_statements(self.database, self.marker) > 0

    def wait_until_gone(self):
        wait_until(lambda: not self.is_running(), "the statement ends on the server")

    def test_query_timeout(self):
        connection = self.connect()
        connection.timeout = 1
        with self.fails_with("HYT00"):
            connection.execute(self.long_statement()).fetchall()
        self.wait_until_gone()
        self.assertEqual(self.scalar("SELECT 5", connection=connection), 5)

    def test_query_timeout_leaves_short_statements_alone(self):
        connection = self.connect()
        connection.timeout = 30
        self.assertEqual(self.scalar("SELECT 5", connection=connection), 5)

    def cancelled_while_running(self, connection):
        cursor = connection.cursor()
        statement = OnThread(cursor, self.long_statement())
        wait_until(self.is_running, "the statement runs on the server")
        cursor.cancel()
        self.assertEqual(statement.outcome(30), "HY008")
        self.wait_until_gone()

    def test_cancel_from_another_thread(self):
        self.cancelled_while_running(self.connection)
        self.assertEqual(self.scalar("SELECT 5"), 5)

    def test_cancel_inside_a_transaction(self):
        table = self.create_table("v integer")
        connection = self.connect(autocommit=False)
        connection.execute(f"INSERT INTO {table} VALUES (1)")
        self.cancelled_while_running(connection)
        connection.execute(f"INSERT INTO {table} VALUES (2)")
        connection.commit()
        self.assertEqual(self.scalar(f"SELECT SUM(v) FROM {table}"), 3)

    def test_cancel_hits_no_other_statement(self):
        other = self.connect()
        result = []
        sleep = self.database.sleep.format(2)
        thread = threading.Thread(
            target=lambda: result.append(len(other.execute(sleep).fetchall())), daemon=True)
        thread.start()
        self.cancelled_while_running(self.connection)
        thread.join(30)
        self.assertEqual(result, [1])

    def test_cancel_of_an_idle_cursor_changes_nothing(self):
        self.cursor.execute("SELECT 1").fetchall()
        self.cursor.cancel()
        self.assertEqual(self.cursor.execute("SELECT 6").fetchval(), 6)


if __name__ == "__main__":
    unittest.main()
