"""Policies while others are at work: changes take turns, and what is large is checked beside the event loop."""

import asyncio
import threading

import pytest

from yoloscope import errors
from yoloscope.ingest import allowed
from yoloscope.records import policy, row

PROJECT = "signs"


def test_two_changes_at_once_both_hold(stores) -> None:
    async def change() -> None:
        policies = allowed.Policies(stores.catalog)
        await asyncio.gather(
            *(
                policies.change(PROJECT, lambda base, field=field: policy.from_mapping({field: False}, base=base))
                for field in ("text", "summaries", "media")
            )
        )
        assert await policies.of(PROJECT) == stores.catalog.policy(PROJECT)

    asyncio.run(change())
    stored = stores.catalog.policy(PROJECT)
    assert (stored.text, stored.summaries, stored.media) == (False, False, False)


@pytest.mark.parametrize("large", ["texts", "names"])
def test_what_is_large_is_checked_beside_the_event_loop(
    stores, batches, monkeypatch: pytest.MonkeyPatch, large: str
) -> None:
    entry = {
        "texts": row.Updated("config", {"a": ["acme"] * 5000}),
        "names": batches.matrix({f"class/dent-{number}/AP50": [1.0] for number in range(3000)}),
    }[large]
    seen: list[threading.Thread] = []
    whole = allowed.reduction.forbidden

    def noted(batch: row.Batch, *, policy: policy.Policy) -> object:
        seen.append(threading.current_thread())
        return whole(batch, policy=policy)

    monkeypatch.setattr(allowed.reduction, "forbidden", noted)

    async def check() -> None:
        policies = allowed.Policies(stores.catalog)
        await policies.change(PROJECT, lambda _: policy.STRICTEST)
        await policies.check(PROJECT, [batches(batches.matrix({"a": [1.0]}))])
        with pytest.raises(errors.PolicyForbids):
            await policies.check(PROJECT, [batches(entry)])

    asyncio.run(check())
    assert [thread is threading.main_thread() for thread in seen] == [True, False]
