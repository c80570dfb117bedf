"""From a finding over HTTP to what can be done about it, what came of that, and what the project learnt."""

import asyncio

import msgspec
import pytest

from contracts import rows
from contracts.asked_training import COMMANDS, CONTROL, RUN, START_NS, Training
from contracts.effects import HELPED, measured
from yoloscope import errors
from yoloscope.records import effect, finding, ids, row
from yoloscope.server import effects
from yoloscope.server.diagnosing import known
from yoloscope.store import ports, ports_findings

pytestmark = pytest.mark.slow  # a server each
ABLE = CONTROL | {
    "verbs": [*CONTROL["verbs"], "rollback"],
    "cannot": {"stop.resumable": "framework_cannot"},
}
EXPLOSION = finding.Finding(
    rule="N05",
    name="grad_explosion",
    severity="warning",
    confidence=0.9,
    opened=finding.Moment(2.0, 20),
    series=("grad/norm", "train/total"),
    values={"count": 5, "usual": 1.0, "most": 90.0, "rise": 0.0},
    changes={"lr0": 0.0033, "warmup_epochs": 5.0},
)
ZERO = finding.Finding(rule="G04", name="map_zero", severity="critical", values={"epochs": 9})
SAID = ports_findings.Diagnosis(verdict="warning", answer={}, not_evaluated={}, thresholds=known.DIGEST)
CHANGED = {"lr": {"from": 0.01, "to": 0.00333}}
SIGNS = ids.ProjectName("signs")
OFFERS = ["set lr_factor=0.333", "rollback lr_factor=0.333"]


def losses(values: dict[int, float], *, first_step: int = 0) -> row.Matrix:
    """Return a row at the end of each epoch; the rate falls from 0.01 in the first."""
    table = [[value, 0.01 if epoch == 1 else 0.005] for epoch, value in values.items()]
    steps = range(first_step, first_step + len(values))
    return rows.matrix(table, names=("train/epoch/box_loss", "lr/weight"), steps=steps, epochs=list(map(float, values)))


def data(digest: str = "ab") -> row.Updated:
    """Return the fingerprint of the data that a run trains on."""
    return row.Updated("provenance", {"data": {"train": {"images": 192, "file_list_sha256": digest * 32}}})


class Acted(Training):
    """A run of six epochs that has findings."""

    def __init__(self, server, batches) -> None:
        super().__init__(server, batches)
        self.measuring = effects.Measuring(server.services)

    def begin_with(self, *found: finding.Finding, control: dict[str, object] = ABLE, epochs: int = 6) -> "Acted":
        settings = row.Updated("settings", {"control": control, "patience": 50})
        falling = {epoch: 4 * epoch**-0.5 for epoch in range(1, epochs + 1)}
        falling = {epoch: value * (1 + 0.001 * (-1) ** epoch) for epoch, value in falling.items()}
        self.say(losses(falling), settings, data(), row.Updated("progress", {"epochs": 30}), alive=True)
        self.find(*found)
        return self

    def find(self, *found: finding.Finding) -> None:
        changes = [ports_findings.Change(one, "opened") for one in found]
        self.server.services.catalog.findings.put(ids.RunId("r1"), changes, diagnosis=SAID, at_ns=START_NS)

    def offered(self, rule: str = "N05") -> list[dict[str, object]]:
        items = self.server.get(f"{RUN}/findings").json()["items"]
        return next(one["actions"] for one in items if one["rule"] == rule)

    def acts(self, rule: str = "N05") -> list[str]:
        return [one["act"] for one in self.offered(rule)]

    def do(self, action: dict[str, object], *, at: float, result: dict[str, object] = CHANGED, **wish: object) -> str:
        """Ask for what was offered and have the training do it."""
        asked = self.asked(str(action["verb"]), action["args"], **{"cause": "N05", **wish})
        self.say(row.Acted(asked, action["verb"], "applied", START_NS, 60, at, result), alive=True)
        return asked

    def measure(self) -> None:
        asyncio.run(self.measuring.round())

    def effect(self, command: str) -> dict[str, object] | None:
        return next(one["effect"] for one in self.known() if one["id"] == command)


