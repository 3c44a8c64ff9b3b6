"""200 connections of 8 processes share a pool of 5 connections to the database."""

import multiprocessing
import os
import threading
import unittest

import pyodbc

import databases
import server

PROCESSES = 8
CONNECTIONS = 25  # of each process, each used by a thread of its own
TRANSACTIONS = 8  # of each connection
ACCOUNTS = 50
MAX_CONNECTIONS = 5  # of relay5


def transfer(connection, table, source, target):
    """A transaction: moves one coin, lower account first so that none waits for another in a ring."""
    for account, amount in sorted([(source, -1), (target, 1)]):
        connection.execute(f"UPDATE {table} SET coins = coins + ? WHERE id = ?", amount, account)
    connection.execute(f"INSERT INTO {table}_log (source, target) VALUES (?, ?)", source, target)
    connection.commit()


def work(connection, table, seed):
    for i in range(TRANSACTIONS):
        source = (seed * 7 + i) % ACCOUNTS
        transfer(connection, table, source, (source + 1 + seed % (ACCOUNTS - 1)) % ACCOUNTS)


def process_main(dsn, table, number, all_connected, failures):
    """Opens its connections, waits until all processes have theirs, and works with all at once."""
    def thread_main(connection, seed):
        try:
            work(connection, table, seed)
        except Exception as error:  # pylint: disable=broad-except
            failures.put(f"process {number}: {error}")

    try:
        connections = [pyodbc.connect(f"DSN={dsn}", autocommit=False) for _ in range(CONNECTIONS)]
        all_connected.wait(60)
    except Exception as error:  # pylint: disable=broad-except
        failures.put(f"process {number}: {error!r}")
        all_connected.abort()
        return
    threads = [threading.Thread(target=thread_main, args=(connection, number * CONNECTIONS + i))
               for i, connection in enumerate(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for connection in connections:
        connection.close()


class Watcher(threading.Thread):
    """Asks the server again and again how many connections the relay has."""

    def __init__(self, database, server_database):
        super().__init__(daemon=True)
        self._database, self._server_database = database, server_database
        self._done = threading.Event()
        self.seen = []

    def run(self):
        while not self._done.is_set():
            self.seen.append(server.connections_to(self._database, self._server_database))

    def finish(self):
        self._done.set()
        self.join(60)


class Concurrency(unittest.TestCase):
    def setUp(self):
        self.database = databases.chosen()
        self.table = f"accounts_{os.getpid()}"
        self.connection = pyodbc.connect(f"DSN={self.database.name}", autocommit=True)
        self.addCleanup(self.connection.close)
        self.create_tables()

    def create_tables(self):
        engine = " ENGINE=InnoDB" if self.database.name == "mysql" else ""
        for table, columns in ((self.table, "id integer PRIMARY KEY, coins integer"),
                               (f"{self.table}_log", "source integer, target integer")):
            self.connection.execute(f"CREATE TABLE {table} ({columns}){engine}")
            self.addCleanup(self.connection.execute, f"DROP TABLE {table}")
        self.connection.cursor().executemany(
            f"INSERT INTO {self.table} VALUES (?, ?)", [(i, 100) for i in range(ACCOUNTS)])

    def run_processes(self):
        context = multiprocessing.get_context("spawn")
        all_connected, failures = context.Barrier(PROCESSES), context.Queue()
        processes = [context.Process(target=process_main, args=(
            self.database.name, self.table, i, all_connected, failures)) for i in range(PROCESSES)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(150)
        self.assertEqual([p.exitcode for p in processes], [0] * PROCESSES)
        found = []
        while not failures.empty():
            found.append(failures.get())
        self.assertEqual(found, [])

    def expected_coins(self):
        coins = [100] * ACCOUNTS
        for seed in range(PROCESSES * CONNECTIONS):
            for i in range(TRANSACTIONS):
                source = (seed * 7 + i) % ACCOUNTS
                coins[source] -= 1
                coins[(source + 1 + seed % (ACCOUNTS - 1)) % ACCOUNTS] += 1
        return coins

    def test_many_connections_share_few(self):
        watcher = Watcher(self.database, os.environ["RELAY_DATABASE"])
        watcher.start()
        try:
            self.run_processes()
        finally:
            watcher.finish()
        rows = self.connection.execute(f"SELECT coins FROM {self.table} ORDER BY id").fetchall()
        self.assertEqual([row.coins for row in rows], self.expected_coins())
        done = self.connection.execute(f"SELECT COUNT(*) FROM {self.table}_log").fetchval()
        self.assertEqual(done, PROCESSES * CONNECTIONS * TRANSACTIONS)
        self.assertLessEqual(max(watcher.seen), MAX_CONNECTIONS)
        self.assertEqual(max(watcher.seen), MAX_CONNECTIONS, "the pool was not used to its limit")


if __name__ == "__main__":
    unittest.main()
