"""`yoloscope store stats`, `verify` and `compact` where points are in InfluxDB: what they say, count, find and leave alone."""

import json
import sqlite3
from collections.abc import Generator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contracts import influxd as servers
from contracts import rows
from yoloscope.cli import main
from yoloscope.store import open as opening

pytestmark = pytest.mark.slow


@pytest.fixture
def data(tmp_path: Path, influxd: servers.Influxd) -> Generator[Path, None, None]:
    """A data directory with five rows of two series in InfluxDB, three of them sealed."""
    address = influxd.url.replace("//", "//ana:hush@")
    with opening.open_stores(tmp_path / "data", store_url=f"{address}/looked") as stores:
        for first, count in ((0, 3), (3, 2)):
            sent = rows.matrix([[0.5, 1.5]] * count, names=("a", "b"), steps=range(first, first + count))
            stores.series.append(rows.PROJECT, [rows.lane(sent, first_seq=first)]).result()
            if not first:
                stores.series.seal(rows.PROJECT, rows.RUN)
    yield tmp_path / "data"
    influxd.execute('DROP DATABASE "looked"')


def _call(*arguments: str | Path) -> Result:
    done = CliRunner().invoke(main.cli, ["store", *map(str, arguments)])
    assert "hush" not in done.output
    return done


def _change(data: Path, statement: str) -> None:
    [path] = data.glob("influxdb/*/signs.db")
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_what_the_ledger_knows_is_counted(data: Path, influxd: servers.Influxd) -> None:
    done = _call("stats", "--data", data)
    assert (done.exit_code, f"The points are in {influxd.url}/looked" in done.stderr) == (0, True)
    told = json.loads(_call("stats", "--data", data, "--json").stdout)
    assert told["influxdb"] == [f"{influxd.url}/looked"]
    [item] = told["items"]
    counts = [item[key] for key in ("project", "runs", "series", "rows", "rows_in_log", "points", "bytes_per_point")]
    assert counts == ["signs", 1, 2, 5, 2, 10, None]


def test_catalogue_and_ledger_are_checked(data: Path) -> None:
    done = _call("verify", "--data", data)
    assert done.stdout == "catalog.db: whole\nsigns: whole (runs: 1, rows: 5, checksums: 1)\n"
    assert (done.exit_code, "not asked" in done.stderr) == (0, True)
    _change(data, "UPDATE log SET payload = zeroblob(length(payload))")
    done = _call("verify", "--data", data)
    assert (done.exit_code, "row 2 of the log, of run 'r1' is damaged on disk" in done.stdout) == (2, True)
    _change(data, "DELETE FROM log")
    assert "run 'r1' has 5 rows, and the ledger accounts for 3" in _call("verify", "--data", data).stdout
    [path] = data.glob("influxdb/*/signs.db")
    path.write_bytes(b"no database" * 1000)
    done = _call("verify", "--data", data)
    assert (done.exit_code, "no database at all" in done.stdout) == (2, True)


def test_there_is_nothing_to_compact(data: Path) -> None:
    done = _call("compact", "--data", data)
    assert (done.exit_code, done.stdout, "merges them by itself" in done.stderr) == (0, "", True)
    assert not (data / "series").exists()
