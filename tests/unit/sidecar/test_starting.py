"""What is started when: order, cards, cancelling, agents that die, servers that are away; with the machine and the server told by the test."""

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from yoloscope import errors
from yoloscope.sidecar import starting, starts
from yoloscope.sidecar.hardware import election, port

S = 10**9
PAUSE = threading.Event()
QUIET = {"util_percent": 0.0, "memory_bytes": 0.0, "memory_total_bytes": 100.0}


def wish(name: str, **changes: object) -> starts.Wish:
    return starts.Wish(**{"id": name, "run": f"run-{name}", **changes})


class Desk:
    """Stands for the server: `wishes` is its list, `answers` what it says to a word, `away` that it does not answer."""

    def __init__(self) -> None:
        self.wishes: list[starts.Wish] = []
        self.said: list[tuple[str, str]] = []
        self.details: list[str] = []
        self.go: Callable[[starts.Wish], bool] = lambda _: True
        self.knows: Callable[[starts.Wish], bool] = lambda _: True
        self.away = False

    def ask(self, seen: str) -> starts.Told | None:
        self._answer()
        return starts.Told(str(self.wishes), tuple(self.wishes))

    def say(self, one: starts.Wish, word: starts.Word, detail: str = "") -> bool:
        self._answer()
        if word == "starting" and not self.go(one):
            return False
        self.said.append((one.id, word))
        self.details.append(detail)
        return self.knows(one)

    def _answer(self) -> None:
        if self.away:
            raise errors.ServerUnavailable("no route", connected=False)


class Machine:
    """Stands for what the machine knows; a training begins when `begins` says so, and lives then."""

    def __init__(self) -> None:
        self.stands: dict[str, starting.Standing | starting.Refused] = {}
        self.ours: set[str] = set()
        self.cards: dict[str, list[starting.Place] | starting.Refused] = {}
        self.begun: list[tuple[str, str]] = []
        self.begins: Callable[[starts.Wish], str] = lambda _: ""
        self.finds: Callable[[starts.Wish, Sequence[port.Card] | None], list[starting.Place] | None] | None = None

    def standing(self, one: starts.Wish) -> starting.Standing | starting.Refused:
        return self.stands.get(one.id, "ready")

    def places(
        self, one: starts.Wish, seen: Sequence[port.Card] | None
    ) -> list[starting.Place] | starting.Refused | None:
        if self.finds is not None:
            return self.finds(one, seen)
        return self.cards.get(one.id, [starting.Place(frozenset(("GPU-0",)))])

    def is_ours(self, one: starts.Wish) -> bool:
        return one.id in self.ours

    def begin(self, one: starts.Wish, place: starting.Place) -> str:
        self.begun.append((one.id, place.told))
        return self.begins(one)

    def forget(self, one: starts.Wish) -> None:
        self.ours.discard(one.id)


class Agent:
    """A starter with a clock and looks of the test."""

    def __init__(self, desk: Desk, machine: Machine, *, needs_s: float = 2.0, strange_s: float = 0.0) -> None:
        self.starter = starting.Starter(desk, machine, needs_s=needs_s, strange_s=strange_s)  # type: ignore[arg-type]
        self.now_s = 0.0
        self.busy: set[str] = set()
        self.answers: bool | None = None
        self.lives = False
        self.news: list[tuple[str, str, str]] = []

    def tend(self, seconds: float) -> None:
        """Let time pass, with a look each second and whatever was begun in between done."""
        for _ in range(round(seconds)):
            self.now_s += 1.0
            cards = [
                port.Card("nvidia", at, uuid, "RTX", QUIET, {1: 1} if uuid in self.busy else {})
                for at, uuid in enumerate(("GPU-0", "GPU-1"))
            ]
            seen = () if self.answers is False else tuple(cards)
            look = election.Look("b", round(self.now_s * S), 1.0, 1, cards=seen, knows_cards=self.answers)
            for _ in range(12):
                found = self.starter.tend(self.now_s, look, lives=lambda: self.lives)
                self.news += [(one.wish.id, one.state, one.reason) for one in found]
                PAUSE.wait(0.004)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def agent(desk: Desk, machine: Machine) -> Iterator[Agent]:
    made = Agent(desk, machine)
    yield made
    made.starter.close()


def test_one_starts_when_its_card_was_free_for_long_enough_and_only_once(desk, machine, agent) -> None:
    desk.wishes = [wish("a")]
    agent.busy = {"GPU-0"}
    agent.tend(6)
    assert (machine.begun, desk.said) == ([], [])
    agent.busy = set()
    agent.tend(2)
    assert machine.begun == []
    agent.tend(10)
    assert machine.begun == [("a", "")]
    assert (desk.said, agent.news) == ([("a", "starting"), ("a", "started")], [("a", "started", "")])


