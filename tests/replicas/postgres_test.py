"""A PostgreSQL primary and its standby, and what becomes of clients when the standby is promoted."""

import os
import signal
import unittest

import pyodbc

from client_case import wait_until
from cluster import SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_ONLY, SQL_MODE_READ_WRITE, ClusterCase

IN_RECOVERY = "SELECT pg_is_in_recovery()::int"


class StreamingReplication(ClusterCase):
    backend = "postgres"
    script = "private-postgres.sh"

    def setUp(self):
        super().setUp()
        self.primary = self.start_server("start", "primary")
        self.standby = self.start_server("standby", "standby", "primary")
        # The standby comes first: roles are found by asking, not by order.
        self.start_relay([self.standby["PG_PORT"], self.primary["PG_PORT"]],
                         self.primary["PG_PASSWORD"])

    def kill_primary(self):
        os.kill(int(self.primary["PG_PID"]), signal.SIGQUIT)  # at once, clients are not waited for

    def promote_standby(self):
        """On the server itself, past the relay."""
        with open(os.path.join(self.standby["PG_RUN_DIR"], "data", "promote"), "wb"):
            pass
        os.kill(int(self.standby["PG_PID"]), signal.SIGUSR1)

    def test_writes_go_to_the_primary_and_readers_to_the_standby(self):
        writer = self.connect()
        reader = self.connect("ReadOnly=1;")
        self.assertEqual(self.ask(writer, IN_RECOVERY), 0)
        self.assertEqual(self.ask(reader, IN_RECOVERY), 1)
        writer.execute("CREATE TABLE t (id integer)")
        writer.execute("INSERT INTO t VALUES (42)")
        wait_until(lambda: self.ask(reader, "SELECT id FROM t") == 42, "the standby has followed")
        with self.assertRaises(pyodbc.Error) as failure:
            reader.execute("INSERT INTO t VALUES (43)")
        self.assertEqual(failure.exception.args[0], "25006")

    def test_a_session_chooses_with_its_access_mode(self):
        connection = self.connect()
        self.assertEqual(self.ask(connection, IN_RECOVERY), 0)
        connection.set_attr(SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_ONLY)
        self.assertEqual(self.ask(connection, IN_RECOVERY), 1)
        connection.set_attr(SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_WRITE)
        self.assertEqual(self.ask(connection, IN_RECOVERY), 0)

    def test_the_pool_follows_a_promoted_standby(self):
        writer = self.connect()
        reader = self.connect("ReadOnly=1;")
        writer.execute("CREATE TABLE t (id integer)")
        writer.execute("INSERT INTO t VALUES (1)")
        wait_until(lambda: self.ask(reader, "SELECT count(*) FROM t") == 1, "the standby follows")
        self.kill_primary()

        def refusal():
            try:
                writer.execute("INSERT INTO t VALUES (2)")
            except pyodbc.Error as error:
                return error.args[1] if error.args[0] == "08001" else None
            return None
        message = wait_until(refusal, "nobody takes writes")
        self.assertIn("no host of pool \"db\" takes writes", message)
        self.assertIn(f"127.0.0.1:{self.standby['PG_PORT']} is replica", message)
        self.assertIn(f"127.0.0.1:{self.primary['PG_PORT']} is unreachable", message)
        self.assertEqual(reader.execute("SELECT count(*) FROM t").fetchval(), 1)

        self.promote_standby()
        wait_until(lambda: self.ask(writer, "INSERT INTO t VALUES (3) RETURNING id") == 3,
                   "the promoted standby takes writes")
        self.assertEqual(reader.execute("SELECT count(*) FROM t").fetchval(), 2)

    def test_a_transaction_on_the_lost_primary_is_told_so(self):
        writer = self.connect()
        writer.execute("CREATE TABLE t (id integer)")
        reader = self.connect("ReadOnly=1;")
        wait_until(lambda: self.ask(reader, "SELECT count(*) FROM t") == 0, "the standby follows")
        writer.autocommit = False
        writer.execute("INSERT INTO t VALUES (1)")
        self.kill_primary()
        self.promote_standby()
        with self.assertRaises(pyodbc.Error):
            for _ in range(2):  # the loss may be noticed by the statement after it
                writer.execute("INSERT INTO t VALUES (2)")
        writer.rollback()
        writer.autocommit = True
        wait_until(lambda: self.ask(writer, "SELECT count(*) FROM t") == 0,
                   "nothing of the transaction is there")


if __name__ == "__main__":
    unittest.main()
