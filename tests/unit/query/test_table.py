"""The runs in memory: whatever was stored before a question is in its answer, and a damaged project hides no other."""

import threading

import msgspec
import pytest

from contracts import rows
from yoloscope import errors
from yoloscope.query import table
from yoloscope.records import ids, row
from yoloscope.store import open as opening
from yoloscope.store import ports

CARS = ids.ProjectName("cars")


def open_run(
    stores: opening.Stores, name: str, *, project: ids.ProjectName = rows.PROJECT, at_ns: int = 1
) -> ids.RunId:
    run = ids.RunId(name)
    stores.catalog.open_run(row.RunRef(run, project, name, at_ns))
    stores.catalog.open_attempt(run, ids.WriterId(name * 32), row.AttemptRef(0, at_ns, at_ns))
    return run


def log(stores: opening.Stores, name: str, value: float, *, project: ids.ProjectName = rows.PROJECT) -> None:
    lane = rows.lane(rows.column([value]), run=ids.RunId(name), writer=ids.WriterId(name * 32), first_seq=None)
    stores.series.append(project, [lane]).result()


def ids_of(snapshot: table.Snapshot, project: ids.ProjectName | None = None, *, in_trash: bool = False) -> list[str]:
    return [run.ref.id for run in snapshot.scope(project, which="trashed" if in_trash else "shown").runs]


def last(snapshot: table.Snapshot, name: str) -> float | None:
    for run in snapshot.scope(None).runs:
        if run.ref.id == name:
            return run.totals.get(rows.LOSS, "last")
    return None


def test_what_was_stored_before_the_server_began_is_read_with_the_first_question(stores: opening.Stores) -> None:
    open_run(stores, "a", at_ns=1)
    open_run(stores, "b", project=CARS, at_ns=2)
    log(stores, "a", 1.5)
    known = table.Table(stores.series, stores.catalog)
    assert ids_of(known.now()) == ["b", "a"]
    assert ids_of(known.now(), CARS) == ["b"]
    assert last(known.now(), "a") == 1.5


def test_every_change_is_in_the_next_snapshot_and_in_none_before(stores: opening.Stores) -> None:
    known = table.Table(stores.series, stores.catalog)
    empty = known.now()
    run = open_run(stores, "a")
    opened = known.now()
    log(stores, "a", 1.0)
    logged = known.now()
    stores.catalog.apply(run, [row.Updated("config", {"lr0": 0.1})])
    stores.catalog.set_deleted([run], deleted_ns=5)
    trashed = known.now()
    stores.catalog.set_deleted([run], deleted_ns=None)
    back = known.now()
    stores.series.remove(rows.PROJECT, run)
    stores.catalog.remove_run(run)
    gone = known.now()
    assert [ids_of(one) for one in (empty, opened, logged, trashed, back, gone)] == [[], ["a"], ["a"], [], ["a"], []]
    assert ids_of(trashed, in_trash=True) == ["a"]
    assert [last(one, "a") for one in (opened, logged, back)] == [None, 1.0, 1.0]
    assert [one.scope(None).runs[0].config.get("lr0", None) for one in (logged, back)] == [None, 0.1]


def test_nothing_is_read_while_nothing_changes(stores: opening.Stores) -> None:
    open_run(stores, "a")
    known = table.Table(stores.series, stores.catalog)
    assert known.now() is known.now()


def test_a_project_that_nobody_has_leaves_nothing_behind(stores: opening.Stores) -> None:
    open_run(stores, "a")
    snapshot = table.Table(stores.series, stores.catalog).now()
    assert snapshot.scope(rows.PROJECT) is snapshot.scope(rows.PROJECT)
    assert snapshot.scope(CARS) is not snapshot.scope(CARS)
    assert snapshot.scope(CARS).runs == []


def test_the_version_of_a_project_goes_up_with_its_own_changes_alone(stores: opening.Stores) -> None:
    open_run(stores, "a")
    open_run(stores, "b", project=CARS)
    known = table.Table(stores.series, stores.catalog)
    before = known.now()
    log(stores, "a", 1.0)
    after = known.now()
    assert after.version(rows.PROJECT) > before.version(rows.PROJECT)
    assert after.version(CARS) == before.version(CARS)
    assert after.version(None) > before.version(None)
    stores.catalog.remove_run(ids.RunId("b"))
    assert known.now().version(CARS) > after.version(CARS)


