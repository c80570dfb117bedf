"""Rows of a machine: whose, when, with which place in the training, and what is left of them when a part fails."""

import math
import os
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from clocks import Clock

from yoloscope.records import row, system
from yoloscope.sdk import run as runs
from yoloscope.sidecar import machines, notebook, telemetry, watchers
from yoloscope.sidecar.hardware import cards, election, port, station, tree
from yoloscope.spool import layout, platform, reader

pytestmark = pytest.mark.usefixtures("no_sidecar")
Noted = tuple[int | None, float | None, dict[str, float]]


class Vendor:
    """One maker's cards, which tests change; ``hangs`` holds a look up for as long as it is set."""

    def __init__(self, *found: port.Card) -> None:
        self.cards = list(found)
        self.release = threading.Event()
        self.release.set()

    def look(self) -> list[port.Card]:
        assert self.release.wait(60)
        return self.cards

    def close(self) -> None:
        """Nothing is held."""


def card(index: int = 0, *, pid: int | None = None, **numbers: float) -> port.Card:
    processes = {} if pid is None else {pid: 500}
    return port.Card("acme", index, f"A-{index}", "Acme", numbers or {"util_percent": 40.0 + index}, processes)


@pytest.fixture
def training(monkeypatch) -> Iterator[runs.Run]:
    monkeypatch.setenv("YOLOSCOPE_TELEMETRY", "on")
    run = runs.init(project="p")
    yield run
    run.finish()


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o700)
    return folder


class Watched:
    """Telemetry of a training in steps of a clock."""

    def __init__(
        self, directory: Path, *, folder: Path | None, vendor: Vendor, tells: machines.Machines | None
    ) -> None:
        self.directory = directory
        self.clock = Clock()
        self.notes = notebook.Notebook(directory)
        self.station = station.Station(
            interval_s=2.0, folder=lambda: folder, new_cards=lambda: cards.Cards((lambda: vendor,))
        )
        self.telemetry = telemetry.Telemetry(directory, notes=self.notes, machine=self.station, tells=tells)

    def look(self) -> None:
        """Begin a look, and go on until it has ended."""
        self.clock.now_s = max(self.clock.now_s + 1, self.telemetry._due_s)
        self.telemetry.tend(self.clock.now_s, lives=True)
        pause = threading.Event()
        while self.telemetry.is_looking:
            pause.wait(0.01)
            self.telemetry.tend(self.clock.now_s, lives=True)

    def noted(self) -> list[Noted]:
        """Return step, epoch and values of all rows."""
        return [one for lane in reader.lanes(self.directory) if lane >= layout.SIDECAR_LANE for one in self._of(lane)]

    def _of(self, lane: int) -> Iterator[Noted]:
        with_lane = reader.LaneReader(self.directory, lane=lane)
        chunk = with_lane.read(reader.START, most_bytes=10**7)
        for entry in () if chunk is None else chunk.entries:
            if isinstance(entry, row.Matrix):
                yield from _rows(entry)
        with_lane.close()

    def close(self) -> None:
        self.telemetry.close()
        self.notes.close()


def _rows(entry: row.Matrix) -> Iterator[Noted]:
    width = len(entry.names)
    for at, (step,) in enumerate(struct.iter_unpack("<q", entry.step)):
        (epoch,) = struct.unpack_from("<d", entry.epoch, 8 * at)
        values = struct.unpack_from(f"<{width}d", entry.values, 8 * width * at)
        named = dict(zip(entry.names, values, strict=True))
        yield None if step == row.NO_STEP else step, None if math.isnan(epoch) else epoch, named


@pytest.fixture
def watch(training, shared) -> Iterator[Callable[..., Watched]]:
    made: list[Watched] = []

    def begin(*found: port.Card, vendor: Vendor | None = None, **options: object) -> Watched:
        settled: dict[str, object] = {"folder": shared, "tells": None, **options}
        directory = training.directory
        assert directory is not None
        made.append(Watched(directory, vendor=vendor or Vendor(*found), **settled))  # type: ignore[arg-type]
        return made[-1]

    yield begin
    for one in made:
        one.close()


