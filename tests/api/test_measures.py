"""The autopilot over HTTP: off unless somebody asked, set by project, kept from a run, and what it did told to people."""

import asyncio
import time

import msgspec
import pytest
import requests

from contracts.asked_training import CONTROL, MINE, RUN, START_NS, Training, problem_of
from yoloscope.records import finding, ids, row
from yoloscope.server import asking, measures, standing
from yoloscope.server.diagnosing import known
from yoloscope.store import ports_findings, ports_measures

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


def find_quietly(training: Training, found: finding.Finding) -> None:
    """Write down a finding and tell nobody."""
    catalog = training.server.services.catalog
    catalog.findings.put(
        ids.RunId("r1"), [ports_findings.Change(found, "opened")], diagnosis=SAID, at_ns=time.time_ns()
    )


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


class Later:
    """A run that diverges, its autopilot, and a clock that can be moved on."""

    def __init__(self, training: Training) -> None:
        self.training, self.services = training, training.server.services
        self.later_ns = 0
        self.services.clock_ns = lambda: time.time_ns() + self.later_ns
        self.autopilot = measures.Autopilot(self.services)
        on = ports_measures.Setting(mode="on", most=3, who="me", changed_ns=1)
        self.services.catalog.measures.set(ids.ProjectName("signs"), "roll_back_diverged", on)
        find_quietly(training, DIVERGES)

    def look(self) -> list[tuple[str, str, str]]:
        decided = self.autopilot._decided(ids.RunId("r1"))
        if decided is not None:
            wish = asking.Wish(verb=decided.verb, args=decided.args, id=decided.key, deadline_s=measures.DEADLINE_S)
            asking._kept(self.services, ids.RunId("r1"), wish, f"{standing.WHO}{decided.measure}")
        return self.known()

    def known(self) -> list[tuple[str, str, str]]:
        return [(one["id"], one["verb"], one["state"]) for one in self.training.known()]

    def pass_s(self, seconds: float) -> None:
        self.later_ns += round(seconds * 1e9)
        self.services.catalog.commands.expire(None, now_ns=self.services.clock_ns())

    def take(self, *taken: str) -> None:
        self.services.catalog.commands.take(ids.RunId("r1"), ids.WriterId(MINE), taken, now_ns=self.services.clock_ns())

    def heard(self) -> None:
        """Note that the sidecar was heard of now."""
        now_ns = self.services.clock_ns()
        self.services.catalog.observe(ids.RunId("r1"), ids.WriterId(MINE), now_ns=now_ns, lost={}, alive=True)


@pytest.fixture
def later(training, monkeypatch: pytest.MonkeyPatch) -> Later:
    monkeypatch.setattr(measures.Autopilot, "sweep", lambda _: asyncio.sleep(0))  # the test looks when it says so
    return Later(training)


FIRST, SECOND = "roll_back_diverged-1", "roll_back_diverged-2"


def test_nothing_is_asked_of_a_training_that_nobody_hears_of(later) -> None:
    later.pass_s(120)
    assert later.look() == []
    later.heard()
    assert later.look() == [(FIRST, "rollback", "sent")]


def test_after_a_cut_of_the_network_nothing_is_done_twice(later) -> None:
    """The training rolls back while nobody hears of it; the word of that comes behind its first heartbeat."""
    later.look()
    later.take(FIRST)
    later.pass_s(measures.DEADLINE_S + 120)
    assert later.look() == [(FIRST, "rollback", "expired")]
    later.heard()
    assert later.look() == [(FIRST, "rollback", "expired")]
    later.training.say(later.training.did(FIRST, "rollback", result={"epochs": 1}), alive=True)
    assert later.look() == [(FIRST, "rollback", "applied")]


@pytest.mark.parametrize("word", ["refused", "expired"])
def test_a_word_that_comes_late_ends_the_waiting(later, word) -> None:
    later.look()
    later.take(FIRST)
    later.pass_s(measures.DEADLINE_S + 120)
    later.training.say(later.training.did(FIRST, "rollback", word), alive=True)
    later.heard()
    [known] = later.services.catalog.commands.page(ids.RunId("r1"), limit=9, cursor=None).commands
    assert (known.state, known.wall_ns, standing.is_unheard(known)) == ("expired", START_NS, False)
    assert later.look() == [(SECOND, "rollback", "sent"), (FIRST, "rollback", "expired")]


