"""Ranks act at the same step or not at all, whatever their pace, and whatever one of them says or fails to say."""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies

sys.path.insert(0, str(Path(__file__).parent))

from acted import RUN, Actor, order

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.sdk import acting, agreement, control, controlling, following, guard, holding, job, process
from yoloscope.spool import inbox

FAR_NS = 2**62
JOIN_S = 60.0


class Acts(Actor):
    """Notes at which step it acted, and in which epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.at: dict[str, tuple[int | None, str]] = {}
        self.fails: set[str] = set()

    def act(self, order: inbox.Order, spot: acting.Spot) -> dict[str, object]:
        if order.id in self.fails:
            raise RuntimeError
        self.at[order.id] = spot.step, spot.place
        return super().act(order, spot)


class Training:
    """Ranks as threads of this process, each with its own pace; with `together` none is more than a step ahead, as where gradients are averaged."""

    def __init__(self, root: Path, *, ranks: int, together: bool = True) -> None:
        self.directory = root / ("0" * 32)
        self.directory.mkdir()
        self.meeting = job.Meeting(0, root / f"{'a' * 32}.job", (1, 1))
        self.actors = [Acts() for _ in range(ranks)]
        self.told: list[row.Acted] = []
        self.steps = 40
        self.delays: list[Callable[[int], float]] = [lambda step: 0.0 for _ in range(ranks)]
        self.leader = agreement.Leader(agreement.Files(self.meeting), ranks=ranks)
        self.marks: list[list[tuple[bool, int]]] = [[] for _ in range(ranks)]
        self._gate = threading.Barrier(ranks) if together else None
        self._at = [0] * ranks
        self.ask()

    def ask(self, *orders: inbox.Order) -> None:
        inbox.save(self.directory, inbox.Inbox(RUN, ids.WriterId(self.directory.name), orders))

    def train(self, *, without: int | None = None) -> None:
        threads = [
            threading.Thread(target=self._rank, args=(rank, rank == without)) for rank in range(len(self.actors))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(JOIN_S)
            assert not thread.is_alive()

    def _rank(self, rank: int, is_deaf: bool) -> None:
        polled = self._main() if rank == 0 else self._beside(rank)
        for step in range(self.steps):
            self._at[rank] = step
            time.sleep(self.delays[rank](step))
            if self._gate is not None:
                self._gate.wait(JOIN_S)
            if not is_deaf:
                polled.poll(acting.Spot("batch", step, step / 10))
                if step % 10 == 9:
                    polled.poll(acting.Spot("epoch", step, (step + 1) / 10))

    def _main(self) -> control.Control:
        def tell(acted: row.Acted) -> bool:
            self.told.append(acted)
            return True

        return control.Control(RUN, self.directory, self.actors[0], tell=tell, hold=self._hold(0), ranks=self.leader)

    def _beside(self, rank: int) -> following.Follower:
        return following.Follower(agreement.Files(self.meeting), rank, self.actors[rank], hold=self._hold(rank))

    def _hold(self, rank: int) -> holding.Hold:
        return holding.Hold(mark=lambda on: self.marks[rank].append((on, self._at[rank])))


@pytest.fixture(autouse=True)
def _lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YOLOSCOPE_STRICT", raising=False)
    guard.forget()


@hypothesis.given(
    together=strategies.booleans(),
    paces=strategies.lists(strategies.sampled_from([0.0, 0.001, 0.004]), min_size=3, max_size=3),
    at_epoch=strategies.booleans(),
)
@hypothesis.settings(max_examples=12)
def test_all_act_at_one_step_or_none_does(
    tmp_path_factory: pytest.TempPathFactory, together: bool, paces: list[float], at_epoch: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agreement, "PATIENCE_S", 1.0)
        patch.setattr(holding, "RANKS_MOST_S", 3.0)
        training = Training(tmp_path_factory.mktemp("spool"), ranks=3, together=together)
        training.delays = [lambda step, pace=pace: pace for pace in paces]
        for actor in training.actors:
            actor.at_epoch = {"save"} if at_epoch else set()
        training.ask(order("a", "set", until_ns=FAR_NS, lr=0.1), order("b", at=1, until_ns=FAR_NS))
        training.train()
    for name in ("a", "b"):
        seen = {actor.at.get(name) for actor in training.actors}
        assert len(seen) == 1
    if together:
        assert [(one.id, one.state) for one in training.told] == [("a", "applied"), ("b", "applied")]
        assert training.actors[0].at["b"][1] == ("epoch" if at_epoch else "batch")


def test_all_are_held_at_one_step_and_act_there(tmp_path: Path) -> None:
    training = Training(tmp_path, ranks=2)

    def follow() -> None:
        for at, (verb, args) in enumerate([("set", {"lr": 0.1}), ("resume", {})], start=1):
            until_s = time.monotonic() + JOIN_S
            while len(training.told) < at and time.monotonic() < until_s:
                time.sleep(0.01)
            training.ask(order(verb, verb, at=at, until_ns=FAR_NS, **args))

    thread = threading.Thread(target=follow)
    thread.start()
    training.ask(order("p", "pause", until_ns=FAR_NS))
    training.train()
    thread.join(JOIN_S)
    assert [(one.id, one.state) for one in training.told] == [(name, "applied") for name in ("p", "set", "resume")]
    assert training.marks[0] == training.marks[1]
    [(_, held), _] = training.marks[0]
    assert [actor.at["set"] for actor in training.actors] == [(held, "batch")] * 2


def test_a_pause_overtakes_what_waits_for_an_epoch(tmp_path: Path) -> None:
    training = Training(tmp_path, ranks=2)
    for actor in training.actors:
        actor.at_epoch = {"save"}
    training.ask(order("s", until_ns=FAR_NS), order("stop", "stop", at=1, until_ns=FAR_NS))
    training.train()
    assert [one.id for one in training.told] == ["stop", "s"]
    assert training.actors[0].at == training.actors[1].at


def test_what_one_rank_cannot_do_none_does(tmp_path: Path) -> None:
    training = Training(tmp_path, ranks=3)
    training.actors[2].refused = {"set": "no_optimizer"}
    training.ask(order("a", "set", until_ns=FAR_NS, lr=0.1), order("b", at=1, until_ns=FAR_NS))
    training.train()
    assert [(one.id, one.state, one.result.get("reason")) for one in training.told] == [
        ("a", "refused", "no_optimizer"),
        ("b", "applied", None),
    ]
    assert [list(actor.at) for actor in training.actors] == [["b"]] * 3


def test_what_fails_on_another_rank_is_told(tmp_path: Path) -> None:
    training = Training(tmp_path, ranks=2)
    training.actors[1].fails = {"a"}
    training.ask(order("a", "set", until_ns=FAR_NS, lr=0.1))
    training.train()
    [told] = training.told
    assert (told.state, told.result) == ("refused", {"reason": "failed", "detail": "rank 1: RuntimeError"})


def test_a_rank_that_says_nothing_is_waited_for_and_then_nobody_acts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "PATIENCE_S", 0.05)
    training = Training(tmp_path, ranks=3)
    training.delays[0] = lambda step: 0.01
    training.ask(order("a", "set", until_ns=FAR_NS, lr=0.1))
    training.train(without=2)
    assert [(one.id, one.result.get("reason")) for one in training.told] == [("a", "ranks_disagree")]
    assert [actor.at for actor in training.actors] == [{}, {}, {}]


@pytest.mark.parametrize("fault", [RuntimeError, OSError])
def test_whatever_goes_wrong_at_the_meeting_nobody_is_left_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    """Also on a full disk, where no plan can be replaced: one that is gone says the same."""
    files = agreement.Files(job.Meeting(0, tmp_path / f"{'a' * 32}.job", (1, 1)))
    leader = agreement.Leader(files, ranks=2)
    stand = control.Stand("batch", acting.Spot("batch", 3, None), False)
    assert not leader.agree(order("a", "set", lr=0.1), stand, lambda: None)
    assert files.told() is not None

    def fails(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(files, "answered", fails)
    if fault is OSError:
        monkeypatch.setattr(files, "tell", fails)
    with pytest.raises(fault):
        leader.agree(order("a", "set", lr=0.1), stand, lambda: None)
    plan = files.told()
    assert plan is None or plan.stage == "dropped"


def test_a_note_needs_no_agreement(tmp_path: Path) -> None:
    training = Training(tmp_path, ranks=2)
    training.ask(order("n", "note", until_ns=FAR_NS, text="x"))
    training.train(without=1)
    assert [(one.id, one.state, one.step) for one in training.told] == [("n", "applied", 0)]


def test_over_several_machines_it_says_why() -> None:
    with pytest.raises(errors.CommandRefused) as refused:
        agreement.Apart().agree(order("a"), control.Stand("batch", acting.Spot("batch", 0, 0.0), False), lambda: None)
    assert refused.value.reason == "several_machines"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LOCAL_WORLD_SIZE": "4", "MASTER_ADDR": "node1"}, True),
        ({"LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "node1"}, False),
        ({"OMPI_COMM_WORLD_LOCAL_SIZE": "4", "MASTER_ADDR": "node1"}, True),
        ({"MASTER_ADDR": "127.0.0.1"}, True),
        ({"MASTER_ADDR": "node1"}, False),
        ({}, True),
    ],
)
def test_whether_all_ranks_are_here(environment: dict[str, str], expected: bool) -> None:
    assert process.is_one_machine(process.Place(0, 4, 0, "RANK"), environment) is expected


def test_over_several_machines_a_note_and_the_kill_are_all_that_is_offered(tmp_path: Path) -> None:
    place, meeting = process.Place(0, 4, 0, "RANK"), job.Meeting(0, tmp_path / "a.job", (1, 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "is_one_machine", lambda place: False)
        ranks = controlling.Ranks(meeting, place)
        found = ranks.of_all(Actor().abilities())
    assert (found.verbs, found.settings, found.ranks) == (("stop", "note"), (), 4)
    names = ("pause", "resume", "set", "save", "stop.evaluate", "stop.resumable")
    assert found.cannot == dict.fromkeys(names, "several_machines")
