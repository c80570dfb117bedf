"""What every catalogue keeps to of trash, retention and sessions. A back end inherits `KeepingContract` and says how it is opened."""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from contracts.catalog import ATTEMPT, OTHER_WRITER, PROJECT, RESUMED, RUN, WRITER, ref
from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.store import ports
from yoloscope.store import ports_keeping as keeping


class KeepingContract:
    """The suite; `open` returns a catalogue whose data outlive it."""

    @abstractmethod
    def open(self, directory: Path) -> ports.Catalog: ...

    @pytest.fixture
    def catalog(self, tmp_path: Path) -> Iterator[ports.Catalog]:
        catalog = self.open(tmp_path)
        yield catalog
        catalog.close()

    @pytest.fixture
    def running(self, catalog: ports.Catalog) -> ports.Catalog:
        catalog.open_run(RUN)
        catalog.open_attempt(RUN.id, WRITER, ATTEMPT)
        return catalog

    def test_a_run_in_the_trash_is_in_no_list_and_keeps_all_it_has(self, running: ports.Catalog) -> None:
        running.open_run(ref("r2", created_ns=10**18 + 5))
        before = running.run(RUN.id)
        unknown = ids.RunId("nobody")
        for deleted_ns in (7, 9):  # a second time changes nothing
            running.set_deleted([RUN.id, unknown], deleted_ns=deleted_ns)
            assert [info.ref.id for info in running.runs(PROJECT, limit=9, cursor=None).runs] == ["r2"]
            assert msgspec.structs.replace(before, deleted_ns=7) == running.run(RUN.id)
        assert [(one.runs, one.running) for one in running.projects()] == [(1, 0)]
        assert sorted(info.ref.id for info in running.all_runs(PROJECT)) == ["r1", "r2"]
        assert sorted(running.run_ids()) == ["r1", "r2"]
        assert running.all_runs(ids.ProjectName("other")) == []
        for _ in range(2):
            running.set_deleted([RUN.id, unknown], deleted_ns=None)
            assert before == running.run(RUN.id)

    def test_what_is_no_run_is_not_remembered_as_a_change(self, running: ports.Catalog) -> None:
        mark = running.changes.since(0).mark
        running.set_deleted([RUN.id, *(ids.RunId(f"nobody {at}") for at in range(1_200))], deleted_ns=7)
        assert running.changes.since(mark).runs == {RUN.id}

    def test_a_run_in_the_trash_takes_what_its_training_says_and_stays_there(self, running: ports.Catalog) -> None:
        running.set_deleted([RUN.id], deleted_ns=7)
        assert not running.open_run(RUN)
        running.open_attempt(RUN.id, OTHER_WRITER, RESUMED)
        running.apply(RUN.id, [row.Ended("finished", 8)])
        info = running.run(RUN.id)
        assert (info.deleted_ns, info.state, len(info.attempts)) == (7, "finished", 2)

    def test_a_removed_run_leaves_nothing_and_may_come_again(self, running: ports.Catalog) -> None:
        running.observe(RUN.id, WRITER, now_ns=10**18 + 1, lost={"torn": 3}, alive=True, deferred=4)
        running.apply(RUN.id, [row.Updated("config", {"a": 1}), row.Ended("failed", 9)])
        running.console.store(RUN.id, attempt=1, printed=[row.Printed("out", 0, 1, "line")])
        running.open_run(ref("r2"))
        running.remove_run(RUN.id)
        running.remove_run(RUN.id)
        assert [info.ref.id for info in running.all_runs(None)] == ["r2"]
        with pytest.raises(errors.NotFound):
            running.run(RUN.id)
        assert running.open_run(RUN)
        assert running.open_attempt(RUN.id, WRITER, ATTEMPT) == 1
        info = running.run(RUN.id)
        assert (info.state, info.config, info.lost, info.deferred, info.ref.name) == ("running", {}, {}, 0, "first")
        assert running.console.lines(RUN.id, limit=9).lines == ()

    def test_changes_name_the_runs_that_were_written(self, running: ports.Catalog) -> None:
        for change in (
            lambda: running.set_deleted([RUN.id], deleted_ns=7),
            lambda: running.set_deleted([RUN.id], deleted_ns=None),
            lambda: running.remove_run(RUN.id),
        ):
            mark = running.changes.since(0).mark
            change()
            assert running.changes.since(mark).runs == {RUN.id}

    def test_what_decides_how_long_a_run_is_kept(self, running: ports.Catalog) -> None:
        running.observe(RUN.id, WRITER, now_ns=10**18 + 9, lost={}, alive=True)
        running.open_run(ref("r2", tags=("keep",), project=ids.ProjectName("a")))
        running.apply(RUN.id, [row.Ended("finished", 10**18 + 20)])
        first = keeping.Kept(RUN.id, PROJECT, "first", "finished", 10**18 + 20, ("a", "b"), None, restored=False)
        second = keeping.Kept(
            ids.RunId("r2"), ids.ProjectName("a"), "first", "queued", 10**18, ("keep",), None, restored=False
        )
        assert [second, first] == running.keeping.kept(None)
        running.set_deleted([RUN.id], deleted_ns=7)
        assert [msgspec.structs.replace(first, deleted_ns=7)] == running.keeping.kept(PROJECT)
        running.set_deleted([RUN.id], deleted_ns=None)
        assert [msgspec.structs.replace(first, restored=True)] == running.keeping.kept(PROJECT)
        running.set_deleted([RUN.id], deleted_ns=8)
        assert [msgspec.structs.replace(first, deleted_ns=8)] == running.keeping.kept(PROJECT)

    def test_a_project_keeps_the_retention_that_was_set_last(self, catalog: ports.Catalog) -> None:
        assert catalog.retention(PROJECT) == ports.Retention()
        wanted = ports.Retention(thin_after_days=7.5, delete_after_days=None, trash_days=2)
        catalog.set_retention(PROJECT, ports.Retention(delete_after_days=1))
        catalog.set_retention(PROJECT, wanted)
        assert [wanted, ports.Retention()] == [catalog.retention(PROJECT), catalog.retention(ids.ProjectName("other"))]

    def test_the_clock_of_retention_is_what_was_noted_last(self, catalog: ports.Catalog) -> None:
        assert catalog.keeping.clock() is None
        for clock in (keeping.Clock(1, 2), keeping.Clock(3, 2**62)):
            catalog.keeping.set_clock(clock)
            assert clock == catalog.keeping.clock()
        assert catalog.instance()[1] == 1

    def test_sessions_that_expired_are_forgotten(self, catalog: ports.Catalog) -> None:
        for expires_ns in (100, 101, 0):
            catalog.add_session(f"hash {expires_ns}", expires_ns=expires_ns)
        assert [catalog.keeping.remove_sessions(expired_ns=at) for at in (100, 100)] == [2, 0]
        assert [catalog.session_valid(f"hash {at}", now_ns=1) for at in (100, 101)] == [False, True]
