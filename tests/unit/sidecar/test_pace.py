"""The link's speed decides how much one body takes and when rows are thinned."""

from yoloscope.sidecar import pace

MBIT_BYTES_PER_S = 125_000


def _measured(*sent: tuple[int, float]) -> pace.Pace:
    known = pace.Pace()
    for size_bytes, took_s in sent:
        known.note(size_bytes, took_s=took_s)
    return known


def test_before_anything_was_sent_nothing_is_thinned_and_bodies_are_middling() -> None:
    known = pace.Pace()
    assert not known.is_short_for(10**12)
    assert known.most_bytes(lanes=1) == pace.READ_FIRST_BYTES


def test_a_body_takes_about_a_second_of_the_link() -> None:
    known = _measured((MBIT_BYTES_PER_S, 1.0))
    assert known.most_bytes(lanes=1) == MBIT_BYTES_PER_S
    assert known.most_bytes(lanes=4) == MBIT_BYTES_PER_S // 4


def test_bodies_stay_within_bounds() -> None:
    assert _measured((10**9, 0.1)).most_bytes(lanes=1) == pace.READ_MOST_BYTES
    assert _measured((10_000, 100.0)).most_bytes(lanes=4) == pace.READ_LEAST_BYTES


def test_what_takes_longer_than_a_watcher_waits_is_too_much() -> None:
    known = _measured((MBIT_BYTES_PER_S, 1.0))
    assert not known.is_short_for(int(MBIT_BYTES_PER_S * pace.LIVE_WITHIN_S))
    assert known.is_short_for(int(MBIT_BYTES_PER_S * pace.LIVE_WITHIN_S) + 1)


def test_small_bodies_tell_nothing_of_the_link() -> None:
    assert _measured((200, 0.4)).most_bytes(lanes=1) == pace.READ_FIRST_BYTES


def test_what_does_not_get_through_makes_bodies_smaller_each_time() -> None:
    known = pace.Pace()
    sizes = [known.most_bytes(lanes=1)]
    for _ in range(6):
        known.note_failure(sizes[-1], took_s=5.0)
        sizes.append(known.most_bytes(lanes=1))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == pace.READ_LEAST_BYTES
