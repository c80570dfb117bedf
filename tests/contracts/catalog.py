"""What every catalogue keeps to. A back end inherits `CatalogContract` and says how it is opened."""

import threading
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from yoloscope import errors
from yoloscope.records import ids, policy, row
from yoloscope.store import ports

PROJECT = ids.ProjectName("标志 signs")
RUN = row.RunRef(
    id=ids.RunId("r1"),
    project=PROJECT,
    name="first",
    created_ns=10**18,
    tags=("a", "b"),
    group="g",
    host="h",
    framework="f",
)
WRITER = ids.WriterId("0123456789abcdef" * 2)
OTHER_WRITER = ids.WriterId("fedcba9876543210" * 2)
ATTEMPT = row.AttemptRef(index=0, wall_ns=10**18, mono_ns=5)
RESUMED = row.AttemptRef(index=0, wall_ns=10**18 + 10, mono_ns=3, start_epoch=4.0, start_step=50)


def ref(run: str, **changes: object) -> row.RunRef:
    return msgspec.structs.replace(RUN, id=ids.RunId(run), **changes)


class CatalogContract:
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

    def test_a_run_is_made_once(self, catalog: ports.Catalog) -> None:
        assert [catalog.open_run(RUN), catalog.open_run(RUN)] == [True, False]
        info = catalog.run(RUN.id)
        assert (info.ref, info.state, info.attempts) == (RUN, "queued", ())

    def test_a_second_run_of_a_name_gets_a_name_of_its_own(self, catalog: ports.Catalog) -> None:
        for run in ("r1", "r2", "r3"):
            catalog.open_run(ref(run))
        catalog.open_run(ref("r4", project=ids.ProjectName("other")))
        found = [catalog.run(ids.RunId(run)).ref.name for run in ("r1", "r2", "r3", "r4")]
        assert found == ["first", "first-2", "first-3", "first"]
        assert [ids.RunId("r2")] == catalog.find_runs(PROJECT, name="first-2")
        assert catalog.find_runs(PROJECT, name="never") == []

    def test_a_long_name_stays_within_its_limit(self, catalog: ports.Catalog) -> None:
        for run in ("r1", "r2"):
            catalog.open_run(ref(run, name="n" * ids.RUN_NAME_MAX_CHARS))
        assert catalog.run(ids.RunId("r2")).ref.name == "n" * (ids.RUN_NAME_MAX_CHARS - 2) + "-2"

    def test_a_run_belongs_to_one_project(self, catalog: ports.Catalog) -> None:
        catalog.open_run(RUN)
        with pytest.raises(errors.InvalidRecord) as refused:
            catalog.open_run(ref("r1", project=ids.ProjectName("other")))
        assert refused.value.field == "run.id"
        assert [project.name for project in catalog.projects()] == [PROJECT]

    def test_attempts_are_numbered_as_they_arrive_and_ordered_as_they_began(self, catalog: ports.Catalog) -> None:
        catalog.open_run(RUN)
        older = row.AttemptRef(index=0, wall_ns=2, mono_ns=3, start_epoch=4.0, start_step=50)
        clock_set_back = msgspec.structs.replace(older, index=1, wall_ns=1)
        for _ in range(2):
            assert catalog.open_attempt(RUN.id, WRITER, ATTEMPT) == 1
            assert catalog.open_attempt(RUN.id, OTHER_WRITER, clock_set_back, rank=3) == 2
            assert catalog.open_attempt(RUN.id, OTHER_WRITER, older) == 3
        assert (
            ports.AttemptInfo(3, OTHER_WRITER, 0, 2, 3, 4.0, 50),
            ports.AttemptInfo(2, OTHER_WRITER, 1, 1, 3, 4.0, 50, rank=3),
            ports.AttemptInfo(1, WRITER, 0, 10**18, 5, None, None),
        ) == catalog.run(RUN.id).attempts

    def test_unknown_runs_are_not_found(self, catalog: ports.Catalog) -> None:
        for asked in (
            lambda: catalog.run(RUN.id),
            lambda: catalog.open_attempt(RUN.id, WRITER, ATTEMPT),
            lambda: catalog.apply(RUN.id, [row.Updated("config", {})]),
            lambda: catalog.apply(RUN.id, [row.Ended("finished", 1)]),
            lambda: catalog.observe(RUN.id, WRITER, now_ns=1, lost={}, alive=None),
        ):
            with pytest.raises(errors.NotFound):
                asked()

    def test_sections_merge_key_by_key(self, running: ports.Catalog) -> None:
        running.apply(
            RUN.id, [row.Updated("config", {"lr0": 0.1, "名": [1, None]}), row.Updated("progress", {"epochs": 9})]
        )
        running.apply(
            RUN.id, [row.Updated("config", {"lr0": 0.2}), row.Updated("provenance", {"git": {"dirty": True}})]
        )
        info = running.run(RUN.id)
        assert info.config == {"lr0": 0.2, "名": [1, None]}
        assert (info.progress, info.provenance, info.settings) == ({"epochs": 9}, {"git": {"dirty": True}}, {})

    def test_values_without_a_form_are_refused_and_nothing_is_merged(self, running: ports.Catalog) -> None:
        odd = row.Updated("config", {"key": {(1, 2): 3}})
        with pytest.raises(errors.InvalidRecord) as refused:
            running.apply(RUN.id, [row.Updated("settings", {"a": 1}), odd])
        assert refused.value.field == "config"
        assert running.run(RUN.id).settings == {}
        huge = msgspec.structs.replace(ATTEMPT, index=9, start_step=2**64)
        with pytest.raises(errors.InvalidRecord, match="out of range"):
            running.open_attempt(RUN.id, WRITER, huge)

    def test_an_end_sets_how_and_when(self, running: ports.Catalog) -> None:
        running.apply(RUN.id, [row.Ended("failed", 7, reason="CUDA out of memory", exit_code=1)])
        info = running.run(RUN.id)
        assert (info.state, info.ended_ns, info.end_reason, info.exit_code) == ("failed", 7, "CUDA out of memory", 1)

    def test_a_new_attempt_runs_again_and_an_old_end_does_not_stop_it(self, running: ports.Catalog) -> None:
        end = row.Ended("crashed", 7, exit_code=137)
        running.apply(RUN.id, [end])
        running.open_attempt(RUN.id, OTHER_WRITER, ATTEMPT)
        running.apply(RUN.id, [end])
        running.open_attempt(RUN.id, WRITER, ATTEMPT)
        info = running.run(RUN.id)
        assert (info.state, info.ended_ns, info.end_reason, info.exit_code) == ("running", None, None, None)

    def test_nothing_that_an_older_attempt_still_says_changes_the_run(self, running: ports.Catalog) -> None:
        running.apply(RUN.id, [row.Updated("provenance", {"commit": "a"}), row.Updated("life", {"oom_kills": 1})])
        running.open_attempt(RUN.id, OTHER_WRITER, RESUMED)
        running.apply(RUN.id, [row.Updated("provenance", {"commit": "b"})], attempt=2)
        before = running.run(RUN.id)
        late = [row.Ended("failed", 9, reason="RuntimeError", exit_code=1), row.Updated("provenance", {"dirty": True})]
        running.apply(RUN.id, late, attempt=1)
        assert not running.observe(RUN.id, WRITER, now_ns=before.updated_ns, lost={}, alive=False)
        after = running.run(RUN.id)
        assert (after.provenance, after.life) == ({"commit": "b"}, {})
        assert msgspec.structs.replace(after, attempts=before.attempts) == before
        first, second = after.attempts
        said = first.end_state, first.ended_ns, first.end_reason, first.exit_code, first.alive
        assert said == ("failed", 9, "RuntimeError", 1, False)
        assert (first.provenance, first.life) == ({"commit": "a", "dirty": True}, {"oom_kills": 1})
        assert second == before.attempts[1]

    def test_an_older_attempt_that_arrives_late_changes_nothing(self, running: ports.Catalog) -> None:
        running.apply(RUN.id, [row.Ended("finished", 7)])
        before = running.run(RUN.id)
        older = msgspec.structs.replace(ATTEMPT, wall_ns=ATTEMPT.wall_ns - 1)
        assert running.open_attempt(RUN.id, OTHER_WRITER, older) == 2
        running.apply(RUN.id, [row.Ended("crashed", 6)], attempt=2)
        after = running.run(RUN.id)
        assert [one.number for one in after.attempts] == [2, 1]
        assert (after.state, after.ended_ns) == (before.state, before.ended_ns) == ("finished", 7)

    def test_the_end_of_another_rank_is_not_the_end_of_the_run(self, running: ports.Catalog) -> None:
        later = msgspec.structs.replace(RESUMED, start_epoch=None)
        running.open_attempt(RUN.id, OTHER_WRITER, later, rank=1)
        running.apply(RUN.id, [row.Ended("failed", 9), row.Updated("life", {"oom_kills": 1})], attempt=2)
        running.observe(RUN.id, OTHER_WRITER, now_ns=10**18 + 1, lost={}, alive=False)
        info = running.run(RUN.id)
        assert (info.state, info.ended_ns, info.life) == ("running", None, {})
        assert (info.attempts[1].end_state, info.attempts[1].life) == ("failed", {"oom_kills": 1})

    def test_an_epoch_run_again_comes_from_where_its_process_came_from(self, running: ports.Catalog) -> None:
        running.apply(RUN.id, [row.Updated("provenance", {"commit": "a"}), row.Updated("life", {"oom_kills": 1})])
        running.open_attempt(RUN.id, WRITER, msgspec.structs.replace(RESUMED, index=1))
        running.open_attempt(RUN.id, OTHER_WRITER, msgspec.structs.replace(RESUMED, wall_ns=RESUMED.wall_ns + 1))
        assert [one.provenance for one in running.run(RUN.id).attempts] == [{"commit": "a"}, {"commit": "a"}, {}]
        assert (running.run(RUN.id).provenance, running.run(RUN.id).life) == ({"commit": "a"}, {})

    def test_a_stalled_trainer_runs_again_when_its_rows_come(self, running: ports.Catalog) -> None:
        assert running.observe(RUN.id, WRITER, now_ns=20, lost={}, alive=True, stalled=True)
        assert not running.observe(RUN.id, WRITER, now_ns=21, lost={}, alive=True, stalled=True)
        assert (running.run(RUN.id).state, running.run(RUN.id).ended_ns) == ("stalled", None)
        assert running.run(RUN.id).attempts[0].stalled
        assert running.observe(RUN.id, WRITER, now_ns=22, lost={}, alive=True)
        assert running.run(RUN.id).state == "running"

    def test_an_observation_is_of_the_newest_attempt_of_its_process(self, running: ports.Catalog) -> None:
        running.open_attempt(RUN.id, WRITER, msgspec.structs.replace(RESUMED, index=1))
        assert running.observe(RUN.id, WRITER, now_ns=20, lost={}, alive=False)
        info = running.run(RUN.id)
        assert (info.state, info.ended_ns, info.end_reason) == ("crashed", 20, "ended without finish")
        assert [(one.alive, one.heard_ns, one.ended_ns) for one in info.attempts] == [
            (None, None, None),
            (False, 20, 20),
        ]

    def test_an_end_is_that_of_the_newest_attempt_of_its_process(self, running: ports.Catalog) -> None:
        """Whichever lane tells it, and whether that comes before or behind the lane in which the attempt begins."""
        again = msgspec.structs.replace(RESUMED, index=1)
        running.open_attempt(RUN.id, WRITER, again)
        running.apply(RUN.id, [row.Ended("failed", RESUMED.wall_ns + 5, reason="RuntimeError")], attempt=1)
        ends = [(one.end_state, one.end_reason) for one in running.run(RUN.id).attempts]
        assert (ends, running.run(RUN.id).state) == ([(None, None), ("failed", "RuntimeError")], "failed")
        running.open_attempt(RUN.id, WRITER, msgspec.structs.replace(again, index=2, wall_ns=RESUMED.wall_ns + 4))
        ends = [one.end_state for one in running.run(RUN.id).attempts]
        assert (ends, running.run(RUN.id).state) == ([None, None, "failed"], "failed")
        running.open_attempt(RUN.id, WRITER, msgspec.structs.replace(again, index=3, wall_ns=RESUMED.wall_ns + 6))
        assert running.run(RUN.id).state == "running", "what begins after an end is not ended by it"

    def test_an_attempt_has_rows_from_when_it_was_said(self, running: ports.Catalog) -> None:
        found: list[bool] = []
        for has_rows in (False, True, False):
            running.open_attempt(RUN.id, OTHER_WRITER, RESUMED, has_rows=has_rows)
            found.append(running.run(RUN.id).attempts[1].has_rows)
        assert found == [False, True, True]

    def test_resumed_runs_are_those_of_which_an_attempt_supersedes_something(self, running: ports.Catalog) -> None:
        running.open_attempt(RUN.id, OTHER_WRITER, RESUMED, rank=1)
        assert running.resumed_runs() == []
        running.open_attempt(RUN.id, WRITER, msgspec.structs.replace(RESUMED, index=1))
        assert [running.run(RUN.id)] == running.resumed_runs()

    def test_a_trainer_that_vanished_is_crashed_until_it_shows_life(self, running: ports.Catalog) -> None:
        assert running.observe(RUN.id, WRITER, now_ns=20, lost={}, alive=False)
        assert not running.observe(RUN.id, WRITER, now_ns=30, lost={}, alive=False)
        gone = running.run(RUN.id)
        assert (gone.state, gone.ended_ns) == ("crashed", 20)
        assert running.observe(RUN.id, WRITER, now_ns=40, lost={}, alive=True)
        assert (running.run(RUN.id).state, running.run(RUN.id).ended_ns) == ("running", None)

    def test_a_reported_end_is_not_taken_back_by_an_observation(self, running: ports.Catalog) -> None:
        running.apply(RUN.id, [row.Ended("crashed", 7, reason="KeyError")])
        for alive in (True, False, None):
            assert not running.observe(RUN.id, WRITER, now_ns=50, lost={}, alive=alive)
        assert tuple(getattr(running.run(RUN.id), field) for field in ("state", "ended_ns", "end_reason")) == (
            "crashed",
            7,
            "KeyError",
        )

    def test_lost_rows_never_shrink_and_add_up_over_writers(self, running: ports.Catalog) -> None:
        day = 10**18
        running.observe(RUN.id, WRITER, now_ns=day, lost={"spool_full": 5, "torn": 1}, alive=None)
        running.observe(RUN.id, WRITER, now_ns=day + 1, lost={"spool_full": 3}, alive=None)
        running.observe(RUN.id, OTHER_WRITER, now_ns=day + 2, lost={"spool_full": 10}, alive=None)
        assert running.run(RUN.id).lost == {"spool_full": 15, "torn": 1}

    def test_deferred_rows_are_what_each_writer_said_last(self, running: ports.Catalog) -> None:
        day = 10**18
        running.observe(RUN.id, WRITER, now_ns=day, lost={}, alive=True, deferred=700)
        running.observe(RUN.id, OTHER_WRITER, now_ns=day, lost={}, alive=True, deferred=5)
        assert running.run(RUN.id).deferred == 705
        running.observe(RUN.id, WRITER, now_ns=day + 1, lost={}, alive=True, deferred=20)
        assert running.run(RUN.id).deferred == 25
        running.observe(RUN.id, WRITER, now_ns=day + 2, lost={}, alive=True)
        running.observe(RUN.id, OTHER_WRITER, now_ns=day + 3, lost={}, alive=True)
        assert running.run(RUN.id).deferred == 0

    def test_being_heard_of_moves_the_time_of_the_last_word(self, running: ports.Catalog) -> None:
        later_ns = 10**18 + 5_000_000_000
        assert not running.observe(RUN.id, WRITER, now_ns=later_ns, lost={}, alive=None)
        assert later_ns == running.run(RUN.id).updated_ns

    def test_pages_hold_every_run_once_newest_first(self, catalog: ports.Catalog) -> None:
        for number in range(7):
            catalog.open_run(ref(f"r{number}", created_ns=number // 2))
        catalog.open_run(ref("elsewhere", project=ids.ProjectName("other"), created_ns=100))
        seen: list[str] = []
        cursor = None
        while True:
            page = catalog.runs(PROJECT, limit=2, cursor=cursor)
            seen += [info.ref.id for info in page.runs]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == ["r6", "r5", "r4", "r3", "r2", "r1", "r0"]
        assert catalog.runs(None, limit=1, cursor=None).runs[0].ref.id == "elsewhere"

    @pytest.mark.parametrize("cursor", ["", "nonsense", "e30", "WzFd", "!", "WyJhIiwxXQ", "标"])
    def test_a_bad_cursor_is_refused(self, catalog: ports.Catalog, cursor: str) -> None:
        with pytest.raises(errors.InvalidRecord) as refused:
            catalog.runs(None, limit=5, cursor=cursor)
        assert refused.value.field == "cursor"

    def test_projects_count_their_runs(self, running: ports.Catalog) -> None:
        running.open_run(ref("r2", created_ns=10**18 + 5))
        running.open_run(ref("r3", project=ids.ProjectName("a")))
        assert [
            ports.ProjectCount(ids.ProjectName("a"), 1, 0, 10**18),
            ports.ProjectCount(PROJECT, 2, 1, 10**18 + 5),
        ] == running.projects()

    def test_a_project_keeps_the_policy_that_was_set_last(self, catalog: ports.Catalog) -> None:
        assert catalog.policy(PROJECT) is None
        wanted = policy.Policy(summaries=False, text=True, class_names="text", bulk="never")
        catalog.set_policy(PROJECT, policy.Policy())
        catalog.set_policy(PROJECT, wanted)
        assert [catalog.policy(PROJECT), catalog.policy(ids.ProjectName("other"))] == [wanted, None]
        assert catalog.projects() == []  # a policy makes no project

    def test_a_session_ends_when_it_expires(self, catalog: ports.Catalog) -> None:
        catalog.add_session("hash", expires_ns=100)
        assert [catalog.session_valid("hash", now_ns=now) for now in (99, 100)] == [True, False]
        catalog.add_session("hash", expires_ns=200)
        assert catalog.session_valid("hash", now_ns=150)
        assert not catalog.session_valid("other", now_ns=1)

    def test_everything_outlives_the_catalogue(self, running: ports.Catalog, tmp_path: Path) -> None:
        running.apply(RUN.id, [row.Updated("settings", {"optimizer": "AdamW"})])
        running.set_policy(PROJECT, policy.STRICTEST)
        before = (running.run(RUN.id), running.instance(), running.policy(PROJECT))
        running.close()
        running.close()
        again = self.open(tmp_path)
        assert before == (again.run(RUN.id), again.instance(), again.policy(PROJECT))
        again.close()

    def test_threads_that_open_the_same_make_it_once(self, catalog: ports.Catalog) -> None:
        numbers: list[tuple[bool, int]] = []

        def work(writer: int) -> None:
            made = catalog.open_run(RUN)
            numbers.append((made, catalog.open_attempt(RUN.id, ids.WriterId(f"{writer % 4:032x}"), ATTEMPT)))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(made for made, _ in numbers) == 1
        assert sorted(number for _, number in numbers) == [1, 1, 2, 2, 3, 3, 4, 4]
