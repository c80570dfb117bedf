"""`yoloscope spool`: what is written down, how much is sent, and whether it can be read."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from yoloscope.cli import spool
from yoloscope.sdk import launch_sidecar
from yoloscope.sdk import run as runs
from yoloscope.sidecar import watchers
from yoloscope.spool import handed, layout


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished offline run of 20 rows of two values, and its directory."""
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    run = runs.init(project="signs", name="first", mode="offline", config={"lr0": 0.1})
    for step in range(20):
        run.log({"b": 1.0, "a": step}, step=step)
    run.finish()
    assert run.directory is not None
    return run.directory


def _call(*arguments: str) -> Result:
    return CliRunner().invoke(spool.spool, arguments)


def test_everything_written_is_counted(written: Path) -> None:
    (item,) = json.loads(_call("ls", "--json").output)["items"]
    assert (item["name"], item["project"], item["state"]) == ("first", "signs", "offline")
    assert item["names"] == ["a", "b"]
    (lane,) = item["lanes"]
    assert (lane["rows"], lane["values"], lane["events"], lane["torn"], lane["acknowledged"]) == (20, 40, 2, 0, 0)
    assert item["directory"] == str(written)


def test_people_see_a_table(written: Path) -> None:
    said = _call("show", str(written)).output
    assert "signs/first" in said
    assert "Series: a, b" in said


def test_a_whole_spool_is_verified(written: Path) -> None:
    done = _call("verify", str(written.parent))
    assert done.exit_code == 0
    assert "every frame is whole" in done.output


def test_a_torn_segment_is_named_and_the_exit_code_says_so(written: Path) -> None:
    path = layout.segment_path(written, lane=0, number=0)
    raw = bytearray(path.read_bytes())
    end = layout.OFFSET.unpack_from(raw, 8 * layout.COMMIT_WORD)[0]
    raw[end - 60 : end] = bytes(60)
    path.write_bytes(raw)
    done = _call("verify", str(written))
    assert done.exit_code == 1
    assert "1 places cannot be read" in done.output


def test_a_spool_of_another_version_is_told_and_left_alone(written: Path) -> None:
    manifest = written / "run.json"
    manifest.write_text('{"version": 99}')
    done = _call("verify", str(written), "--json")
    assert done.exit_code == 1
    assert "version 99" in json.loads(done.output)["unreadable"][0]["detail"]
    assert manifest.read_text() == '{"version": 99}'


def test_losses_are_told_in_words(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = runs.init(project="signs", name="second", mode="offline")
    run.log({"a": 1.0, "b": "nonsense"}, step=0)
    run.finish()
    assert "Lost: 1 – the value was not a number" in _call("show", str(run.directory)).output
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "丢失：1 – 值不是数字" in _call("show", str(run.directory)).output


@pytest.mark.parametrize("command", ["ls", "show", "verify"])
def test_a_place_without_runs_is_said(tmp_path: Path, command: str) -> None:
    said = _call(command, str(tmp_path))
    assert (said.exit_code, said.output) == (0, f"No runs found in {tmp_path}.\n")


def test_parts_of_items_that_wait_are_told_and_damaged_ones_named(written: Path) -> None:
    data = np.arange(50.0)
    told = handed.Handed(0, "histogram", "grad", 1, 0, about={"bins": 4}, arrays=(handed.Array("values", "f8", (50,)),))
    handed.write(written, told, [data.tobytes()])
    (item,) = json.loads(_call("ls", "--json", str(written)).output)["items"]
    assert (item["handed"], item["parts_waiting"]) == (1, 0)
    watchers.see_end(written)
    (item,) = json.loads(_call("ls", "--json", str(written)).output)["items"]
    [part] = (written / "blobs").glob("[0-9a-f]" * 64)
    assert (item["handed"], item["parts_waiting"], item["parts_bytes"]) == (0, 1, part.stat().st_size)
    assert sum(lane["events"] for lane in item["lanes"]) == 3
    assert "Parts waiting: 1 parts of items" in _call("show", str(written)).output
    assert _call("verify", str(written)).exit_code == 0
    part.write_bytes(b"other")
    done = _call("verify", str(written))
    assert done.exit_code == 1
    assert f"part {part.name} is damaged" in done.output
