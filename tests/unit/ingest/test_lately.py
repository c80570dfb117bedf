from yoloscope.ingest import lately


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def hints(of: lately.Lately[str], *, ago_s: float) -> list[str] | None:
    found = of.since(ago_s)
    return None if found is None else list(found)


def test_what_came_since_is_told_in_order_and_each_key_once() -> None:
    clock = Clock()
    of: lately.Lately[str] = lately.Lately(clock)
    for at, (key, hint) in enumerate([("a", "a1"), ("b", "b1"), ("a", "a2"), ("c", "c1")], start=1):
        clock.now = 1_000.0 + at
        of.note(key, hint)
    assert hints(of, ago_s=3.5) == ["b1", "a2", "c1"]
    assert hints(of, ago_s=2.0) == ["b1", "a2", "c1"]
    assert hints(of, ago_s=1.0) == ["a2", "c1"]
    assert hints(of, ago_s=0.0) == ["c1"]


def test_before_it_began_nothing_is_known() -> None:
    clock = Clock()
    of: lately.Lately[str] = lately.Lately(clock)
    clock.now += 5
    assert hints(of, ago_s=4.0) == []
    assert hints(of, ago_s=6.0) is None


def test_what_was_given_up_with_time_is_not_known_any_more() -> None:
    clock = Clock()
    of: lately.Lately[str] = lately.Lately(clock)
    clock.now += 1
    of.note("a", "a1")
    clock.now += lately.KEPT_S + 1
    of.note("b", "b1")
    assert hints(of, ago_s=lately.KEPT_S) == ["b1"]
    assert hints(of, ago_s=lately.KEPT_S + 1) is None


def test_what_was_given_up_for_room_is_not_known_any_more() -> None:
    clock = Clock()
    of: lately.Lately[str] = lately.Lately(clock)
    for at in range(lately.HINTS_MAX + 1):
        clock.now += 0.001
        of.note(at, str(at))
    kept = 0.001 * (lately.HINTS_MAX - 0.5)
    assert hints(of, ago_s=kept) == [str(at) for at in range(1, lately.HINTS_MAX + 1)]
    assert hints(of, ago_s=kept + 0.001) is None