@pytest.fixture
def acted(live_server, batches, monkeypatch: pytest.MonkeyPatch) -> Acted:
    monkeypatch.setattr(effects, "EVERY_S", 3600.0)  # a test measures when it says so
    return Acted(live_server, batches)


def test_a_finding_offers_what_its_running_training_takes(acted) -> None:
    acted.begin_with(EXPLOSION, ZERO)
    first, second = acted.offered()
    assert first == {
        "act": "set lr_factor=0.333",
        "verb": "set",
        "args": {"lr_factor": 0.333},
        "preview": {"en": "lr 0.005 → 0.00167 from the next batch", "zh": "从下一个 batch 起 lr 0.005 → 0.00167"},
        "is_final": False,
        "worked": {"helped": 0, "harmed": 0, "none": 0},
        "done": None,
    }
    assert second["act"] == OFFERS[1]
    assert acted.acts("G04") == []  # it cannot be stopped so that it can be resumed


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        (ABLE | {"verbs": ["set"]}, OFFERS[:1]),
        (ABLE | {"settings": ["epochs"]}, OFFERS[1:]),
        (ABLE | {"verbs": []}, []),
        ({}, []),
    ],
)
def test_what_a_training_cannot_do_is_not_offered(acted, control, expected) -> None:
    acted.begin_with(EXPLOSION, control=control)
    assert acted.acts() == expected


def test_nothing_is_offered_for_what_is_over(acted) -> None:
    acted.begin_with(EXPLOSION)
    assert acted.server.call("PUT", f"{RUN}/findings/N05/dismissal", json={"reason": ""}).status_code == 200
    assert acted.acts() == []
    assert acted.server.call("DELETE", f"{RUN}/findings/N05/dismissal").status_code == 200
    assert acted.acts() == OFFERS
    acted.say(row.Ended("finished", START_NS + 1))
    assert acted.acts() == []


def test_what_was_asked_for_a_finding_is_named_beside_what_it_offers(acted) -> None:
    acted.begin_with(EXPLOSION)
    action = acted.offered()[0]
    acted.asked("set", action["args"])  # for no finding
    assert [one["done"] for one in acted.offered()] == [None, None]
    sent = acted.asked("set", action["args"], cause="N05")
    assert [one["done"] for one in acted.offered()] == [sent, None]
    newer = acted.do(action, at=6.0)
    assert [one["done"] for one in acted.offered()] == [newer, None]


def test_what_worked_in_the_project_is_offered_first_and_what_harmed_last(acted) -> None:
    acted.begin_with(EXPLOSION)
    catalog = acted.server.services.catalog

    def learn(act: str, verdict: str, number: int) -> None:
        of = effect.Effect(verdict=verdict, change=-0.1)
        catalog.effects.put(measured(f"{act}{verdict}{number}", act=act, effect=of, project=SIGNS))

    learn(OFFERS[0], "harmed", 0)
    assert acted.acts() == OFFERS[::-1]
    for number in range(2):
        learn(OFFERS[0], "helped", number)
    learn(OFFERS[1], "none", 0)
    assert acted.acts() == OFFERS
    assert [one["worked"] for one in acted.offered()] == [
        {"helped": 2, "harmed": 1, "none": 0},
        {"helped": 0, "harmed": 0, "none": 1},
    ]
    catalog.effects.put(measured("else", rule="N13", act=OFFERS[1], project=SIGNS))
    assert acted.acts() == OFFERS


