"""What every catalogue keeps to of measures and their audit. A back end inherits `MeasuresContract`."""

from pathlib import Path

import msgspec
import pytest

from contracts.catalog import PROJECT
from contracts.two_runs import TwoRuns
from yoloscope import errors
from yoloscope.records import ids
from yoloscope.store import ports, ports_measures

R1, R2, NOBODY, NOWHERE = ids.RunId("r1"), ids.RunId("r2"), ids.RunId("nobody"), ids.ProjectName("nowhere")
Setting, Event, Counts = ports_measures.Setting, ports_measures.Event, ports_measures.Counts
ON = Setting(mode="on", most=2, who="me", changed_ns=5)


def event(kind: ports_measures.Kind = "acted", *, run: ids.RunId = R1, key: str = "a", at_ns: int = 9) -> Event:
    return Event(
        project=PROJECT,
        run=run,
        measure="stop_broken",
        kind=kind,
        who="measure stop_broken",
        at_ns=at_ns,
        key=key,
        rule="G04",
        epoch=15.0,
        command="stop_broken-1",
        values={"act": "stop resumable", "most": 3.0},
    )


class MeasuresContract(TwoRuns):
    """The suite."""

    def test_all_is_off_until_set_and_outlives_the_catalogue(self, catalog: ports.Catalog, tmp_path: Path) -> None:
        assert (catalog.measures.settings(PROJECT), catalog.measures.active()) == ({}, frozenset())
        catalog.measures.set(PROJECT, "stop_broken", ON)
        again = self.open(tmp_path)
        assert again.measures.settings(PROJECT) == catalog.measures.settings(PROJECT) == {"stop_broken": ON}
        assert again.measures.active() == catalog.measures.active() == {PROJECT}
        again.close()

    def test_each_change_is_told_once(self, catalog: ports.Catalog) -> None:
        catalog.measures.set(PROJECT, "stop_broken", Setting(who="me", changed_ns=1))
        catalog.measures.set(PROJECT, "stop_broken", ON)
        catalog.measures.set(PROJECT, "stop_broken", msgspec.structs.replace(ON, who="other", changed_ns=6))
        catalog.measures.set(PROJECT, "stop_broken", msgspec.structs.replace(ON, mode="off", changed_ns=7))
        told = [(one.kind, one.run, one.who, one.at_ns, one.values) for one in catalog.measures.of_project(PROJECT)]
        assert told == [
            ("set", None, "me", 7, {"mode": "off", "most": 2.0}),
            ("set", None, "me", 5, {"mode": "on", "most": 2.0}),
        ]
        assert catalog.measures.active() == frozenset()

    def test_a_project_and_a_run_must_be_there(self, catalog: ports.Catalog) -> None:
        measures = catalog.measures
        for act in (
            lambda: measures.settings(NOWHERE),
            lambda: measures.of_project(NOWHERE),
            lambda: measures.set(NOWHERE, "stop_broken", ON),
            lambda: measures.spare(NOBODY, spared=True, who="me", at_ns=1),
        ):
            with pytest.raises(errors.NotFound):
                act()
        assert measures.active() == frozenset()
        assert not measures.note(event(run=NOBODY))

    def test_a_run_is_spared_and_not_again(self, catalog: ports.Catalog) -> None:
        measures = catalog.measures
        measures.spare(R1, spared=False, who="me", at_ns=1)
        for at_ns in (2, 3):
            measures.spare(R1, spared=True, who="me", at_ns=at_ns)
        assert (measures.is_spared(R1), measures.is_spared(R2)) == (True, False)
        measures.spare(R1, spared=False, who="you", at_ns=4)
        assert not measures.is_spared(R1)
        assert [(one.kind, one.who, one.at_ns) for one in measures.of_run(R1)] == [
            ("unspared", "you", 4),
            ("spared", "me", 2),
        ]

    def test_the_same_line_is_noted_once(self, catalog: ports.Catalog) -> None:
        measures = catalog.measures
        assert [measures.note(event()), measures.note(event(at_ns=10)), measures.note(event(key="b"))] == [
            True,
            False,
            True,
        ]
        assert measures.note(event("would"))
        assert measures.note(event(run=R2))
        assert measures.of_run(R1) == [event("would"), event(key="b"), event()]
        assert measures.of_project(PROJECT) == [event(run=R2), event("would"), event(key="b"), event()]
        assert measures.counts(PROJECT) == {"stop_broken": Counts(would=1, acted=2)}

    def test_what_a_removed_run_had_goes_with_it(self, catalog: ports.Catalog) -> None:
        catalog.measures.set(PROJECT, "stop_broken", ON)
        catalog.measures.spare(R1, spared=True, who="me", at_ns=1)
        catalog.measures.note(event())
        catalog.set_deleted([R1], deleted_ns=5)
        assert [one.kind for one in catalog.measures.of_project(PROJECT)] == ["set"]
        catalog.remove_run(R1)
        assert catalog.measures.of_run(R1) == []
        assert not catalog.measures.is_spared(R1)
        assert catalog.measures.settings(PROJECT) == {"stop_broken": ON}