def test_those_of_one_card_go_one_after_the_other_in_their_order(desk, machine, agent) -> None:
    desk.wishes = [wish("a"), wish("b"), wish("c")]
    machine.cards["c"] = [starting.Place(frozenset(("GPU-1",)), "GPU-1")]

    def begin(one: starts.Wish) -> str:
        PAUSE.wait(0.3)
        return "ended" if one.id == "a" else ""

    machine.begins = begin
    agent.tend(4)
    assert {name for name, _ in machine.begun} == {"a", "c"}, "another card is not held back"
    assert ("c", "GPU-1") in machine.begun
    desk.wishes = desk.wishes[1:]
    agent.tend(16)
    assert [name for name, _ in machine.begun if name != "c"] == ["a", "b"]
    assert ("a", "failed", "ended") in agent.news


def test_a_free_card_is_not_taken_from_those_in_front(desk, machine, agent) -> None:
    desk.wishes = [wish("both"), wish("one")]
    machine.cards["both"] = [starting.Place(frozenset(("GPU-0", "GPU-1")))]
    agent.busy = {"GPU-1"}
    agent.tend(8)
    assert machine.begun == []
    agent.busy = set()
    agent.tend(5)
    assert machine.begun[0] == ("both", "")


def test_now_waits_for_no_card(desk, machine, agent) -> None:
    desk.wishes = [wish("a"), wish("b", now=True)]
    agent.busy = {"GPU-0"}
    agent.tend(4)
    assert machine.begun == [("b", "")]


def test_without_cards_one_waits_until_no_training_lives(desk, machine, agent) -> None:
    desk.wishes = [wish("a")]
    machine.cards["a"] = [starting.Place(frozenset())]
    agent.lives = True
    agent.tend(6)
    assert machine.begun == []
    agent.lives = False
    agent.tend(6)
    assert machine.begun == [("a", "")]


def of_cards(one: starts.Wish, seen: Sequence[port.Card] | None) -> list[starting.Place] | None:
    """Return the first card for all but ``cpu``, as a machine without cards would say as well."""
    if one.id == "cpu" or (seen is not None and not seen):
        return [starting.Place(frozenset())]
    return None if seen is None else [starting.Place(frozenset((seen[0].uuid,)))]


def test_a_machine_whose_cards_have_not_answered_is_none_without_cards(desk, machine, agent) -> None:
    desk.wishes = [wish("a"), wish("b", now=True), wish("cpu")]
    machine.finds, agent.answers = of_cards, False
    agent.tend(8)
    assert [name for name, _ in machine.begun] == ["cpu"], "what names no card needs none"
    assert [one for one in agent.news if one[1] == "waits"] == [("a", "waits", "unseen"), ("b", "waits", "unseen")]
    assert [one for one in desk.said if one[0] != "cpu"] == []
    agent.answers, agent.busy = True, {"GPU-0"}
    agent.tend(6)
    assert [name for name, _ in machine.begun] == ["cpu", "b"], "what was not seen is not kept"
    agent.busy = set()
    agent.tend(6)
    assert [name for name, _ in machine.begun] == ["cpu", "b", "a"]


def test_a_driver_that_does_not_answer_for_once_changes_nothing(desk, machine, agent) -> None:
    desk.wishes = [wish("a")]
    machine.finds, agent.answers, agent.busy = of_cards, True, {"GPU-0"}
    agent.tend(4)
    agent.answers = False
    agent.tend(6)
    assert (machine.begun, agent.news) == ([], [])
    agent.answers, agent.busy = True, set()
    agent.tend(5)
    assert [name for name, _ in machine.begun] == ["a"]


def test_what_was_cancelled_meanwhile_is_not_started(desk, machine, agent) -> None:
    desk.wishes = [wish("a")]
    desk.go = lambda _: False  # cancelled between the list and the start
    agent.tend(8)
    assert (machine.begun, agent.news) == ([], [("a", "dropped", "")])


def test_without_the_servers_word_nothing_is_started_and_it_is_asked_again(desk, machine, agent) -> None:
    desk.wishes = [wish("a")]
    agent.busy = {"GPU-0"}
    agent.tend(2)
    agent.busy, desk.away = set(), True
    agent.tend(10)
    assert machine.begun == []
    assert agent.starter.trouble == "no route"
    desk.away = False
    agent.tend(20)
    assert machine.begun == [("a", "")]
    assert agent.starter.trouble == ""


