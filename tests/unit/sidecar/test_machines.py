"""Reports of a machine: by one sidecar a server, about that server's runs alone, quiet where nobody listens."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from yoloscope import errors
from yoloscope.records import ids, machine, row
from yoloscope.records import policy as policies
from yoloscope.sidecar import client, machines
from yoloscope.sidecar.hardware import election, port, processes, words
from yoloscope.spool import layout

OWN = processes.sample(os.getpid())
assert OWN is not None
CARD = port.Card(
    "nvidia",
    1,
    "GPU-1",
    "Card",
    {"util_percent": 97.0, "memory_bytes": 5e9, "memory_total_bytes": 8e9, "temperature_c": 70.0, "power_w": 300.5},
    {os.getpid(): 4000, 1: -1},
)
LOOK = election.Look("b1", 0, 2.0, 1, {"cpu_percent": 12.5, "memory_bytes": 7.0, "memory_total_bytes": 9.0}, (CARD,))


def _manifest(
    writer: str = "1" * 32, *, server: str = "http://one", mode: str = "online", run: str = "r1"
) -> layout.Manifest:
    return layout.Manifest(
        version=1,
        writer=ids.WriterId(writer),
        run=row.RunRef(ids.RunId(run), ids.ProjectName("signs"), name=run, created_ns=1),
        server=server,
        mode=mode,  # type: ignore[arg-type]
        host="gpu-03",
        boot_id="b1",
        pid=os.getpid(),
        wall_ns=77,
        mono_ns=1,
        policy=policies.Policy(),
    )


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o700)
    return folder


class Server:
    """What a server is told; ``answer`` is how it takes it."""

    def __init__(self) -> None:
        self.told: list[machine.Report] = []
        self.answer: Callable[[], bool] = lambda: True

    def post(self, report: machine.Report) -> bool:
        self.told.append(report)
        return self.answer()


def _tend(tells: machines.Machines, now_s: float, *, folder: Path | None) -> None:
    """Let it do what is due, and wait until a report that it sends has come to its end."""
    tells.tend(now_s, look=LOOK, folder=folder, started=OWN.started)
    pause = threading.Event()
    while tells._aside.busy_s() is not None and tells._aside._done.empty():
        pause.wait(0.01)


def test_a_report_tells_cards_load_and_runs(shared) -> None:
    server = Server()
    tells = machines.Machines(_manifest(), post=server.post)
    _tend(tells, 100.0, folder=shared)
    tells.close(shared)
    (told,) = server.told
    assert msgspec.structs.replace(told, wall_ns=0) == machine.Report(
        host="gpu-03",
        boot_id="b1",
        wall_ns=0,
        interval_s=10.0,
        cpus=os.cpu_count() or 1,
        cpu_percent=12.5,
        memory_bytes=7,
        memory_total_bytes=9,
        cards=(
            machine.Card(
                1,
                "GPU-1",
                "Card",
                "nvidia",
                util_percent=97.0,
                memory_bytes=5 * 10**9,
                memory_total_bytes=8 * 10**9,
                temperature_c=70.0,
                power_w=300.5,
                processes=(machine.CardProcess(1), machine.CardProcess(os.getpid(), 4000, "r1")),
            ),
        ),
        runs=(machine.RunHere("r1", "signs", os.getpid(), 77),),
        sender=election.sender(),
    )


def test_of_several_sidecars_of_one_server_the_first_tells_of_all(shared) -> None:
    server = Server()
    first = machines.Machines(_manifest("1" * 32), post=server.post)
    second = machines.Machines(_manifest("2" * 32, run="r2"), post=server.post)
    _tend(first, 100.0, folder=shared)
    _tend(second, 100.0, folder=shared)
    _tend(first, 110.0, folder=shared)
    assert [[one.run for one in told.runs] for told in server.told] == [["r1"], ["r1", "r2"]]
    first.close(shared)
    _tend(second, 110.0, folder=shared)
    assert [one.run for one in server.told[-1].runs] == ["r2"]
    second.close(shared)


def test_a_server_is_told_of_no_run_that_another_keeps(shared) -> None:
    one, other = Server(), Server()
    here = machines.Machines(_manifest("1" * 32), post=one.post)
    there = machines.Machines(_manifest("2" * 32, server="http://other", run="secret"), post=other.post)
    offline = machines.Machines(_manifest("3" * 32, mode="offline", run="hidden"), post=one.post)
    for tells in (offline, there, here):
        _tend(tells, 100.0, folder=shared)
    assert [[run.run for run in told.runs] for told in one.told] == [["r1"]]
    assert [[run.run for run in told.runs] for told in other.told] == [["secret"]]
    assert {process.run for told in other.told for process in told.cards[0].processes} == {None, "secret"}
    for tells in (offline, there, here):
        tells.close(shared)
    assert words.living(shared) == []


def test_when_the_telling_sidecar_is_killed_the_next_tells(shared) -> None:
    server = Server()
    dead = words.Word("0" * 32, "r0", "signs", "http://one", os.getpid(), OWN.started, 5, os.getpid(), "another")
    words.leave(shared, dead)
    tells = machines.Machines(_manifest(), post=server.post)
    _tend(tells, 100.0, folder=shared)
    assert [one.run for one in server.told[0].runs] == ["r0", "r1"]
    tells.close(shared)


def test_reports_come_each_ten_seconds(shared) -> None:
    server = Server()
    tells = machines.Machines(_manifest(), post=server.post)
    for at in range(0, 31, 2):
        _tend(tells, 100.0 + at, folder=shared)
    assert len(server.told) == 4
    tells.close(shared)


def test_a_server_that_is_away_is_tried_ever_less_often_and_quietly(shared, caplog) -> None:
    caplog.set_level("INFO")
    server = Server()

    def away() -> bool:
        raise errors.ServerUnavailable("away")

    server.answer = away
    tells = machines.Machines(_manifest(), post=server.post)
    for at in range(0, 1000, 2):
        _tend(tells, 100.0 + at, folder=shared)
    assert 4 <= len(server.told) <= 8
    assert caplog.messages == []
    tells.close(shared)


def test_a_server_that_hangs_keeps_nobody(shared) -> None:
    server, release = Server(), threading.Event()
    server.answer = lambda: release.wait(60)
    tells = machines.Machines(_manifest(), post=server.post)
    for at in range(0, 100, 2):
        tells.tend(100.0 + at, look=LOOK, folder=shared, started=OWN.started)
    assert len(server.told) <= 1
    release.set()
    tells.close(shared)


def test_an_older_server_is_left_alone(shared) -> None:
    server = Server()
    server.answer = lambda: False
    tells = machines.Machines(_manifest(), post=server.post)
    for at in range(0, 500, 2):
        _tend(tells, 100.0 + at, folder=shared)
    assert len(server.told) == 1
    tells.close(shared)


def test_without_a_shared_folder_a_sidecar_tells_of_its_own_run() -> None:
    server = Server()
    tells = machines.Machines(_manifest(), post=server.post)
    _tend(tells, 100.0, folder=None)
    assert [one.run for one in server.told[0].runs] == ["r1"]
    tells.close(None)


@pytest.mark.parametrize("status", [404, 405])
def test_an_older_server_knows_no_machines(server, status, monkeypatch) -> None:
    posted = client.Client(server.url)
    monkeypatch.setattr(server, "answer", lambda body, headers: (status, {}, b"{}"), raising=False)
    assert posted.post_machine(machines.report(LOOK, [], host="gpu-03", boot_id="b1")) is False
    posted.close()


def test_a_real_server_takes_a_report(live_server, monkeypatch) -> None:
    monkeypatch.setenv("YOLOSCOPE_TOKEN", live_server.token)
    posted = client.Client(live_server.url)
    assert posted.post_machine(machines.report(LOOK, [], host="gpu-03", boot_id="b1")) is True
    posted.close()
    (item,) = live_server.get("/api/v1/machines").json()["items"]
    assert item["host"] == "gpu-03"


def test_a_server_that_is_not_there_is_unavailable() -> None:
    posted = client.Client("http://127.0.0.1:1")
    with pytest.raises(errors.ServerUnavailable):
        posted.post_machine(machines.report(LOOK, [], host="gpu-03", boot_id="b1"))
    posted.close()
