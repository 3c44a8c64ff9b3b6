"""A relay of its own between counted links: the driver reaches it through one, it reaches each database through
another. Environment: SLUICE_DRIVER, SLUICE_SLUICED, SLUICE_SERVERS (postgres/env, mariadb/env),
SLUICE_PRIVATE_RELAY (the script), SLUICE_WORK (a directory)."""

import os
import pathlib
import shutil
import subprocess

from counted_link import CountedLink


def read_env(path):
    pairs = (line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if "=" in line)
    return {key: value.strip("'") for key, value in pairs}


class GuardRelay:
    def __init__(self):
        self._work = pathlib.Path(os.environ["SLUICE_WORK"])
        shutil.rmtree(self._work, ignore_errors=True)
        servers = pathlib.Path(os.environ["SLUICE_SERVERS"])
        postgres, mariadb = read_env(servers / "postgres/env"), read_env(servers / "mariadb/env")
        self.database_links = {
            "pg": CountedLink(f"{postgres['PG_SOCKET_DIR']}/.s.PGSQL.{postgres['PG_PORT']}"),
            "mysql": CountedLink(mariadb["MYSQL_SOCKET"]),
        }
        postgres.update(PG_SOCKET_DIR="127.0.0.1", PG_PORT=self.database_links["pg"].port)
        mariadb.update(MYSQL_SOCKET=f"127.0.0.1:{self.database_links['mysql'].port}")
        for name, settings in (("postgres", postgres), ("mariadb", mariadb)):
            (self._work / "servers" / name).mkdir(parents=True)
            lines = "".join(f"{key}='{value}'\n" for key, value in settings.items())
            (self._work / "servers" / name / "env").write_text(lines, encoding="utf-8")
        self._script("start", os.environ["SLUICE_SLUICED"], str(self._work / "servers"))
        env = read_env(self._work / "relay/env")
        self.pid = int(env["RELAY_PID"])
        self.link = CountedLink(("127.0.0.1", int(env["RELAY_PORT"])))
        self._login = f"UID={env['RELAY_USER']};PWD={env['RELAY_PASSWORD']};"

    def connection(self, pool):
        return (f"Driver={os.environ['SLUICE_DRIVER']};Server=127.0.0.1;Port={self.link.port};"
                f"Database={pool};{self._login}")

    def stop(self):
        self._script("stop")

    def _script(self, action, *arguments):
        command = [os.environ["SLUICE_PRIVATE_RELAY"], action, str(self._work / "relay"), *arguments]
        done = subprocess.run(command, env=dict(os.environ, SLUICE_PORT="0", MAX_CONNECTIONS="1", AUDIT="false"),
                              check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
