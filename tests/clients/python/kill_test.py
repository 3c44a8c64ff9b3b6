"""What happens when a client or the relay dies in the middle of its work."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import unittest

import pyodbc

import databases
import server
from client_case import OnThread, wait_until
from private_relay import PrivateRelay

LONG = 60  # seconds that the statements would take


@contextlib.contextmanager
def tell_seconds(what):
    """How long it took is told, not asserted: the machine may be busy."""
    start = time.monotonic()
    yield
    print(f"{what} after {time.monotonic() - start:.2f} s", flush=True)


class Kill(unittest.TestCase):
    def setUp(self):
        self.database = databases.chosen()
        self.marker = f"marker_{os.getpid()}_{self._testMethodName}"
        # A pool of one: whoever gets a lease proves that the dead one's is free.
        self.relay = PrivateRelay("relay", MAX_CONNECTIONS=1)
        self.addCleanup(self.relay.forget)

    def long_statement(self):
        return f"{self.database.sleep.format(LONG)} /* {self.marker} */"

    def is_running(self):
        return server.running_statements(self.database, self.marker) > 0

    def connect(self):
        connection = pyodbc.connect(self.relay.pool(self.database.name), autocommit=True)
        self.addCleanup(lambda: connection.closed or connection.close())
        return connection

    def start_client(self, program):
        client = subprocess.Popen(
            [sys.executable, "-c", program, self.relay.pool(self.database.name),
             self.long_statement()], stdout=subprocess.PIPE, text=True)
        self.addCleanup(client.stdout.close)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        return client

    def test_killed_clients_statement_is_cancelled(self):
        client = self.start_client(
            "import pyodbc, sys; pyodbc.connect(sys.argv[1]).execute(sys.argv[2])")
        wait_until(self.is_running, "the statement runs on the server")
        client.send_signal(signal.SIGKILL)
        with tell_seconds("statement cancelled and lease free"):
            wait_until(lambda: not self.is_running(), "the killed client's statement is cancelled")
            self.assertEqual(self.connect().execute("SELECT 7").fetchval(), 7)
        self.relay.stop()

    def test_killed_clients_transaction_is_rolled_back(self):
        table = f"t_{os.getpid()}"
        connection = self.connect()
        connection.execute(f"CREATE TABLE {table} (id integer)")
        client = self.start_client(
            "import pyodbc, sys, time\n"
            "connection = pyodbc.connect(sys.argv[1], autocommit=False)\n"
            f"connection.execute('INSERT INTO {table} VALUES (1)')\n"
            f"print('inserted', flush=True); time.sleep({LONG})")
        self.assertEqual(client.stdout.readline(), "inserted\n")
        client.send_signal(signal.SIGKILL)
        # The only lease of the pool is the killed client's until the relay has taken it back.
        with tell_seconds("transaction rolled back and lease free"):
            self.assertEqual(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchval(), 0)
        connection.execute(f"DROP TABLE {table}")
        connection.close()
        self.relay.stop()

    def test_killed_relay_ends_the_running_statement(self):
        connection = self.connect()
        statement = OnThread(connection.cursor(), self.long_statement())
        wait_until(self.is_running, "the statement runs on the server")
        os.kill(self.relay.pid, signal.SIGKILL)
        with tell_seconds("the client's call failed"):
            outcome = statement.outcome(20)
        self.assertEqual(outcome, "08S01")

    def test_killed_relay_ends_idle_connections_and_half_read_results(self):
        idle, reader = self.connect(), self.connect()
        idle.execute("SELECT 1").fetchall()
        cursor = reader.execute(self.database.numbers.format(1000000))
        self.assertEqual(cursor.fetchone()[0], 1)
        os.kill(self.relay.pid, signal.SIGKILL)
        with self.assertRaises(pyodbc.Error) as caught:
            cursor.fetchall()
        self.assertEqual(caught.exception.args[0], "08S01")
        with self.assertRaises(pyodbc.Error) as caught:
            idle.execute("SELECT 1")
        self.assertEqual(caught.exception.args[0], "08S01")
        with self.assertRaises(pyodbc.Error) as caught:
            self.connect()
        self.assertEqual(caught.exception.args[0], "08001")


if __name__ == "__main__":
    unittest.main()
