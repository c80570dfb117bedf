"""Data directories as releases wrote them, which every later one opens: catalogue and series, row for row.

``v1`` and ``v2`` are told of in `crash/test_old_versions.py` and `test_upgrade.py`. `tools/frozen_store.py` wrote the others: ``v3`` at commit
5438a89 (catalogue 0004, series file version 3), ``v4`` at the release with the trash (catalogue 0005, version 4), ``v5`` with the first items and blobs (catalogue 0006), ``v6``
with what people say of runs and the views they save (catalogue 0007), ``v7`` with findings (catalogue 0008), ``v8`` with commands (catalogue 0009), ``v9`` with
measures, effects and trainings that wait (catalogue 0010).
"""

import contextlib
import hashlib
import math
import sqlite3
import zipfile
from pathlib import Path

import pytest

from yoloscope.records import ids, policy
from yoloscope.store import open as opening
from yoloscope.store import ports, ports_commands, ports_edits, ports_findings, ports_media
from yoloscope.store.catalog import engine
from yoloscope.store.series import schema

SAMPLES = Path(__file__).parents[2] / "data" / "store"
PROJECT = ids.ProjectName("frozen")
SEALED, LOGGED = ids.RunId("frozen-sealed"), ids.RunId("frozen-logged")
LOSS, LR = "train/box_loss", "lr/weight"
VERSIONS = {
    "v1": ("0001", 1),
    "v2": ("0003", 2),
    "v3": ("0004", 3),
    "v4": ("0005", 4),
    "v5": ("0006", 4),
    "v6": ("0007", 4),
    "v7": ("0008", 4),
    "v8": ("0009", 4),
    "v9": ("0010", 4),
}

slow = pytest.mark.slow