def test_a_server_that_begins_again_waits_as_long_once_more(later) -> None:
    """It forgot how far the training was when the command expired: what it sees first counts."""
    later.look()
    later.pass_s(measures.DEADLINE_S + 1)
    assert later.look() == [(FIRST, "rollback", "expired")]
    later.training.say(later.training.batches.matrix({"a": [1.0] * 20}, first_step=21))
    later.heard()
    later.autopilot = measures.Autopilot(later.services)
    for epoch, expected in ((4.0, []), (6.0, []), (7.0, [(SECOND, "rollback", "sent")])):
        moment = finding.Moment(epoch, int(epoch * 10), 9)
        find_quietly(later.training, msgspec.structs.replace(DIVERGES, updated=moment, window=(4.0, epoch)))
        assert later.look() == [*expected, (FIRST, "rollback", "expired")]


def test_what_expired_is_asked_again_once_epochs_have_shown_that_it_was_not_done(later) -> None:
    """Nobody said to have taken it; but that word may be lost with the network, and the training goes back all the same."""
    later.look()
    later.pass_s(measures.DEADLINE_S + 1)
    later.heard()
    for epoch, expected in ((2.0, []), (5.0, [(SECOND, "rollback", "sent")])):
        moment = finding.Moment(epoch, int(epoch * 10), 9)
        find_quietly(later.training, msgspec.structs.replace(DIVERGES, updated=moment, window=(2.0, epoch)))
        assert later.look() == [*expected, (FIRST, "rollback", "expired")]


def test_a_resumed_training_is_looked_after_again(later) -> None:
    """It was stopped by a person; the process that goes on with it diverges as well."""
    training = later.training
    stop = training.asked("stop", {"how": "evaluate"})
    training.say(training.did(stop, "stop"), row.Ended("stopped", START_NS + 1))
    assert later.look() == [(stop, "stop", "applied")]
    begun = row.AttemptRef(0, START_NS + 10**9, 10**9, start_epoch=2.0, start_step=20)
    rows = training.batches.matrix({"a": [1.0] * 31}, first_step=20)
    training.say(
        rows, row.Updated("settings", {"control": CAN}), writer="e" * 32, first_seq=0, attempt=begun, alive=True
    )
    assert later.look() == [(stop, "stop", "applied")]
    find_quietly(training, msgspec.structs.replace(DIVERGES, updated=finding.Moment(5.0, 50, 9), window=(2.0, 5.0)))
    assert later.look() == [(FIRST, "rollback", "sent"), (stop, "stop", "applied")]


def test_a_resume_that_does_not_tell_its_place_is_looked_after_once_it_trained_on(later) -> None:
    """The finding was open before and stays so: it counts again three epochs behind where the process was first seen."""
    training = later.training
    training.say(row.Ended("crashed", START_NS + 1))
    begun = row.AttemptRef(0, START_NS + 10**9, 10**9)
    rows = training.batches.matrix({"a": [1.0] * 31}, first_step=20)
    training.say(
        rows, row.Updated("settings", {"control": CAN}), writer="e" * 32, first_seq=0, attempt=begun, alive=True
    )
    assert later.look() == []
    for epoch, expected in ((7.0, []), (8.0, [(FIRST, "rollback", "sent")])):
        moment = finding.Moment(epoch, int(epoch * 10), 9)
        find_quietly(training, msgspec.structs.replace(DIVERGES, updated=moment, window=(5.0, epoch)))
        assert later.look() == expected


def test_the_ids_of_measures_are_nobody_elses(training) -> None:
    answer = training.ask("note", {"text": "mine"}, id=FIRST)
    assert problem_of(answer)[:2] == (422, "invalid-command")
    assert answer.json()["field"] == "id"
    assert training.ask("note", {"text": "mine"}, id="roll_back_diverged-a").status_code == 201
