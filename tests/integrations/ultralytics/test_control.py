"""Commands act on real trainings of Ultralytics: what its own objects held afterwards is what was asked for, batch by batch."""

import json
import math
from pathlib import Path
from typing import NamedTuple

import harness
import pytest

from yoloscope.records import command, row
from yoloscope.spool import reader

pytestmark = [
    pytest.mark.slow,
    pytest.mark.torch,
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("ultralytics-control"),
]
NOBODY = "http://127.0.0.1:9"
SCRIPT = Path(__file__).with_name("acted_upon.py")
BATCHES = 4
RATE = 0.005
VERSIONS = [
    "8.4.190",
    pytest.param("8.3.200", marks=pytest.mark.long),
    pytest.param("8.2.0", marks=pytest.mark.long),
    pytest.param("8.0.196", marks=pytest.mark.long),
]
KINDS = (
    "rates", "warming", "gains", "longer", "shorter", "unmosaic", "remosaic", "stopped", "kept", "released", "saved",
    "validated", "unvalidated", "rolled_back", "rolled_to_start", "recovered",
)  # fmt: skip


class Acted(NamedTuple):
    """How a command ended, and where."""

    verb: str
    state: str
    step: int | None
    epoch: float | None
    result: dict[str, object]


class Session(NamedTuple):
    """What a process left: outcomes by their number, the end, the rows."""

    acted: list[Acted]
    ended: row.Ended | None
    recorded: harness.Recorded


class Trained:
    """Trainings of one version that were acted upon."""

    def __init__(self, root: Path, version: str) -> None:
        self.version = version
        self.trained = harness.Trained(root, overlay=harness.overlay(version))
        online = {"YOLOSCOPE_MODE": "online", "YOLOSCOPE_SERVER": NOBODY}
        self.trained.run_script(SCRIPT, *KINDS, environment=online)
        # Each first in a process of its own: 8.3.200 imports `ultralytics.utils.events` in its first trainer, behind the seeding, and
        # that draws a number from Python's `random`. Later trainings of a process are one draw behind, with and without us.
        self.trained.run_script(SCRIPT, "sequence", environment=online)
        self.trained.run_script(SCRIPT, "by_hand", environment={"YOLOSCOPE_MODE": "disabled"})

    def has(self, *, at_least: tuple[int, ...]) -> bool:
        """Tell whether the version is that new."""
        return tuple(map(int, self.version.split("."))) >= at_least

    def seen(self, kind: str, *, folder: str = "") -> list[dict[str, object]]:
        """Return what the training's own callback saw at each batch."""
        return self.told(kind, folder=folder)["batches"]

    def told(self, kind: str, *, folder: str = "") -> dict[str, object]:
        """Return all that the training's script wrote down."""
        return json.loads((self.trained.output / (folder or kind) / f"seen-{kind}.json").read_text())

    def sessions(self, kind: str) -> list[Session]:
        """Return what the processes of a training left, oldest first."""
        note = json.loads((self.trained.output / kind / "yoloscope.json").read_text())
        found: list[tuple[int, Session]] = []
        for path in (self.trained.output / ".yoloscope").glob("*/run.json"):
            recorded = harness.recorded(path.parent)
            if recorded.manifest.run.id == note["run"]:
                found.append((recorded.manifest.wall_ns, Session(_acted(path.parent), recorded.ended, recorded)))
        return [session for _, session in sorted(found, key=lambda one: one[0])]

    def acted(self, kind: str) -> list[Acted]:
        """Return the outcomes in the first process of a training."""
        return self.sessions(kind)[0].acted


def _acted(directory: Path) -> list[Acted]:
    found: list[row.Acted] = []
    for lane in sorted(reader.lanes(directory)):
        for chunk in reader.chunks(directory, lane=lane):
            found += [entry for entry in chunk.entries if isinstance(entry, row.Acted)]
    in_order = sorted(found, key=lambda one: int(one.id[1:]))
    return [Acted(one.verb, one.state, one.step, one.epoch, one.result) for one in in_order]


