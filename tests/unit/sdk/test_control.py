"""A training does what its inbox asks: each command once, in order, where it can, and nothing of it harms the training."""

import sys
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies

sys.path.insert(0, str(Path(__file__).parent))

from acted import BATCH, EPOCH, NOW_NS, Told, order

from yoloscope.records import ids, row
from yoloscope.sdk import acting, control, guard
from yoloscope.spool import inbox


@pytest.fixture
def told(tmp_path: Path) -> Told:
    directory = tmp_path / ("0" * 32)
    directory.mkdir()
    guard.forget()
    return Told(directory)


@pytest.fixture
def lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YOLOSCOPE_STRICT", raising=False)


def test_what_was_done_is_told_with_its_place_and_what_changed(told: Told) -> None:
    told.actor.on_act = lambda one: {"lr": {"from": 0.01, "to": one.args["lr"]}}
    told.ask(order("a", "set", lr=0.003))
    told.control.poll(BATCH)
    result = {"lr": {"from": 0.01, "to": 0.003}}
    assert told.told == [row.Acted("a", "set", "applied", NOW_NS, step=10, epoch=1.5, result=result)]


def test_commands_act_in_their_order_and_once_however_often_they_are_listed(told: Told) -> None:
    first, second = order("b", at=1), order("a", at=2)
    told.ask(second, first, second)
    told.control.poll(BATCH)
    told.ask(first, second, order("c", at=3))
    told.control.poll(BATCH)
    told.control.poll(BATCH)
    assert told.actor.done == ["b", "a", "c"]
    assert told.outcomes() == [("b", "applied", None), ("a", "applied", None), ("c", "applied", None)]


def test_another_control_of_the_same_run_repeats_nothing(told: Told) -> None:
    told.ask(order("a"))
    told.control.poll(BATCH)
    told.attach().poll(BATCH)
    assert told.actor.done == ["a"]


def test_what_waits_for_an_epoch_is_overtaken_by_nothing_but_what_acts_at_once(told: Told) -> None:
    told.actor.at_epoch = {"set"}
    told.ask(order("set", "set", at=1, epochs=9), order("save", at=2), order("note", "note", at=3, text="x"))
    told.control.poll(BATCH)
    assert told.actor.done == ["note"]
    told.control.poll(EPOCH)
    assert told.actor.done == ["note", "set", "save"]


def test_a_command_behind_its_deadline_expires_and_does_nothing(told: Told) -> None:
    told.ask(order("late", until_ns=NOW_NS - 1), order("due", at=1, until_ns=NOW_NS))
    told.control.poll(BATCH)
    assert told.actor.done == ["due"]
    assert told.outcomes() == [("late", "expired", None), ("due", "applied", None)]


def test_a_command_that_waits_expires_too(told: Told) -> None:
    told.actor.at_epoch = {"save"}
    told.ask(order("a"))
    told.control.poll(BATCH)
    told.now_ns += 10
    told.control.poll(BATCH)
    told.control.poll(EPOCH)
    assert (told.outcomes(), told.actor.done) == ([("a", "expired", None)], [])


def test_a_pause_holds_the_loop_until_it_is_resumed(told: Told) -> None:
    asked = [(order("n", "note", at=1, text="x"),), (order("s", "set", at=2, lr=0.1), order("v", "validate", at=3)), ()]
    seen: list[list[str]] = []

    def wait() -> None:
        seen.append([one.id for one in told.told])
        told.ask(*(asked.pop(0) if asked else (order("r", "resume", at=4),)))

    told.on_wait = wait
    told.ask(order("p", "pause"))
    told.control.poll(BATCH)
    assert seen == [["p"], ["p", "n"], ["p", "n", "s"], ["p", "n", "s"]]
    assert told.outcomes()[-1] == ("r", "applied", None)
    assert told.marks == [True, False]
    assert told.actor.verbs == ["note", "set"]


def test_a_pause_that_ends_by_itself_is_told_once(told: Told, lenient: None) -> None:
    told.on_wait = lambda: setattr(told, "now_ns", told.now_ns + 10**9)
    control = told.attach(most_s=2.5)
    told.ask(order("p", "pause"))
    control.poll(BATCH)
    own = row.Acted(f"self-{NOW_NS + 3 * 10**9}", "resume", "applied", told.now_ns, 10, 1.5, {"by_itself": True})
    assert told.told[1:] == [own]
    told.ask(order("r", "resume", at=1, until_ns=told.now_ns))
    control.poll(BATCH)
    assert told.outcomes()[2:] == [("r", "refused", "not_paused")]
    assert told.marks == [True, False]


