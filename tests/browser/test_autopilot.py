"""The autopilot in a real browser on a real server: switched by a project, left alone by a run, and what it did is told."""

import time

import pytest
import scanning
from playwright.sync_api import Page, expect
from tests.contracts.asked_training import RUN, START_NS, Training

from yoloscope.records import ids, row
from yoloscope.store import ports_measures

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

MEASURES = "/api/v1/projects/signs/measures"
PROJECT, RUN_ID = ids.ProjectName("signs"), ids.RunId("r1")


@pytest.fixture
def training(live_server, batches) -> Training:
    return Training(live_server, batches).begin()


def _note(training: Training, kind: ports_measures.Kind, *, command: str = "") -> None:
    """Write what the autopilot would write of a divergence."""
    event = ports_measures.Event(
        project=PROJECT,
        run=RUN_ID,
        measure="roll_back_diverged",
        kind=kind,
        who="measure roll_back_diverged",
        at_ns=time.time_ns(),
        key=kind,
        rule="N13",
        epoch=2.0,
        command=command,
        values={"act": "rollback"},
    )
    assert training.server.services.catalog.measures.note(event)


def _look(visit, training: Training, path: str, **more: object) -> tuple:
    server = training.server
    seen = visit(server.url, f"{server.url}/open/{server.services.links.new()}", **more)
    seen.page.goto(server.url + path)
    return seen, seen.page


def _sound(page: Page) -> None:
    assert scanning.faults(page) == []
    assert scanning.too_wide(page) <= 0


def _modes(training: Training) -> dict[str, tuple[str, int]]:
    return {one["measure"]: (one["mode"], one["most"]) for one in training.server.get(MEASURES).json()["measures"]}


def test_measures_are_off_until_somebody_switches_them_on(training: Training, visit) -> None:
    seen, page = _look(visit, training, "/")
    page.get_by_role("link", name="Autopilot").click()
    measures = page.get_by_test_id("measure")
    expect(measures).to_have_count(3)
    assert {one.get_attribute("data-mode") for one in measures.all()} == {"off"}
    rollback = page.locator('[data-measure="roll_back_diverged"]')
    expect(rollback).to_contain_text("N13 The training loss diverges")
    assert all(len(rule.inner_text().split()) > 1 for rule in page.get_by_test_id("rule").all()), (
        "a rule without a title"
    )
    expect(rollback.get_by_test_id("counts")).to_have_text("It has not spoken in any run yet")
    _sound(page)

    rollback.get_by_test_id("mode-on").click()
    expect(rollback.get_by_test_id("untried")).to_contain_text("It was never tried here")
    expect(rollback).to_contain_text("Set by ")
    assert _modes(training)["roll_back_diverged"] == ("on", 3)
    rollback.get_by_text("Try it first").click()
    expect(rollback.get_by_test_id("untried")).to_have_count(0)
    expect(rollback).to_have_attribute("data-mode", "would")
    rollback.get_by_test_id("most").select_option("1")
    expect(page.get_by_test_id("measure-event").first).to_contain_text("at most 1 ")
    assert _modes(training) == {
        "roll_back_diverged": ("would", 1),
        "stop_broken": ("off", 3),
        "stop_saturated": ("off", 3),
    }
    _sound(page)
    assert seen.errors == []


def test_what_it_would_have_done_and_did_is_told_with_its_run(training: Training, visit) -> None:
    server = training.server
    assert server.call("PUT", f"{MEASURES}/roll_back_diverged", json={"mode": "would"}).ok
    _note(training, "would")
    seen, page = _look(visit, training, "/autopilot?project=signs")
    counts = page.locator('[data-measure="roll_back_diverged"]').get_by_test_id("counts")
    expect(counts).to_have_text("Would have acted in 1 run")
    _note(training, "acted", command="c1")
    expect(counts).to_have_text("Would have acted in 1 run · Acted in 1 run")
    event = page.locator('[data-testid="measure-event"][data-kind="acted"]')
    expect(event).to_contain_text("go back to the last good checkpoint")
    expect(event).to_contain_text("epoch 2")
    page.get_by_test_id("lang-toggle").click()
    expect(event).to_contain_text("训练损失发散")
    _sound(page)
    event.get_by_role("link", name="r1").click()
    expect(page.get_by_test_id("autopilot")).to_contain_text("只记录")
    assert seen.errors == []


def test_a_run_is_left_alone_by_a_switch(training: Training, visit) -> None:
    server = training.server
    assert server.call("PUT", f"{MEASURES}/stop_broken", json={"mode": "on"}).ok
    _note(training, "acted", command="c1")
    seen, page = _look(visit, training, "/runs/r1?tab=history", width=390, height=844, scheme="dark")
    part = page.get_by_test_id("autopilot")
    expect(part).to_contain_text("on (1 measure)")
    expect(part.get_by_test_id("measure-event")).to_have_count(1)
    part.get_by_text("Leave this run alone").click()
    expect(part).to_contain_text("leaves this run alone")
    assert server.get(f"{RUN}/measures").json()["spared"] is True
    _sound(page)
    training.say(row.Ended("stopped", START_NS + 1))
    expect(part.get_by_test_id("spare")).to_have_count(0)
    assert seen.errors == []


def test_it_is_found_by_the_palette_and_a_project_that_is_not_there_says_so(training: Training, visit) -> None:
    _, page = _look(visit, training, "/machines")
    expect(page.get_by_text("No machine has reported yet")).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_test_id("palette-input").fill("autopilot")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("measure")).to_have_count(3)
    page.goto(f"{training.server.url}/autopilot?project=nowhere")
    expect(page.get_by_text("There is no project nowhere")).to_be_visible()