@pytest.mark.parametrize(
    ("stands", "places", "reason"),
    [
        (starting.Refused("no_record"), None, "no_record"),
        (starting.Refused("elsewhere"), None, "elsewhere"),
        (starting.Refused("by_hand"), None, "by_hand"),
        ("ready", starting.Refused("no_card"), "no_card"),
        ("ready", starting.Refused("other_card"), "other_card"),
    ],
)
def test_what_cannot_be_started_is_said_at_once_with_why(desk, machine, agent, stands, places, reason) -> None:
    desk.wishes = [wish("a")]
    machine.stands["a"] = stands
    if places is not None:
        machine.cards["a"] = places
    agent.tend(3)
    assert (machine.begun, desk.said) == ([], [("a", "failed")])
    assert desk.details == [reason]


@pytest.mark.parametrize(
    ("reason", "told"), [("stripped", "stripped"), ("/secret/path: x", "cannot"), ("slow", "slow")]
)
def test_a_start_that_fails_says_why_in_our_words_alone(desk, machine, agent, reason, told) -> None:
    desk.wishes = [wish("a")]
    machine.begins = lambda _: reason
    agent.tend(6)
    assert agent.news == [("a", "failed", told)]
    assert desk.details[-1] == told


def test_an_agent_that_comes_back_tells_of_what_the_dead_one_began(desk, machine, agent, monkeypatch) -> None:
    monkeypatch.setattr(starting, "_LOOK_S", 0.001)
    desk.wishes = [wish("a")]
    machine.ours, machine.stands["a"] = {"a"}, "starting"
    agent.tend(5)
    assert (machine.begun, desk.said) == ([], [])
    machine.stands["a"] = "begun"
    agent.tend(4)
    assert (machine.begun, desk.said) == ([], [("a", "started")])


def test_one_that_somebody_else_starts_or_that_still_ends_is_waited_for(desk, machine, agent) -> None:
    desk.wishes = [wish("a"), wish("b")]
    machine.stands = {"a": "starting", "b": "alive"}
    agent.tend(6)
    assert (machine.begun, desk.said) == ([], [])
    machine.stands["b"] = "ready"
    agent.tend(4)
    assert machine.begun == [("b", "")]


def test_a_fault_of_the_machine_is_tried_again(desk, machine, agent) -> None:
    desk.wishes = [wish("a")]
    faults = [ValueError("a fault")]

    def begin(_: starts.Wish) -> str:
        if faults:
            raise faults.pop()
        return ""

    machine.begins = begin
    agent.tend(14)
    assert [name for name, _ in machine.begun] == ["a", "a"]
    assert agent.news[-1] == ("a", "started", "")


def test_a_server_of_an_older_release_is_asked_rarely(machine) -> None:
    class Old(Desk):
        asked = 0

        def ask(self, seen: str) -> None:
            self.asked += 1

    old = Old()
    agent = Agent(old, machine)
    agent.tend(30)
    agent.starter.close()
    assert (old.asked, agent.starter.trouble) == (1, "the server knows nothing of starts; update it")


def test_what_it_does_not_know_is_left_to_the_agents_of_others_for_a_while(desk: Desk, machine: Machine) -> None:
    desk.wishes = [wish("a"), wish("b")]
    machine.stands["a"] = starting.Refused("no_record")
    with_patience = Agent(desk, machine, strange_s=10.0)
    with_patience.tend(9)
    assert ("a", "failed") not in desk.said
    assert ("b", "started") in desk.said
    with_patience.tend(6)
    assert ("a", "failed") in desk.said
    with_patience.starter.close()


def test_what_another_agent_may_know_is_refused_again_until_that_counts(desk: Desk, machine: Machine) -> None:
    """A server that has just begun does not know yet who else is there: a word that it did not take must not be the last."""
    desk.wishes = [wish("a")]
    desk.knows = lambda _: False
    machine.stands["a"] = starting.Refused("no_record")
    agent = Agent(desk, machine)
    agent.tend(4)
    assert (agent.news, desk.details.count("no_record")) == ([("a", "later", "")], 1)
    desk.knows = lambda _: True
    agent.tend(starting.AGAIN_S + 2)
    assert agent.news[-1] == ("a", "failed", "no_record")
    said = len(desk.details)
    agent.tend(starting.AGAIN_S + 2)
    assert len(desk.details) == said
    agent.starter.close()
