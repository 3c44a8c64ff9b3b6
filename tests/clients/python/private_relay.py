"""Relays that a test starts and ends itself."""

import os
import subprocess

import server


class PrivateRelay:
    """A relay of scripts/private-relay.sh, whose data sources the driver manager sees from then on."""

    def __init__(self, name, **settings):
        work = os.path.dirname(os.environ["ODBCINI"])
        self.directory = os.path.join(work, name)
        self._environment = server.environment(
            SLUICE_PORT="0", **{key: str(value) for key, value in settings.items()})
        self._script("start", os.environ["SLUICE_SLUICED"], os.environ["SLUICE_SERVERS"])
        env = server.read_env(os.path.join(self.directory, "env"))
        self.pid = int(env["RELAY_PID"])
        self.connection_string = (
            f"Driver=Sluice;Server={env['RELAY_HOST']};Port={env['RELAY_PORT']};"
            f"UID={env['RELAY_USER']};PWD={env['RELAY_PASSWORD']};")

    def pool(self, name):
        """The connection string of a pool."""
        return self.connection_string + f"Database={name};"

    def stop(self):
        """Fails when the relay did not end as it should."""
        self._script("stop")

    def forget(self):
        """After the relay was killed: takes its traces away."""
        subprocess.run(self._command("stop"), env=self._environment, capture_output=True,
                       check=False, timeout=90)

    def _command(self, action, *arguments):
        return [os.environ["SLUICE_PRIVATE_RELAY"], action, self.directory, *arguments]

    def _script(self, action, *arguments):
        done = subprocess.run(self._command(action, *arguments), env=self._environment, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