def test_a_row_tells_the_training_the_machine_and_ourselves(watch) -> None:
    watched = watch(card(pid=os.getpid(), util_percent=40.0))
    watched.look()
    watched.look()
    first, second = (values for _, _, values in watched.noted())
    expected = {
        "system/process/rss_bytes",
        "system/process/cpu_percent",
        "system/process/threads",
        "system/cpu_percent",
        "system/memory_bytes",
        "system/disk/free_bytes",
        "system/yoloscope/cpu_percent",
        "system/yoloscope/rss_bytes",
        "system/gpu.0/util_percent",
        "system/gpu.0/training_memory_bytes",
    }
    assert expected <= set(second)
    assert first["system/gpu.0/util_percent"] == 40.0
    assert first["system/gpu.0/training_memory_bytes"] == 500.0
    assert all(system.measure_of(name) is not None for name in second)


def test_a_row_has_the_place_that_the_training_was_at(watch, training) -> None:
    watched = watch()
    watched.look()
    training.log({"a": 1.0}, step=70, epoch=1.5)
    watched.look()
    training.log({"a": 1.0})
    watched.look()
    assert [(step, epoch) for step, epoch, _ in watched.noted()] == [(None, None), (70, 1.5), (70, 1.5)]


def test_looks_come_at_their_interval(watch) -> None:
    watched = watch()
    for _ in range(9):
        watched.telemetry.tend(watched.clock.now_s, lives=True)
        while watched.telemetry.is_looking:
            watched.telemetry.tend(watched.clock.now_s, lives=True)
        watched.clock.now_s += 0.5
    assert len(watched.noted()) == 3


def test_only_the_cards_of_the_training_are_in_its_rows(watch) -> None:
    watched = watch(card(0), card(1, pid=os.getpid()), card(2, pid=1))
    watched.look()
    (_, _, values) = watched.noted()[0]
    assert {name.split("/")[1] for name in values if "/gpu." in name} == {"gpu.1"}


def test_a_card_lost_in_the_middle_leaves_the_rest_of_the_row(watch) -> None:
    vendor = Vendor(card(pid=os.getpid()))
    watched = watch(vendor=vendor)
    watched.look()
    vendor.cards = [port.Card("acme", 0, "A-0", "Acme", {"xid": 79.0}, None)]
    watched.look()
    rows = [values for _, _, values in watched.noted()]
    assert [one.get("system/gpu.0/util_percent") for one in rows] == [40.0, None]
    assert rows[1]["system/gpu.0/xid"] == 79.0
    assert all("system/process/rss_bytes" in one for one in rows)


def test_a_driver_that_hangs_costs_its_values_and_a_second_once(watch, monkeypatch) -> None:
    vendor = Vendor(card(pid=os.getpid()))
    watched = watch(vendor=vendor)
    watched.look()
    vendor.release.clear()
    watched.clock.now_s += 2
    watched.telemetry.tend(watched.clock.now_s, lives=True)
    assert len(watched.noted()) == 1  # it waits, and its caller goes on
    watched.clock.now_s += station.CARDS_WAIT_S
    watched.telemetry.tend(watched.clock.now_s, lives=True)
    monkeypatch.setattr(cards, "HANGS_S", 0.0)
    watched.clock.now_s += 2
    watched.telemetry.tend(watched.clock.now_s, lives=True)
    rows = [values for _, _, values in watched.noted()]
    assert [one.get("system/gpu.0/util_percent") for one in rows] == [40.0, None, None]
    assert all("system/process/rss_bytes" in one and "system/memory_bytes" in one for one in rows)
    monkeypatch.undo()
    vendor.release.set()
    watched.look()
    watched.look()
    assert watched.noted()[-1][2]["system/gpu.0/util_percent"] == 40.0


