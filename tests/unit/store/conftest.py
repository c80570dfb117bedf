"""An InfluxDB for the tests of stores."""

from collections.abc import Generator

import pytest

from contracts import influxd as influxdb


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Generator[influxdb.Influxd, None, None]:
    """A real InfluxDB for all tests that do not harm it."""
    server = influxdb.Influxd(tmp_path_factory.mktemp("influxd"))
    yield server
    server.stop()