class Broken:
    """The series store, of which the files of some projects cannot be read."""

    def __init__(self, store: ports.SeriesStore) -> None:
        self._store = store
        self.projects: set[str] = set()

    def totals(self, project: ids.ProjectName, runs: list[ids.RunId]) -> object:
        if project in self.projects:
            raise errors.StoreError("the file is damaged")
        return self._store.totals(project, runs)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def test_a_project_that_cannot_be_read_hides_no_other_and_comes_back(stores: opening.Stores) -> None:
    for name, project in (("a", rows.PROJECT), ("b", CARS)):
        open_run(stores, name, project=project)
        log(stores, name, 1.0, project=project)
    broken, now_s = Broken(stores.series), [0.0]
    broken.projects = {CARS}
    known = table.Table(broken, stores.catalog, clock_s=lambda: now_s[0])
    assert ids_of(known.now(), rows.PROJECT) == ["a"]
    for project in (CARS, None):
        with pytest.raises(errors.StoreError, match="damaged"):
            known.now().scope(project)
    broken.projects = set()
    with pytest.raises(errors.StoreError):
        known.now().scope(CARS)
    now_s[0] = 5.0
    assert ids_of(known.now()) == ["b", "a"]
    assert last(known.now(), "b") == 1.0


def test_a_run_that_could_not_be_read_and_is_removed_is_forgotten(stores: opening.Stores) -> None:
    open_run(stores, "b", project=CARS)
    broken = Broken(stores.series)
    broken.projects = {CARS}
    known = table.Table(broken, stores.catalog)
    known.now()
    stores.catalog.remove_run(ids.RunId("b"))
    assert ids_of(known.now()) == []


def test_an_answer_is_not_taken_for_new_while_the_catalogue_is_away(stores: opening.Stores) -> None:
    run = open_run(stores, "a")
    known = table.Table(stores.series, stores.catalog)
    known.now()
    stores.catalog.apply(run, [row.Updated("config", {"lr0": 0.1})])
    some_runs = stores.catalog.some_runs

    def away(runs: list[ids.RunId]) -> list[ports.RunInfo]:
        raise errors.StoreError("away")

    stores.catalog.some_runs = away
    with pytest.raises(errors.StoreError):
        known.now()
    stores.catalog.some_runs = some_runs
    assert known.now().scope(None).runs[0].config.get("lr0", None) == 0.1


@pytest.mark.slow
def test_many_threads_see_each_of_their_own_changes(stores: opening.Stores) -> None:
    known = table.Table(stores.series, stores.catalog)
    missed: list[str] = []

    def work(letter: str) -> None:
        for at in range(25):
            run = open_run(stores, f"{letter}{at}")
            if run not in ids_of(known.now()):
                missed.append(run)

    threads = [threading.Thread(target=work, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert missed == []
    assert sorted(ids_of(known.now())) == sorted(f"{letter}{at}" for letter in "abcd" for at in range(25))


def test_runs_with_the_same_names_share_them(stores: opening.Stores) -> None:
    for name in "ab":
        stores.catalog.apply(open_run(stores, name), [row.Updated("config", {"data": {"path": "x" * 50}, "lr0": 0.1})])
        log(stores, name, 1.0)
    first, second = table.Table(stores.series, stores.catalog).now().scope(None).runs
    assert first.config.names is second.config.names
    assert first.config.values[0] is second.config.values[0]
    assert first.totals.names is second.totals.names


def test_long_values_are_cut(stores: opening.Stores) -> None:
    run = open_run(stores, "a")
    stores.catalog.apply(run, [row.Updated("config", {"text": "x" * 10_000, "list": list(range(5_000))})])
    found = table.Table(stores.series, stores.catalog).now().scope(None).runs[0]
    assert found.config.get("text", None) == "x" * 4_096
    assert found.config.get("list", None) == list(range(1_000))
    assert len(msgspec.msgpack.encode(found.config.values)) < 10_000
