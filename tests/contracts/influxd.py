"""A real InfluxDB for tests: started on free ports of loopback with directories of its own, killed and started again at will."""

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import urllib3

from yoloscope.store.influxdb import address, client

INSTALL = (
    "influxd is not installed; these tests need it: apt-get update && "
    "RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends influxdb"
)
PATIENCE = client.Patience(connect_s=5.0, read_s=60.0, again_s=2.0)
_CONFIG = """
reporting-disabled = true
bind-address = "127.0.0.1:{backup}"
[meta]
  dir = "{directory}/meta"
[data]
  dir = "{directory}/data"
  wal-dir = "{directory}/wal"
  index-version = "tsi1"
  max-series-per-database = 0
  max-values-per-tag = 0
  query-log-enabled = false
  {data_options}
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
  auth-enabled = {auth}
[monitor]
  store-enabled = false
"""


class Influxd:
    """One server. `kill` and `start` may follow each other; its data stay."""

    def __init__(self, directory: Path, *, auth: bool = False, data_options: str = "") -> None:
        program = shutil.which("influxd")
        assert program is not None, INSTALL
        self._program = program
        self._directory = directory
        self._auth = auth
        self._data_options = data_options
        self.port, self._backup = _free_port(), _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """The address of the server, without a database."""
        return f"influxdb://127.0.0.1:{self.port}"

    def address(self, database: str, *, user: str = "") -> address.Address:
        """Return the address of a database; `user` is ``name:password``."""
        return address.from_url(f"influxdb://{user and user + '@'}127.0.0.1:{self.port}/{database}")

    def start(self) -> None:
        """Start it and return when it answers."""
        self._directory.mkdir(parents=True, exist_ok=True)
        config = self._directory / "influxd.conf"
        config.write_text(
            _CONFIG.format(
                directory=self._directory,
                port=self.port,
                backup=self._backup,
                auth=str(self._auth).lower(),
                data_options=self._data_options,
            )
        )
        with (self._directory / "log").open("ab") as log:
            command = [self._program, "run", "-config", str(config)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        pool = urllib3.HTTPConnectionPool("127.0.0.1", self.port, retries=False)
        until_s = time.monotonic() + 60
        while True:
            try:
                if pool.request("GET", "/ping").status == 204:
                    break
            except urllib3.exceptions.HTTPError:
                assert time.monotonic() < until_s, (self._directory / "log").read_text()
                assert self._process.poll() is None, (self._directory / "log").read_text()
                time.sleep(0.02)
        pool.close()

    def kill(self) -> None:
        """End it with SIGKILL, whatever it does."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Stop it where it is: it takes connections and does not answer."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it and remove its data."""
        self._end(signal.SIGKILL)
        shutil.rmtree(self._directory, ignore_errors=True)

    def execute(self, statement: str, *, database: str = "", user: str = "") -> list[client.Series]:
        """Return what the server answers to a statement."""
        asking = client.Client(self.address(database or "_internal", user=user), patience=PATIENCE)
        try:
            return asking.execute(statement)
        finally:
            asking.close()

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
