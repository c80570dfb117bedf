"""`yoloscope machines`: the list for people and for programs."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from yoloscope.cli import main
from yoloscope.records import ids, machine, row
from yoloscope.store import ports_waiting

S = 10**9
GIB = 2**30


@pytest.fixture
def ask(live_server, monkeypatch) -> Callable[..., Result]:
    """Ask the command line of a server whose clock is driven; machines are heard of by `hear`."""
    clock = [10**18]
    live_server.services.clock_ns = lambda: clock[0]

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main.cli, ["machines", "--server", live_server.url, *arguments], terminal_width=200)

    def hear(report: machine.Report, *, hours: float = 0.0) -> None:
        clock[0] = 10**18 + round(hours * 3600) * S
        live_server.services.catalog.machines.hear(report, now_ns=clock[0])

    monkeypatch.setenv("YOLOSCOPE_TOKEN", live_server.token)
    run.hear = hear  # type: ignore[attr-defined]
    return run


def report(host: str, at: int, *cards: machine.Card, **changes: object) -> machine.Report:
    return machine.Report(host=host, boot_id="b", wall_ns=at, interval_s=10, cpus=8, cards=cards, **changes)


def test_no_machine_is_said_with_what_sends_reports(ask) -> None:
    said = ask()
    assert (said.exit_code, "No machine has reported" in said.output, "yoloscope agent" in said.output) == (
        0,
        True,
        True,
    )
    assert json.loads(ask("--json").output) == {"items": []}


def test_cards_are_listed_with_state_and_who_uses_them(ask) -> None:
    held = (machine.CardProcess(5, None, "r1"), machine.CardProcess(6))
    busy = machine.Card(1, "b", "RTX 4090", "nvidia", 97.0, 20 * GIB, 24 * GIB, processes=held)
    other = machine.Card(2, "c", "RTX 4090", "nvidia", 40.0, processes=(machine.CardProcess(9),))
    idle = machine.Card(0, "a", "RTX 4090", "nvidia", 0.0, GIB, 24 * GIB)
    ask.hear(report("gone", 1, idle), hours=0)
    ask.hear(report("gpu-01", 1, idle, busy, other), hours=0)
    here = (machine.RunHere("r9", "signs", 1, 1),)
    ask.hear(report("cpu-1", 1, cpu_percent=52.4, memory_bytes=GIB, memory_total_bytes=4 * GIB, runs=here), hours=3)
    ask.hear(report("gpu-01", 2, idle, busy, other), hours=3)
    rows = [line.split() for line in ask().output.splitlines() if line.strip()]
    assert rows[2:] == [
        ["cpu-1", "no", "card", "online", "52%", "1.0", "/", "4.0", "GiB", "r9"],
        ["gone", "1", "cards", "offline", "–", "–", "–"],
        ["gpu-01", "0", "RTX", "4090", "idle", "for", "3", "h", "0%", "1.0", "/", "24.0", "GiB"],
        ["gpu-01", "1", "RTX", "4090", "busy", "97%", "20.0", "/", "24.0", "GiB", "r1"],
        ["gpu-01", "2", "RTX", "4090", "busy", "40%", "–", "1", "other", "processes"],
        ["1", "of", "3", "cards", "idle"],
    ]
    (_, _, listed) = json.loads(ask("--json").output)["items"]
    assert [card["state"] for card in listed["cards"]] == ["idle", "busy", "busy"]


def test_what_waits_is_listed_with_why_it_failed_and_that_nobody_starts_it(ask, live_server) -> None:
    catalog = live_server.services.catalog
    ended = row.Ended(state="stopped", wall_ns=2 * 10**18, reason=None, exit_code=0)
    for at, name in enumerate(("first", "second")):
        ref = row.RunRef(ids.RunId(f"r{at}"), ids.ProjectName("p"), name, 10**18, host="gpu-01")
        catalog.open_run(ref)
        catalog.open_attempt(ref.id, ids.WriterId(f"{at}" * 32), row.AttemptRef(0, 10**18, 5))
        catalog.apply(ref.id, [ended])
        card = "a" if at else ""
        wish = ports_waiting.Asked(id=f"a{at}", host="gpu-01", card=card, who="me")
        catalog.waiting.ask(ref.id, wish, now_ns=10**18 + at)
    why = ports_waiting.Said(wish="a1", word="failed", host="gpu-01", detail="no record here", who="agent")
    catalog.waiting.say(ids.RunId("r1"), why, now_ns=10**18)
    ask.hear(report("gpu-01", 1, machine.Card(0, "a", "RTX 4090", "nvidia", 0.0)))
    said = ask().output
    lines = [line.split() for line in said.splitlines() if line.strip()]
    first, second = next(line for line in lines if "first" in line), next(line for line in lines if "second" in line)
    assert first[:6] == ["gpu-01", "first", "its", "own", "card", "waits"]
    assert second[:6] == ["gpu-01", "second", "0", "RTX", "4090", "failed"]
    assert "no record here" in said
    assert "No agent on gpu-01 starts what waits there" in said
    live_server.services.starters.note("gpu-01")
    assert "No agent" not in ask().output
    (listed,) = json.loads(ask("--json").output)["items"]
    keys = "id run project name card now who state asked changed detail"
    assert [" ".join(one) for one in listed["waiting"]] == [keys, keys]
