"""A sidecar kills a training when it is asked to, that very process and no other, and tells what came of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from yoloscope import errors
from yoloscope.records import row
from yoloscope.sidecar import killing, notebook, obeying, shipment, watch
from yoloscope.spool import inbox, layout, platform, reader

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are told apart by /proc")
TRAINING = """
import sys, time
import yoloscope
run = yoloscope.init(mode="offline")
run.log({"a": 1.0}, step=7, epoch=0.5)
print(run.directory, flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def training(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    """A training that waits, and its directory."""
    environment = {**os.environ, "YOLOSCOPE_DIR": str(tmp_path / "spool")}
    command = [sys.executable, "-c", TRAINING]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        directory = Path(process.stdout.readline().strip())
        yield process, directory
        process.kill()


def order(*, until_s: float = 60.0) -> inbox.Order:
    return inbox.Order("k", "stop", {"how": "kill"}, 1, time.time_ns() + int(until_s * 1e9))


def told(directory: Path) -> list[row.Acted]:
    chunks = [chunk for lane in reader.lanes(directory) for chunk in reader.chunks(directory, lane=lane)]
    return [entry for chunk in chunks for entry in chunk.entries if isinstance(entry, row.Acted)]


def test_the_trainer_is_killed_once_and_counts_as_stopped(training) -> None:
    process, directory = training
    notes = notebook.Notebook(directory)
    obeys = obeying.Obeying(directory, notes, watch.Signs())
    obeys._kills.put(order())
    obeys._kills.put(order())
    obeys.tend(0.0, lives=True)
    assert process.wait(30) == -signal.SIGKILL
    obeys.tend(1.0, lives=False)
    obeys.close()
    notes.close()
    [acted] = told(directory)
    assert (acted.id, acted.state, acted.result, acted.step, acted.epoch) == ("k", "applied", {"how": "kill"}, 7, 0.5)
    carried = shipment.Shipment(directory)
    assert carried.note_end()
    carried.close()
    ends = [
        entry
        for lane in reader.lanes(directory)
        for chunk in reader.chunks(directory, lane=lane)
        for entry in chunk.entries
        if isinstance(entry, row.Ended)
    ]
    assert [(end.state, end.reason) for end in ends] == [("stopped", "killed by a command")]


def test_a_kill_behind_its_deadline_expires(training) -> None:
    process, directory = training
    notes = notebook.Notebook(directory)
    obeys = obeying.Obeying(directory, notes, watch.Signs())
    obeys._kills.put(order(until_s=-1))
    obeys.tend(0.0, lives=True)
    obeys.close()
    notes.close()
    assert [one.state for one in told(directory)] == ["expired"]
    assert process.poll() is None


def _change(directory: Path, **changes: object) -> None:
    layout.save_manifest(directory, msgspec.structs.replace(layout.load_manifest(directory), **changes))


@pytest.mark.parametrize("changed", ["boot", "other", "gone", "younger"])
def test_no_other_process_is_ever_killed(training, monkeypatch: pytest.MonkeyPatch, changed: str) -> None:
    process, directory = training
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        if changed == "boot":
            _change(directory, boot_id="another")
        elif changed == "other":
            _change(directory, pid=other.pid)
        elif changed == "gone":
            _change(directory, pid=2**22 - 1)
        else:
            born = platform.birth(process.pid)
            assert born is not None
            later = platform.Birth(born.parent, born.since_boot_ns + 3600 * 10**9)
            monkeypatch.setattr(platform, "birth", lambda pid: later)
        with pytest.raises(errors.CommandRefused) as refused:
            killing.kill(directory)
        assert refused.value.reason == ("not_running" if changed == "boot" else "failed")
        assert other.poll() is None
        assert process.poll() is None
        other.kill()


def test_a_training_that_is_gone_is_not_killed(training) -> None:
    process, directory = training
    process.kill()
    process.wait()
    with pytest.raises(errors.CommandRefused) as refused:
        killing.kill(directory)
    assert refused.value.reason == "not_running"


def test_an_order_hurries_what_is_sent_until_it_is_settled_or_for_ten_seconds(training) -> None:
    _, directory = training
    notes, signs = notebook.Notebook(directory), watch.Signs()
    obeys = obeying.Obeying(directory, notes, signs)
    seen: list[bool] = []
    for now_s, told_ids in (
        (0.0, []),
        (1.0, ["a"]),
        (2.0, []),
        (3.0, ["b"]),
        (12.9, ["b"]),
        (13.1, ["b"]),
        (14.0, ["b", "c"]),
    ):
        obeys._box.take([msgspec.Raw(msgspec.json.encode({"id": one, "verb": "save"})) for one in told_ids])
        obeys.tend(now_s, lives=True)
        seen.append(signs.hurried)
    obeys.tend(15.0, lives=False)
    assert (seen, signs.hurried) == ([False, True, False, True, True, False, True], False)
    obeys.close()
    notes.close()