@pytest.mark.parametrize(
    ("verb", "args", "place"),
    [("stop", {}, "batch"), ("pause", {"release": True}, "batch"), ("stop", {"how": "resumable"}, "epoch")],
)
def test_a_stop_ends_a_pause(told: Told, verb: str, args: dict[str, object], place: str) -> None:
    told.actor.at_epoch = {verb} if place == "epoch" else set()
    told.on_wait = lambda: told.ask(order("s", verb, at=1, **args))
    told.ask(order("p", "pause"))
    told.control.poll(BATCH)
    told.now_ns += 10  # it has begun: no deadline ends it any more
    told.control.poll(EPOCH)
    assert told.outcomes() == [("p", "applied", None), ("s", "applied", None)]


def test_a_stop_that_ended_a_pause_is_carried_out_though_it_is_listed_no_more(told: Told) -> None:
    """Its deadline may end before the epoch does; the training that was paused would go on for ever."""
    told.actor.at_epoch = {"stop"}
    told.on_wait = lambda: told.ask(order("s", "stop", at=1, how="resumable"))
    told.ask(order("p", "pause"))
    told.control.poll(BATCH)
    told.ask()
    told.control.poll(BATCH)
    told.control.poll(EPOCH)
    assert told.outcomes() == [("p", "applied", None), ("s", "applied", None)]


def test_ranks_wait_no_longer_for_what_is_listed_no_more(told: Told) -> None:
    """A rank that was told at which step to wait would wait for hours, with all others behind it."""

    class Ranks:
        def __init__(self) -> None:
            self.dropped: list[str] = []

        def pass_by(self, spot: acting.Spot) -> None: ...
        def agree(self, *_: object) -> bool:
            return False

        def drop(self, order: inbox.Order) -> None:
            self.dropped.append(order.id)

        def faults(self) -> str:
            return ""

    ranks = Ranks()
    one = control.Control(
        told.control._run, told.directory, told.actor, tell=told._tell, ranks=ranks, wall_ns=lambda: told.now_ns
    )
    told.ask(order("a", "set", lr=0.1), order("b", "set", at=1, lr=0.2))
    one.poll(BATCH)
    told.ask(order("b", "set", at=1, lr=0.2))
    one.poll(BATCH)
    assert (ranks.dropped, told.outcomes()) == (["a"], [])


def test_ctrl_c_ends_a_pause(told: Told) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    told.on_wait = interrupt
    told.ask(order("p", "pause"))
    with pytest.raises(KeyboardInterrupt):
        told.control.poll(BATCH)
    assert told.marks == [True, False]
    told.control.poll(BATCH)


def test_a_pause_goes_on_when_the_inbox_vanishes(told: Told) -> None:
    looks: list[int] = []

    def wait() -> None:
        inbox.path(told.directory).unlink(missing_ok=True)
        looks.append(len(looks))
        if len(looks) == 5:
            told.ask(order("r", "resume", at=1))

    told.on_wait = wait
    told.ask(order("p", "pause"))
    told.control.poll(BATCH)
    assert len(looks) == 5


def test_what_makes_no_sense_now_is_refused(told: Told) -> None:
    told.on_wait = lambda: told.ask(order("again", "pause", at=2), order("go", "resume", at=3))
    told.ask(order("r", "resume"), order("p", "pause", at=1))
    told.control.poll(BATCH)
    assert told.outcomes() == [
        ("r", "refused", "not_paused"),
        ("p", "applied", None),
        ("again", "refused", "already_paused"),
        ("go", "applied", None),
    ]


@pytest.mark.parametrize(
    ("verb", "args"),
    [("set", {"lr": 0.0}), ("set", {"lr": -1}), ("set", {"lr": 1e9}), ("set", {"patience": -1}), ("save", {"x": 1})],
)
def test_a_value_that_cannot_be_used_never_reaches_the_actor(told: Told, verb: str, args: dict[str, object]) -> None:
    told.ask(order("a", verb, **args))
    told.control.poll(BATCH)
    assert (told.outcomes(), told.actor.done) == ([("a", "refused", "bad_value")], [])


def test_an_actor_gets_every_default_filled_in(told: Told) -> None:
    told.actor.on_act = lambda one: dict(one.args)
    told.ask(order("a", "stop"))
    told.control.poll(BATCH)
    assert told.told[0].result == {"how": "evaluate"}


def test_what_the_actor_refuses_is_told_with_its_reason(told: Told) -> None:
    told.actor.refused = {"save": "no_checkpoint"}
    told.ask(order("a"))
    told.control.poll(BATCH)
    assert told.told[0].result == {"reason": "no_checkpoint", "detail": "not here"}


@pytest.mark.parametrize("fault", [RuntimeError("x"), OSError(28, "full"), MemoryError()])
def test_a_fault_of_the_actor_stays_there(told: Told, lenient: None, fault: Exception) -> None:
    def fails(one: inbox.Order) -> dict[str, object]:
        if one.id == "a":
            raise fault
        return {}

    told.actor.on_act = fails
    told.ask(order("a"), order("b", at=1))
    told.control.poll(BATCH)
    told.control.poll(BATCH)
    assert told.outcomes() == [("a", "refused", "failed"), ("b", "applied", None)]
    assert told.told[0].result["detail"] == type(fault).__name__


