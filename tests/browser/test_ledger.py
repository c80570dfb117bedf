"""The GPU ledger in a real browser on a real server: cards are released and taken again by a press."""

import time

import msgspec
import pytest
import scanning
from playwright.sync_api import Page, expect
from tests.contracts.asked_training import CONTROL, START_NS, Training

from yoloscope.records import ids, row

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

HOST = "gpu-01"
STARTS = f"/api/v1/machines/{HOST}/starts"
CAN_RELEASE = CONTROL | {"cannot": {}}
GIB = 2**30


def _ref(run: str, *, name: str = "") -> row.RunRef:
    return row.RunRef(
        ids.RunId(run), ids.ProjectName("signs"), name=name or run, created_ns=START_NS, host=HOST, framework="test"
    )


class _Machine:
    """A host with two cards whose agent may start trainings again, and the trainings on it."""

    def __init__(self, server, batches) -> None:
        self.server, self.batches = server, batches
        self.on_card: str | None = None

    def train(self, run: str, *, control: dict[str, object] = CAN_RELEASE, name: str = "") -> Training:
        """Begin a training here."""
        ref = _ref(run, name=name)

        class Here(type(self.batches)):
            def __call__(self, *entries: row.Entry, **changes: object) -> row.Batch:
                return msgspec.structs.replace(super().__call__(*entries, **changes), run=ref)

        return Training(self.server, Here()).begin(control=control)

    def report(self) -> None:
        """Report the cards as they are."""
        held = [{"pid": 5, "run": self.on_card}] if self.on_card else []
        plain = {"name": "NVIDIA GeForce RTX 4090", "vendor": "nvidia", "memory_total_bytes": 24 * GIB}
        cards = [
            plain | {"index": 0, "uuid": "GPU-0", "util_percent": 90 if held else 0, "processes": held},
            plain | {"index": 1, "uuid": "GPU-1", "util_percent": 0},
        ]
        runs = [{"run": self.on_card, "project": "signs", "pid": 5, "since_ns": 1}] if self.on_card else []
        body = {"host": HOST, "boot_id": "b", "wall_ns": time.time_ns(), "interval_s": 10, "cpus": 16}
        answer = self.server.call("POST", "/api/v1/machines", json=body | {"cards": cards, "runs": runs})
        assert answer.json() == {"host": HOST, "taken": True}

    def listen(self) -> list[dict[str, object]]:
        """Ask as the agent does what is to be started, which tells that it listens."""
        return self.server.get(STARTS, params={"wait_s": 0}).json()["waiting"]

    def say(self, run: str, state: str, detail: str = "") -> None:
        """Say as the agent does what became of a start."""
        [wish] = [one["id"] for one in self.listen() if one["run"] == run]
        told = {"id": wish, "run": run, "state": state, "detail": detail}
        assert self.server.call("POST", STARTS, json=told).json() == {"go": True}


@pytest.fixture
def machine(live_server, batches) -> _Machine:
    return _Machine(live_server, batches)


def _look(visit, server, path: str = "/machines", **more: object) -> tuple:
    seen = visit(server.url, f"{server.url}/open/{server.services.links.new()}", **more)
    seen.page.goto(server.url + path)
    return seen, seen.page


def _sound(page: Page) -> None:
    assert scanning.faults(page) == []
    assert scanning.too_wide(page) <= 0


def _release(machine: _Machine, page: Page) -> None:
    """Release the card by the page, with the wish to go on, and close it as it were before the training has ended."""
    card = page.get_by_test_id("card").first
    card.get_by_test_id("release").click()
    sheet = page.get_by_test_id("release-sheet")
    expect(sheet).to_contain_text("keeps a full checkpoint")
    sheet.get_by_text("And go on here when free").click()
    _sound(page)
    sheet.get_by_test_id("release-sure").click()
    expect(card.get_by_test_id("releasing")).to_contain_text("on the way to its machine")
    expect(card.get_by_test_id("release")).to_have_count(0)
    expect(page.get_by_test_id("waiting")).to_have_attribute("data-state", "waiting")
    page.reload()
    expect(page.get_by_test_id("waiting")).to_contain_text("r1")
    expect(page.get_by_test_id("card").first.get_by_test_id("releasing")).to_contain_text("on the way to its machine")
    expect(page.get_by_test_id("card").first.get_by_test_id("release")).to_have_count(0)
    assert machine.listen() == []


