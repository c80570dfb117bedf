"""Looks at labels in real trainings: what is kept, that it changes nothing, that none of it leaves, and that it finds what is wrong."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import harness
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))
sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "sidecar"))

import fake_server
from benchmarks import wrong_labels

from yoloscope.boot import hook
from yoloscope.cli.suspects import finding, listing
from yoloscope.spool import cursor, layout, platform, suspects

pytestmark = [
    pytest.mark.slow,
    pytest.mark.torch,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("ultralytics"),
]
SCRIPT = str(Path(__file__).with_name("doubting.py"))
STRICT = {"YOLOSCOPE_STRICT": "1"}


class Doubted(harness.Trained):
    """A folder in which trainings on partly wrong labels ran."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.spoilt, self.wrong = wrong_labels.make(root / "wrong", images=96, seed=4)

    def doubt(self, name: str, *, data: Path, environment: dict[str, str] | None = None) -> None:
        """Run one of the trainings of `doubting.py`."""
        path = (hook.PATH_DIR, str(Path(__file__).parent))
        words = [SCRIPT, str(data), str(self.output), name]
        self._run(words, environment={**STRICT, **(environment or {})}, path=path)

    def looks(self, name: str) -> list[suspects.Record]:
        """Return what each process of a run kept, oldest first."""
        note = json.loads((self.output / name / "yoloscope.json").read_text())
        directories = [path.parent for path in self.root.rglob("run.json")]
        mine = [(layout.load_manifest(one), one) for one in directories]
        chosen = sorted((one.wall_ns, directory) for one, directory in mine if one.run.id == note["run"])
        found = [suspects.load(directory) for _, directory in chosen]
        return [one for one in found if one is not None]


@pytest.fixture(scope="module")
def doubted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doubted]:
    folder = Doubted(tmp_path_factory.mktemp("doubted"))
    yield folder
    harness.stop_sidecars(folder.root)


@pytest.fixture(scope="module")
def sent(doubted: Doubted) -> Iterator[fake_server.FakeServer]:
    """All that left a training that doubted its labels, to its end."""
    with fake_server.running() as server:
        online = {"YOLOSCOPE_MODE": "online", "YOLOSCOPE_SERVER": server.url}
        doubted.doubt("learning", data=doubted.spoilt, environment=online)
        [directory] = [path.parent for path in (doubted.output / ".yoloscope").glob("*/run.json")]
        _until_sent(directory)
        yield server


def _until_sent(directory: Path) -> None:
    waited = subprocess.run(
        [sys.executable, "-c", _WAIT, str(directory)], check=False, capture_output=True, text=True, timeout=90
    )
    assert waited.returncode == 0, waited.stderr
    assert cursor.load(directory).complete
    assert not platform.is_locked(directory / "alive.lock")


_WAIT = """
import sys, time
from pathlib import Path
from yoloscope.spool import cursor
while not cursor.load(Path(sys.argv[1])).complete:
    time.sleep(0.05)
"""


def test_every_label_is_followed_and_looked_at_as_often(doubted: Doubted, sent: fake_server.FakeServer) -> None:
    [record] = doubted.looks("learning")
    folder = doubted.spoilt.parent
    labels = {path.stem: path.read_text().splitlines() for path in (folder / "labels" / "train").glob("*.txt")}
    assert {Path(one.path).stem: len(one.classes) for one in record.pictures} == {
        name: len(lines) for name, lines in labels.items()
    }
    one = record.pictures[0]
    line = [float(word) for word in labels[Path(one.path).stem][0].split()]
    centre = (one.boxes[0, :2] + one.boxes[0, 2:]) / 2
    assert (one.classes[0], *centre) == pytest.approx(line[:3], abs=1e-5)
    assert record.followed.titles == {0: "zero", 1: "one", 2: "two"}
    looks = np.bincount(record.kept.visits["image"], minlength=len(record.pictures))
    assert looks.min() == looks.max() == 12
    assert sorted(set(record.kept.looks["epoch"].tolist())) == [float(epoch) for epoch in range(1, 13)]
    assert len(record.kept.looks) == 12 * sum(map(len, labels.values()))


def test_the_list_leads_with_what_is_wrong(doubted: Doubted, sent: fake_server.FakeServer) -> None:
    found = finding.find(str(doubted.output / "learning"), place=None)
    told = listing.answer(found)
    named = [wrong_labels.Wrong(Path(item.path).stem, item.kind, item.box) for item in told.items]
    hits = wrong_labels.hits(named, doubted.wrong)
    assert told.state == "ready"
    assert len(doubted.wrong) >= 8
    assert sum(hits[: len(doubted.wrong)]) >= len(doubted.wrong) // 2


def test_nothing_of_it_leaves_the_machine(doubted: Doubted, sent: fake_server.FakeServer) -> None:
    received = b"\n".join(sent.received)
    [record] = doubted.looks("learning")
    assert len(sent.steps()) > 100
    names = {name for _, _, entry in sent.taken for name in getattr(entry, "names", ())}
    assert {name for name in names if "suspect" in name} == {"overhead/suspects_s"}  # what it took, and nothing else
    assert b"suspects.bin" not in received
    assert b"YSSUSP" not in received
    for picture in record.pictures:
        assert Path(picture.path).name.encode() not in received
    rows = b"".join(record.kept.looks[name].tobytes() for name in ("said", "sure"))
    assert not any(
        rows[at : at + 16] in received for at in range(0, len(rows) - 16, 64) if len(set(rows[at : at + 16])) > 8
    )


def test_a_resumed_training_goes_on_with_what_was_kept(doubted: Doubted) -> None:
    doubted.doubt("broken_off", data=doubted.data)
    [before] = doubted.looks("broken_off")
    assert sorted(set(before.kept.visits["epoch"].tolist())) == [1.0, 2.0]
    doubted.doubt("resumed", data=doubted.data)
    first, second = doubted.looks("broken_off")
    assert len(first.kept.visits) == len(before.kept.visits)
    assert sorted(set(second.kept.visits["epoch"].tolist())) == [1.0, 2.0, 3.0, 4.0]
    assert sorted(set(second.kept.visits["round"].tolist())) == [0, 1, 2, 3]
    assert {one.path: one.boxes.tolist() for one in second.pictures} == {
        one.path: one.boxes.tolist() for one in first.pictures
    }
    of_picture = _mean_by_path(first), _mean_by_path(second)
    assert of_picture[0] == pytest.approx(of_picture[1])


def _mean_by_path(record: suspects.Record) -> dict[str, float]:
    """Return by picture what was said of its labels up to the second epoch."""
    rows = record.kept.looks[record.kept.looks["epoch"] <= 2]
    return {
        one.path: float(rows["said"][rows["image"] == number].astype(float).sum())
        for number, one in enumerate(record.pictures)
    }


@pytest.mark.long
@pytest.mark.timeout(900)
def test_half_of_the_first_fifty_are_wrong_labels() -> None:
    words = [sys.executable, "-m", "benchmarks.suspects", "--json", "--alone", "--seeds", "3"]
    done = subprocess.run(words, cwd=Path(wrong_labels.__file__).parents[1], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert found["wrong"] >= 55
    assert found["precision"]["50"] >= 0.5
    assert found["own_share"] <= 0.03
