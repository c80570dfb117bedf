"""Anything at all in the place of an item, a piece or a question: answered, never with a fault of the server."""

import asyncio
import contextlib
import string
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.parts import Trainer, boxes, digest_of, item, matrix, part, picture
from yoloscope import errors
from yoloscope.ingest import accept, blobs, live
from yoloscope.records import media
from yoloscope.store import open as store_opening
from yoloscope.wire import codec, frame

pytestmark = pytest.mark.slow

EXPECTED = (errors.WireError, errors.InvalidRecord, errors.SequenceGap, errors.NotFound)
WORDS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=20)
ANYTHING = st.recursive(
    WORDS | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)
WHOLE = [picture(), picture(form="PNG"), matrix(1.0, 2.0), boxes(), b"text", bytes(70_000)]
KINDS: list[tuple[media.Kind, media.Role, str]] = [
    ("image", "image", media.WEBP),
    ("image", "mask", media.PNG),
    ("matrix", "data", media.CONTENT),
    ("image", "boxes", media.CONTENT),
    ("text", "data", media.TEXT),
    ("artifact", "data", media.BYTES),
]
NUMBERS = st.sampled_from(["0", "1", "4", "70000", "-1", "", "1e3", "٣", "9" * 19, "0x10", "4 "])


@given(data=st.data())
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_item_with_anything_in_one_place_is_answered(batches, data) -> None:
    parts = (part(WHOLE[0], "image", media.WEBP), part(WHOLE[3], "boxes"))
    shown = item(0, "image", "a", step=1, epoch=0.5, facts={"a": 1}, needs=("text",), parts=parts)
    good = msgspec.msgpack.decode(codec.body_from_batches([batches(shown)])[16:])
    bodies: list[bytes] = []
    for _ in range(20):
        changed = msgspec.msgpack.decode(msgspec.msgpack.encode(good))
        one = changed["entries"][0]
        place = data.draw(st.sampled_from([one, *one["parts"]]))
        place[data.draw(st.sampled_from(sorted(place)))] = data.draw(ANYTHING)
        bodies.append(frame.body_from_payloads([msgspec.msgpack.encode(changed)], version=4))

    async def scenario(ingest: accept.Ingest) -> None:
        await ingest.policies.change("signs", lambda holds: msgspec.structs.replace(holds, media=True))
        for body in bodies:
            with contextlib.suppress(*EXPECTED):
                await ingest.accept(body, encoding="")

    with TemporaryDirectory() as directory, store_opening.open_stores(Path(directory)) as stores:
        asyncio.run(scenario(accept.Ingest(stores.series, stores.catalog, hub=live.Hub())))
        stores.catalog.items.names("r1")


@given(data=st.data())
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_pieces_in_any_order_leave_whole_parts_or_none(batches, data) -> None:
    """Whatever is readable in the end is what some item says of it, byte for byte."""
    claims = data.draw(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(WHOLE)), min_size=1, max_size=6))
    shown = [
        item(at, kind, parts=(part(whole, role, media_type),))
        for at, ((kind, role, media_type), whole) in enumerate(claims)
    ]
    places = st.integers(0, 70_001)
    pieces = data.draw(
        st.lists(st.tuples(st.sampled_from(WHOLE), places, places, st.booleans(), st.integers(-1, 1)), max_size=25)
    )

    async def scenario(stores: store_opening.Stores) -> None:
        ingest = accept.Ingest(stores.series, stores.catalog, hub=live.Hub())
        taking = blobs.Blobs(stores.catalog, stores.blobs, policies=ingest.policies, hub=live.Hub())
        await ingest.policies.change("signs", lambda holds: msgspec.structs.replace(holds, media=True))
        await ingest.take([batches(*shown)])
        for whole, first, last, is_right, change in pieces:
            at = taking.totals.bytes if first > len(whole) else 0
            offset = stores.blobs.state(digest_of(whole)).offset if is_right else at
            body = whole[offset:] if is_right and last > first else whole[offset : offset + last]
            with contextlib.suppress(*EXPECTED):
                length = len(whole) + (0 if is_right else change)
                await taking.accept("r1", blobs.Piece(digest_of(whole), offset, length, body))

    with TemporaryDirectory() as directory, store_opening.open_stores(Path(directory)) as stores:
        asyncio.run(scenario(stores))
        told = {whole for _, whole in claims}
        for whole in WHOLE:
            if stores.blobs.whole([digest_of(whole)]):
                assert whole in told
                assert stores.blobs.read(digest_of(whole)) == whole


@pytest.fixture
def filled(live_server, batches) -> SimpleNamespace:
    """A server with an item of each kind of part, none of which is here yet."""
    live_server.call("PUT", "/api/v1/projects/signs/policy", json={"media": True})
    trainer = Trainer(live_server, batches)
    for at, ((kind, role, media_type), whole) in enumerate(zip(KINDS, WHOLE, strict=True)):
        trainer.send(item(at, kind, parts=(part(whole, role, media_type),)))
    return SimpleNamespace(server=live_server)


@given(
    digest=st.sampled_from([digest_of(whole) for whole in WHOLE]) | st.text(string.hexdigits + "/.%", max_size=70),
    offset=NUMBERS,
    length=NUMBERS | st.sampled_from([str(len(whole)) for whole in WHOLE]),
    content_type=st.sampled_from(["application/octet-stream", "application/octet-stream; a=b", "text/plain", ""]),
    body=st.sampled_from(WHOLE) | st.binary(max_size=200),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_headers_and_body_are_answered(filled, digest, offset, length, content_type, body) -> None:
    said = {"Upload-Offset": offset, "Upload-Length": length, "Content-Type": content_type}
    headers = {name: value.encode() for name, value in said.items()}
    answer = filled.server.call("PATCH", f"/api/v1/runs/r1/blobs/{digest}", data=body, headers=headers)
    assert answer.status_code < 500, answer.text


@given(
    query=st.dictionaries(
        st.sampled_from(["run", "name", "kind", "from_step", "to_epoch", "limit", "cursor", "data", "superseded"]),
        st.sampled_from(["r1", "matrix", "1", "-5", "true", "nan", "", "kqJyMQE", "9" * 30]) | st.text(max_size=12),
        max_size=5,
    ),
    path=st.sampled_from(["/media", "/runs/r1/media/names", "/runs/r1/media/1/image", "/runs/r1/media/3/data"])
    | st.text("0123456789-/names%2", max_size=30).map(lambda text: f"/runs/r1/media/{text}"),
)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_question_is_answered(filled, query, path) -> None:
    bounds = "".join(
        letter if letter.isascii() and letter.isprintable() else "?" for letter in query.get("name", "")[:3]
    )
    answer = filled.server.get(f"/api/v1{path}", params=query, headers={"Range": f"bytes={bounds.strip()}"})
    assert answer.status_code < 500, answer.text