def test_a_card_is_released_and_its_run_goes_on_when_it_is_free(machine: _Machine, visit) -> None:
    training = machine.train("r1")
    machine.on_card = "r1"
    machine.report()
    machine.listen()
    seen, page = _look(visit, machine.server)
    _release(machine, page)
    [asked] = training.known()
    assert (asked["verb"], asked["args"]) == ("pause", {"release": True})

    training.say(training.did(asked["id"], "pause"), row.Ended("stopped", START_NS + 1))
    machine.on_card = None
    machine.report()
    wait = page.get_by_test_id("waiting")
    expect(wait).to_contain_text("r1")
    expect(wait).to_have_attribute("data-state", "waiting")
    assert [one["run"] for one in machine.listen()] == ["r1"]

    machine.say("r1", "starting")
    expect(wait).to_contain_text("starting")
    expect(wait.get_by_test_id("cancel-wait")).to_have_count(0)
    machine.say("r1", "failed", "no checkpoint is left")
    expect(wait).to_contain_text("no checkpoint is left")
    _sound(page)
    wait.get_by_test_id("resume-here").click()
    expect(wait).to_have_attribute("data-state", "waiting")

    wait.get_by_test_id("cancel-wait").click()
    expect(wait).to_have_count(0)
    assert machine.listen() == []
    offered = page.get_by_test_id("startable")
    offered.get_by_test_id("resume-others").click()
    page.get_by_test_id("resume-now").click()
    expect(wait).to_contain_text("starts at once")
    assert [(one["run"], one["now"]) for one in machine.listen()] == [("r1", True)]
    assert seen.errors == []


def test_where_no_agent_may_start_trainings_the_page_says_what_may(machine: _Machine, visit) -> None:
    machine.train("r1").say(row.Ended("stopped", START_NS + 1))
    machine.report()
    seen, page = _look(visit, machine.server)
    expect(page.get_by_test_id("startable").get_by_test_id("resume-here")).to_be_disabled()
    how = page.get_by_test_id("no-starter")
    how.get_by_text("Nothing on gpu-01 may start trainings").click()
    expect(how.get_by_text(f"yoloscope agent --start --server {machine.server.url}")).to_be_visible()
    _sound(page)
    machine.listen()
    expect(page.get_by_test_id("resume-here")).to_be_enabled()
    expect(how).to_have_count(0)
    assert seen.errors == []


def test_a_run_that_ended_goes_on_from_its_own_page_on_a_phone(machine: _Machine, visit) -> None:
    machine.train("r1", name="a training with quite a long name on a small telephone").say(
        row.Ended("stopped", START_NS + 1)
    )
    machine.report()
    machine.listen()
    seen, page = _look(visit, machine.server, "/runs/r1", width=360, height=740)
    page.get_by_test_id("resume-here").click()
    wait = page.get_by_test_id("resume-later").get_by_test_id("waiting")
    expect(wait).to_contain_text("gpu-01")
    assert [one["run"] for one in machine.listen()] == ["r1"]
    _sound(page)
    wait.get_by_test_id("cancel-wait").click()
    expect(page.get_by_test_id("resume-here")).to_be_visible()
    assert seen.errors == []


def test_a_paused_run_is_told_to_hold_its_card_and_one_that_cannot_release_is_not_asked_to(
    machine: _Machine, visit
) -> None:
    training = machine.train("r1", control=CONTROL)
    machine.on_card = "r1"
    machine.report()
    seen, page = _look(visit, machine.server)
    expect(page.get_by_test_id("card").first).to_contain_text("r1")
    expect(page.get_by_test_id("release")).to_have_count(0)
    paused = training.asked("pause")
    training.say(training.did(paused, "pause"), alive=True)
    expect(page.get_by_test_id("totals")).to_contain_text("1 held by a paused run")
    expect(page.get_by_test_id("card").first).to_contain_text("paused, holds the card")
    assert seen.errors == []
