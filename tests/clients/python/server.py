"""Asks the database servers directly, past driver and relay."""

import os
import shutil
import subprocess


def read_env(path):
    """The assignments of a file that scripts/private-….sh wrote."""
    with open(path, encoding="utf-8") as lines:
        pairs = (line.strip().split("=", 1) for line in lines if "=" in line)
        return {name: value.strip("'") for name, value in pairs}


def environment(**more):
    """For programs that do not load the driver: they need no sanitizer's runtime, and psql hangs in it."""
    return {**{k: v for k, v in os.environ.items() if k not in ("LD_PRELOAD", "ASAN_OPTIONS")}, **more}


def _servers(name):
    return read_env(os.path.join(os.environ["SLUICE_SERVERS"], name, "env"))


def _run(command, **more):
    done = subprocess.run(command, env=environment(**more), capture_output=True, text=True,
                          timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} failed: {done.stderr}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def ask_postgres(statement):
    env = _servers("postgres")
    return _run(["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align",
                 "--field-separator=\t", f"--host={env['PG_SOCKET_DIR']}",
                 f"--port={env['PG_PORT']}", f"--username={env['PG_USER']}",
                 f"--dbname={env['PG_DATABASE']}", f"--command={statement}"],
                PGPASSWORD=env["PG_PASSWORD"])


def ask_mysql(statement):
    env = _servers("mariadb")
    return _run([shutil.which("mariadb") or "mysql", "--no-defaults", "--batch",
                 "--skip-column-names", f"--socket={env['MYSQL_SOCKET']}",
                 f"--user={env['MYSQL_USER']}", f"--execute={statement}"],
                MYSQL_PWD=env["MYSQL_PASSWORD"])


def running_statements(database, marker):
    """How many connections run a statement that contains the marker now."""
    if database.name == "pg":
        rows = ask_postgres("SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                            f" AND query LIKE '%{marker}%' AND pid <> pg_backend_pid()")
    else:
        rows = ask_mysql("SELECT COUNT(*) FROM information_schema.processlist WHERE"
                         f" info LIKE '%{marker}%' AND id <> CONNECTION_ID()")
    return int(rows[0][0])


def connections_to(database, name):
    """How many connections are open to the database of that name."""
    if database.name == "pg":
        rows = ask_postgres("SELECT count(*) FROM pg_stat_activity"
                            f" WHERE datname = '{name}' AND backend_type = 'client backend'")
    else:
        rows = ask_mysql("SELECT COUNT(*) FROM information_schema.processlist"
                         f" WHERE db = '{name}'")
    return int(rows[0][0])
