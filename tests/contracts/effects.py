"""What every catalogue keeps to of the effects of commands. A back end inherits `EffectsContract`."""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from contracts.catalog import ATTEMPT, RUN, WRITER
from contracts.commands import acted, asked
from yoloscope.records import effect, ids
from yoloscope.store import ports, ports_effects

R1, NOBODY = ids.RunId("r1"), ids.RunId("nobody")
VERBS = ("set", "rollback")
HELPED = effect.Effect(
    verdict="helped",
    series="train/total",
    epochs=3,
    before=2.0,
    after=1.5,
    change=-0.25,
    expected=-0.1,
    basis="runs",
    runs=4,
    span=3,
    margin=0.02,
)


def measured(command: str = "a", *, run: ids.RunId = R1, **changes: object) -> ports_effects.Measured:
    fields = {"run": run, "command": command, "project": RUN.project, "rule": "N05", "act": "set lr_factor=0.333"}
    return ports_effects.Measured(**{**fields, "at_ns": 9, "effect": HELPED, **changes})


class EffectsContract:
    """The suite; `open` returns a catalogue whose data outlive it."""

    @abstractmethod
    def open(self, directory: Path) -> ports.Catalog: ...

    @pytest.fixture
    def catalog(self, tmp_path: Path) -> Iterator[ports.Catalog]:
        catalog = self.open(tmp_path)
        catalog.open_run(RUN)
        catalog.open_attempt(R1, WRITER, ATTEMPT)
        yield catalog
        catalog.close()

    def do(self, catalog: ports.Catalog, command: str, *, state: str = "applied", **more: object) -> None:
        verb = str(more.pop("verb", "set"))
        catalog.commands.ask(R1, asked(command, verb, **{"cause": "N05", **more}), writer=WRITER, now_ns=5)
        if state != "sent":
            catalog.commands.settle(R1, WRITER, [acted(command, state, verb)], attempt=1, now_ns=9)

    def due(self, catalog: ports.Catalog) -> list[str]:
        return [one.id for one in catalog.effects.due(VERBS)]

    def test_what_was_applied_for_a_finding_is_due_until_its_effect_is_known(self, catalog: ports.Catalog) -> None:
        self.do(catalog, "a")
        self.do(catalog, "b", verb="rollback")
        self.do(catalog, "sent", state="sent")
        self.do(catalog, "refused", state="refused")
        self.do(catalog, "of itself", cause="")
        self.do(catalog, "end", verb="stop")
        assert self.due(catalog) == ["a", "b"]
        assert catalog.effects.due(VERBS)[0].cause == "N05"
        catalog.effects.put(measured(effect=effect.Effect(verdict="measuring", epochs=1)))
        assert self.due(catalog) == ["a", "b"]
        catalog.effects.put(measured())
        assert self.due(catalog) == ["b"]
        catalog.effects.put(measured("b", effect=effect.Effect(verdict="unknown", why="ended")))
        assert self.due(catalog) == []

    def test_an_effect_outlives_the_catalogue_and_takes_the_place_of_the_one_before(
        self, catalog: ports.Catalog, tmp_path: Path
    ) -> None:
        self.do(catalog, "a")
        catalog.effects.put(measured(effect=effect.Effect(verdict="measuring", epochs=1)))
        catalog.effects.put(measured())
        again = self.open(tmp_path)
        assert again.effects.of_run(R1) == {"a": measured()}
        assert again.effects.of_run(NOBODY) == {}
        again.close()

    def test_a_project_learns_from_what_is_decided(self, catalog: ports.Catalog) -> None:
        for at, verdict in enumerate(("helped", "measuring", "none", "unknown", "harmed")):
            self.do(catalog, verdict)
            of = msgspec.structs.replace(HELPED, verdict=verdict)
            catalog.effects.put(measured(verdict, at_ns=at, effect=of))
        found = catalog.effects.of_project(RUN.project)
        assert [(one.command, one.effect.verdict) for one in found] == [
            ("helped", "helped"), ("none", "none"), ("harmed", "harmed")
        ]  # fmt: skip
        assert catalog.effects.of_project(ids.ProjectName("another")) == []

    def test_runs_in_the_trash_teach_nothing_and_are_not_measured(self, catalog: ports.Catalog) -> None:
        self.do(catalog, "a")
        self.do(catalog, "b")
        catalog.effects.put(measured())
        catalog.set_deleted([R1], deleted_ns=7)
        assert (self.due(catalog), catalog.effects.of_project(RUN.project)) == ([], [])
        catalog.set_deleted([R1], deleted_ns=None)
        assert (self.due(catalog), len(catalog.effects.of_project(RUN.project))) == (["b"], 1)

    def test_effects_go_with_their_run(self, catalog: ports.Catalog) -> None:
        self.do(catalog, "a")
        catalog.effects.put(measured())
        catalog.remove_run(R1)
        catalog.effects.put(measured("late"))
        assert catalog.effects.of_run(R1) == {}
        assert catalog.effects.of_project(RUN.project) == []