@pytest.fixture
def frozen(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with zipfile.ZipFile(SAMPLES / f"{request.param}.zip") as packed:
        packed.extractall(tmp_path / "old")
    return tmp_path / "old"


def _versions(directory: Path) -> tuple[str, int]:
    with contextlib.closing(sqlite3.connect(directory / "catalog.db")) as connection:
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    with contextlib.closing(sqlite3.connect(directory / "series" / "frozen.db")) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    return revision, version


def test_every_version_has_a_sample() -> None:
    """Whoever changes a format first writes one: see `tools/frozen_store.py`."""
    assert sorted(path.stem for path in SAMPLES.glob("v*.zip")) == sorted(VERSIONS)
    assert (engine.REVISIONS[-1], schema.VERSION) == VERSIONS["v9"]


@pytest.mark.parametrize(("frozen", "expected"), VERSIONS.items(), indirect=["frozen"])
def test_a_sample_is_of_the_versions_that_it_is_said_to_be(frozen: Path, expected: tuple[str, int]) -> None:
    assert expected == _versions(frozen)


def _loss(step: int) -> float:
    return math.nan if step % 500 == 7 else 1 / (1 + step)


def _has_all(stores: opening.Stores, run: ids.RunId, steps: list[int]) -> None:
    """Compare every point of a run, in order of arrival."""
    for name, value in ((LOSS, _loss), (LR, lambda step: step / 4)):
        points = stores.series.points(PROJECT, run, name)
        assert steps == points.step.tolist()
        assert list(map(repr, map(value, steps))) == list(map(repr, points.value.tolist()))
        assert [step / 100 for step in steps] == points.epoch.tolist()
        assert [step * 10**9 for step in steps] == points.mono_ns.tolist()


@slow
@pytest.mark.parametrize("frozen", ["v3", "v4", "v5", "v6", "v7", "v8", "v9"], indirect=True)
def test_all_that_a_release_wrote_is_there_and_goes_on(frozen: Path) -> None:
    logged_state = "paused" if _versions(frozen)[0] >= "0009" else "running"
    for _ in range(2):
        with opening.open_stores(frozen) as stores:
            _has_all(stores, SEALED, [*range(6_000), *range(5_000, 6_000)])
            _has_all(stores, LOGGED, list(range(300)))
            stat = stores.series.series(PROJECT, SEALED)[0]
            assert (stat.name, stat.count, stat.nan_count, stat.last_step) == (LOSS, 6_000, 12, 5_999)
            assert stores.series.positions(PROJECT, ids.WriterId("a0".rjust(32, "f"))) == {0: 6_000}
            sealed, logged = (stores.catalog.run(run) for run in (SEALED, LOGGED))
            assert (sealed.state, logged.state, sealed.deleted_ns) == ("finished", logged_state, None)
            assert [one.start_step for one in sealed.attempts] == [None, 5_000]
            assert (logged.config, logged.said.tags) == ({"lr0": 0.01, "名称": "中文"}, ("old", "中文"))
            assert [line.text for line in stores.catalog.console.lines(LOGGED, limit=9).lines] == ["epoch 1 中文"]
            assert stores.catalog.policy(PROJECT) == policy.STRICTEST
            assert stores.catalog.retention(PROJECT) == ports.Retention()
            assert [one.restored for one in stores.catalog.keeping.kept(PROJECT)] == [False, False]


@slow
@pytest.mark.parametrize("frozen", VERSIONS, indirect=True)
def test_a_run_that_an_older_release_wrote_can_be_thinned_and_removed(frozen: Path) -> None:
    with opening.open_stores(frozen) as stores:
        for info in stores.catalog.all_runs(None):
            run, rows = info.ref.id, sum(matrix.rows for _, matrix in stores.series.rows(PROJECT, info.ref.id))
            stores.series.seal(PROJECT, run)
            stores.series.thin(PROJECT, run)
            stores.catalog.set_deleted([run], deleted_ns=1)
            assert stores.series.remove(PROJECT, run) == rows
            stores.catalog.remove_run(run)
    with opening.open_stores(frozen) as stores:
        assert (stores.catalog.all_runs(None), stores.series.series(PROJECT, SEALED)) == ([], [])


@slow
@pytest.mark.parametrize("frozen", ["v5", "v6", "v7", "v8", "v9"], indirect=True)
def test_what_a_run_showed_is_there(frozen: Path) -> None:
    for _ in range(2):
        with opening.open_stores(frozen) as stores:
            found = stores.catalog.items.find(ports_media.Wanted(runs=(LOGGED,)))
            assert [(one.item.name, one.item.step, one.item.facts) for one in found] == [
                (f"权重/{number}", number, {"at": 0.5}) for number in range(3)
            ]
            blobs = [b"", b"a small one", hashlib.shake_256(b"a large one").digest(70_000)]
            assert [stores.blobs.read(one.item.parts[0].digest) for one in found] == blobs
            assert list(stores.blobs.verify()) == []


@slow
@pytest.mark.parametrize("frozen", ["v6", "v7", "v8", "v9"], indirect=True)
def test_what_people_said_is_there(frozen: Path) -> None:
    for _ in range(2):
        with opening.open_stores(frozen) as stores:
            logged = stores.catalog.run(LOGGED)
            assert (logged.ref.name, logged.ref.tags, logged.ref.group) == ("好", ("old", "中文", "keep"), "g")
            assert (logged.note, logged.starred, logged.archived_ns) == ("看\nthere", True, 1_700_000_000 * 10**9)
            assert (logged.said.name, logged.said.group) == ("frozen-logged", None)
            (view,) = stores.catalog.views.all()
            assert (view.name, view.version, view.state) == ("夜", 3, {"where": 'tags contains "keep"'})


@slow
@pytest.mark.parametrize("frozen", ["v1", "v5"], indirect=True)
def test_what_an_older_release_wrote_can_be_spoken_of(frozen: Path) -> None:
    with opening.open_stores(frozen) as stores:
        runs = stores.catalog.run_ids()
        said = ports_edits.Change(add_tags=("new",), starred=True)
        assert sorted(stores.catalog.edits.change(runs, said, now_ns=1).changed) == sorted(runs)
    with opening.open_stores(frozen) as stores:
        assert {("new" in info.ref.tags, info.starred) for info in stores.catalog.all_runs(None)} == {(True, True)}
        assert stores.catalog.views.all() == []


@slow
@pytest.mark.parametrize("frozen", ["v7"], indirect=True)
def test_what_a_diagnosis_found_is_there(frozen: Path) -> None:
    for _ in range(2):
        with opening.open_stores(frozen) as stores:
            (held,) = stores.catalog.findings.of_run(SEALED)
            assert held.dismissal == ports_findings.Dismissal(1_700_000_000 * 10**9 + 1, "数据少")
            found = held.finding
            assert (found.rule, found.variant, found.confidence, found.caused_by) == ("G01", "small", 0.75, "P01")
            assert found.values == {"rise": 0.0625, "epochs": 12, "classes": ["划痕/轻微 (A)", 0.5]}
            assert (found.opened.epoch, found.updated.step, found.window) == (17.0, 1_800, (5.0, 18.0))
            kinds = [(one.kind, one.epoch) for one in stores.catalog.findings.timeline(SEALED)]
            assert kinds == [("opened", 17.0), ("dismissed", 18.0)]
            said = stores.catalog.findings.diagnosis(SEALED)
            assert said is not None
            assert (said.verdict, said.answer["zh"], said.not_evaluated) == (
                "warning",
                "慢。",
                {"S01": ("time/data_s",)},
            )
            assert (said.state, said.thresholds) == (b"\x00state\xff", "0" * 64)


@slow
@pytest.mark.parametrize("frozen", ["v8", "v9"], indirect=True)
def test_what_a_training_was_asked_for_is_there(frozen: Path) -> None:
    for _ in range(2):
        with opening.open_stores(frozen) as stores:
            commands = stores.catalog.commands
            found = [
                (one.id, one.state, one.args, one.result)
                for one in commands.page(LOGGED, limit=9, cursor=None).commands
            ]
            assert found == [
                ("refused", "refused", {"epochs": 2}, {"reason": "below_epoch", "detail": "3 epochs are complete"}),
                ("noted", "accepted", {"text": "看"}, None),
                ("held", "applied", {"release": False}, {"lr": {"from": 0.01, "to": 0.0125}}),
            ]
            kinds = [one.kind for one in commands.audit(LOGGED, limit=9, cursor=None).events]
            assert kinds == ["applied", "accepted", "accepted", "refused", "sent", "sent"]
            assert (commands.is_waiting(LOGGED), commands.is_waiting(SEALED)) == (True, False)


@slow
@pytest.mark.parametrize("frozen", ["v9"], indirect=True)
def test_what_was_measured_tried_and_queued_is_there(frozen: Path) -> None:
    for _ in range(2):
        with opening.open_stores(frozen) as stores:
            catalog = stores.catalog
            assert {one.cause for one in catalog.commands.page(LOGGED, limit=9, cursor=None).commands} == {"N13"}
            (measured,) = catalog.effects.of_project(PROJECT)
            assert (measured.run, measured.act, measured.effect.change) == (LOGGED, "set lr_factor=0.333", -0.2)
            setting = catalog.measures.settings(PROJECT)["roll_back_diverged"]
            assert (setting.mode, setting.most, setting.who) == ("would", 2, "local")
            assert [one.kind for one in catalog.measures.of_run(LOGGED)] == ["spared", "would"]
            assert catalog.measures.is_spared(LOGGED)
            wish = catalog.waiting.one(SEALED)
            assert wish is not None
            assert (wish.id, wish.host, wish.card, wish.state) == ("w1", "gpu-1", "GPU-1f", "waiting")


@slow
@pytest.mark.parametrize("frozen", ["v1", "v7"], indirect=True)
def test_what_an_older_release_wrote_can_be_asked_for_something(frozen: Path) -> None:
    with opening.open_stores(frozen) as stores:
        for info in stores.catalog.all_runs(None):
            asked = ports_commands.Asked(id="a", verb="save", args={}, who="", lasts_s=1.0)
            answer = stores.catalog.commands.ask(info.ref.id, asked, writer=info.attempts[-1].writer, now_ns=5)
            assert (answer.command.state, answer.command.order) == ("sent", 1)
            assert not any(one.paused for one in info.attempts)