def test_under_strictness_a_fault_is_raised_and_told(told: Told) -> None:
    told.actor.on_act = lambda one: 1 / 0  # type: ignore[return-value]
    told.ask(order("a"))
    with pytest.raises(ZeroDivisionError):
        told.control.poll(BATCH)
    assert told.outcomes() == [("a", "refused", "failed")]


def test_an_inbox_of_another_run_or_writer_does_nothing(told: Told) -> None:
    told.ask(order("a"), run=ids.RunId("other"))
    told.control.poll(BATCH)
    told.ask(order("b"), writer="f" * 32)
    told.control.poll(BATCH)
    assert told.outcomes() == [("a", "refused", "not_for_this_run"), ("b", "refused", "not_for_this_run")]
    assert told.actor.done == []


@pytest.mark.parametrize("cut", [0, 1, 40, -1])
def test_a_damaged_inbox_harms_nothing_and_the_next_whole_one_counts(told: Told, lenient: None, cut: int) -> None:
    told.ask(order("a"))
    path = inbox.path(told.directory)
    path.write_bytes(path.read_bytes()[:cut])
    told.control.poll(BATCH)
    path.write_bytes(b"\xff\x00" * 100)
    told.control.poll(BATCH)
    assert told.told == []
    told.ask(order("a"))
    told.control.poll(BATCH)
    assert told.outcomes() == [("a", "applied", None)]


def test_what_a_full_disk_does_not_take_is_told_later(told: Told) -> None:
    told.takes = False
    told.ask(order("a"), order("b", at=1))
    told.control.poll(BATCH)
    told.control.poll(BATCH)
    assert told.told == []
    told.takes = True
    told.control.poll(BATCH)
    assert told.outcomes() == [("a", "applied", None), ("b", "applied", None)]
    assert told.actor.done == ["a", "b"]


def test_an_actor_that_comes_to_a_safe_point_itself_is_not_held_up(told: Told) -> None:
    def nested(one: inbox.Order) -> dict[str, object]:
        told.control.poll(BATCH)
        return {}

    told.actor.on_act = nested
    told.ask(order("a"), order("b", at=1))
    told.control.poll(BATCH)
    assert told.actor.done == ["a", "b"]


def test_what_an_actor_returns_need_not_be_plain(told: Told) -> None:
    told.actor.on_act = lambda one: {"x": object, "y": {1: float("nan")}}
    told.ask(order("a"))
    told.control.poll(BATCH)
    assert set(told.told[0].result) == {"x", "y"}


NAMES = ["a", "b", "c", "d", "e", "f"]
VERBS = strategies.sampled_from(["save", "set", "validate", "note", "rollback"])
ORDERS = strategies.lists(strategies.tuples(VERBS, strategies.integers(0, 6)), min_size=6, max_size=6)
STEPS = strategies.lists(
    strategies.one_of(
        strategies.lists(strategies.sampled_from(range(6)), max_size=6),  # what is listed now
        strategies.sampled_from(["batch", "epoch", "restart", "damage", "full", "room"]),
    ),
    max_size=30,
)


@hypothesis.given(verbs=ORDERS, steps=STEPS)
@hypothesis.settings(max_examples=150)
def test_whatever_is_listed_however_often_each_id_is_settled_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, verbs: list[tuple[str, int]], steps: list[object]
) -> None:
    directory = tmp_path_factory.mktemp("spool") / ("0" * 32)
    directory.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("YOLOSCOPE_STRICT", raising=False)
        told = Told(directory)
        told.actor.at_epoch = {"validate"}
        args = {"set": {"lr": 0.1}, "note": {"text": "x"}}
        orders = [
            order(name, verb, at=at, until_ns=NOW_NS + 10 * deadline, **args.get(verb, {}))
            for at, (name, (verb, deadline)) in enumerate(zip(NAMES, verbs, strict=True))
        ]
        for step in [*steps, "room", "batch"]:
            told.now_ns += 5
            if isinstance(step, list):
                told.ask(*(orders[at] for at in step))
            elif step == "restart":
                told.control = told.attach()
            elif step == "damage":
                inbox.path(directory).write_bytes(b"{")
            elif step in ("full", "room"):
                told.takes = step == "room"
            else:
                told.control.poll(acting.Spot(step, 1, 1.0))  # type: ignore[arg-type]
    settled = [one.id for one in told.told]
    assert len(settled) == len(set(settled))
    assert len(told.actor.done) == len(set(told.actor.done))
    assert told.actor.done == [one.id for one in told.told if one.state == "applied"]
