"""The agent: it tells of the machine while no sidecar does, and sends what nobody else sends, once."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from yoloscope import errors
from yoloscope.records import machine
from yoloscope.sidecar import agent, sync
from yoloscope.sidecar.hardware import cards, election, processes, station, words
from yoloscope.spool import platform

OWN = processes.sample(os.getpid())
assert OWN is not None
PAUSE = threading.Event()
URL = "http://127.0.0.1:9"


class Server:
    """What a server is told; ``answer`` is how it takes it."""

    def __init__(self) -> None:
        self.told: list[machine.Report] = []
        self.answer: Callable[[], bool] = lambda: True

    def post(self, report: machine.Report) -> bool:
        self.told.append(report)
        return self.answer()


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o700)
    return folder


def new_teller(server: Server, shared: Path, *, every_s: float = 10.0) -> agent.Teller:
    machine_ = station.Station(interval_s=2.0, folder=lambda: shared, new_cards=lambda: cards.Cards(()))
    return agent.Teller(URL, every_s=every_s, post=server.post, machine=machine_)


def settle(teller: agent.Teller, now_s: float) -> None:
    """Let it do what is due, and wait until the look, and a report that it sends, have come to their end."""
    teller.tend(now_s)
    while teller._is_looking or (teller._aside.busy_s() is not None and teller._aside._done.empty()):
        PAUSE.wait(0.01)
        teller.tend(now_s)
    teller.tend(now_s)


def word(run: str = "r1", *, server: str = "http://localhost:9/", carried: bool = True) -> words.Word:
    return words.Word(
        writer=run * 4,
        run=run,
        project="signs",
        server=server,
        pid=os.getpid(),
        started=OWN.started,
        since_ns=77,
        sidecar_pid=os.getpid(),
        sidecar_started=OWN.started if carried else "another",
    )


def test_a_machine_on_which_nothing_trains_is_told_of_from_the_second_look_on(shared) -> None:
    server = Server()
    teller = new_teller(server, shared)
    counts = []
    for now_s in (100.0, 102.0, 104.0, 111.9, 112.0, 122.5):
        settle(teller, now_s)
        counts.append(len(server.told))
    teller.close()
    assert counts == [0, 1, 1, 1, 2, 3]
    told = server.told[0]
    assert (told.host, told.boot_id, told.sender) == (platform.host_name(), platform.boot_id(), election.sender())
    assert (told.interval_s, told.cpus, told.runs, told.cards) == (10.0, os.cpu_count(), (), ())
    assert told.memory_total_bytes is not None
    assert told.cpu_percent is not None
    assert teller.trouble == ""


def test_the_agent_is_quiet_while_a_sidecar_tells_the_same_server(shared) -> None:
    server = Server()
    teller = new_teller(server, shared)
    words.leave(shared, word("r1"))
    words.leave(shared, word("r2", server="http://other:9"))
    for now_s in (100.0, 102.0, 112.0):
        settle(teller, now_s)
    assert server.told == []
    words.leave(shared, word("r1", carried=False))
    settle(teller, 114.0)
    teller.close()
    assert [run.run for told in server.told for run in told.runs] == ["r1"]


def test_a_server_that_does_not_take_reports_is_told_as_trouble_and_asked_again(shared) -> None:
    server = Server()
    teller = new_teller(server, shared, every_s=2.0)

    def away() -> bool:
        raise errors.ServerUnavailable("no route")

    said = []
    for now_s, answer in ((100.0, away), (102.0, away), (104.0, lambda: False), (106.0, lambda: True)):
        server.answer = answer
        settle(teller, now_s)
        said.append(teller.trouble)
    teller.close()
    assert said[:2] == [None, "no route"]
    assert said[2].startswith("the server knows no machines")  # type: ignore[union-attr]
    assert said[3] == ""


class Sender:
    """Stands for `sync.send`; ``state`` is what becomes of every directory."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.state = "complete"

    def __call__(self, path: Path) -> sync.Outcome:
        self.sent.append(path.name)
        return sync.Outcome(str(path), "r", "n", "p", "s", self.state, 0)


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Directories that look as if trainings had left them, with how many rows each has come to."""
    counts = {"one": 5, "two": 7}
    for name in counts:
        (tmp_path / "spool" / name).mkdir(parents=True)
        (tmp_path / "spool" / name / "run.json").write_text("{}")
        (tmp_path / "spool" / name / "state").write_text("")
    monkeypatch.setattr(agent.inventory, "committed", lambda path: counts[path.name])
    return counts


def look(leftovers: agent.Leftovers, now_s: float) -> list[sync.Outcome]:
    """Return what a look brings; nothing if none was due."""
    found = leftovers.tend(now_s)
    while not found and leftovers._aside.busy_s() is not None:
        PAUSE.wait(0.01)
        found = leftovers.tend(now_s)
    return found


def test_what_is_left_is_sent_once_and_again_when_there_is_more(left, tmp_path) -> None:
    sender = Sender()
    leftovers = agent.Leftovers([tmp_path / "spool"], send=sender)
    assert {Path(one.directory).name for one in look(leftovers, 100.0)} == {"one", "two"}
    assert look(leftovers, 159.0) == []
    assert look(leftovers, 160.0) == []
    assert sorted(sender.sent) == ["one", "two"]
    left["two"] = 8
    assert [Path(one.directory).name for one in look(leftovers, 220.0)] == ["two"]
    leftovers.close()


def test_what_a_server_does_not_take_is_tried_each_minute(left, tmp_path) -> None:
    sender = Sender()
    sender.state = "waiting"
    leftovers = agent.Leftovers([tmp_path / "spool"], send=sender)
    for now_s in (100.0, 160.0):
        assert len(look(leftovers, now_s)) == 2
    leftovers.close()


def test_what_its_own_courier_sends_and_what_cannot_be_read_is_left(left, tmp_path) -> None:
    sender = Sender()
    lock = platform.FileLock(tmp_path / "spool" / "one" / "sidecar.lock")
    assert lock.acquire()
    del left["two"]

    def unreadable(path: Path) -> int:
        raise errors.SpoolError(f"{path} is of another version")

    agent.inventory.committed = unreadable
    leftovers = agent.Leftovers([tmp_path / "spool"], send=sender)
    assert look(leftovers, 100.0) == []
    assert sender.sent == []
    leftovers.close()
    lock.release()


def test_what_was_complete_before_is_not_sent_again(left, tmp_path) -> None:
    sender = Sender()
    known = agent.cursor.load(tmp_path / "spool" / "one")
    agent.cursor.save(tmp_path / "spool" / "one", msgspec.structs.replace(known, complete=True))
    leftovers = agent.Leftovers([tmp_path / "spool"], send=sender)
    look(leftovers, 100.0)
    leftovers.close()
    assert sender.sent == ["two"]


def test_folders_that_take_long_to_look_through_are_looked_through_less_often(
    left, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, clock, find = Sender(), [0.0], agent.inventory.find

    def slow(root: Path) -> list[Path]:
        clock[0] += 30.0
        return find(root)

    monkeypatch.setattr(agent.inventory, "find", slow)
    sender.state = "waiting"
    leftovers = agent.Leftovers([tmp_path / "spool"], send=sender, clock_s=lambda: clock[0])
    assert len(look(leftovers, 100.0)) == 2
    assert look(leftovers, 1599.0) == []
    assert len(look(leftovers, 1600.0)) == 2
    leftovers.close()