def test_an_effect_is_measured_as_its_epochs_come_and_is_learnt(acted) -> None:
    acted.begin_with(EXPLOSION)
    mine = acted.do(acted.offered()[0], at=6.0)
    assert acted.effect(mine) is None
    acted.measure()
    said = acted.effect(mine)
    assert (said["verdict"], said["epochs"], said["of"]) == ("measuring", 0, 3)
    acted.say(losses({7: 1.1, 8: 1.05}, first_step=6), alive=True)
    acted.measure()
    assert acted.effect(mine)["sentence"]["en"] == "Measuring on train/total: 2 of 3 epochs."
    acted.say(losses({9: 1.0}, first_step=8), alive=True)
    acted.measure()
    said = acted.effect(mine)
    assert (said["verdict"], said["basis"], said["series"], said["epochs"]) == ("helped", "trend", "train/total", 3)
    assert (said["before"], said["after"]) == (pytest.approx(4 * 5**-0.5 * 0.999), 1.05)
    assert said["change"] == pytest.approx(said["after"] / said["before"] - 1)
    assert -0.25 < said["expected"] < -0.1
    assert acted.offered()[0]["worked"] == {"helped": 1, "harmed": 0, "none": 0}
    [learnt] = acted.server.get("/api/v1/learnt/acts", params={"project": "signs"}).json()["items"]
    assert learnt == {
        "rule": "N05",
        "title": {"en": "Gradients explode", "zh": "梯度爆炸"},
        "act": "set lr_factor=0.333",
        "preview": {"en": "lr × 0.333", "zh": "lr × 0.333"},
        "n": 1,
        "helped": 1,
        "harmed": 0,
        "none": 0,
        "change": said["change"],
        "low": None,
        "high": None,
        "expected": said["expected"],
    }
    assert acted.server.get("/api/v1/learnt/acts", params={"project": "another"}).json() == {"items": []}


def test_another_server_goes_on_measuring_where_one_ended(acted, serve) -> None:
    acted.begin_with(EXPLOSION)
    mine = acted.do(acted.offered()[0], at=6.0)
    acted.measure()
    acted.server.stop()
    acted.server = serve(data=acted.server.settings.data)
    acted.measuring = effects.Measuring(acted.server.services)
    acted.say(losses({7: 1.1, 8: 1.05, 9: 1.0}, first_step=6), alive=True)
    acted.measure()
    assert acted.effect(mine)["verdict"] == "helped"


def train(acted: Acted, name: str, *entries: row.Entry, process: int, **changes: object) -> None:
    """Send what a process of another run says, which ends it."""
    batch = acted.batches(*entries, row.Ended("finished", START_NS), run=name, writer=f"{process}" * 32, **changes)
    assert acted.server.ingest(acted.batches.body(batch)).status_code == 200


def go_on(acted: Acted, course: dict[int, float]) -> None:
    """Go on with the run in another process, from the epoch before the first of a course."""
    first = min(course) - 1
    begun = row.AttemptRef(0, START_NS + 10**9, 10**9, start_epoch=float(first), start_step=first)
    acted.say(losses(course, first_step=first), writer=ids.WriterId("e" * 32), first_seq=0, attempt=begun, alive=True)


def test_an_effect_is_not_measured_across_the_death_of_its_process(acted) -> None:
    acted.begin_with(EXPLOSION)
    mine = acted.do(acted.offered()[0], at=6.0)
    acted.measure()
    go_on(acted, {7: 1.1, 8: 1.05, 9: 1.0})
    acted.measure()
    told = acted.effect(mine)
    assert (told["verdict"], told["change"]) == ("unknown", None)
    assert told["sentence"]["en"].startswith("Another process went on with the training meanwhile")
    assert acted.server.get("/api/v1/learnt/acts", params={"project": "signs"}).json()["items"] == []


