"""What commands do to a plain loop that calls `safe_point`."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.sdk import guard, launch_sidecar
from yoloscope.sdk import run as runs
from yoloscope.spool import inbox, reader


class Loop:
    """A run whose inbox is written by hand."""

    def __init__(self) -> None:
        self.run = runs.init(server="http://h:1")
        assert self.run.directory is not None
        self.directory = self.run.directory
        self.count = 0

    def ask(self, verb: str, **args: object) -> None:
        self.count += 1
        order = inbox.Order(f"c{self.count}", verb, args, self.count, time.time_ns() + 10**11)  # type: ignore[arg-type]
        box = inbox.Inbox(ids.RunId(self.run.id), ids.WriterId(self.directory.name), (order,))
        inbox.save(self.directory, box)
        self.run.safe_point()

    def entries(self, kind: type) -> list:
        chunks = [chunk for lane in reader.lanes(self.directory) for chunk in reader.chunks(self.directory, lane=lane)]
        return [entry for chunk in chunks for entry in chunk.entries if isinstance(entry, kind)]

    def outcomes(self) -> list[tuple[str, str, dict[str, object]]]:
        return [(one.verb, one.state, one.result) for one in self.entries(row.Acted)]

    def abilities(self) -> dict[str, object]:
        """Return what was told last of what it can."""
        found = [one.values["control"] for one in self.entries(row.Updated) if "control" in one.values]
        return found[-1] if found else {}


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Loop]:
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setattr(runs, "FINISH_DEAD_S", 0.0)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    guard.forget()
    made = Loop()
    yield made
    made.run.finish()


def test_nothing_is_offered_before_the_first_safe_point(loop: Loop) -> None:
    assert loop.abilities() == {}
    loop.run.safe_point()
    assert loop.abilities()["verbs"] == ["pause", "resume", "stop", "note"]


def test_what_the_loop_told_is_offered_and_done(loop: Loop) -> None:
    rate, saved = [0.1], []

    def set_lr(value: float) -> float:
        before, rate[0] = rate[0], value
        return before

    loop.run.safe_point()
    loop.run.on_set(lr=set_lr)
    loop.run.on_save(lambda: saved.append(rate[0]))
    assert loop.abilities()["verbs"] == ["pause", "resume", "stop", "set", "save", "note"]
    assert loop.abilities()["settings"] == ["lr"]
    loop.ask("set", lr=0.05)
    loop.ask("save")
    loop.ask("set", box=2.0)
    assert (rate, saved) == ([0.05], [0.05])
    assert [(verb, state) for verb, state, _ in loop.outcomes()] == [
        ("set", "applied"),
        ("save", "applied"),
        ("set", "refused"),
    ]
    assert loop.outcomes()[0][2] == {"lr": {"from": 0.1, "to": 0.05}}
    assert loop.outcomes()[2][2]["reason"] == "framework_cannot"


def test_a_stop_is_told_to_the_loop_and_a_resumable_one_saves(loop: Loop) -> None:
    saved = []
    loop.ask("stop", how="resumable")
    assert not loop.run.should_stop()
    loop.run.on_save(lambda: saved.append(1))
    loop.ask("stop", how="resumable")
    assert loop.run.should_stop()
    assert saved == [1]


def test_all_settings_or_none(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YOLOSCOPE_STRICT")
    rate = [0.1]

    def set_lr(value: float) -> float:
        before, rate[0] = rate[0], value
        return before

    loop.run.on_set(lr=set_lr, patience=lambda value: 1 / 0)
    loop.ask("set", lr=0.05, patience=3)
    assert rate == [0.1]
    assert loop.outcomes()[0][1:] == ("refused", {"reason": "failed", "detail": "ZeroDivisionError"})


@pytest.mark.parametrize("verb", ["validate", "close_mosaic", "rollback"])
def test_what_needs_a_framework_is_refused(loop: Loop, verb: str) -> None:
    loop.ask(verb)
    assert loop.outcomes()[0][2]["reason"] == "framework_cannot"
    assert loop.abilities()["cannot"][verb] == "framework_cannot"  # type: ignore[index]


def test_an_integration_s_settings_give_way_to_the_loop_s_own(loop: Loop) -> None:
    seen = []
    loop.run.on_set(lr=lambda value: seen.append(("own", value)))
    loop.run.offer({"lr": lambda value: seen.append(("offered", value)), "weight_decay": seen.append})
    loop.ask("set", lr=0.05, weight_decay=0.1)
    assert seen == [("own", 0.05), 0.1]


def test_the_newest_row_tells_where_it_was(loop: Loop) -> None:
    loop.run.log({"a": 1.0}, step=41, epoch=2.5)
    loop.ask("note", text="x")
    loop.run.safe_point(step=50)
    [acted] = loop.entries(row.Acted)
    assert (acted.step, acted.epoch) == (41, 2.5)


def test_a_setting_that_there_is_not_is_an_error_of_whoever_wrote_the_loop(loop: Loop) -> None:
    with pytest.raises(errors.ConfigError):
        loop.run.on_set(batch=lambda value: None)


def test_after_the_end_and_where_nothing_is_kept_a_safe_point_does_nothing(loop: Loop) -> None:
    loop.run.safe_point()
    loop.run.finish()
    loop.run.safe_point()
    for mode in ("disabled", "offline"):
        other = runs.init(mode=mode)
        other.safe_point()
        assert not other.should_stop()
        other.finish()
