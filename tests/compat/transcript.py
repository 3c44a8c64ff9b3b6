#!/usr/bin/env python3
"""Runs the call sequences on a connection string and prints what each call did.

    transcript.py postgres|mysql CONNECTION_STRING [SEQUENCE…]

Every line is "sequence.key<TAB>outcome"; keys are unique. Each sequence runs in a process of its own, on
a connection of its own: what one of them breaks stays with it, and a crash is an outcome like others.
"""

import os
import signal
import sys

import odbc
from sequences import SEQUENCES


class Session:
    """What a sequence is given: its connection, the kind of database, and a place for notes."""

    def __init__(self, name, database, text):
        self.name, self.database, self.text = name, database, text
        self.connection = odbc.Connection(text)
        self.seen = set()

    @property
    def is_postgres(self):
        return self.database == "postgres"

    def sql(self, postgres, mysql):
        return postgres if self.is_postgres else mysql

    def note(self, key, value):
        key = f"{self.name}.{key}"
        assert key not in self.seen, f"{key} is noted twice"
        self.seen.add(key)
        line = f"{key}\t{value}".replace("\n", "\\n").replace("\r", "\\r")
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def statement(self):
        return self.connection.statement()

    def must(self, sql):
        """Runs what prepares the sequence, on a statement of its own."""
        statement = self.statement()
        result = statement.run(sql)
        if result.startswith("ERROR"):
            raise RuntimeError(f"{sql}: {statement.records()}")
        statement.free()

    def table(self, name, columns):
        self.must(f"DROP TABLE IF EXISTS {name}")
        self.must(f"CREATE TABLE {name} ({columns})")


def run(name, body, database, text):
    session = Session(name, database, text)
    opened = session.connection.open()
    if not session.connection.succeeded:
        raise RuntimeError(f"{opened}: {session.connection.records()}")
    body(session)
    session.connection.close()


def run_apart(name, body, database, text):
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(60)
            run(name, body, database, text)
            code = 0
        except Exception as error:  # pylint: disable=broad-except
            print(f"{name}.exception\t{type(error).__name__}: {error}")
        finally:
            sys.stdout.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        print(f"{name}.crash\t{signal.Signals(os.WTERMSIG(status)).name}")


def main():
    database, text, *wanted = sys.argv[1:]
    for name, body in SEQUENCES.items():
        if not wanted or name in wanted:
            run_apart(name, body, database, text)


if __name__ == "__main__":
    main()
