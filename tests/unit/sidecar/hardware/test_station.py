"""A look at the machine: what has not answered is told from what is not there."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from yoloscope.sidecar.hardware import cards, election, port, station

CARD = port.Card("acme", 0, "A-1", "Acme One", {"util_percent": 50.0}, {})
PAUSE = threading.Event()


class Vendor:
    """A maker with one card that answers once it is released."""

    def __init__(self) -> None:
        self.release = threading.Event()

    def look(self) -> list[port.Card]:
        assert self.release.wait(60)
        return [CARD]

    def close(self) -> None:
        """Nothing is held."""


class Looking:
    """A station in steps of a clock."""

    def __init__(self, folder: Path, *vendors: port.Open) -> None:
        self.now_s = 100.0
        self.station = station.Station(interval_s=2.0, folder=lambda: folder, new_cards=lambda: cards.Cards(vendors))

    def look(self, *, patient: bool) -> election.Look:
        """Return a look, with the cards waited for or left out of it."""
        self.now_s += 2.0
        self.station.begin(self.now_s)
        while patient and not self.station.is_ready(self.now_s):
            PAUSE.wait(0.01)
        assert self.station.is_ready(self.now_s + station.CARDS_WAIT_S)
        return self.station.end(self.now_s)


@pytest.fixture
def begin(shared: Path) -> Iterator[Callable[..., Looking]]:
    made: list[Looking] = []

    def one(*vendors: port.Open) -> Looking:
        made.append(Looking(shared, *vendors))
        return made[-1]

    yield one
    for looking in made:
        looking.station.close()


def test_a_machine_whose_driver_is_slow_is_none_without_cards(begin) -> None:
    vendor = Vendor()
    looking = begin(lambda: vendor)
    assert looking.look(patient=False).all_cards is None
    assert looking.look(patient=False).all_cards is None
    vendor.release.set()
    looking.look(patient=True)  # what was asked then came too late
    assert looking.look(patient=True).all_cards == (CARD,)
    vendor.release.clear()
    assert looking.look(patient=False).all_cards is None


def test_a_machine_without_a_driver_is_one_without_cards(begin) -> None:
    assert begin(lambda: None).look(patient=True).all_cards == ()


def test_who_is_not_elected_and_hears_nothing_knows_of_no_cards(begin, shared: Path) -> None:
    first, second = begin(lambda: None), begin(lambda: None)
    assert first.look(patient=True).all_cards == ()
    assert second.look(patient=True).all_cards == (), "as the elected one left it"
    (shared / "look.json").unlink()
    assert second.look(patient=True).all_cards is None
