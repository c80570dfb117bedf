"""Makes the contract suites importable, with pytest's assertions inside them."""

import sys
from collections.abc import Generator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
pytest.register_assert_rewrite(
    "contracts.series_store",
    "contracts.series_keeping",
    "contracts.series_views",
    "contracts.series_model",
    "contracts.catalog",
    "contracts.blobs",
)

from contracts import influxd as influxdb  # noqa: E402 - found only now


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Generator[influxdb.Influxd, None, None]:
    """A real InfluxDB for all tests that do not harm it."""
    server = influxdb.Influxd(tmp_path_factory.mktemp("influxd"))
    yield server
    server.stop()
