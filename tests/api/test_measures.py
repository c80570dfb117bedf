"""The autopilot over HTTP: off unless somebody asked, set by project, kept from a run, and what it did told to people."""

import time

import pytest
import requests

from contracts.asked_training import CONTROL, RUN, Training, problem_of
from yoloscope.records import finding, ids
from yoloscope.server.diagnosing import known
from yoloscope.store import ports_findings

pytestmark = pytest.mark.slow  # a server each
PROJECT = "/api/v1/projects/signs/measures"
OF_RUN = f"{RUN}/measures"
CAN = {**CONTROL, "verbs": [*CONTROL["verbs"], "rollback"]}
NAMES = ["stop_broken", "stop_saturated", "roll_back_diverged"]
DIVERGES = finding.Finding(
    rule="N13",
    name="divergence",
    severity="critical",
    variant="validation",
    opened=finding.Moment(2.0, 20, 5),
    updated=finding.Moment(2.0, 20, 5),
    values={"val": 351.0, "train": 9.0, "epoch": 2.0},
)
SAID = ports_findings.Diagnosis(verdict="critical", answer={}, not_evaluated={}, thresholds=known.DIGEST)
WITHIN_S = 40.0


@pytest.fixture
def training(live_server, batches) -> Training:
    return Training(live_server, batches).begin(control=CAN)


def find(training: Training, *findings: finding.Finding) -> None:
    """Write down findings, as the diagnosis does, and say so."""
    services = training.server.services
    changes = [ports_findings.Change(one, "opened") for one in findings]
    services.catalog.findings.put(ids.RunId("r1"), changes, diagnosis=SAID, at_ns=time.time_ns())
    services.diagnosing._hint(ids.RunId("r1"), ids.ProjectName("signs"))


def put(training: Training, measure: str, **given: object) -> requests.Response:
    return training.server.call("PUT", f"{PROJECT}/{measure}", json=given)


def events(training: Training) -> list[tuple[str, str, str]]:
    items = training.server.get(OF_RUN).json()["events"]
    return [(one["kind"], one["measure"], one["rule"]) for one in reversed(items)]


def until(training: Training, *kinds: str) -> list[tuple[str, str, str]]:
    end = time.monotonic() + WITHIN_S
    while [one[0] for one in events(training)] != list(kinds) and time.monotonic() < end:
        time.sleep(0.05)
    return events(training)


def field_of(answer) -> tuple[int, str, str | None]:
    return *problem_of(answer)[:2], answer.json().get("field")


def test_all_is_off_unless_somebody_asked(training) -> None:
    told = training.server.get(PROJECT).json()
    assert [(one["measure"], one["mode"], one["most"], one["who"], one["changed"]) for one in told["measures"]] == [
        (name, "off", 3, "", None) for name in NAMES
    ]
    assert told["events"] == []
    find(training, DIVERGES)
    put(training, "roll_back_diverged", mode="would")
    find(training, DIVERGES)
    assert until(training, "would") == [("would", "roll_back_diverged", "N13")]
    assert training.known() == []


def test_a_setting_is_kept_and_who_changed_it_told(training) -> None:
    put(training, "stop_broken", mode="would")
    told = put(training, "stop_broken", mode="on", most=2).json()
    put(training, "stop_broken", mode="on", most=2)
    stop = next(one for one in told["measures"] if one["measure"] == "stop_broken")
    assert (stop["mode"], stop["most"], bool(stop["changed"]), bool(stop["who"])) == ("on", 2, True, True)
    assert [one["sentence"]["en"] for one in training.server.get(PROJECT).json()["events"]] == [
        "Set to “on”, at most 2 acts a run.",
        "Set to “only say what it would do”, at most 3 acts a run.",
    ]
    partly = put(training, "stop_broken", most=5).json()["measures"][0]
    assert (partly["mode"], partly["most"]) == ("on", 5)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"mode": "on", "most": 0}, "most"),
        ({"mode": "on", "most": 11}, "most"),
        ({"mode": "on", "most": 1.5}, "most"),
        ({"mode": "on", "most": "NaN"}, "most"),
        ({"mode": "on", "most": True}, "most"),
        ({"mode": "ON"}, "mode"),
        ({"mode": None}, "mode"),
        ({"mod": "on"}, "mod"),
    ],
)
def test_what_cannot_be_set_is_refused_and_named(training, given, field) -> None:
    answer = put(training, "stop_broken", **given)
    assert field_of(answer) == (422, "invalid-request", field)
    assert answer.json()["fix"]
    assert training.server.get(PROJECT).json()["events"] == []