def test_a_run_that_cannot_be_read_keeps_no_other_from_being_measured(acted, monkeypatch, caplog) -> None:
    acted.begin_with(EXPLOSION)
    mine = acted.do(acted.offered()[0], at=6.0)
    acted.say(losses({7: 1.1, 8: 1.05, 9: 1.0}, first_step=6), alive=True)
    known, measure = acted.server.services.catalog.effects, acted.measuring._measure
    whole = known.due(["set"])
    broken = msgspec.structs.replace(whole[0], run=ids.RunId("broken"))
    monkeypatch.setattr(known, "due", lambda _: [broken, *whole])

    def measured(known) -> object:
        if known.run == "broken":
            raise errors.StoreError("a page of the file is damaged")
        return measure(known)

    monkeypatch.setattr(acted.measuring, "_measure", measured)
    for _ in range(3):
        acted.measure()
    assert acted.effect(mine)["verdict"] == "helped"
    assert [one.levelname for one in caplog.records if "of run broken" in one.message] == ["ERROR"]


@pytest.mark.parametrize("told", [{"epochs": 30, "close_mosaic": 14}, {"epochs": 26, "close_mosaic": 10}])
def test_mosaics_that_a_command_had_close_elsewhere_are_known_to_close_there(acted, told) -> None:
    acted.begin_with(EXPLOSION, epochs=14)
    acted.say(row.Updated("settings", {"close_mosaic": 10, "mosaic": 1.0, "epochs": 30}))
    acted.say(row.Updated("progress", told))
    mine = acted.do(acted.offered()[0], at=14.0)
    acted.say(losses({15: 1.03, 16: 0.75, 17: 0.74}, first_step=14), alive=True)
    acted.measure()
    assert acted.effect(mine)["sentence"]["en"].startswith("Mosaics were closed meanwhile")


def test_runs_on_data_that_nobody_knows_are_not_like_it(acted) -> None:
    for number in range(3):
        train(acted, f"peer{number}", losses({epoch: 50 * 0.8**epoch for epoch in range(1, 12)}), process=number)
    acted.begin_with(EXPLOSION)
    acted.say(row.Updated("provenance", {"data": {}}))
    mine = acted.do(acted.offered()[0], at=6.0)
    acted.say(losses({7: 1.5, 8: 1.42, 9: 1.34}, first_step=6), alive=True)
    acted.measure()
    assert (acted.effect(mine)["basis"], acted.effect(mine)["runs"]) == ("trend", 0)


def test_runs_like_it_tell_what_is_normal_but_not_those_that_were_acted_upon(acted) -> None:
    for number in range(4):
        course = {epoch: (5 + number) * epoch**-0.5 for epoch in range(1, 12)}
        train(acted, f"peer{number}", losses(course), data(), process=number)
    train(acted, "other", losses(dict.fromkeys(range(1, 12), 9.0)), data("cd"), process=5)
    train(acted, "crashed", losses(dict.fromkeys(range(1, 7), 9.0)), data(), process=6)
    begun = row.AttemptRef(0, START_NS + 10**9, 10**9, start_epoch=6.0, start_step=6)
    train(acted, "crashed", losses(dict.fromkeys(range(7, 12), 9.0), first_step=6), process=7, attempt=begun)
    acted.begin_with(EXPLOSION)
    mine = acted.do(acted.offered()[0], at=6.0)
    acted.say(losses({7: 1.1, 8: 1.05, 9: 1.0}, first_step=6), alive=True)
    acted.measure()
    said = acted.effect(mine)
    assert (said["verdict"], said["basis"], said["runs"]) == ("helped", "runs", 4)
    assert said["expected"] == pytest.approx((5 / 8) ** 0.5 - 1, abs=0.001)
    assert said["sentence"]["en"].endswith("would be normal here (median of 4 runs). It helped.")


def test_a_second_change_or_the_end_leaves_an_effect_unknown(acted) -> None:
    acted.begin_with(EXPLOSION)
    first, second = acted.offered()
    one = acted.do(first, at=6.0)
    other = acted.do(second, at=7.2, result={"file": "best.pt", "epochs": 5, **CHANGED})
    acted.say(losses({7: 1.1, 8: 1.05, 9: 1.0}, first_step=6), row.Ended("stopped", START_NS + 1))
    acted.measure()
    assert [acted.effect(of)["verdict"] for of in (one, other)] == ["unknown", "unknown"]
    assert acted.effect(one)["sentence"]["en"].startswith("The training was changed again")
    assert acted.effect(other)["sentence"]["en"].startswith("The training ended after 1 of 3 epochs")
    assert acted.offered() == []


