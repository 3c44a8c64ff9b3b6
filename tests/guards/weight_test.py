"""What rows weigh on the wire, and what idle sessions weigh in memory: ceilings a little above what is true."""

import os
import pathlib
import sys
import unittest
from ctypes import byref, c_size_t, c_ssize_t, c_short, c_ushort, c_void_p, create_string_buffer

from guard_relay import GuardRelay

sys.path.append(str(pathlib.Path(__file__).parents[1] / "compat"))
import odbc  # pylint: disable=wrong-import-position

ROWS = 20_000
NUMBERS = {"pg": f"generate_series(1, {ROWS}) AS s(n)", "mysql": f"seq_1_to_{ROWS} AS s"}
COLUMN = {"pg": "n", "mysql": "seq"}
BIG = {"pg": "CAST({n} AS bigint)", "mysql": "CAST({n} AS SIGNED)"}
# Of headers, column descriptions and batches: what does not grow with the rows, and with it little.
FIXED_BYTES = 4096
SESSIONS = 500


def status_kb(pid, field):
    with open(f"/proc/{pid}/status", encoding="utf-8") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(field + ":"))


def resident_kb(pid):
    return status_kb(pid, "VmRSS")


def peak_kb(pid):
    return status_kb(pid, "VmHWM")


class Weight(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.relay = GuardRelay()
        cls.addClassCleanup(cls.relay.stop)

    def open(self, pool, options="Compression=off"):
        connection = odbc.Connection(self.relay.connection(pool) + options)
        self.assertEqual(connection.open(), "OK", connection.records())
        return connection

    def bytes_of(self, pool, columns, options="Compression=off"):
        """Octets that the relay sends for the result."""
        connection = self.open(pool, options)
        statement = connection.statement()
        cell, length = create_string_buffer(256), c_ssize_t()
        statement.call("SQLBindCol", c_ushort(1), c_short(1), cell, c_ssize_t(256), byref(length))
        before = self.relay.link.bytes_down
        columns = columns.format(n=COLUMN[pool])
        self.assertEqual(statement.run(f"SELECT {columns} FROM {NUMBERS[pool]}"), "OK", statement.records())
        rows = 0
        while statement.fetch() == "OK":
            rows += 1
        self.assertEqual(rows, ROWS)
        sent = self.relay.link.bytes_down - before
        connection.close()
        return sent

    def check(self, columns, row_bytes):
        """row_bytes: of the values alone; 2 % are for what batches add."""
        for pool in ("pg", "mysql"):
            with self.subTest(pool=pool, columns=columns):
                most = ROWS * row_bytes * 1.02 + FIXED_BYTES
                self.assertLess(self.bytes_of(pool, columns.replace("BIG", BIG[pool])), most)

    def test_a_number_takes_its_width(self):
        self.check("BIG", 8)

    def test_text_takes_its_octets_and_an_offset(self):
        self.check("'0123456789'", 10 + 4)

    def test_a_null_takes_its_width_and_a_bit(self):
        self.check("CASE WHEN {n} < 0 THEN BIG END", 8 + 1 / 8)

    def test_an_array_of_parameters_takes_the_width_of_its_values(self):
        connection = self.open("pg")
        statement = connection.statement()
        connection.statement().run("DROP TABLE weight")
        statement.run("CREATE TABLE weight (id BIGINT)")
        rows = 10_000
        values = create_string_buffer(8 * rows)
        statement.call("SQLSetStmtAttr", odbc.c_long(22), c_void_p(rows), odbc.c_long(0))
        statement.prepare("INSERT INTO weight VALUES (?)")
        statement.call("SQLBindParameter", c_ushort(1), c_short(1), c_short(-25), c_short(-5), c_size_t(19),
                       c_short(0), values, c_ssize_t(8), None)
        before = self.relay.link.bytes_up
        self.assertEqual(statement.execute(), "OK", statement.records())
        self.assertLess(self.relay.link.bytes_up - before, rows * 8 * 1.02 + FIXED_BYTES)
        connection.close()

    def test_compressed_rows_take_a_third(self):
        for pool in ("pg", "mysql"):
            with self.subTest(pool=pool):
                columns = f"'row number', {BIG[pool]}"
                plain = self.bytes_of(pool, columns)
                self.assertLess(self.bytes_of(pool, columns, "Compression=on"), plain / 3)

    def test_an_array_beyond_the_limit_of_a_message_is_not_kept(self):
        rows, width = 20_000, 4096  # 80 MB
        connection = self.open("pg")
        connection.statement().run("DROP TABLE weight")
        statement = connection.statement()
        statement.run("CREATE TABLE weight (v VARCHAR(4096))")
        values = create_string_buffer(b"v" * width * rows, width * rows)
        lengths = (c_ssize_t * rows)(*[width] * rows)
        statement.call("SQLSetStmtAttr", odbc.c_long(22), c_void_p(rows), odbc.c_long(0))
        statement.prepare("INSERT INTO weight VALUES (?)")
        statement.call("SQLBindParameter", c_ushort(1), c_short(1), c_short(1), c_short(12), c_size_t(width),
                       c_short(0), values, c_ssize_t(width), lengths)
        pids = (os.getpid(), self.relay.pid)
        before = [resident_kb(pid) for pid in pids]
        for pid in pids:
            with open(f"/proc/{pid}/clear_refs", "w", encoding="utf-8") as file:
                file.write("5")  # the peak begins anew (proc(5))
        self.assertEqual(statement.execute(), "OK", statement.records())
        growth = [peak_kb(pid) - kilobytes for pid, kilobytes in zip(pids, before)]
        print(f"80 MB of parameters: {growth[0]} kB in the client, {growth[1]} kB in the relay")
        if os.environ.get("SLUICE_MEMORY_TELLS", "1") == "1":
            for kilobytes in growth:
                self.assertLess(kilobytes, 64 * 1024)
        connection.close()

    def test_an_idle_session_is_light(self):
        keep = [self.open("pg")]  # libraries and the first buffers are not a session's
        before, relay_before = resident_kb(os.getpid()), resident_kb(self.relay.pid)
        keep += [self.open("pg") for _ in range(SESSIONS)]
        relay = (resident_kb(self.relay.pid) - relay_before) / SESSIONS
        client = (resident_kb(os.getpid()) - before) / SESSIONS
        print(f"a session: {relay:.1f} kB in the relay, {client:.1f} kB in the client")
        for connection in keep:
            connection.close()
        if os.environ.get("SLUICE_MEMORY_TELLS", "1") == "1":
            self.assertLess(relay, 20)
            self.assertLess(client, 120)  # threads of the links, Python's objects and unixODBC's included


if __name__ == "__main__":
    unittest.main(verbosity=2)
