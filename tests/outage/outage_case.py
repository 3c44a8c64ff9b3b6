"""A database server that the tests may stop, a link that they may cut, and a relay of their own."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest
import urllib.request

import pyodbc

import server
from client_case import wait_until
from link import Link

PASSWORD = "outage"

CONFIG = """
[relay]
listen      = ["127.0.0.1:0"]
http_listen = "127.0.0.1:0"
{relay}

[pools.db]
backend  = "{backend}"
hosts    = ["127.0.0.1:{port}"]
database = "sluice"
user     = "sluice"
password = "{password}"
audit    = true
{pool}

[users.demo]
password_hash = "{hash}"
pools         = ["db"]
"""


class Postgres:
    backend = "postgres"
    script = "private-postgres.sh"
    prefix = "PG"
    own_id = "SELECT pg_backend_pid()"
    sleep = "SELECT pg_sleep(600)"
    kill = "SELECT pg_terminate_backend({0})"
    connections = ("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
                   " AND application_name = 'sluiced'")
    running = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(6%'" \
              " AND pid <> pg_backend_pid()"

    @staticmethod
    def command(env):
        return ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", f"--host={env['PG_SOCKET_DIR']}",
                f"--port={env['PG_PORT']}", "--username=sluice", "--dbname=sluice", "--command"]

    @staticmethod
    def secret(env):
        return {"PGPASSWORD": env["PG_PASSWORD"]}


class Mysql:
    backend = "mysql"
    script = "private-mariadb.sh"
    prefix = "MYSQL"
    own_id = "SELECT CONNECTION_ID()"
    sleep = "SELECT SLEEP(600)"
    kill = "KILL CONNECTION {0}"
    connections = ("SELECT id FROM information_schema.processlist WHERE user = 'sluice'"
                   " AND id <> CONNECTION_ID()")
    running = ("SELECT id FROM information_schema.processlist WHERE info LIKE '%SLEEP(6%'"
               " AND id <> CONNECTION_ID()")

    @staticmethod
    def command(env):
        return [shutil.which("mariadb") or "mysql", "--no-defaults", "--batch", "--skip-column-names",
                f"--socket={env['MYSQL_SOCKET']}", "--user=sluice", "--database=sluice", "--execute"]

    @staticmethod
    def secret(env):
        return {"MYSQL_PWD": env["MYSQL_PASSWORD"]}


ENGINES = {"pg": Postgres, "mysql": Mysql}


class OutageCase(unittest.TestCase):
    """The server is the class's, relay and link are each test's."""

    @classmethod
    def setUpClass(cls):
        cls.engine = ENGINES[os.environ["SLUICE_DSN"]]
        cls.directory = tempfile.mkdtemp(prefix="sluice-outage.")
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.addClassCleanup(cls.run_script, "stop")
        cls.run_script("start")
        cls.env = server.read_env(os.path.join(cls.directory, "server", "env"))

    @classmethod
    def run_script(cls, action):
        script = os.path.join(os.environ["SLUICE_SCRIPTS"], cls.engine.script)
        done = subprocess.run([script, action, os.path.join(cls.directory, "server")], check=False, text=True,
                              env=server.environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=110)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)

    # ---- the server, past driver and relay ----

    def ask_server(self, statement):
        """The first column of the answer."""
        done = subprocess.run([*self.engine.command(self.env), statement], check=False, text=True, timeout=60,
                              env=server.environment(**self.engine.secret(self.env)), capture_output=True)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return done.stdout.split()

    def backends(self):
        """The relay's connections."""
        return self.ask_server(self.engine.connections)

    def kill(self, backend):
        before = self.link.open_connections()
        self.ask_server(self.engine.kill.format(backend))
        wait_until(lambda: backend not in self.backends(), "the backend is gone")
        wait_until(lambda: self.link.open_connections() < before, "the relay can know")

    def restart_at_end(self):
        self.addCleanup(self.run_script, "start")  # no effect when it runs

    # ---- the relay ----

    def start_relay(self, pool="", relay=""):
        sluiced = os.environ["SLUICE_SLUICED"]
        self.link = Link(int(self.env[self.engine.prefix + "_PORT"]))
        hashed = subprocess.run([sluiced, "--hash-password"], input=PASSWORD + "\n", check=True,
                                env=server.environment(), capture_output=True, text=True).stdout
        config = os.path.join(self.directory, "sluiced.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(backend=self.engine.backend, port=self.link.port, pool=pool, relay=relay,
                                     password=self.env[self.engine.prefix + "_PASSWORD"], hash=hashed.strip()))
        self.log_path = os.path.join(self.directory, "sluiced.log")
        with open(self.log_path, "wb") as log:
            self.relay = subprocess.Popen([sluiced, "--config", config], stdout=log, stderr=log,
                                          env=server.environment())
        self.addCleanup(self.stop_relay)
        self.http = wait_until(lambda: self.logged(r"listening_http address=(\S+)"), "the relay listens")
        self.port = int(self.logged(r"listening address=127\.0\.0\.1:(\d+)"))

    def stop_relay(self):
        self.link.let_go()
        self.relay.send_signal(signal.SIGTERM)
        self.assertEqual(self.relay.wait(timeout=60), 0)
        self.assertIsNone(self.logged("(backend_audit_failed.*)"))

    def logged(self, pattern):
        with open(self.log_path, encoding="utf-8") as log:
            found = re.search(pattern, log.read())
        return found and found.group(1)

    def metric(self, name):
        with urllib.request.urlopen(f"http://{self.http}/metrics", timeout=30) as page:
            text = page.read().decode()
        return int(re.search(rf"^{name}(?:{{[^}}]*}})? (\d+)", text, re.MULTILINE).group(1))

    def connection_string(self, extra=""):
        return (f"Driver={os.environ['SLUICE_DRIVER']};Server=127.0.0.1;Port={self.port};Database=db;UID=demo;"
                f"PWD={PASSWORD};{extra}")

    def connect(self, extra="", **arguments):
        arguments.setdefault("autocommit", True)
        connection = pyodbc.connect(self.connection_string(extra), **arguments)
        self.addCleanup(lambda: connection.closed or connection.close())
        return connection

    def begin(self, statement="SELECT 1"):
        """A connection in a transaction."""
        connection = self.connect(autocommit=False)
        connection.execute(statement).close()
        return connection

    def failure(self, work):
        """SQLSTATE and text of the failure that this must come to."""
        try:
            work()
        except pyodbc.Error as error:
            return error.args[0], error.args[1]
        raise self.failureException("no error where one was expected")

    def in_threads(self, count, work):
        """work(i) for each of them at the same time; what they return."""
        results = [None] * count

        def run(i):
            results[i] = work(i)
        threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
        for thread in threads:
            thread.start()
        return results, lambda: [thread.join(timeout=120) for thread in threads]

    def create_table(self, columns="id INT"):
        self.ask_server(f"DROP TABLE IF EXISTS t; CREATE TABLE t ({columns})")
