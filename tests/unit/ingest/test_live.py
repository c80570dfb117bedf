import asyncio

from yoloscope.ingest import live


def hints_after(*steps: object) -> list[list[live.Message]]:
    """Return what one connection is told at each request of the steps (a listener → None function, or "next")."""

    async def scenario() -> list[list[live.Message]]:
        hub = live.Hub()
        told = []
        with hub.listener() as listener:
            for step in steps:
                if step == "next":
                    told.append(await listener.next_hints())
                else:
                    step(hub, listener)
        return told

    return asyncio.run(scenario())


def test_hints_of_one_run_are_joined() -> None:
    def grow(hub, listener) -> None:
        hub.grew("r1", project="p", rows=2)
        hub.grew("r1", project="p", rows=3)
        for tell in (hub.changed, hub.showed):
            tell("r1", project="p")
            tell("r1", project="p")

    expected = [live.Series("r1", "p", rows=5), live.Run("r1", "p"), live.Media("r1", "p")]
    assert hints_after(grow, "next") == [expected]


def test_a_watched_run_is_told_of_while_others_wait_their_second() -> None:
    def first(hub, listener) -> None:
        listener.watched = frozenset({"r1"})
        hub.grew("r2", project="p", rows=1)

    def second(hub, listener) -> None:
        hub.grew("r2", project="p", rows=1)
        hub.grew("r1", project="p", rows=1)

    assert hints_after(first, "next", second, "next") == [
        [live.Series("r2", "p", rows=1)],
        [live.Series("r1", "p", rows=1)],
    ]


def test_what_waits_for_a_slow_connection_is_bounded() -> None:
    def flood(hub, listener) -> None:
        for number in range(live.RUNS_MAX + 10):
            hub.grew(f"r{number}", project="p", rows=1)

    assert len(hints_after(flood, "next")[0]) == live.RUNS_MAX


def test_nobody_watches_once_the_connection_has_gone() -> None:
    hub = live.Hub()
    with hub.listener() as listener:
        listener.watched = frozenset({"r1"})
        assert hub.watching("r1")
    assert not hub.watching("r1")
