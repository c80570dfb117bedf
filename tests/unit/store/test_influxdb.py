"""The InfluxDB back end keeps to the same contract as the embedded one, against a real server."""

import hashlib
from collections.abc import Generator
from pathlib import Path

import pytest

from contracts import influxd as servers
from contracts.series_store import SeriesStoreContract
from yoloscope.store import ports
from yoloscope.store.influxdb import store as influxdb

pytestmark = pytest.mark.slow


class TestInfluxStore(SeriesStoreContract):
    """The suite, each test in a database of its own."""

    @pytest.fixture(autouse=True)
    def _server(self, influxd: servers.Influxd) -> Generator[None, None, None]:
        self.influxd = influxd
        self.databases: set[str] = set()
        yield
        for name in self.databases:
            influxd.execute(f'DROP DATABASE "{name}"')

    def open(self, directory: Path) -> ports.SeriesStore:
        name = "t" + hashlib.sha256(str(directory).encode()).hexdigest()[:12]
        self.databases.add(name)
        return influxdb.InfluxStore(directory, to=self.influxd.address(name), patience=servers.PATIENCE)
