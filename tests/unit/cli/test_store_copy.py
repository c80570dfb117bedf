"""``yoloscope store copy``: what it says and how it ends."""

import json
from pathlib import Path

import pytest
from click import testing

from yoloscope import errors
from yoloscope.cli.main import cli
from yoloscope.records import ids, row
from yoloscope.store import open as opening
from yoloscope.store import ports

PROJECT = ids.ProjectName("signs")
pytestmark = pytest.mark.slow


@pytest.fixture
def data(tmp_path: Path, batches) -> Path:
    """A data directory with two runs of two rows each."""
    with opening.open_stores(tmp_path / "data") as stores:
        for name in ("r1", "r2"):
            _log(stores, name, batches.matrix({"train/box_loss": [1.0, 2.0]}))
    return tmp_path / "data"


def test_runs_are_named_and_counted(data: Path, tmp_path: Path) -> None:
    target = f"blocks://{tmp_path}/there"
    done = _run(data, f"blocks://{data}", target)
    assert (done.exit_code, done.output.splitlines()) == (
        0,
        [
            "signs/r1 (r1): 2 rows copied and compared",
            "signs/r2 (r2): 2 rows copied and compared",
            f"2 runs copied, 0 already there, 0 not copied. The source is unchanged; start with --store {target} to use the copy.",
        ],
    )
    assert "signs/r2 (r2): already there, the same" in _run(data, f"blocks://{data}", target, "--run", "r2").output


def test_urls_may_stand_in_the_environment(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERE", f"blocks://{tmp_path}/there")
    assert "2 runs copied" in _run(data, f"blocks://{data}", "env:THERE").output
    with pytest.raises(errors.ConfigError, match="no environment variable 'ELSEWHERE'"):
        _run(data, "env:ELSEWHERE", "env:THERE")


def test_what_differs_is_named_and_ends_with_2(
    data: Path, tmp_path: Path, batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opening.open_stores(tmp_path / "there") as other:
        _log(other, "r1", batches.matrix({"train/box_loss": [7.0]}))
    target = f"blocks://{tmp_path}/there"
    done = _run(data, f"blocks://{data}", target, "--json")
    states = {one["run"]: (one["state"], one["rows"]) for one in json.loads(done.output)["items"]}
    assert (done.exit_code, states) == (2, {"r1": ("refused", 0), "r2": ("copied", 2)})
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    said = _run(data, f"blocks://{data}", target, "--project", "signs").output
    assert "signs/r1（r1）：未复制：the target has other rows of this run" in said


def test_what_cannot_be_copied_is_said_before_anything_is_made(data: Path, tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigError, match="the same store"):
        _run(data, f"blocks://{data}", f"blocks://{data}/")
    with pytest.raises(errors.ConfigError, match="FROM holds no series"):
        _run(data, f"blocks://{tmp_path}/nowhere", f"blocks://{tmp_path}/there")
    with pytest.raises(errors.ConfigError, match="no data of a server"):
        _run(tmp_path / "empty", f"blocks://{data}", f"blocks://{tmp_path}/there")
    with pytest.raises(errors.NotFound, match="no run 'r9'"):
        _run(data, f"blocks://{data}", f"blocks://{tmp_path}/there", "--run", "r9")
    assert not (tmp_path / "empty").exists()
    assert not (tmp_path / "nowhere").exists()


def test_a_running_server_is_not_copied_from(data: Path, tmp_path: Path) -> None:
    with opening.open_stores(data), pytest.raises(errors.StoreError, match="in use by"):
        _run(data, f"blocks://{data}", f"blocks://{tmp_path}/there")


def _log(stores: opening.Stores, name: str, matrix: row.Matrix) -> None:
    run, writer = ids.RunId(name), ids.new_writer_id()
    stores.catalog.open_run(row.RunRef(run, PROJECT, name, 1))
    number = stores.catalog.open_attempt(run, writer, row.AttemptRef(0, 1, 0))
    stores.series.append(PROJECT, [ports.LaneRows(run, number, writer, 0, 0, (matrix,))]).result()


def _run(data: Path, *words: str) -> testing.Result:
    arguments = ["store", "copy", *words, "--data", str(data)]
    return testing.CliRunner().invoke(cli, arguments, catch_exceptions=False)
