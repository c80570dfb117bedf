"""What is asked of a training waits for its sidecar, for a while, and is handed out once."""

from yoloscope.ingest import asks
from yoloscope.records import ids

RUN = ids.RunId("r1")
WRITER = ids.WriterId("0" * 32)
OTHER = ids.WriterId("1" * 32)


class Clock:
    """A clock that is driven."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_an_ask_is_handed_to_its_writer_alone_and_once() -> None:
    kept = asks.Asks(clock_s=Clock())
    kept.add(RUN, WRITER, "stack")
    assert kept.taken([(RUN, OTHER), (ids.RunId("r2"), WRITER)]) == ()
    assert kept.taken([(RUN, WRITER), (RUN, WRITER)]) == ("stack",)
    assert kept.taken([(RUN, WRITER)]) == ()


def test_an_ask_is_forgotten_after_a_minute() -> None:
    clock = Clock()
    kept = asks.Asks(clock_s=clock)
    kept.add(RUN, WRITER, "stack")
    clock.now_s = asks.LIFETIME_S - 1
    kept.add(RUN, OTHER, "stack")
    clock.now_s = asks.LIFETIME_S
    assert kept.taken([(RUN, WRITER)]) == ()
    assert kept.taken([(RUN, OTHER)]) == ("stack",)


def test_asks_that_nobody_fetches_do_not_pile_up() -> None:
    clock = Clock()
    kept = asks.Asks(clock_s=clock)
    for at in range(100):
        clock.now_s = at * asks.LIFETIME_S
        kept.add(ids.RunId(f"r{at}"), WRITER, "stack")
    clock.now_s -= asks.LIFETIME_S / 2
    found = [at for at in range(100) if kept.taken([(ids.RunId(f"r{at}"), WRITER)])]
    assert found == [99]
