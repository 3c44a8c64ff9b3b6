"""What becomes of clients when servers go down, connections break, clients vanish or keep quiet: on real
servers, through the driver."""

import os
import re
import signal
import subprocess
import sys
import threading
import unittest

import pyodbc

from client_case import wait_until
from outage_case import OutageCase

LOST = {"08S01", "08006", "08003", "57P01", "HY000", "08007"}  # a connection that was in use


class Age(OutageCase):
    """The pool closes what is idle or old, and nobody notices."""

    def test_idle_connections_are_closed_and_opened_again(self):
        self.start_relay('idle_timeout = "1s"')
        connection = self.begin()
        self.assertEqual(len(self.backends()), 1)
        connection.rollback()
        wait_until(lambda: not self.backends(), "the idle connection is closed")
        wait_until(lambda: self.metric("sluice_pool_idle_connections") == 0, "the pool knows")
        self.assertEqual(connection.execute("SELECT 2").fetchval(), 2)

    def test_as_many_as_wanted_stay(self):
        self.start_relay('idle_timeout = "1s"\nmin_connections = 2\nmax_connections = 4')
        holders = [self.begin() for _ in range(4)]
        self.assertEqual(len(self.backends()), 4)
        for holder in holders:
            holder.rollback()
        wait_until(lambda: len(self.backends()) == 2, "those beyond min_connections are closed")
        self.assertEqual(holders[0].execute("SELECT 1").fetchval(), 1)

    def test_old_connections_are_replaced_under_statements_that_go_on(self):
        self.start_relay('max_lifetime = "2s"\nmax_connections = 3')
        holders = [self.begin() for _ in range(3)]
        first = set(self.backends())
        self.assertEqual(len(first), 3)
        for holder in holders:
            holder.rollback()
            holder.autocommit = True

        def replaced():
            for holder in holders:
                self.assertEqual(holder.execute("SELECT 1").fetchval(), 1)
            return not first & set(self.backends())
        wait_until(replaced, "all of the first connections are gone")

    def test_connections_made_together_are_not_replaced_together(self):
        self.start_relay('max_lifetime = "1h"\nmax_connections = 8')
        holders = [self.begin() for _ in range(8)]
        with open(self.log_path, encoding="utf-8") as log:
            opened = dict(re.findall(r"backend_opened .*server_process=(\d+) lifetime_ms=(\d+)", log.read()))
        own = {str(holder.execute(self.engine.own_id).fetchval()) for holder in holders}
        self.assertEqual(set(opened), own)
        lifetimes = sorted(int(lifetime) for lifetime in opened.values())
        hour = 3_600_000
        self.assertLessEqual(lifetimes[-1], hour)
        self.assertGreaterEqual(lifetimes[0], hour - hour // 10)
        # Spread over that tenth: none ends within ten seconds of another.
        self.assertGreater(min(later - earlier for earlier, later in zip(lifetimes, lifetimes[1:])), 10_000, lifetimes)
        for holder in holders:
            holder.rollback()

    def test_a_transaction_outlives_the_age_of_its_connection(self):
        self.start_relay('max_lifetime = "1s"\nmax_connections = 2')
        holder = self.begin()
        own = str(holder.execute(self.engine.own_id).fetchval())
        other = self.connect()
        other.execute("SELECT 1").close()
        neighbours = set(self.backends()) - {own}
        wait_until(lambda: not neighbours & set(self.backends()), "the idle one is replaced")
        self.assertEqual(str(holder.execute(self.engine.own_id).fetchval()), own)
        holder.rollback()
        wait_until(lambda: own not in self.backends(), "the old one is closed when it is given back")


class Down(OutageCase):
    """The server is stopped and started again."""

    def test_everybody_is_told_at_once_and_served_when_it_is_back(self):
        # Who had to wait for anything would fail with HYT00, or hang.
        self.start_relay('max_connections = 2\nwait_timeout = "10m"\nconnect_backoff = "500ms"')
        self.restart_at_end()
        connections = [self.connect("QueryTimeout=90;") for _ in range(8)]
        for connection in connections:
            connection.execute("SELECT 1").close()
        self.run_script("down")
        rounds = 20

        def ask_often(i):
            return [self.failure(lambda: connections[i].execute("SELECT 1")) for _ in range(rounds)]
        answers, join = self.in_threads(8, ask_often)
        join()
        told = [answer for each in answers for answer in each]
        self.assertEqual({state for state, _ in told} - {"08001"} - LOST, set())
        self.assertTrue(all(f":{self.link.port}" in text or "onnection" in text for _, text in told), told[-1])
        self.assertEqual([state for state, _ in told].count("08001") > len(told) / 2, True)
        # One attempt at a time, with pauses between them: not one for each statement.
        self.assertLess(self.metric("sluice_pool_connect_failures_total"), len(told) / 2)
        self.assertEqual(self.metric("sluice_pool_outage"), 1)
        self.run_script("up")

        def works(connection):
            try:
                return connection.execute("SELECT 1").fetchval() == 1
            except pyodbc.Error:
                return False
        for connection in connections:
            wait_until(lambda: works(connection), "the session goes on")
        self.assertEqual(self.metric("sluice_pool_outage"), 0)

    def test_those_who_wait_are_told_the_reason(self):
        self.start_relay('max_connections = 1\nwait_timeout = "10m"')
        self.restart_at_end()
        holder = self.begin()
        connections = [self.connect("QueryTimeout=90;") for _ in range(5)]
        answers, join = self.in_threads(5, lambda i: self.failure(lambda: connections[i].execute("SELECT 1")))
        wait_until(lambda: self.metric("sluice_pool_waiting_requests") == 5, "all wait")
        self.run_script("down")
        self.assertIn(self.failure(lambda: holder.execute("SELECT 1"))[0], LOST)
        join()
        self.assertEqual({state for state, _ in answers}, {"08001"}, answers)
        self.run_script("up")
        self.assertEqual(self.failure(holder.commit)[0], "25S03")
        wait_until(lambda: self._value(connections[0]) == 1, "the pool recovers")

    @staticmethod
    def _value(connection):
        try:
            return connection.execute("SELECT 1").fetchval()
        except pyodbc.Error:
            return None


class Broken(OutageCase):
    """A connection between relay and server breaks."""

    def setUp(self):
        self.create_table()

    def rows(self):
        return [int(row) for row in self.ask_server("SELECT id FROM t ORDER BY id")]

    def test_a_connection_that_died_idle_is_not_noticed(self):
        self.start_relay("max_connections = 1")
        connection = self.connect()
        for i in range(10):
            self.kill(str(connection.execute(self.engine.own_id).fetchval()))
            connection.execute(f"INSERT INTO t VALUES ({i})").close()
        self.assertEqual(self.rows(), list(range(10)))

    def test_a_statement_is_never_run_twice(self):
        """The connection may die in any moment: what the client is told is what happened, or that it is lost."""
        self.start_relay("max_connections = 1")
        connection = self.connect()
        succeeded, failed = set(), set()
        for i in range(60):
            cutter = threading.Thread(target=self.link.cut)
            cutter.start()
            try:
                connection.execute(f"INSERT INTO t VALUES ({i})").close()
                succeeded.add(i)
            except pyodbc.Error as error:
                self.assertIn(error.args[0], LOST | {"08001"}, error)
                failed.add(i)
            cutter.join()
        rows = self.rows()
        self.assertEqual(len(rows), len(set(rows)), "a statement ran twice")
        self.assertLessEqual(succeeded, set(rows))
        self.assertTrue(succeeded)

    def test_nothing_is_run_again_in_a_transaction(self):
        self.start_relay("max_connections = 2")
        connection = self.begin("INSERT INTO t VALUES (1)")
        self.kill(str(connection.execute(self.engine.own_id).fetchval()))
        self.assertIn(self.failure(lambda: connection.execute("INSERT INTO t VALUES (2)"))[0], LOST)
        self.assertEqual(self.failure(lambda: connection.execute("INSERT INTO t VALUES (3)"))[0], "25S03")
        self.assertEqual(self.failure(connection.commit)[0], "25S03")
        connection.execute("INSERT INTO t VALUES (4)").close()
        connection.commit()
        self.assertEqual(self.rows(), [4])

    def lose_commit(self, delivered, commit):
        self.start_relay("max_connections = 2")
        connection = self.begin()
        connection.execute("COMMIT")  # PostgreSQL has described it then: the next one goes in one write
        connection.execute("INSERT INTO t VALUES (1)").close()
        self.link.cut_at(b"COMMIT", delivered)
        state, text = self.failure(lambda: commit(connection))
        self.assertEqual(state, "08007", text)
        self.assertIn("unknown", text)
        wait_until(lambda: not self.backends(), "the server has noticed, too")
        self.assertEqual(self.rows(), [1] if delivered else [])
        # The transaction is over: the next one begins.
        connection.execute("INSERT INTO t VALUES (2)").close()
        connection.commit()
        self.assertEqual(self.rows()[-1], 2)

    def test_a_commit_whose_answer_is_lost_is_unknown(self):
        self.lose_commit(True, lambda connection: connection.commit())

    def test_a_commit_that_is_lost_is_unknown(self):
        self.lose_commit(False, lambda connection: connection.commit())

    def test_a_commit_as_text_whose_answer_is_lost_is_unknown(self):
        self.lose_commit(True, lambda connection: connection.execute("COMMIT"))

    def test_a_commit_as_text_that_is_lost_is_unknown(self):
        self.lose_commit(False, lambda connection: connection.execute("COMMIT"))

    def test_a_commit_by_switching_autocommit_on_is_unknown_when_it_is_lost(self):
        def switch(connection):
            connection.autocommit = True
            connection.execute("SELECT 1")
        self.start_relay("max_connections = 2")
        connection = self.begin("INSERT INTO t VALUES (1)")
        self.link.cut_at(b"COMMIT", True)
        state, text = self.failure(lambda: switch(connection))
        self.assertEqual(state, "08007", text)
        self.assertEqual(self.rows(), [1])
        self.assertEqual(connection.execute("SELECT 1").fetchval(), 1)


class Waiting(OutageCase):
    """Deadlines of the application end the wait for a connection."""

    def test_a_query_timeout_ends_the_wait_and_tells_who_has_the_connections(self):
        self.start_relay('max_connections = 2\nwait_timeout = "10m"')
        holders = [self.begin(), self.begin()]
        connection = self.connect()
        connection.timeout = 1
        state, text = self.failure(lambda: connection.execute("SELECT 1"))
        self.assertEqual(state, "HYT00", text)
        for part in ('pool "db"', "max_connections = 2", "2 in transactions", "2 of them idle"):
            self.assertIn(part, text)
        holders[0].rollback()
        self.assertEqual(connection.execute("SELECT 1").fetchval(), 1)

    def test_the_pools_own_limit_ends_the_wait(self):
        self.start_relay('max_connections = 1\nwait_timeout = "3s"')
        holder = self.begin()
        state, text = self.failure(lambda: self.connect().execute("SELECT 1"))
        self.assertEqual(state, "HYT00", text)
        self.assertRegex(text, r"within [3-9]\d{3} ms")
        holder.rollback()

    def test_a_login_timeout_covers_connecting_and_waiting(self):
        """The first session of a pool asks the server what it is; the others wait for the same connection."""
        self.start_relay('max_connections = 1\nwait_timeout = "10m"\nconnect_timeout = "10m"')
        self.link.hold()
        answers, join = self.in_threads(3, lambda i: self.failure(lambda: self.connect(timeout=2)))
        join()
        self.assertEqual({state for state, _ in answers}, {"HYT00"}, answers)
        self.assertTrue(any('pool "db"' in text and "max_connections = 1" in text for _, text in answers), answers)
        self.link.let_go()
        self.assertEqual(self.connect().execute("SELECT 1").fetchval(), 1)


class Quiet(OutageCase):
    """Clients that keep quiet, vanish, or whose host is gone."""

    def test_an_idle_transaction_is_rolled_back_and_its_client_told(self):
        self.create_table()
        self.start_relay('idle_transaction_timeout = "1s"')
        quiet = self.begin("INSERT INTO t VALUES (1)")
        other = self.begin("INSERT INTO t VALUES (2)")
        wait_until(lambda: self.metric("sluice_pool_idle_transaction_timeouts_total") == 2, "both are ended")
        wait_until(lambda: self.metric("sluice_pool_active_connections") == 0, "and their connections free")
        self.assertEqual(self.failure(lambda: quiet.execute("SELECT 1"))[0], "25P03")
        quiet.rollback()
        quiet.execute("INSERT INTO t VALUES (3)").close()
        quiet.commit()
        self.assertEqual(self.failure(other.commit)[0], "25S03")
        other.execute("INSERT INTO t VALUES (4)").close()
        other.commit()
        self.assertEqual(self.ask_server("SELECT id FROM t ORDER BY id"), ["3", "4"])

    def test_a_client_that_is_killed_takes_its_statement_along(self):
        self.start_relay()
        code = f"import pyodbc; pyodbc.connect({self.connection_string()!r}).execute({self.engine.sleep!r})"
        client = subprocess.Popen([sys.executable, "-c", code])
        wait_until(lambda: self.ask_server(self.engine.running), "the statement runs")
        client.send_signal(signal.SIGKILL)
        client.wait()
        wait_until(lambda: not self.ask_server(self.engine.running), "the statement is stopped")
        wait_until(lambda: self.metric("sluice_sessions") == 0, "the session has ended")
        wait_until(lambda: self.metric("sluice_pool_active_connections") == 0, "and its connection is free")

    def keepalive_timers(self):
        """Of the relay's sockets to clients: jiffies until the kernel asks them for a sign of life."""
        timers = []
        with open("/proc/net/tcp", encoding="utf-8") as sockets:
            for line in list(sockets)[1:]:
                fields = line.split()
                established = fields[3] == "01"
                if established and int(fields[1].split(":")[1], 16) == self.port:
                    kind, when = fields[5].split(":")
                    timers.append(int(when, 16) if kind == "02" else None)
        return timers

    def test_a_half_open_client_is_found(self):
        self.start_relay(relay='keepalive = "1s"')
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "silent_client.py")
        client = subprocess.Popen([sys.executable, script, self.connection_string(), self.engine.sleep], text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with client:
            self.addCleanup(client.kill)
            wait_until(lambda: self.ask_server(self.engine.running), "the statement runs")
            timers = self.keepalive_timers()
            self.assertEqual(len(timers), 1)
            self.assertIsNotNone(timers[0], "no keepalive timer runs")
            self.assertLessEqual(timers[0], 2 * os.sysconf("SC_CLK_TCK"))
            client.stdin.write("\n")
            client.stdin.flush()
            answer = client.stdout.readline().strip()
            if answer != "silent":  # without the right to close silently, closing is told
                self.assertEqual(answer, "denied")
            client.kill()
        wait_until(lambda: not self.ask_server(self.engine.running), "the relay has stopped its statement")
        wait_until(lambda: self.metric("sluice_sessions") == 0, "the session has ended")


class Modes(OutageCase):
    """PoolMode of the data source against the relay's configuration."""

    def opened_with(self, extra):
        connection = self.connect(extra)
        connection.execute("SELECT 1").close()
        return connection

    def test_a_pool_in_session_mode_may_be_left(self):
        self.start_relay('mode = "session"\nmax_connections = 1')
        shares = self.opened_with("PoolMode=transaction;")
        wait_until(lambda: self.metric("sluice_pool_active_connections") == 0, "it is given back")
        keeps = self.opened_with("")
        self.assertEqual(self.metric("sluice_pool_active_connections"), 1)
        keeps.close()
        self.assertEqual(shares.execute("SELECT 1").fetchval(), 1)

    def test_what_may_not_be_chosen_is_not_had(self):
        self.start_relay('client_modes = ["transaction"]\nmax_connections = 1')
        first = self.opened_with("PoolMode=session;")
        second = self.opened_with("Pinning=always;")
        self.assertEqual(first.execute("SELECT 1").fetchval(), 1)
        self.assertEqual(second.execute("SELECT 1").fetchval(), 1)
        wait_until(lambda: self.metric("sluice_pool_active_connections") == 0, "nobody keeps it")


if __name__ == "__main__":
    unittest.main(verbosity=2)
