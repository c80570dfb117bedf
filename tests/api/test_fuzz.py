"""Any bytes in: an answer that names the fault, or rows; never a fault of our own."""

import asyncio
import contextlib
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.ingest import accept, live
from yoloscope.records import row
from yoloscope.store import open as store_opening
from yoloscope.wire import codec, frame

pytestmark = pytest.mark.slow

EXPECTED = (errors.WireError, errors.InvalidRecord, errors.SequenceGap)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20)
)
ANYTHING = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


def answers(*bodies: tuple[bytes, str]) -> None:
    """Send bodies to an empty store; anything but an ack or an expected refusal fails."""

    async def scenario() -> None:
        for body, encoding in bodies:
            with contextlib.suppress(*EXPECTED):
                await ingest.accept(body, encoding=encoding)

    with TemporaryDirectory() as directory, store_opening.open_stores(Path(directory)) as stores:
        ingest = accept.Ingest(stores.series, stores.catalog, hub=live.Hub())
        asyncio.run(scenario())
        stores.catalog.runs(None, limit=10, cursor=None)


@given(st.lists(st.tuples(st.binary(max_size=400), st.sampled_from(["", "deflate", "zstd"])), max_size=30))
@settings(max_examples=20, deadline=None)
def test_any_bytes_are_answered(bodies) -> None:
    answers(*bodies)


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_batch_with_anything_in_one_place_is_answered(batches, data) -> None:
    entries = (
        batches.matrix({"a": [1.0]}),
        row.Updated("config", {"k": 1}),
        row.Ended("failed", wall_ns=1),
        row.Skip(1),
    )
    good = msgspec.msgpack.decode(codec.body_from_batches([batches(*entries)])[16:])
    bodies = []
    for _ in range(20):
        changed = msgspec.msgpack.decode(msgspec.msgpack.encode(good))
        place = data.draw(st.sampled_from([changed, changed["run"], changed["attempt"], *changed["entries"]]))
        place[data.draw(st.sampled_from(sorted(place)))] = data.draw(ANYTHING)
        bodies.append((frame.body_from_payloads([msgspec.msgpack.encode(changed)]), ""))
    answers(*bodies)
