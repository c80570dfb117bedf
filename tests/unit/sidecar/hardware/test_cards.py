"""All makers' cards: a driver that hangs keeps nobody, one that goes is opened again, one that is missing costs nothing."""

import logging
import threading
from collections.abc import Callable

import pytest

from yoloscope.sidecar.hardware import cards, port

CARD = port.Card("acme", 0, "A-1", "Acme One", {"util_percent": 50.0}, {})
OTHER = port.Card("other", 0, "O-1", "Other One", {"util_percent": 10.0}, {})


class Vendor:
    """A maker with one card; ``look_with`` may block or raise."""

    def __init__(self, card: port.Card = CARD) -> None:
        self.card = card
        self.closed = 0
        self.look_with: Callable[[], None] = lambda: None

    def look(self) -> list[port.Card]:
        self.look_with()
        return [self.card]

    def close(self) -> None:
        self.closed += 1


def _taken(read: cards.Cards) -> cards.Seen:
    """Return what a look sees; the thread beside has a minute."""
    ended = threading.Event()
    for _ in range(6000):
        seen = read.take()
        if seen is not None:
            return seen
        ended.wait(0.01)
    raise AssertionError("no look came to an end")


def test_every_maker_is_one_line_of_a_tuple() -> None:
    read = cards.Cards((Vendor, lambda: Vendor(OTHER), lambda: None))
    read.ask()
    assert _taken(read) == ([CARD, OTHER], True)
    read.close()


def test_a_driver_that_hangs_keeps_nobody_and_is_left_alone_until_it_answers(monkeypatch, caplog) -> None:
    vendor, release, calls = Vendor(), threading.Event(), []

    def hang() -> None:
        calls.append(1)
        assert release.wait(60)

    vendor.look_with = hang
    monkeypatch.setattr(cards, "HANGS_S", 0.0)
    caplog.set_level(logging.WARNING)
    read = cards.Cards((lambda: vendor,))
    for _ in range(50):
        read.ask()
        assert read.take() is None
    assert read.hangs()
    assert len(calls) <= 1
    release.set()
    assert _taken(read) == ([CARD], True)
    assert not read.hangs()
    read.take()
    assert caplog.messages == [
        "the driver of the cards does not answer; no values until it does",
        "the driver of the cards answers",
    ]
    read.close()


def test_a_driver_that_went_is_opened_again_after_a_minute() -> None:
    now_s, opened = [1000.0], []

    def opener() -> Vendor:
        opened.append(Vendor())
        return opened[-1]

    reader = cards._Reader((opener,), now_s=lambda: now_s[0])
    assert reader.look() == ([CARD], True)

    def gone() -> None:
        raise port.DriverGone("unloaded")

    opened[0].look_with = gone
    assert reader.look() == ([], False)
    assert opened[0].closed == 1
    now_s[0] += cards.OPEN_AGAIN_S - 1
    assert reader.look() == ([], False), "nobody knows whether its cards are there"
    now_s[0] += 2
    assert reader.look() == ([CARD], True)
    assert len(opened) == 2


def test_a_driver_that_is_not_ready_is_missed_until_it_answers_and_that_is_said_once(caplog) -> None:
    """Its cards are there, so that the machine is none without cards."""
    caplog.set_level(logging.INFO)
    now_s, is_ready = [1000.0], [False]

    def opener() -> Vendor:
        if not is_ready[0]:
            raise port.DriverGone("not loaded")
        return Vendor()

    reader = cards._Reader((opener, lambda: Vendor(OTHER)), now_s=lambda: now_s[0])
    for _ in range(3):
        assert reader.look() == ([OTHER], False)
        now_s[0] += cards.OPEN_AGAIN_S
    is_ready[0] = True
    assert sorted(card.uuid for card in reader.look().cards) == ["A-1", "O-1"]
    assert reader.look().is_all
    assert caplog.messages == ["a driver of cards does not answer, and is looked for again: not loaded"]


def test_a_driver_that_answered_once_is_missed_though_none_is_found_any_more() -> None:
    now_s, found = [1000.0], [Vendor()]
    reader = cards._Reader((lambda: found[-1],), now_s=lambda: now_s[0])
    assert reader.look().is_all

    def gone() -> None:
        raise port.DriverGone("unloaded")

    found[0].look_with = gone
    reader.look()
    found.append(None)  # type: ignore[arg-type]
    now_s[0] += cards.OPEN_AGAIN_S
    assert reader.look() == ([], False)


def test_a_driver_that_is_missing_is_looked_for_once_a_minute() -> None:
    now_s, tried = [1000.0], []
    reader = cards._Reader((lambda: tried.append(now_s[0]),), now_s=lambda: now_s[0])
    for _ in range(60):
        assert reader.look() == ([], True)
        now_s[0] += 2
    assert tried == [1000.0, 1060.0]


def test_a_fault_of_a_maker_is_logged_once_and_the_next_look_goes_on(caplog) -> None:
    vendor = Vendor()

    def fail() -> None:
        raise ZeroDivisionError

    vendor.look_with = fail
    read = cards.Cards((lambda: vendor,))
    for _ in range(3):
        read.ask()
        ended = threading.Event()
        while read._aside.busy_s() is not None:
            assert read.take() is None
            ended.wait(0.01)
    assert len([record for record in caplog.records if record.exc_info]) == 1
    vendor.look_with = lambda: None
    read.ask()
    assert _taken(read) == ([CARD], True)
    read.close()


def test_what_is_closed_lets_its_drivers_go() -> None:
    vendor = Vendor()
    read = cards.Cards((lambda: vendor,))
    read.ask()
    _taken(read)
    thread = read._aside._thread
    read.close()
    assert thread is not None
    thread.join(60)
    assert vendor.closed == 1


@pytest.mark.parametrize("times", [1, 2])
def test_closing_is_harmless(times) -> None:
    read = cards.Cards(())
    for _ in range(times):
        read.close()
