import asyncio

from yoloscope.ingest import turns


def test_one_key_is_held_by_one_at_a_time_and_nothing_stays_behind() -> None:
    async def scenario() -> list[str]:
        both, told = turns.Turns(), []
        inside, leave = asyncio.Event(), asyncio.Event()

        async def first() -> None:
            async with both.of(["a", "b"]):
                inside.set()
                await leave.wait()
                told.append("first")

        async def second() -> None:
            await inside.wait()
            async with both.of(["b", "b", "c"]):
                told.append("second")

        async def other() -> None:
            await inside.wait()
            async with both.of(["d"]):
                told.append("other")
            leave.set()

        await asyncio.gather(first(), second(), other())
        assert both._locks == {}
        return told

    assert asyncio.run(scenario()) == ["other", "first", "second"]


def test_a_request_that_is_given_up_frees_its_turn() -> None:
    async def scenario() -> bool:
        one = turns.Turns()
        async with one.of(["a"]):

            async def wait() -> None:
                async with one.of(["a"]):
                    pass

            waiting = asyncio.ensure_future(wait())
            await asyncio.wait([waiting], timeout=0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        return one._locks == {}

    assert asyncio.run(scenario())
