"""The base of the tests that use pyodbc as an application would."""

import contextlib
import itertools
import os
import re
import threading
import time
import unittest

import pyodbc

import databases

_numbers = itertools.count(1)


class OnThread:
    """A statement that runs on a thread of its own from now on."""

    def __init__(self, cursor, statement):
        self._outcome = None
        self._thread = threading.Thread(target=self._run, args=(cursor, statement), daemon=True)
        self._thread.start()

    def _run(self, cursor, statement):
        try:
            cursor.execute(statement).fetchall()
            self._outcome = "no error"
        except pyodbc.Error as error:
            self._outcome = error.args[0]

    def outcome(self, seconds):
        """The SQLSTATE that it failed with, "no error", or None when it still runs after so long."""
        self._thread.join(seconds)
        return self._outcome


class ClientCase(unittest.TestCase):
    """Every test has a connection that commits by itself and tables of its own."""

    def setUp(self):
        self.database = databases.chosen()
        self._drops = []
        self.addCleanup(self._drop_what_was_made)  # the last one: all connections are closed then
        self.connection = self.connect()
        self.cursor = self.connection.cursor()

    def connect(self, extra="", **arguments):
        arguments.setdefault("autocommit", True)
        connection = pyodbc.connect(f"DSN={self.database.name};{extra}", **arguments)
        self.addCleanup(lambda: connection.closed or connection.close())
        return connection

    def new_name(self, prefix="t"):
        return f"{prefix}_{os.getpid()}_{next(_numbers)}"

    def create_table(self, columns):
        name = self.new_name()
        self.cursor.execute(f"CREATE TABLE {name} ({columns})")
        self.drop_at_end(f"DROP TABLE {name}")
        return name

    def drop_at_end(self, statement):
        self._drops.append(statement)

    def _drop_what_was_made(self):
        connection = pyodbc.connect(f"DSN={self.database.name}", autocommit=True)
        for statement in reversed(self._drops):
            connection.execute(statement)
        connection.close()

    def scalar(self, statement, *parameters, connection=None):
        return (connection or self.connection).execute(statement, *parameters).fetchval()

    @contextlib.contextmanager
    def fails_with(self, sqlstate):
        """The block raises pyodbc.Error with this SQLSTATE; what is yielded then has the text."""
        outcome = Failure()
        try:
            yield outcome
        except pyodbc.Error as error:
            outcome.error = error
            outcome.sqlstate, outcome.text = error.args[0], error.args[1]
        else:
            self.fail(f"no error, where {sqlstate} was expected")
        self.assertEqual(outcome.sqlstate, sqlstate, outcome.text)


class Failure:
    error = None
    sqlstate = ""
    text = ""

    def native_code(self):
        # pyodbc: "[state] message (native code) (function)", more records following it
        return int(re.search(r"\((-?\d+)\) \(SQL\w+\)", self.text).group(1))


def wait_until(condition, what, seconds=60):
    """Polls until the condition holds. The limit is for hangs: it is no promise about speed."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)