def test_others_read_what_the_elected_left_and_open_no_driver(watch) -> None:
    elected = watch(card(0), card(1, pid=os.getpid()))
    elected.look()
    opened: list[int] = []
    other = watch()
    other.station._new_cards = lambda: opened.append(1)  # type: ignore[assignment, func-returns-value]
    other.look()
    assert opened == []
    assert other.noted()[-1][2]["system/gpu.1/util_percent"] == 41.0


def test_when_the_elected_ends_another_reads(watch) -> None:
    elected, other = watch(card(pid=os.getpid(), util_percent=1.0)), watch(card(pid=os.getpid(), util_percent=2.0))
    elected.look()
    other.look()
    elected.telemetry.tend(elected.clock.now_s, lives=False)
    other.look()
    other.look()
    assert [values.get("system/gpu.0/util_percent") for _, _, values in other.noted()][-1] == 2.0


def test_who_finds_no_fresh_look_reads_the_host_itself(watch, shared) -> None:
    holder = platform.FileLock(shared / "elected.lock")
    assert holder.acquire()
    watched = watch(card(pid=os.getpid()))
    watched.look()
    holder.release()
    (_, _, values) = watched.noted()[0]
    assert "system/memory_bytes" in values
    assert not any("/gpu." in name for name in values)


def test_without_a_shared_folder_a_sidecar_reads_for_itself(watch) -> None:
    watched = watch(card(pid=os.getpid()), folder=None)
    watched.look()
    assert watched.noted()[0][2]["system/gpu.0/util_percent"] == 40.0


def test_a_process_that_is_gone_or_anothers_gets_no_rows(watch, monkeypatch) -> None:
    watched = watch()
    monkeypatch.setattr(tree.Tree, "look", lambda self, now_s: None)
    watched.look()
    assert watched.noted() == []


def test_another_rank_tells_of_itself_and_its_cards_alone(watch, training) -> None:
    manifest = layout.load_manifest(training.directory)
    layout.save_manifest(training.directory, msgspec.structs.replace(manifest, rank=2))
    watched = watch(card(1, pid=os.getpid()))
    watched.look()
    (_, _, values) = watched.noted()[0]
    assert all(name.startswith("system/rank.2/") for name in values)
    assert {"system/rank.2/process/rss_bytes", "system/rank.2/gpu.1/util_percent"} <= set(values)
    assert "system/rank.2/memory_bytes" not in values


def test_a_full_disk_costs_rows_and_nothing_else(watch, monkeypatch, caplog) -> None:
    watched = watch()
    monkeypatch.setattr(platform, "allocate", _full)
    watched.look()
    monkeypatch.undo()
    watched.look()
    assert len(watched.noted()) == 1


def _full(descriptor: int, size_bytes: int) -> None:
    raise OSError(28, "no space")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"telemetry_s": 0.0}, False),
        ({"boot_id": "another"}, False),
        ({"host": "another"}, False),
        ({"host": ""}, True),
    ],
)
def test_telemetry_is_for_processes_of_this_machine_that_want_it(training, changes, expected) -> None:
    manifest = msgspec.structs.replace(layout.load_manifest(training.directory), **{"telemetry_s": 2.0, **changes})
    assert telemetry.is_wanted(manifest) == expected


@pytest.mark.parametrize(("value", "expected"), [("on", 1), ("off", 0)])
def test_a_directory_gets_it_as_the_run_was_told(monkeypatch, value, expected) -> None:
    monkeypatch.setenv("YOLOSCOPE_TELEMETRY", value)
    run = runs.init(project="p")
    assert run.directory is not None
    watch = watchers.for_directory(run.directory)
    assert len([one for one in watch._watchers if isinstance(one, telemetry.Telemetry)]) == expected
    watch.close()
    run.finish()


def test_nothing_is_made_in_the_shared_folder_before_the_first_look(watch, shared) -> None:
    watched = watch()
    watched.telemetry.tend(watched.clock.now_s, lives=False)
    assert list(shared.iterdir()) == []
    assert election.Election(shared).leads()
