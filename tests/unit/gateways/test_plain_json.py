import asyncio
import json

import pytest

from yoloscope import errors
from yoloscope.gateways import plain_json
from yoloscope.ingest import accept, live
from yoloscope.query import series

MINUTE_NS = 60 * 10**9


class Clock:
    def __init__(self) -> None:
        self.now_ns = 1_800_000_000_000_000_000

    def __call__(self) -> int:
        self.now_ns += 1_000_000
        return self.now_ns


class Gateway:
    """The gateway over the real stores; `restart` is what a new server process sees."""

    def __init__(self, stores) -> None:
        self.stores = stores
        self.clock = Clock()
        self.restart()

    def restart(self) -> None:
        ingest = accept.Ingest(self.stores.series, self.stores.catalog, hub=live.Hub(), clock_ns=self.clock)
        self._log = plain_json.PlainLog(ingest, self.stores.series, self.stores.catalog, clock_ns=self.clock)

    def log(self, said, *, project=None, run=None, source="10.0.0.5") -> plain_json.Logged:
        return asyncio.run(self._log.log(json.dumps(said).encode(), project=project, run=run, source=source))

    def steps(self, run, name="x", project="default") -> list[int]:
        return self.stores.series.points(project, run, name).step.tolist()


@pytest.fixture
def gateway(stores) -> Gateway:
    return Gateway(stores)


def test_the_first_post_makes_project_and_run(gateway) -> None:
    logged = gateway.log({"step": 0, "loss_box": 1.5})
    info = gateway.stores.catalog.run(logged.run)
    assert (logged.project, logged.rows, info.ref.host, info.state) == ("default", 1, "10.0.0.5", "running")
    assert gateway.stores.series.last_values("default", [logged.run]) == {logged.run: {"train/box_loss": 1.5}}


def test_later_rows_of_a_source_go_on_in_its_run(gateway) -> None:
    first = gateway.log({"step": 0, "x": 1})
    assert [gateway.log({"step": step, "x": 1}).run for step in (1, 1, 5, 3)] == [first.run] * 4
    assert gateway.steps(first.run) == [0, 1, 1, 5, 3]


def test_each_source_and_each_project_has_a_run_of_its_own(gateway) -> None:
    runs = {
        gateway.log({"x": 1}).run,
        gateway.log({"x": 1}, source="10.0.0.6").run,
        gateway.log({"x": 1}, project="signs").run,
    }
    assert len(runs) == 3


@pytest.mark.parametrize(("steps", "runs"), [((0, 1, 2, 0), 2), ((5, 6, 7, 5), 2), ((5, 6, 7, 6), 1), ((0, 0, 0), 1)])
def test_a_step_back_to_the_start_begins_a_new_run(gateway, steps, runs) -> None:
    assert len({gateway.log({"step": step, "x": 1}).run for step in steps}) == runs


def test_half_an_hour_of_silence_begins_a_new_run(gateway) -> None:
    first = gateway.log({"step": 0, "x": 1})
    gateway.clock.now_ns += 29 * MINUTE_NS
    second = gateway.log({"step": 1, "x": 1})
    gateway.clock.now_ns += 31 * MINUTE_NS
    third = gateway.log({"step": 2, "x": 1})
    assert first.run == second.run != third.run


def test_two_runs_of_a_source_on_one_day_have_two_names(gateway) -> None:
    runs = [gateway.log({"step": step, "x": 1}).run for step in (0, 1, 0)]
    names = {gateway.stores.catalog.run(run).ref.name for run in runs}
    assert len(names) == 2


def test_a_named_run_is_continued_for_ever_and_steps_may_go_back(gateway) -> None:
    first = gateway.log({"step": 0, "x": 1}, run="mine")
    gateway.clock.now_ns += 1_000 * MINUTE_NS
    assert {gateway.log({"step": step, "x": 1}, run="mine").run for step in (1, 0, 1)} == {first.run}
    assert gateway.steps(first.run) == [0, 1, 0, 1]


def test_after_a_restart_a_named_run_goes_on_with_a_new_writer(gateway) -> None:
    first = gateway.log({"step": 0, "x": 1}, run="mine")
    gateway.restart()
    assert gateway.log({"step": 1, "x": 1}, run="mine").run == first.run
    assert gateway.steps(first.run) == [0, 1]
    assert len(gateway.stores.catalog.run(first.run).attempts) == 2


@pytest.mark.parametrize(("step", "goes_on"), [(3, True), (0, False)])
def test_after_a_restart_a_nameless_run_is_found_again(gateway, step, goes_on) -> None:
    for before in (0, 1, 2):
        first = gateway.log({"step": before, "x": 1})
    gateway.restart()
    assert (gateway.log({"step": step, "x": 1}).run == first.run) is goes_on


def test_of_a_list_with_one_bad_row_nothing_is_stored(gateway) -> None:
    with pytest.raises(errors.InvalidRecord):
        gateway.log([{"x": 1}, {"x": "bad"}])
    assert gateway.stores.catalog.projects() == []


@pytest.mark.parametrize(("query", "field"), [({"project": "a/b"}, "project"), ({"run": "\n"}, "run.name")])
def test_an_unusable_project_or_run_is_refused(gateway, query, field) -> None:
    with pytest.raises(errors.InvalidRecord) as caught:
        gateway.log({"x": 1}, **query)
    assert caught.value.field == field


def test_first_posts_that_come_at_once_make_one_run(gateway) -> None:
    async def scenario() -> set[str]:
        posts = (gateway._log.log(b'{"x": 1}', project=None, run="mine", source="s") for _ in range(20))
        return {logged.run for logged in await asyncio.gather(*posts)}

    assert len(asyncio.run(scenario())) == 1


def test_rows_after_the_servers_clock_was_set_back_are_the_newest(gateway) -> None:
    runs = [gateway.log({"step": step, "x": step}).run for step in range(3)]
    gateway.clock.now_ns -= 20 * MINUTE_NS
    runs += [gateway.log({"step": step, "x": step}).run for step in range(3, 6)]
    assert runs == runs[:1] * 6
    assert gateway.stores.series.last_values("default", runs[:1]) == {runs[0]: {"x": 5.0}}
    asked = {"runs": runs[:1], "names": ["x"], "window": series.Window("step", 0)}
    [curve] = series.series_columns(gateway.stores.series, gateway.stores.catalog, **asked)
    assert curve.y.tolist() == [0, 1, 2, 3, 4, 5]
