"""Two processes of one training act at the same step: both train with the new rate from one batch on, and both end behind the same batch."""

import json
from pathlib import Path
from typing import NamedTuple

import harness
import pytest

from yoloscope.records import row
from yoloscope.spool import reader

pytestmark = [
    pytest.mark.slow,
    pytest.mark.torch,
    pytest.mark.long,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("distributed"),
]
EPOCHS = 6
BATCHES = 4
NEW = 0.001


class Seen(NamedTuple):
    """What each process wrote down of its batches, and the outcomes that rank 0 told."""

    version: str
    ranks: list[list[dict[str, object]]]
    acted: list[row.Acted]
    recorded: harness.Recorded


@pytest.fixture(scope="module", params=["8.4.190", "8.3.200", "8.2.0", "8.0.196"])
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    root = tmp_path_factory.mktemp("two-acted")
    trained = harness.Trained(root, overlay=harness.overlay(request.param))
    environment = {
        "YOLOSCOPE_MODE": "online",
        "YOLOSCOPE_SERVER": "http://127.0.0.1:9",
        "TEST_EPOCHS": str(EPOCHS),
    }
    try:
        witnesses = trained.run_distributed("acted", environment=environment)
    finally:
        harness.stop_sidecars(root)
    files = [witnesses / f"rates{rank}.jsonl" for rank in (0, 1)]
    ranks = [[json.loads(line) for line in file.read_text().splitlines()] for file in files]
    main = [path.parent for path in (trained.output / ".yoloscope").glob("*/run.json")]
    [directory] = [path for path in main if harness.recorded(path).manifest.rank == 0]
    return Seen(request.param, ranks, _acted(directory), harness.recorded(directory))


def _acted(directory: Path) -> list[row.Acted]:
    found: list[row.Acted] = []
    for lane in sorted(reader.lanes(directory)):
        for chunk in reader.chunks(directory, lane=lane):
            found += [entry for entry in chunk.entries if isinstance(entry, row.Acted)]
    return found


def test_both_train_with_the_new_rate_from_the_same_batch_on(two: Seen) -> None:
    first, second = ([one["lr"] for one in rank] for rank in two.ranks)
    assert first == second
    [change] = [act for act in two.acted if act.verb == "set"]
    assert change.state == "applied"
    assert change.step is not None
    assert first[change.step] != first[change.step + 1]


def test_both_end_behind_the_same_batch(two: Seen) -> None:
    [stop] = [act for act in two.acted if act.verb == "stop"]
    assert stop.state == "applied"
    assert stop.step is not None
    assert [stop.step + 1] * 2 == [len(rank) for rank in two.ranks]
    assert stop.step + 1 < EPOCHS * BATCHES
    assert two.recorded.ended is not None
    assert (two.recorded.ended.state, two.recorded.ended.reason) == ("stopped", "asked to stop")
