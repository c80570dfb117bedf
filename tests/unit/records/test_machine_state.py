"""What a server makes of reports: who is present, what is united, since when a card is used."""

import msgspec

from yoloscope.records import machine, machine_state

S = 10**9
NOW = 10**18


def card(uuid: str = "a", util: float | None = 0.0, *processes: machine.CardProcess, index: int = 0) -> machine.Card:
    return machine.Card(index, uuid, "RTX", "nvidia", util, processes=processes)


def report(*cards: machine.Card, at_ns: int, **changes: object) -> machine.Report:
    plain = {"host": "h", "boot_id": "b", "wall_ns": at_ns, "interval_s": 10.0, "cpus": 8, "cards": cards}
    return machine.Report(**plain | changes)


def heard(*looks: tuple[int, machine.Card], interval_s: float = 10.0) -> machine_state.CardLife:
    """Return the life of a card after looks, each so many seconds after the start."""
    known = None
    for at_s, seen in looks:
        now_ns = NOW + at_s * S
        known = machine_state.after_report(known, report(seen, at_ns=now_ns, interval_s=interval_s), now_ns=now_ns)
    assert known is not None
    return known.lives["a"]


def times(life: machine_state.CardLife) -> dict[str, int | None]:
    """Return a life in seconds after the start."""
    told = msgspec.to_builtins(life)
    return {key: None if value is None else (value - NOW) // S for key, value in told.items()}


BUSY, IDLE = card("a", 50.0), card("a", 0.0)
HELD = card("a", 0.0, machine.CardProcess(7))
NEVER = {"used_from_ns": None, "used_ns": None, "worked_ns": None}


def test_a_card_that_rests_was_never_used() -> None:
    assert times(heard((0, IDLE), (10, IDLE))) == {"first_ns": 0, "heard_ns": 10, **NEVER}


def test_use_goes_on_over_a_short_pause_and_begins_anew_after_a_long_one() -> None:
    short = heard((0, BUSY), (10, IDLE), (50, IDLE), (60, BUSY))
    assert times(short) == {"first_ns": 0, "heard_ns": 60, "used_from_ns": 0, "used_ns": 60, "worked_ns": 60}
    long = heard((0, BUSY), (10, IDLE), (50, IDLE), (61, BUSY))
    assert times(long) == {"first_ns": 0, "heard_ns": 61, "used_from_ns": 61, "used_ns": 61, "worked_ns": 61}
    seldom = heard((0, BUSY), (200, IDLE), (290, BUSY), interval_s=100.0)
    assert times(seldom)["used_from_ns"] == 0


def test_a_card_held_without_working_is_used_but_does_not_work() -> None:
    life = heard((0, BUSY), (10, HELD), (1_000, HELD))
    assert times(life) == {"first_ns": 0, "heard_ns": 1_000, "used_from_ns": 0, "used_ns": 1_000, "worked_ns": 0}
    assert times(heard((0, HELD)))["worked_ns"] is None


def test_the_same_process_goes_on_after_a_silence_but_not_after_a_restart_of_the_machine() -> None:
    assert times(heard((0, HELD), (9_000, HELD)))["used_from_ns"] == 0
    other = card("a", 0.0, machine.CardProcess(8))
    assert times(heard((0, HELD), (9_000, other)))["used_from_ns"] == 9_000
    first = machine_state.after_report(None, report(HELD, at_ns=1), now_ns=NOW)
    again = machine_state.after_report(first, report(HELD, at_ns=2, boot_id="c"), now_ns=NOW + 9_000 * S)
    assert again is not None
    assert again.lives["a"].used_from_ns == NOW + 9_000 * S


def test_a_machine_whose_clock_was_set_back_is_believed_after_a_silence() -> None:
    first = machine_state.after_report(None, report(at_ns=NOW), now_ns=NOW)
    back = report(at_ns=NOW - 3_600 * S)
    assert machine_state.after_report(first, back, now_ns=NOW + 60 * S) is None
    assert machine_state.after_report(first, back, now_ns=NOW + 61 * S) is not None


def test_cards_and_runs_of_several_senders_are_united() -> None:
    mine = machine.CardProcess(7, None, "r1")
    host = report(
        card("a", 80.0, machine.CardProcess(7), machine.CardProcess(8, None, "r2")),
        card("b", index=1),
        at_ns=1,
        sender="host",
        runs=(machine.RunHere("r2", "p", 8, 20),),
    )
    container = report(
        card("a", 81.0, mine), at_ns=1, sender="container", runs=(machine.RunHere("r1", "p", 7, 10),), cpus=2
    )
    known = None
    for at_s, said in ((0, container), (1, host)):
        known = machine_state.after_report(known, said, now_ns=NOW + at_s * S)
    assert known is not None
    assert known.newest.cpus == 8
    assert [run.run for run in machine_state.runs(known.told)] == ["r1", "r2"]
    both = (mine, machine.CardProcess(8, None, "r2"))
    assert machine_state.cards(known.told) == [card("a", 80.0, *both), card("b", index=1)]


def test_a_container_that_sees_fewer_processes_hides_no_run() -> None:
    seen = report(card("a", 80.0, machine.CardProcess(8, None, "r2"), machine.CardProcess(9)), at_ns=1, sender="host")
    blind = report(card("a", 70.0), at_ns=1, sender="container")
    known = machine_state.after_report(None, seen, now_ns=NOW)
    known = machine_state.after_report(known, blind, now_ns=NOW + S)
    assert known is not None
    assert machine_state.cards(known.told) == [card("a", 70.0, machine.CardProcess(8, None, "r2"))]


def test_a_sender_that_fell_silent_is_left_out_and_one_that_takes_over_replaces_at_once() -> None:
    first = report(at_ns=1, sender="s", runs=(machine.RunHere("r1", "p", 7, 10),))
    other = report(at_ns=1, sender="t", runs=(machine.RunHere("r2", "p", 8, 20),))
    known = machine_state.after_report(None, first, now_ns=NOW)
    known = machine_state.after_report(known, other, now_ns=NOW + S)
    known = machine_state.after_report(known, report(at_ns=2, sender="s"), now_ns=NOW + 2 * S)
    assert known is not None
    assert [run.run for run in machine_state.runs(known.told)] == ["r2"]
    known = machine_state.after_report(known, report(at_ns=3, sender="s"), now_ns=NOW + 62 * S)
    assert known is not None
    assert machine_state.runs(known.told) == []


def test_senders_and_cards_have_a_limit() -> None:
    known = None
    for at in range(40):
        cards = [card(f"{at}-{number}") for number in range(60)]
        known = machine_state.after_report(known, report(*cards, at_ns=at, sender=str(at)), now_ns=NOW + at)
    assert known is not None
    assert [told.report.sender for told in known.told] == [str(at) for at in range(32, 40)]
    assert len(known.lives) == machine_state.CARDS_KNOWN_MAX
    assert {one.uuid for one in machine_state.cards(known.told)} <= set(known.lives)


def test_a_server_whose_own_clock_was_set_back_believes_what_is_said_next() -> None:
    first = machine.Report(host="h", boot_id="b", wall_ns=NOW + 3600 * S, interval_s=10.0, cpus=8)
    known = machine_state.after_report(None, first, now_ns=NOW + 3600 * S)
    assert known is not None
    assert not machine_state.is_present(known.told[-1], now_ns=NOW)  # else what is off would be there for an hour
    later = msgspec.structs.replace(first, wall_ns=NOW + 5 * S)  # it runs on the same machine
    after = machine_state.after_report(known, later, now_ns=NOW + 5 * S)
    assert after is not None
    assert after.newest == later
    assert machine_state.is_present(after.told[-1], now_ns=NOW)  # a few seconds are no matter