def test_nan_is_no_json_and_what_is_not_there_is_not_found(training) -> None:
    body = b'{"mode": "on", "most": NaN}'
    place = f"{PROJECT}/stop_broken"
    answer = training.server.call("PUT", place, data=body, headers={"Content-Type": "application/json"})
    assert field_of(answer) == (422, "invalid-request", "body")
    assert field_of(put(training, "explode", mode="on")) == (404, "not-found", "measure")
    nowhere = "/api/v1/projects/nowhere/measures"
    assert problem_of(training.server.get(nowhere))[:2] == (404, "not-found")
    assert problem_of(training.server.call("PUT", f"{nowhere}/stop_broken", json={"mode": "on"}))[:2] == (
        404,
        "not-found",
    )
    assert problem_of(training.server.get("/api/v1/runs/none/measures"))[:2] == (404, "not-found")
    spared = training.server.call("PUT", f"{OF_RUN}/spared", json={"spared": 1})
    assert field_of(spared) == (422, "invalid-request", "spared")


def test_a_divergence_is_rolled_back_once_and_told(training) -> None:
    put(training, "roll_back_diverged", mode="on", most=1)
    find(training, DIVERGES)
    assert until(training, "acted") == [("acted", "roll_back_diverged", "N13")]
    find(training, DIVERGES)
    (command,) = training.known()
    assert (command["id"], command["verb"], command["who"], command["cause"]) == (
        "roll_back_diverged-1",
        "rollback",
        "measure roll_back_diverged",
        "N13",
    )
    told = training.server.get(OF_RUN).json()["events"][0]
    assert told["sentence"]["en"] == (
        "The training loss diverges (N13): it asked to go back to the last good checkpoint with a third of the learning rate."
    )
    assert (told["command"], told["run_name"]) == ("roll_back_diverged-1", training.server.get(RUN).json()["name"])
    assert training.server.get(PROJECT).json()["measures"][2]["acted"] == 1


def test_a_refused_rollback_becomes_a_lower_rate(training) -> None:
    put(training, "roll_back_diverged", mode="on")
    find(training, DIVERGES)
    until(training, "acted")
    refused = training.did("roll_back_diverged-1", "rollback", "refused", result={"reason": "no_checkpoint"})
    training.say(refused)
    find(training, DIVERGES)
    until(training, "acted", "refused", "acted")
    assert training.states() == [("set", "sent"), ("rollback", "refused")]
    assert "no_checkpoint" in training.server.get(OF_RUN).json()["events"][1]["sentence"]["en"]


def test_a_run_that_is_spared_is_left_alone_until_it_is_not(training) -> None:
    put(training, "roll_back_diverged", mode="on")
    spare = training.server.call("PUT", f"{OF_RUN}/spared", json={"spared": True}).json()
    assert (spare["spared"], spare["events"][0]["kind"]) == (True, "spared")
    find(training, DIVERGES)
    time.sleep(1.0)  # it would have acted by now: see the other tests
    assert training.known() == []
    training.server.call("PUT", f"{OF_RUN}/spared", json={"spared": False})
    find(training, DIVERGES)
    assert [one[0] for one in until(training, "spared", "unspared", "acted")] == ["spared", "unspared", "acted"]


def test_a_dismissed_finding_is_no_reason(training) -> None:
    put(training, "roll_back_diverged", mode="on")
    dismissal = f"{RUN}/findings/N13/dismissal"
    services = training.server.services
    services.catalog.findings.put(ids.RunId("r1"), [ports_findings.Change(DIVERGES, "opened")], diagnosis=SAID, at_ns=1)
    training.server.call("PUT", dismissal, json={"reason": "wanted"})
    find(training, DIVERGES)
    time.sleep(1.0)
    assert training.known() == []
