"""Ultralytics' own launcher starts two processes: together they are one run, in which every event stands once."""

import json
from pathlib import Path
from typing import NamedTuple

import harness
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.torch,
    pytest.mark.timeout(400),
    pytest.mark.xdist_group("distributed"),
]
BATCHES = 8
VERSIONS = [
    "8.4.190",
    "8.3.200",
    pytest.param("8.2.0", marks=pytest.mark.long),
    pytest.param("8.0.196", marks=pytest.mark.long),
]


class Launched(NamedTuple):
    """What a training of two processes left: its writers by rank, and what each process wrote down itself."""

    version: str
    writers: list[harness.Recorded]
    witnesses: Path

    def seen(self, rank: int) -> list[dict[str, float]]:
        """Return the losses of every batch as a process saw them."""
        lines = (self.witnesses / f"rank{rank}.jsonl").read_text().splitlines()
        return [{name: float.fromhex(value) for name, value in json.loads(line).items()} for line in lines]


def launched(root: Path, *, version: str, name: str = "distributed") -> Launched:
    trained = harness.Trained(root, overlay=harness.overlay(version))
    witnesses = trained.run_distributed(name)
    written = [harness.recorded(path.parent) for path in (trained.output / ".yoloscope").glob("*/run.json")]
    return Launched(version, sorted(written, key=lambda one: one.manifest.rank), witnesses)


@pytest.fixture(scope="module", params=VERSIONS)
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Launched:
    return launched(tmp_path_factory.mktemp("two"), version=request.param)


def test_the_processes_are_writers_of_one_run_and_their_parent_is_none(two: Launched) -> None:
    assert [one.manifest.rank for one in two.writers] == [0, 1]
    main, beside = (one.manifest for one in two.writers)
    assert main.run == beside.run
    assert two.writers[0].sections["provenance"]["ultralytics"] == two.version


def test_every_batch_stands_once_though_callbacks_travel_into_the_workers(two: Launched) -> None:
    main, beside = two.writers
    expected = list(range(BATCHES))
    assert [row.step for row in main.batches()] == expected
    assert [row.step for row in beside.rows] == expected
    assert len(two.seen(0)) == len(two.seen(1)) == BATCHES


def test_the_losses_are_those_of_rank_0_to_the_last_bit(two: Launched) -> None:
    seen = two.seen(0)
    assert seen == [{name: row.values[name] for name in seen[0]} for row in two.writers[0].batches()]


def test_rank_1_adds_its_times_and_nothing_else(two: Launched) -> None:
    beside = two.writers[1]
    assert all(set(row.values) == {"time/rank.1/batch_s", "time/rank.1/data_s"} for row in beside.rows)
    assert all(value > 0 for row in beside.rows for value in row.values.values())
    assert [row.epoch for row in beside.rows] == [row.epoch for row in two.writers[0].batches()]
    assert beside.sections == {}


def test_both_end_as_the_training_does(two: Launched) -> None:
    assert [one.ended.state for one in two.writers if one.ended] == ["finished", "finished"]
    assert [len(one.manifest.attempts) for one in two.writers] == [1, 1]


@pytest.mark.long
def test_a_trainer_that_replaces_run_callbacks_is_seen_once_in_every_process(tmp_path: Path) -> None:
    """Its callbacks are all that is left, and they travel into the workers pickled; so since 8.4.190."""
    deaf = launched(tmp_path, version="8.4.190", name="deaf")
    of_batches = ("train/", "time/batch_s", "time/rank.")
    seen = [
        [row for row in one.rows if any(name.startswith(of_batches) for name in row.values)] for one in deaf.writers
    ]
    assert [[row.step for row in rows] for rows in seen] == [
        sorted([*range(BATCHES), 3, 7]),  # and the means of two epochs
        list(range(BATCHES)),
    ]
