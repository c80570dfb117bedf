"""Earlier runs of the same project and data: which they are, what is told of them, and that they stay what they were."""

import math

import numpy as np
import pytest
from tests.unit.server.diagnosing.conftest import BEGAN_NS, PROJECT, SECOND_NS, Desk, batches_of, ref

from yoloscope.diagnose import history
from yoloscope.query import table
from yoloscope.records import ids, row
from yoloscope.server.diagnosing import peers

pytestmark = pytest.mark.slow
DATA = {"train": {"images": 100, "file_list_sha256": "ab"}, "val": {"images": 20, "file_list_sha256": "cd"}}
CONFIG = {"epochs": 20, "lr0": 0.1, "imgsz": 640, "batch": 16, "model": "yolo11n.pt"}


def trained(
    desk: Desk, name: str, at: int, *, losses: list[float] | None = None, data: object = DATA, **config: object
) -> ids.RunId:
    """Train a run of eight epochs that begins `at` hours after the first, and judge it."""
    run = ref(name, created_ns=BEGAN_NS + at * 3600 * SECOND_NS)
    number = desk.begin(run)
    desk.catalog.apply(
        run.id, [row.Updated("config", {**CONFIG, **config}), row.Updated("provenance", {"data": data, "torch": "2"})]
    )
    desk.log(batches_of(losses or [2.0 - 0.01 * one for one in range(32)]), run=run.id, number=number)
    for epoch in range(1, 9):
        wall_ns = np.array([BEGAN_NS + epoch * 4 * SECOND_NS], "<i8").tobytes()
        metric = row.Matrix(
            ("metrics/mAP50-95",),
            np.array([4 * epoch - 1], "<i8").tobytes(),
            np.array([epoch], "<f8").tobytes(),
            wall_ns,
            wall_ns,
            np.array([0.05 * epoch], "<f8").tobytes(),
        )
        desk.log(metric, run=run.id, number=number)
    return run.id


def finished(desk: Desk, name: str, at: int, **of: object) -> ids.RunId:
    run = trained(desk, name, at, **of)
    desk.catalog.apply(run, [row.Ended("finished", BEGAN_NS + (at * 3600 + 40) * SECOND_NS)])
    desk.past.add(run)
    desk.past.round()
    return run


def peers_of(desk: Desk, run: ids.RunId) -> history.Peers:
    return peers.Peers(desk.series, desk.catalog, table.Table(desk.series, desk.catalog)).of(desk.catalog.run(run))


def test_peers_are_earlier_runs_of_the_same_data_from_three_on(desk_of: Desk) -> None:
    finished(desk_of, "a", 0)
    finished(desk_of, "other data", 1, data={"train": {"images": 9, "file_list_sha256": "ef"}})
    finished(desk_of, "b", 2, lr0=0.2)
    assert peers_of(desk_of, trained(desk_of, "early", 3)) == history.Peers()
    finished(desk_of, "c", 4, losses=[math.nan] * 32)
    told = peers_of(desk_of, trained(desk_of, "now", 6)).runs
    assert [one.name for one in told] == ["a", "b", "c"]
    assert [one.failed for one in told] == ["", "", "N01"]
    first = told[0]
    assert (first.settings["lr0"], first.epochs, first.final) == (0.1, 20, 0.05 * 8)
    assert first.start_losses == pytest.approx({"train/box_loss": 1.985, "train/cls_loss": 1.0})
    assert first.at(1.25) == pytest.approx(0.05 + 0.25 * 0.3 * 0.05)
    assert len(first.course) == 12  # eight epochs of twenty are 12.8 of 32 points
    assert peers_of(desk_of, ids.RunId("a")) == history.Peers()


def test_a_run_is_judged_by_those_that_were_there_when_it_began(desk_of: Desk) -> None:
    for at, name in enumerate("abc"):
        finished(desk_of, name, at, losses=[math.nan] * 32 if name == "c" else None, lr0=0.01 if name != "c" else 0.1)
    run = trained(desk_of, "again", 8)
    desk_of.rounds()
    found = {one.finding.rule: one.finding for one in desk_of.catalog.findings.of_run(run)}
    assert found["H03"].values["name"] == "c"
    for name in "abc":
        desk_of.series.remove(PROJECT, ids.RunId(name))
        desk_of.catalog.remove_run(ids.RunId(name))
    desk_of.catalog.apply(run, [row.Ended("finished", BEGAN_NS + 9 * 3600 * SECOND_NS)])
    desk_of.rounds()
    desk_of.past.add(run)
    desk_of.past.round()
    again = {one.finding.rule: one.finding for one in desk_of.catalog.findings.of_run(run)}
    assert (again["H03"].values, again["H03"].status) == (found["H03"].values, "open")


@pytest.mark.parametrize(
    ("epoch", "metric", "epochs", "expected"),
    [
        ([], [], 10, ()),
        ([1.0], [0.5], 0, ()),
        ([1.0], [0.5], 32, (0.5,)),
        ([1.0, 2.0], [0.5, 1.0], 32, (0.5, 0.65)),
        ([1.0, 2.0], [0.5, 1.0], 64, (0.65,)),
        ([50.0], [0.5], 100, (0.5,) * 16),
    ],
)
def test_a_course_goes_as_far_as_the_curve(
    epoch: list[float], metric: list[float], epochs: int, expected: tuple[float, ...]
) -> None:
    assert peers.course(np.array(epoch), np.array(metric), epochs=epochs) == pytest.approx(expected)
