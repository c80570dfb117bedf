"""What every catalogue keeps to of what people say of runs and of the views they save. A back end inherits `EditsContract`."""

import contextlib
from pathlib import Path

import msgspec
import pytest

from contracts.catalog import PROJECT, RUN, ref
from contracts.two_runs import TwoRuns
from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.store import ports, ports_edits, ports_views

Change = ports_edits.Change
R1, R2, NOBODY = ids.RunId("r1"), ids.RunId("r2"), ids.RunId("nobody")
VIEW = ports_views.View(
    id="v1", kind="runs", project=PROJECT, name="夜", state={"x": [1, None]}, version=1, created_ns=5, updated_ns=5
)


ROOM = ports_views.Room(views=9, letters=1_000)


class EditsContract(TwoRuns):
    """The suite."""

    def test_what_people_say_wins_and_what_the_training_said_is_kept(
        self, catalog: ports.Catalog, tmp_path: Path
    ) -> None:
        said = Change(name="n", tags=("t",), group=None, note="x", starred=True, archived=True)
        expected = ports_edits.Changed((R1,), (NOBODY,))
        assert catalog.edits.change([R1, NOBODY, R1], said, now_ns=7) == expected
        catalog.open_run(RUN)
        catalog.apply(R1, [row.Updated("config", {"a": 1})])
        other = self.open(tmp_path)
        for one in (catalog, other):
            info = one.run(R1)
            assert info.ref == msgspec.structs.replace(RUN, name="n", tags=("t",), group=None)
            assert (info.said, info.note, info.starred, info.archived_ns) == (RUN, "x", True, 7)
            assert [info] == one.some_runs([R1]) == [one for one in one.all_runs(PROJECT) if one.ref.id == R1]
        other.close()

    def test_saying_the_same_again_changes_nothing(self, catalog: ports.Catalog) -> None:
        said = Change(name="n", add_tags=("t",), remove_tags=("a",), group="other", note="x", archived=True)
        assert catalog.edits.change([R1], said, now_ns=7).changed == (R1,)
        mark = catalog.changes.since(0).mark
        before = catalog.run(R1)
        assert catalog.edits.change([R1], said, now_ns=9).changed == ()
        assert catalog.edits.change([R2], Change(group="g", tags=("a", "b"), archived=False), now_ns=9).changed == ()
        assert (catalog.run(R1), catalog.changes.since(mark).runs) == (before, frozenset())

    def test_runs_that_changed_are_told(self, catalog: ports.Catalog) -> None:
        mark = catalog.changes.since(0).mark
        catalog.edits.change([R1, R2], Change(starred=True), now_ns=7)
        assert catalog.changes.since(mark).runs == {R1, R2}

    def test_what_is_taken_back_is_as_it_was(self, catalog: ports.Catalog) -> None:
        before = catalog.run(R1)
        catalog.edits.change([R1], Change(name="n", add_tags=("t",), group=None, archived=True), now_ns=7)
        catalog.edits.change([R1], Change(name="first", remove_tags=("t",), group="g", archived=False), now_ns=8)
        assert msgspec.structs.replace(catalog.run(R1), sent=None) == before

    def test_a_name_is_of_one_run_whoever_gave_it(self, catalog: ports.Catalog) -> None:
        catalog.edits.change([R1], Change(name="n"), now_ns=7)
        for name in ("n", "first"):
            with pytest.raises(errors.NameTaken):
                catalog.edits.change([R2], Change(name=name, starred=True), now_ns=7)
            assert catalog.find_runs(PROJECT, name=name) == [R1]
        catalog.open_run(ref("r3", name="n"))
        assert catalog.run(ids.RunId("r3")).ref.name == "n-2"
        assert not catalog.run(R2).starred
        catalog.open_run(ref("r4", name="x", project=ids.ProjectName("other")))
        assert catalog.edits.change([ids.RunId("r4")], Change(name="n"), now_ns=7).changed == ("r4",)

    def test_too_many_tags_change_nothing(self, catalog: ports.Catalog) -> None:
        many = tuple(map(str, range(row.TAGS_MAX - 1)))
        catalog.edits.change([R2], Change(tags=many), now_ns=7)
        with pytest.raises(errors.InvalidRecord) as refused:
            catalog.edits.change([R1, R2], Change(add_tags=("x", "y")), now_ns=7)
        assert (refused.value.field, catalog.run(R1).ref.tags) == ("add_tags", RUN.tags)

    def test_more_runs_than_one_question_takes_are_changed_together(self, catalog: ports.Catalog) -> None:
        runs = [ids.RunId(f"m{number}") for number in range(1_100)]
        for run in runs:
            catalog.open_run(ref(run, name=run))
        found = catalog.edits.change([*runs, NOBODY], Change(archived=True), now_ns=7)
        assert (list(found.changed), found.missing) == (runs, (NOBODY,))

    def test_archived_runs_are_not_counted_and_are_not_gone(self, catalog: ports.Catalog) -> None:
        catalog.edits.change([R1], Change(archived=True), now_ns=7)
        assert [(one.runs, one.running) for one in catalog.projects()] == [(1, 0)]
        assert len(catalog.all_runs(None)) == 2

    def test_retention_sees_the_tags_that_people_gave(self, catalog: ports.Catalog) -> None:
        catalog.edits.change([R1], Change(tags=("keep",), name="n"), now_ns=7)
        assert [(one.name, one.tags) for one in catalog.keeping.kept(None)] == [
            ("n", ("keep",)),
            ("second", ("a", "b")),
        ]

    def test_what_was_said_of_a_run_goes_with_it(self, catalog: ports.Catalog) -> None:
        catalog.edits.change([R1], Change(note="x", name="n"), now_ns=7)
        catalog.remove_run(R1)
        catalog.open_run(RUN)
        assert (catalog.run(R1).note, catalog.run(R1).ref) == ("", RUN)

    def test_a_view_is_kept_changed_and_forgotten(self, catalog: ports.Catalog) -> None:
        catalog.views.add(VIEW, room=ROOM)
        with pytest.raises(errors.TooMuch, match="1 views"):
            catalog.views.add(msgspec.structs.replace(VIEW, id="v2"), room=msgspec.structs.replace(ROOM, views=1))
        assert catalog.views.all() == [catalog.views.one("v1")] == [VIEW]
        changed = catalog.views.change(
            "v1", ports_views.ViewChange(name="n", project=None), version=1, now_ns=9, room=ROOM
        )
        expected = msgspec.structs.replace(VIEW, name="n", project=None, version=2, updated_ns=9)
        assert changed == ports_views.Taken(expected, is_taken=True)
        late = catalog.views.change("v1", ports_views.ViewChange(state={}), version=1, now_ns=10, room=ROOM)
        assert late == ports_views.Taken(expected, is_taken=False)
        assert [catalog.views.remove("v1"), catalog.views.remove("v1")] == [True, False]
        for act in (
            lambda: catalog.views.one("v1"),
            lambda: catalog.views.change("v1", ports_views.ViewChange(), version=1, now_ns=1, room=ROOM),
        ):
            with pytest.raises(errors.NotFound):
                act()

    def test_views_have_so_much_room_together(self, catalog: ports.Catalog) -> None:
        room = ports_views.Room(views=9, letters=30)
        small, large = {"x": "a" * 5}, {"x": "a" * 20}  # 13 and 28 letters
        for view in ("v1", "v2"):
            catalog.views.add(msgspec.structs.replace(VIEW, id=view, state=small), room=room)
        with pytest.raises(errors.TooMuch, match="39 letters"):
            catalog.views.add(msgspec.structs.replace(VIEW, id="v3", state=small), room=room)
        for change, is_taken in (
            (ports_views.ViewChange(state=large), False),
            (ports_views.ViewChange(name="n"), True),
        ):
            with contextlib.nullcontext() if is_taken else pytest.raises(errors.TooMuch, match="41 letters"):
                assert catalog.views.change("v1", change, version=1, now_ns=9, room=room).is_taken
        full = ports_views.Room(views=9, letters=1)
        assert catalog.views.change("v1", ports_views.ViewChange(state={}), version=2, now_ns=9, room=full).is_taken
        assert [one.state for one in catalog.views.all()] == [{}, small]

    def test_views_are_found_by_kind_and_project(self, catalog: ports.Catalog) -> None:
        for view, kind, project in (("v1", "runs", PROJECT), ("v2", "board", None), ("v3", "board", "other")):
            catalog.views.add(msgspec.structs.replace(VIEW, id=view, kind=kind, project=project), room=ROOM)
        assert [one.id for one in catalog.views.all(project=PROJECT)] == ["v1", "v2"]
        assert [one.id for one in catalog.views.all(kind="board")] == ["v2", "v3"]
