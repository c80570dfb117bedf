"""`yoloscope store`: what is damaged, what it takes, and making it small; exit codes and JSON as docs/store.md has them."""

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from yoloscope.cli import main
from yoloscope.records import ids
from yoloscope.store import open as opening
from yoloscope.store import ports
from yoloscope.store.series import blocks

pytestmark = pytest.mark.slow
PROJECT = ids.ProjectName("signs")
RUN = ids.RunId("r1")


@pytest.fixture
def data(tmp_path: Path, batches) -> Path:
    """A data directory with five rows of one run, three of them sealed."""
    with contextlib.closing(blocks.BlockStore(tmp_path / "data")) as store:
        for first, count in ((0, 3), (3, 2)):
            _append(store, batches, first=first, count=count)
            if not first:
                store.seal(PROJECT, RUN)
    return tmp_path / "data"


def _append(series: ports.SeriesStore, batches, *, first: int, count: int) -> None:
    sent = batches.matrix({"train/box_loss": [0.5] * count}, first_step=first)
    series.append(PROJECT, [ports.LaneRows(RUN, 1, batches.writer, 0, first, (sent,))]).result()


def _call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main.cli, ["store", *map(str, arguments)])


def _file(data: Path) -> Path:
    return data / "series" / "signs.db"


def _change(data: Path, statement: str) -> None:
    connection = sqlite3.connect(_file(data), isolation_level=None)
    connection.execute(statement)
    connection.close()


def test_the_overview_names_every_command() -> None:
    said = CliRunner().invoke(main.cli, ["store", "--help"]).output
    assert [name for name in ("compact", "stats", "verify") if f"  {name} " not in said] == []


def test_a_whole_store_is_told_so(data: Path) -> None:
    done = _call("verify", "--data", data, "--totals")
    assert done.exit_code == 0
    assert done.output == "signs: whole (runs: 1, rows: 5, checksums: 5)\n"


def test_damage_is_named_and_the_exit_code_says_so(data: Path) -> None:
    _change(data, "UPDATE block SET payload = substr(payload, 1, length(payload) - 1)")
    done = _call("verify", "--data", data)
    assert done.exit_code == 2
    assert "block 1 of series 'train/box_loss' of run 'r1' is damaged on disk" in done.output
    told = json.loads(_call("verify", "--data", data, "--json").stdout)["items"]
    assert [item["state"] for item in told] == ["damaged"]
    (damage,) = told[0]["damage"]
    assert (damage["run"], damage["series"]) == ("r1", "train/box_loss")


def test_what_cannot_be_read_has_an_exit_code_of_its_own(data: Path) -> None:
    _change(data, "PRAGMA user_version = 70")
    done = _call("verify", "--data", data)
    assert done.exit_code == 3
    assert "format 70" in done.output
    done = _call("stats", "--data", data)
    assert done.exit_code == 3
    assert "format 70" in done.stderr


@pytest.mark.parametrize("command", ["verify", "stats", "compact"])
def test_a_directory_without_data_is_not_made(tmp_path: Path, command: str) -> None:
    done = _call(command, "--data", tmp_path / "none")
    assert done.exit_code == 3
    assert "--data" in done.stderr
    assert not (tmp_path / "none").exists()


def test_stats_are_those_of_the_files(data: Path) -> None:
    (item,) = json.loads(_call("stats", "--data", data, "--json").stdout)["items"]
    counted = {key: item[key] for key in ("project", "runs", "series", "rows", "rows_in_log", "points", "blocks")}
    expected = {"project": "signs", "runs": 1, "series": 1, "rows": 5, "rows_in_log": 2, "points": 5, "blocks": 1}
    assert expected == counted
    assert item["size_bytes"] == _file(data).stat().st_size
    assert "signs" in _call("stats", "--data", data).output


def test_compacting_seals_and_merges(data: Path) -> None:
    (item,) = json.loads(_call("compact", "--data", data, "--json").stdout)["items"]
    assert (item["rows_sealed"], item["rows_merged"], item["detail"]) == (2, 5, None)
    (item,) = json.loads(_call("stats", "--data", data, "--json").stdout)["items"]
    assert (item["axes"], item["rows_in_log"]) == (1, 0)


def test_compacting_leaves_the_directory_of_a_server_alone(data: Path, batches) -> None:
    with opening.open_stores(data) as stores:
        before = _file(data).read_bytes()
        done = _call("compact", "--data", data)
        assert done.exit_code == 2
        assert "by itself" in done.stderr
        assert before == _file(data).read_bytes()
        done = _call("verify", "--data", data)
        assert (done.exit_code, done.output.splitlines()[0]) == (0, "catalog.db: whole")
        _append(stores.series, batches, first=5, count=1)
        (item,) = json.loads(_call("stats", "--data", data, "--json").stdout)["items"]
        assert item["rows"] == 6


def test_a_file_that_cannot_be_compacted_is_told_and_the_others_are(data: Path) -> None:
    _change(data, "UPDATE log SET payload = substr(payload, 1, length(payload) - 1)")
    done = _call("compact", "--data", data)
    assert done.exit_code == 3
    assert "log row 2 of run 'r1'" in done.stderr