def test_ends_and_what_answers_no_finding_have_no_effect(acted) -> None:
    acted.begin_with(EXPLOSION)
    acted.do({"verb": "save", "args": {}}, at=6.0, result={})
    acted.do({"verb": "set", "args": {"lr": 0.003}}, at=6.0, cause="")
    acted.do({"verb": "set", "args": {"patience": 3}}, at=6.0, result={"patience": {"from": 50, "to": 3}})
    acted.measure()
    assert [one["effect"] for one in acted.known()] == [None, None, None]


def test_a_round_reads_no_curve_of_a_run_that_stands_where_it_stood(acted, monkeypatch: pytest.MonkeyPatch) -> None:
    acted.begin_with(EXPLOSION)
    acted.do(acted.offered()[0], at=6.0)
    acted.measure()
    reads: list[str] = []
    points = acted.server.services.series.points
    monkeypatch.setattr(
        acted.server.services.series, "points", lambda *place: (reads.append(place[2]), points(*place))[1]
    )
    acted.measure()
    assert reads == []
    acted.say(losses({7: 1.1}, first_step=6), alive=True)
    acted.measure()
    assert reads == ["train/epoch/box_loss"]


def test_a_measured_effect_is_shown_with_its_command(acted) -> None:
    acted.begin_with(EXPLOSION)
    mine = acted.do(acted.offered()[0], at=6.0)
    acted.server.services.catalog.effects.put(measured(mine, effect=HELPED))
    told = next(one for one in acted.server.get(COMMANDS).json()["items"] if one["id"] == mine)
    assert told["cause"] == "N05"
    assert told["effect"] == {
        "verdict": "helped", "series": "train/total", "epochs": 3, "of": 3, "before": 2.0, "after": 1.5, "change": -0.25,
        "expected": -0.1, "basis": "runs", "runs": 4,
        "sentence": {
            "en": "train/total fell 25 % in 3 epochs; a fall of 10 % would be normal here (median of 4 runs). It helped.",
            "zh": "train/total 在 3 个 epoch 内降了 25 %；这里正常是下降 10 %（4 次训练的中位数）。有帮助。",
        },
    }  # fmt: skip


def attempt(number: int, writer: str, index: int, start: float | None, wall_ns: int) -> ports.AttemptInfo:
    return ports.AttemptInfo(number, ids.WriterId(writer * 32), index, wall_ns, wall_ns, start, None)


@pytest.mark.parametrize(
    ("attempts", "of", "expected"),
    [
        ([(1, "a", 0, None), (3, "a", 1, 6.0), (2, "b", 0, 8.0)], 1, ((), (8.0,))),
        ([(2, "a", 0, None), (3, "b", 0, 5.0), (1, "c", 0, 8.0)], 1, ((5.0, 8.0), ())),
        ([(1, "a", 0, None), (2, "b", 0, 5.0), (3, "c", 0, 8.0)], 2, ((5.0,), (8.0,))),
    ],
)
def test_processes_count_in_the_order_in_which_they_began_whenever_their_words_come(
    acted, attempts, of, expected
) -> None:
    """Numbers are given out as words arrive; a network that was away brings those of an older process last."""
    acted.begin_with(EXPLOSION)
    mine = acted.do(acted.offered()[0], at=6.0)
    info = acted.server.services.catalog.run(ids.RunId("r1"))
    [known_one] = [one for one in acted.server.services.catalog.effects.due(["set"]) if one.id == mine]
    began = [attempt(number, writer, index, start, at) for at, (number, writer, index, start) in enumerate(attempts)]
    changed = msgspec.structs.replace(info, attempts=tuple(began))
    assert effects._taken_over(changed, msgspec.structs.replace(known_one, attempt=of)) == expected