@pytest.fixture(scope="module", params=VERSIONS)
def all_(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    root = tmp_path_factory.mktemp("acted")
    try:
        return Trained(root, request.param)
    finally:
        harness.stop_sidecars(root)


def epochs_of(batches: list[dict[str, object]]) -> list[int]:
    return [int(str(one["epoch"])) for one in batches]


def linear(rate: float, epochs: int, *, of: int) -> float:
    """The framework's own schedule: from 1 to 0.01."""
    return rate * (max(1 - epochs / of, 0) * 0.99 + 0.01)


def test_a_rate_holds_through_the_schedule(all_: Trained) -> None:
    rates = [one["lr"] for one in all_.seen("rates")]
    first, second, third = (act.result["lr"] for act in all_.acted("rates")[:2]), rates[2], rates[7]
    del first
    assert rates[0] == [RATE] * 3
    assert second == [0.001] * 3
    assert third == pytest.approx([value / 2 for value in rates[6]])
    ends = [rates[4 * epoch + 3][0] for epoch in range(4)]
    begun = 1 if all_.has(at_least=(8, 1)) else 0  # before, the first epoch's rate came twice
    after = [linear(0.001, max(epoch - 1 + begun, 0), of=4) for epoch in range(4)]
    assert ends == pytest.approx([after[0], after[1] / 2, after[2] / 2, after[3] / 2])


def test_what_a_command_says_of_the_rates_is_what_the_optimizer_had(all_: Trained) -> None:
    rates = [one["lr"][0] for one in all_.seen("rates")]
    exact, factor, _ = all_.acted("rates")
    assert exact == ("set", "applied", 1, 0.5, {"lr": {"from": rates[1], "to": rates[2]}})
    assert factor == ("set", "applied", 6, 1.75, {"lr": {"from": rates[6], "to": rates[7]}})


def test_a_weight_decay_changes_the_groups_that_have_one(all_: Trained) -> None:
    decays = [sorted(one["decay"]) for one in all_.seen("rates")]
    assert decays == [[0.0, 0.0, 0.0005]] * 10 + [[0.0, 0.0, 0.02]] * 6
    assert all_.acted("rates")[2].result == {"weight_decay": {"from": 0.0005, "to": 0.02}}


def test_in_the_warm_up_a_rate_is_what_this_leads_to(all_: Trained) -> None:
    seen = [max(one["lr"]) for one in all_.seen("warming")]
    assert all_.acted("warming")[0].result == {"lr": {"from": RATE, "to": 0.001}, "warmup": True}
    length = 8 if all_.has(at_least=(8, 4, 100)) else 100
    expected = [step / length * linear(0.001, step // 4, of=4) for step in range(2, min(length, 16))]
    assert seen[2 : min(length, 16)] == pytest.approx(expected)


def test_a_gain_holds_from_the_next_batch_on(all_: Trained) -> None:
    seen = all_.seen("gains")
    assert [one["box"] for one in seen] == [7.5] * 3 + [15.0] * 13
    assert [one["cls"] for one in seen] == [0.5] * 3 + [0.0] * 7 + [0.25] * 6
    assert [one["losses"][1] == 0 for one in seen] == [False] * 3 + [True] * 7 + [False] * 6
    assert all_.acted("gains")[0].result == {"box": {"from": 7.5, "to": 15.0}, "cls": {"from": 0.5, "to": 0.0}}


def test_more_epochs_bend_the_cosine(all_: Trained) -> None:
    [act] = all_.acted("longer")
    seen = all_.seen("longer")
    if not all_.has(at_least=(8, 1)):
        assert (act.state, act.result["reason"]) == ("refused", "version_cannot")
        assert epochs_of(seen) == [epoch for epoch in range(4) for _ in range(BATCHES)]
        return
    assert act.result == {"epochs": {"from": 4, "to": 6}, "patience": {"from": 100, "to": 7}}
    assert epochs_of(seen) == [epoch for epoch in range(6) for _ in range(BATCHES)]
    assert [line["epoch"] for line in all_.trained.results("longer")] == ["1", "2", "3", "4", "5", "6"]
    assert [one["patience"] for one in seen] == [100] * 6 + [7] * 18
    of_epochs = [seen[BATCHES * epoch]["lr"][0] for epoch in range(6)]
    expected = [_cosine(epoch, of=4 if epoch < 2 else 6) for epoch in range(6)]
    assert of_epochs == pytest.approx(expected)
    assert all_.sessions("longer")[0].recorded.sections["progress"]["epochs"] == 6


def _cosine(epoch: int, *, of: int) -> float:
    return RATE * ((1 - math.cos(epoch * math.pi / of)) / 2 * (0.01 - 1) + 1)


def test_fewer_epochs_end_it_as_planned(all_: Trained) -> None:
    act, below = all_.acted("shorter")
    assert act.result == {"epochs": {"from": 4, "to": 3}}
    assert (below.state, below.result["reason"]) == ("refused", "below_epoch")
    assert epochs_of(all_.seen("shorter")) == [epoch for epoch in range(3) for _ in range(BATCHES)]
    ended = all_.sessions("shorter")[0].ended
    assert ended is not None
    assert ended.state == "finished"
    assert all_.told("shorter")["ends"] == ["on_train_end"]


def test_mosaics_close_at_the_next_epoch(all_: Trained) -> None:
    first, again, last = all_.acted("unmosaic")
    assert [one["mosaic"] for one in all_.seen("unmosaic")] == [0.5] * 8 + [0.0] * 8
    assert first.result == {"close_mosaic": {"from": 0, "to": 2}}
    assert all_.sessions("unmosaic")[0].recorded.sections["progress"]["close_mosaic"] == 2
    assert [(one.state, one.result["reason"]) for one in (again, last)] == [("refused", "mosaic_closed")] * 2


def test_mosaics_close_at_the_next_epoch_where_that_is_past(all_: Trained) -> None:
    assert [one["mosaic"] for one in all_.seen("remosaic")] == [0.5] * 8 + [0.0] * 8
    assert all_.acted("remosaic")[0].result == {"close_mosaic": {"from": 1, "to": 3}}


def test_a_stop_ends_with_the_evaluation(all_: Trained) -> None:
    [act] = all_.acted("stopped")
    at_once = all_.has(at_least=(8, 4, 14))
    assert len(all_.seen("stopped")) == (6 if at_once else 8)
    assert (act.state, act.step, act.epoch) == (("applied", 5, 1.5) if at_once else ("applied", 7, 2.0))
    [session] = all_.sessions("stopped")
    assert session.ended is not None
    assert (session.ended.state, session.ended.reason) == ("stopped", "asked to stop")
    assert any("final/metrics/mAP50" in one.values for one in session.recorded.rows)


def test_a_resumable_stop_is_resumed_with_what_was_set(all_: Trained) -> None:
    first, second = all_.sessions("kept")
    grows = all_.has(at_least=(8, 1))
    assert first.ended is not None
    assert (first.ended.state, first.ended.reason) == ("stopped", "asked to stop, can be resumed")
    stop = first.acted[1]
    assert (stop.state, stop.step, stop.epoch, stop.result["epochs"]) == ("applied", 7, 2.0, 2)
    assert not any("final/metrics/mAP50" in one.values for one in first.recorded.rows)
    epochs = 5 if grows else 4
    again = all_.seen("again", folder="kept")
    assert epochs_of(again) == [epoch for epoch in range(2, epochs) for _ in range(BATCHES)]
    assert [str(epoch + 1) for epoch in range(epochs)] == [
        line["epoch"].strip() for line in all_.trained.results("kept")
    ]
    if grows:
        rates = [again[BATCHES * epoch]["lr"][0] for epoch in range(1, 3)]
        base = 0.002 / linear(1.0, 0, of=5)
        assert rates == pytest.approx([linear(base, epoch, of=5) for epoch in (3, 4)])
    assert second.ended is not None
    assert second.ended.state == "finished"


def test_a_release_keeps_a_checkpoint_where_none_is_saved(all_: Trained) -> None:
    [act] = all_.acted("released")
    file = all_.trained.output / "released" / "weights" / "last.pt"
    assert act.result == {"file": "last.pt", "bytes": file.stat().st_size, "epochs": 2}
    [session] = all_.sessions("released")
    assert session.ended is not None
    assert (session.ended.state, session.ended.reason) == ("stopped", "asked to stop, can be resumed")


def test_a_checkpoint_is_saved_beside_and_resumed(all_: Trained) -> None:
    acts = all_.acted("saved")
    files = ["yoloscope-1.pt", "yoloscope-4.pt", "yoloscope-6.pt", "yoloscope-7.pt", "yoloscope-9.pt"]
    assert files == [act.result["file"] for act in acts]
    assert [act.result["epochs"] for act in acts] == [1, 1, 1, 2, 2]
    names = json.loads((all_.trained.output / "saved" / "copy" / "names.json").read_text())
    assert ["best.pt", "last.pt", *files[2:]] == names
    assert epochs_of(all_.seen("again", folder="saved")) == [1] * BATCHES + [2] * BATCHES
    assert all_.trained.results("saved")[:3] == all_.trained.results("unvalidated")


def test_validations_off_the_schedule_change_nothing_and_are_logged(all_: Trained) -> None:
    assert all_.seen("unvalidated") == all_.seen("validated")
    assert all_.trained.results("unvalidated") == all_.trained.results("validated")
    [session] = all_.sessions("validated")
    assert [("applied", step) for step in (1, 6, 10)] == [(act.state, act.step) for act in session.acted]
    own = [one for one in session.recorded.rows if "metrics/mAP50" in one.values and not harness.is_epoch(one)]
    assert [(one.step, one.epoch) for one in own] == [(1, 0.5), (6, 1.75), (10, 2.75)]
    assert {"val/box_loss", "metrics/mAP50-95", "metrics/fitness"} <= set(own[0].values)
    last = next(one for one in session.recorded.rows if harness.is_epoch(one) and one.epoch == 1.0)
    assert last.values["val/box_loss"] != own[0].values["val/box_loss"]


def test_a_rollback_takes_weights_back_and_lowers_the_rate(all_: Trained) -> None:
    none, act = all_.acted("rolled_back")
    assert (none.state, none.result["reason"]) == ("refused", "no_checkpoint")
    assert act.state == "applied"
    assert act.result["file"] in {"best.pt", "last.pt"}
    assert all_.told("rolled_back")["differs"] == 0
    seen = all_.seen("rolled_back")
    assert seen[10]["lr"] == pytest.approx([rate / 4 for rate in seen[9]["lr"]])
    assert all(math.isfinite(loss) for one in seen[10:] for loss in one["losses"])


def test_a_training_that_learnt_nothing_goes_back_to_its_start(all_: Trained) -> None:
    _, act = all_.acted("rolled_to_start")
    assert (act.state, act.result["epochs"], "file" in act.result) == ("applied", 0, False)
    assert 0 < all_.told("rolled_to_start")["differs"] < math.inf
    seen = all_.seen("rolled_to_start")
    assert seen[10]["lr"] == pytest.approx([rate / 4 for rate in seen[9]["lr"]])
    assert all(math.isfinite(loss) for one in seen[10:] for loss in one["losses"])
    assert all(math.isfinite(one["ema"]) for one in seen[10:])


def test_what_was_set_outlasts_the_frameworks_own_recovery(all_: Trained) -> None:
    """It puts back the optimizer of ``last.pt``, which is from before the commands of the epoch that failed."""
    if not all_.has(at_least=(8, 4, 100)):
        pytest.skip("this version trains no epoch again")
    seen = all_.seen("recovered")
    assert epochs_of(seen) == [epoch for epoch in (0, 1, 1, 2, 3) for _ in range(BATCHES)]
    assert [act.state for act in all_.acted("recovered")] == ["applied"] * 3
    assert [max(one["decay"]) for one in seen] == [0.0005] * 6 + [0.02] * 14
    again = [step / 12 * 0.001 for step in range(4, 8)]
    assert [max(one["lr"]) for one in seen[8:12]] == pytest.approx(again)
    behind = linear(1.0, 2, of=4) / linear(1.0, 1, of=4)
    assert [max(one["lr"]) for one in seen[12:16]] == pytest.approx(
        [step / 12 * 0.001 * behind for step in range(8, 12)]
    )
    assert {(one["cls"], one["patience"]) for one in seen[7:]} == {(0.25, 7)}


def test_a_sequence_of_commands_is_what_a_callback_would_have_done_by_hand(all_: Trained) -> None:
    """Every number of ``results.csv`` and of every batch, to the last digit."""
    assert all_.seen("by_hand") == all_.seen("sequence")
    assert all_.trained.results("by_hand") == all_.trained.results("sequence")
    acts = all_.acted("sequence")
    assert len(acts) == 22  # the resume of the pause too
    refused = [act.result for act in acts if act.state != "applied"]
    assert refused == []


def test_abilities_are_told(all_: Trained) -> None:
    [session] = all_.sessions("rates")
    told = session.recorded.sections["settings"]["control"]
    assert isinstance(told, dict)
    assert set(told["verbs"]) == set(command.VERBS)
    assert told["cannot"] == {"set.batch": "framework_cannot", "set.imgsz": "framework_cannot"}
    expected = {"lr", "lr_factor", "weight_decay", "epochs", "patience", "close_mosaic", "box", "cls", "dfl"}
    assert set(told["settings"]) == expected
