"""Since when a card is free: what counts, and what takes it back."""

import pytest

from yoloscope.sidecar.hardware import election, port, resting

GIB = 2**30
S = 10**9
QUIET = {"util_percent": 0.0, "memory_bytes": 0.5 * GIB, "memory_total_bytes": 24.0 * GIB}


def card(uuid: str = "GPU-0", processes: dict[int, int] | None = None, **numbers: float | None) -> port.Card:
    told = {name: value for name, value in (QUIET | numbers).items() if value is not None}
    return port.Card("nvidia", 0, uuid, "RTX", told, processes)


def look(at_s: float, *cards: port.Card, interval_s: float = 2.0) -> election.Look:
    return election.Look("boot", round(at_s * S), interval_s, 1, cards=cards)


@pytest.mark.parametrize(
    ("seen", "free"),
    [
        (card(), True),
        (card(processes={}), True),
        (card(processes={7: -1}), False),
        (card(util_percent=5.0), True),
        (card(util_percent=5.1), False),
        (card(memory_bytes=1.2 * GIB), True),
        (card(memory_bytes=1.3 * GIB), False),
        (card(util_percent=None), False),
        (card(util_percent=None, processes={}), True),
        (card(memory_bytes=None, processes={}), False),
        (card(memory_total_bytes=0.0), False),
    ],
)
def test_a_card_is_free_where_nothing_is_seen_on_it_and_enough_is_seen(seen, free) -> None:
    assert resting.is_free(seen) is free


def test_a_card_must_be_free_in_a_row() -> None:
    rest = resting.Rest(needs_s=6.0)
    assert not rest.is_rested(["GPU-0"])
    told = []
    for at_s, busy in ((0, 0), (2, 0), (4, 0), (6, 0), (8, 1), (10, 0), (14, 0), (16, 0)):
        rest.see(look(at_s, card(util_percent=90.0 * busy)), lives=False)
        told.append(rest.is_rested(["GPU-0"]))
    assert told == [False, False, False, True, False, False, False, True]
    assert not rest.is_rested(["GPU-0", "GPU-9"]), "a card that nobody sees is not free"


def test_a_gap_between_looks_begins_anew_and_an_old_look_changes_nothing() -> None:
    rest = resting.Rest(needs_s=6.0)
    for at_s in (0, 2, 4, 6):
        rest.see(look(at_s, card()), lives=False)
    rest.see(look(5, card(util_percent=99.0)), lives=False)
    assert rest.is_rested(["GPU-0"])
    rest.see(look(17, card()), lives=False)
    assert not rest.is_rested(["GPU-0"])


def test_what_was_taken_must_be_free_as_long_again() -> None:
    rest = resting.Rest(needs_s=4.0)
    for at_s in (0, 2, 4):
        rest.see(look(at_s, card(), card("GPU-1")), lives=False)
    rest.take(["GPU-0"])
    assert (rest.is_rested(["GPU-0"]), rest.is_rested(["GPU-1"])) == (False, True)
    rest.see(look(6, card(), card("GPU-1")), lives=False)
    rest.see(look(10, card(), card("GPU-1")), lives=False)
    assert rest.is_rested(["GPU-0", "GPU-1"])


def test_a_machine_without_cards_is_free_while_no_training_lives_there() -> None:
    rest = resting.Rest(needs_s=2.0)
    for at_s, lives in ((0, False), (2, True), (4, False)):
        rest.see(look(at_s), lives=lives)
        assert not rest.is_rested([resting.MACHINE])
    rest.see(look(6), lives=False)
    assert rest.is_rested([resting.MACHINE])
