"""Servers that hold the same data, and a relay in front of them."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

import pyodbc

import server
from client_case import wait_until

SQL_ATTR_ACCESS_MODE = 101
SQL_MODE_READ_WRITE = 0
SQL_MODE_READ_ONLY = 1
PASSWORD = "cluster"

CONFIG = """
[relay]
listen      = ["127.0.0.1:0"]
http_listen = "127.0.0.1:0"

[pools.db]
backend  = "{backend}"
hosts    = [{hosts}]
database = "sluice"
user     = "sluice"
password = "{password}"

[users.demo]
password_hash = "{hash}"
pools         = ["db"]
"""


class ClusterCase(unittest.TestCase):
    """The servers run in directories of their own, which scripts/private-….sh makes and removes."""

    backend = None  # of the relay's configuration
    script = None

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="sluice-cluster.")
        self.addCleanup(shutil.rmtree, self.directory)

    def path_of(self, name):
        return os.path.join(self.directory, name)

    def start_server(self, action, name, *others):
        """The server's settings, as the script wrote them to its env file."""
        self.addCleanup(self._run_script, "stop", name)
        self._run_script(action, name, *others)
        return server.read_env(os.path.join(self.path_of(name), "env"))

    def _run_script(self, action, *names):
        script = os.path.join(os.environ["SLUICE_SCRIPTS"], self.script)
        command = [script, action, *(self.path_of(name) for name in names)]
        done = subprocess.run(command, env=server.environment(), check=False, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=110)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)

    def start_relay(self, ports, password):
        sluiced = os.environ["SLUICE_SLUICED"]
        hashed = subprocess.run([sluiced, "--hash-password"], input=PASSWORD + "\n", check=True,
                                env=server.environment(), capture_output=True, text=True).stdout
        config = self.path_of("sluiced.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(backend=self.backend, password=password, hash=hashed.strip(),
                                     hosts=", ".join(f'"127.0.0.1:{port}"' for port in ports)))
        self.log_path = self.path_of("sluiced.log")
        with open(self.log_path, "wb") as log:
            self.relay = subprocess.Popen([sluiced, "--config", config], stdout=log, stderr=log,
                                          env=server.environment())
        self.addCleanup(self.stop_relay)
        listening = wait_until(lambda: re.search(r"listening address=127\.0\.0\.1:(\d+)", self.log()),
                               "the relay listens")
        self.connection_string = (
            f"Driver={os.environ['SLUICE_DRIVER']};Server=127.0.0.1;Port={listening.group(1)};"
            f"Database=db;UID=demo;PWD={PASSWORD};")

    def stop_relay(self):
        self.relay.send_signal(signal.SIGTERM)
        self.assertEqual(self.relay.wait(timeout=60), 0, self.log())

    def log(self):
        with open(self.log_path, encoding="utf-8") as log:
            return log.read()

    def connect(self, extra=""):
        connection = pyodbc.connect(self.connection_string + extra, autocommit=True)
        self.addCleanup(lambda: connection.closed or connection.close())
        return connection

    def ask(self, connection, query):
        """The query's value; None while no server answers it."""
        try:
            return connection.execute(query).fetchval()
        except pyodbc.Error:
            return None
