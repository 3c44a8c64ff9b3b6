"""A result of a million rows passes through client and relay without being kept by either."""

import os
import unittest

import pyodbc

import databases
from private_relay import PrivateRelay

ROWS = 1000000
LIMIT_KB = 16 * 1024


def memory_kb(pid, field):
    with open(f"/proc/{pid}/status", encoding="utf-8") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(field + ":"))


class Growth:
    """How much a process's peak of resident memory exceeds what it had when this was made."""

    def __init__(self, pid):
        self._pid = pid
        with open(f"/proc/{pid}/clear_refs", "w", encoding="utf-8") as file:
            file.write("5")  # the peak begins anew (proc(5))
        self._before = memory_kb(pid, "VmRSS")

    def kb(self):
        return memory_kb(self._pid, "VmHWM") - self._before


class Memory(unittest.TestCase):
    def setUp(self):
        self.database = databases.chosen()
        self.relay = PrivateRelay("relay", MAX_CONNECTIONS=2)
        self.addCleanup(self.relay.forget)

    def query(self, rows):
        numbers = self.database.numbers.format(rows)
        return f"SELECT n, REPEAT('x', 100) AS text FROM ({numbers}) AS q"

    def read(self, connection, rows):
        cursor = connection.cursor()
        cursor.execute(self.query(rows))
        total = 0
        for row in cursor:
            total += row[0]
        self.assertEqual(total, rows * (rows + 1) // 2)

    def test_a_million_rows(self):
        connection = pyodbc.connect(self.relay.pool(self.database.name), autocommit=True)
        self.read(connection, 10)  # libraries, caches and the backend connection are there now
        client, relay = Growth(os.getpid()), Growth(self.relay.pid)
        self.read(connection, ROWS)
        connection.close()
        print(f"client {client.kb()} kB, relay {relay.kb()} kB")
        self.assertLess(client.kb(), LIMIT_KB)
        self.assertLess(relay.kb(), LIMIT_KB)
        self.relay.stop()


if __name__ == "__main__":
    unittest.main()
