"""Parts of items from a trainer to the blob store: in pieces, resumed, checked, and never where the policy forbids."""

import json
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from websockets.sync import client as websocket

from contracts.parts import BINARY, Trainer, boxes, digest_of, item, matrix, part, picture, slug
from yoloscope.ingest import contents
from yoloscope.records import content, media, row
from yoloscope.wire import content as wire_content
from yoloscope.wire import protocol

pytestmark = pytest.mark.slow

POLICY = "/api/v1/projects/signs/policy"
SECRET = b"acme line 4 scratch"


@pytest.fixture
def server(live_server) -> object:
    """A server whose project takes everything."""
    assert live_server.call("PUT", POLICY, json={"media": True}).status_code == 200
    return live_server


@pytest.fixture
def trainer(server, batches) -> Trainer:
    return Trainer(server, batches)


def stored(server) -> bytes:
    """Return all bytes of the data directory."""
    data: Path = server.settings.data
    return b"".join(path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file())


def metric(server, name: str) -> float:
    lines = server.get("/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def test_a_part_is_sent_in_pieces_and_asked_for_in_between(trainer: Trainer) -> None:
    data = bytes(range(256)) * 1000
    digest = digest_of(data)
    trainer.send(item(0, "artifact", "weights/best.pt", parts=(part(data, media_type=media.BYTES),)))
    ask = {"offset": 0, "length": len(data)}
    assert trainer.piece(digest, b"", **ask).json() == {"offset": 0, "complete": False}
    first = trainer.piece(digest, data[:100_000], offset=0, length=len(data))
    assert first.json() == {"offset": 100_000, "complete": False}
    assert trainer.server.get("/api/v1/runs/r1/media/1/data").status_code == 404
    assert trainer.piece(digest, b"", **ask).json() == {"offset": 100_000, "complete": False}
    again = trainer.piece(digest, data[:100_000], offset=0, length=len(data))
    assert (slug(again), again.json()["expected"]) == ((409, "upload-offset"), 100_000)
    rest = trainer.piece(digest, data[100_000:], offset=100_000, length=len(data))
    assert rest.json() == {"offset": len(data), "complete": True}
    assert trainer.server.get("/api/v1/runs/r1/media/1/data").content == data
    for body in (b"", data[:10]):
        assert trainer.piece(digest, body, **ask).json() == {"offset": len(data), "complete": True}


def test_an_empty_part_is_whole_with_its_first_piece(trainer: Trainer) -> None:
    trainer.show((item(0, "artifact", parts=(part(b"", media_type=media.BYTES),)), b""))
    assert trainer.server.get("/api/v1/runs/r1/media/1/data").content == b""


def test_a_picture_that_comes_again_is_sent_once(trainer: Trainer) -> None:
    data = picture()
    trainer.show((item(0, "image", "a", parts=(part(data, "image", media.WEBP),)), data))
    trainer.send(item(1, "image", "a", parts=(part(data, "image", media.WEBP),)))
    asked = trainer.piece(digest_of(data), b"", offset=0, length=len(data))
    assert asked.json() == {"offset": len(data), "complete": True}
    assert metric(trainer.server, "yoloscope_media_items_total") == 2
    assert metric(trainer.server, "yoloscope_media_parts_total") == 1
    assert metric(trainer.server, "yoloscope_media_bytes_total") == len(data)


def test_a_part_that_no_item_tells_of_is_not_taken(trainer: Trainer, batches) -> None:
    data = picture()
    assert slug(trainer.upload(data)) == (404, "not-found")
    trainer.send(batches.matrix({"a": [1.0]}))
    assert slug(trainer.upload(data)) == (404, "not-found")
    other = Trainer(trainer.server, batches, run="r2", writer="1" * 32)
    other.send(item(0, "image", parts=(part(data, "image", media.WEBP),)))
    assert slug(trainer.upload(data)) == (404, "not-found")
    assert data not in stored(trainer.server)


WRONG = [
    ("matrix", "data", media.CONTENT, b"no content at all"),
    ("matrix", "data", media.CONTENT, matrix(1.0)[:-3]),
    ("matrix", "data", media.CONTENT, boxes()),
    ("image", "boxes", media.CONTENT, matrix(1.0)),
    ("curve", "data", media.CONTENT, matrix(1.0)),
    ("image", "image", media.WEBP, b"RIFF no picture, whatever it says it is"),
    ("image", "image", media.PNG, picture()),
    ("image", "image", media.WEBP, picture(form="PNG")),
    (
        "image",
        "image",
        media.PNG,
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + struct.pack(">II", 60_000, 60_000) + b"\x08" * 99,
    ),
    ("image", "mask", media.PNG, picture(form="GIF")),
    ("text", "data", media.TEXT, b"\xff\xfe"),
    ("text", "data", media.TEXT, "中".encode()[:2]),
    ("text", "data", media.TEXT, b"a\0b"),
]


def test_a_part_that_is_not_what_its_item_says_is_refused_and_gone(trainer: Trainer) -> None:
    for number, (kind, role, media_type, data) in enumerate(WRONG):
        trainer.send(item(number, kind, parts=(part(data, role, media_type),)))
        answer = trainer.upload(data)
        assert (number, slug(answer), answer.json()["field"]) == (number, (422, "invalid-record"), "body")
        assert trainer.server.get(f"/api/v1/runs/r1/media/{number + 1}/{role}").status_code == 404
        again = trainer.piece(digest_of(data), b"", offset=0, length=len(data))
        assert again.json() == {"offset": 0, "complete": False}
    totals, held = trainer.server.services.blob_store.totals(), stored(trainer.server)
    assert (totals.blobs, totals.partial_bytes) == (0, 0)
    assert [data for *_, data in WRONG if len(data) > 8 and data in held] == []


def test_a_large_part_that_is_wrong_leaves_nothing(trainer: Trainer) -> None:
    data = b"\x89PNG\r\n\x1a\n" + bytes(200_000)
    trainer.send(item(0, "image", parts=(part(data, "image", media.PNG),)))
    half = len(data) // 2
    trainer.piece(digest_of(data), data[:half], offset=0, length=len(data))
    assert slug(trainer.piece(digest_of(data), data[half:], offset=half, length=len(data)))[0] == 422
    assert trainer.server.services.blob_store.totals().partial_bytes == 0


def test_bytes_that_are_not_the_digest_are_refused_and_may_be_sent_again(trainer: Trainer) -> None:
    data = picture()
    trainer.send(item(0, "image", parts=(part(data, "image", media.WEBP),)))
    damaged = data[:-1] + bytes([data[-1] ^ 1])
    answer = trainer.piece(digest_of(data), damaged, offset=0, length=len(data))
    assert slug(answer) == (422, "digest-mismatch")
    assert trainer.upload(data).json() == {"offset": len(data), "complete": True}


def test_a_part_begun_with_another_length_begins_anew(trainer: Trainer, batches) -> None:
    data = bytes(1000)
    wrong = media.Part("data", digest_of(data), 5000, media.BYTES)
    other = Trainer(trainer.server, batches, run="r2", writer="1" * 32)
    other.send(item(0, "artifact", parts=(wrong,)))
    other.piece(wrong.digest, bytes(3000), offset=0, length=5000)
    trainer.send(item(0, "artifact", parts=(part(data, media_type=media.BYTES),)))
    assert trainer.piece(wrong.digest, b"", offset=0, length=1000).json() == {"offset": 0, "complete": False}
    assert trainer.upload(data).json() == {"offset": 1000, "complete": True}


UNUSABLE = [
    ({"Content-Type": "image/webp"}, b"", (415, "content-type"), "Content-Type"),
    ({"Upload-Offset": ""}, b"", (422, "invalid-request"), "Upload-Offset"),
    ({"Upload-Offset": "-1"}, b"", (422, "invalid-request"), "Upload-Offset"),
    ({"Upload-Offset": "1e3"}, b"", (422, "invalid-request"), "Upload-Offset"),
    ({"Upload-Offset": "²"}, b"", (422, "invalid-request"), "Upload-Offset"),
    ({"Upload-Length": "9" * 30}, b"", (422, "invalid-request"), "Upload-Length"),
    ({"Upload-Length": str(5 * 1024**3)}, b"", (422, "invalid-record"), "Upload-Length"),
    ({"Upload-Length": "11"}, b"", (422, "invalid-record"), "Upload-Length"),
    ({"Upload-Offset": "8"}, b"abc", (422, "invalid-record"), "Upload-Offset"),
    ({}, bytes(protocol.BLOB_CHUNK_MAX_BYTES + 1), (413, "body-too-large"), "body"),
]


def test_a_request_that_cannot_be_used_says_why(trainer: Trainer) -> None:
    trainer.send(item(0, "artifact", parts=(part(bytes(10), media_type=media.BYTES),)))
    path = protocol.BLOBS_PATH.format(run="r1", digest=digest_of(bytes(10)))
    for headers, data, expected, field in UNUSABLE:
        said = {**BINARY, "Upload-Offset": "0", "Upload-Length": "10", **headers}
        encoded = {name: value.encode() for name, value in said.items()}
        answer = trainer.server.call("PATCH", path, data=data, headers=encoded)
        assert (headers, slug(answer), answer.json()["field"]) == (headers, expected, field)
    assert trainer.server.services.blob_store.totals().partial_bytes == 0


def test_what_is_no_digest_opens_nothing(trainer: Trainer) -> None:
    trainer.send(item(0))
    for digest in ("0" * 63, "0" * 65, "A" * 64, "é" * 64, "%00" * 64, "..%2f" * 12):
        assert trainer.piece(digest, b"x", offset=0, length=1).status_code in (404, 405, 422)


def test_a_forbidden_part_is_refused_and_counted_and_no_byte_of_it_is_stored(live_server, batches) -> None:
    """Numbers only: the item is refused with its batch; of an item that came before the policy did, the parts are."""
    live_server.call("PUT", POLICY, json={"media": True, "summaries": True})
    trainer = Trainer(live_server, batches)
    data = wire_content.to_bytes(content.Table((content.Column("c", texts=(SECRET.decode(),) * 3),)))
    secret = SECRET * 3
    one = item(0, "text", parts=(part(secret, media_type=media.TEXT),))
    two = item(1, "table", parts=(part(data),), needs=("text",))
    assert trainer.send(one, two).status_code == 200
    live_server.call("PUT", POLICY, json={"media": False, "summaries": False, "text": False})
    for _ in range(2):
        for body in (secret, data):
            assert slug(trainer.upload(body)) == (403, "policy")
    assert metric(live_server, "yoloscope_media_refused_total") == 4
    assert live_server.get("/api/v1/runs/r1").json()["lost"] == {"refused_by_policy": 2}
    held = stored(live_server)
    assert (SECRET in held, data in held) == (False, False)
    assert live_server.services.blob_store.totals().partial_bytes == 0
    refused = trainer.send(item(2, "image", "a", parts=(part(picture(), "image", media.WEBP),)))
    assert (slug(refused), refused.json()["field"]) == ((422, "policy"), "entries[0]")
    assert slug(trainer.upload(picture())) == (403, "policy")
    assert len(live_server.get("/api/v1/media?run=r1").json()["items"]) == 2


def test_a_policy_that_came_after_the_items_lets_in_what_it_allows_alone(trainer: Trainer) -> None:
    image, data = picture(), matrix(1.0)
    trainer.send(item(0, "image", "a", parts=(part(image, "image", media.WEBP),)), item(1, parts=(part(data),)))
    trainer.piece(digest_of(image), image[:50], offset=0, length=len(image))
    trainer.server.call("PUT", POLICY, json={"media": False})
    for body in (b"", image[50:]):
        answer = trainer.piece(digest_of(image), body, offset=50, length=len(image))
        assert slug(answer) == (403, "policy")
    assert trainer.upload(data).status_code == 200
    trainer.server.call("PUT", POLICY, json={"media": True})
    asked = trainer.piece(digest_of(image), b"", offset=50, length=len(image))
    assert asked.json() == {"offset": 0, "complete": False}
    assert trainer.upload(image).json() == {"offset": len(image), "complete": True}


def test_a_project_without_a_policy_takes_summaries_and_no_media(live_server, batches) -> None:
    trainer = Trainer(live_server, batches)
    data = matrix(1.0, 2.0)
    trainer.show((item(0, parts=(part(data),)), data))
    refused = trainer.send(item(1, "image", parts=(part(picture(), "image", media.WEBP),)))
    assert slug(refused) == (422, "policy")
    assert slug(trainer.upload(picture())) == (404, "not-found")


FORBIDDEN = [
    ({"summaries": False}, {}, "is a summary"),
    ({"text": False}, {"needs": ("text",)}, "holds free text"),
    ({"text": False}, {"kind": "text"}, "holds free text"),
    ({"media": False}, {"kind": "embedding"}, "is of a media kind"),
    ({"class_names": "index"}, {"needs": ("class_names",)}, "tells names of classes"),
    ({"class_names": "index"}, {"name": "class/dent/pr"}, "tells the name of a class"),
]


def test_an_item_that_the_policy_forbids_is_refused_with_its_batch(trainer: Trainer) -> None:
    open_policy = {"media": True, "summaries": True, "text": True, "class_names": "text"}
    for policy, changes, why in FORBIDDEN:
        trainer.server.call("PUT", POLICY, json={**open_policy, **policy})
        answer = trainer.send(trainer.batches.matrix({"a": [1.0]}), item(0, **changes))
        assert slug(answer) == (422, "policy")
        assert why in answer.json()["detail"]
    assert trainer.server.get("/api/v1/projects").json()["items"] == []
    assert trainer.send(row.Skip(1), item(1, name="class/3/pr")).status_code == 200


def test_texts_hidden_in_content_are_refused_where_text_is_withheld(trainer: Trainer) -> None:
    trainer.server.call("PUT", POLICY, json={"text": False})
    harmless = matrix(1.0, 2.0, 3.0, columns=content.Labels(texts=("<text>", "<path>.jpg", "12")))
    hidden = [
        matrix(1.0, columns=content.Labels(texts=("acme line 4",))),
        matrix(1.0, rows=content.Labels(texts=("lot12.jpg",))),
        wire_content.to_bytes(content.Table((content.Column("a", texts=("<text>", "acme line 4")),))),
    ]
    kinds: tuple[media.Kind, ...] = ("matrix", "matrix", "table")
    trainer.send(*(item(at, kinds[at], parts=(part(data),)) for at, data in enumerate(hidden)))
    for data in hidden:
        assert slug(trainer.upload(data)) == (403, "policy")
    assert trainer.server.services.blob_store.totals().blobs == 0
    assert trainer.server.get("/api/v1/runs/r1").json()["lost"] == {"refused_by_policy": 3}
    trainer.show((item(3, parts=(part(harmless),)), harmless))


def test_names_hidden_in_content_are_refused_where_they_are_withheld(trainer: Trainer) -> None:
    trainer.server.call("PUT", POLICY, json={"text": False, "class_names": "index"})
    point = struct.pack("<d", 1.0)

    def table(name: str) -> bytes:
        return wire_content.to_bytes(content.Table((content.Column(name, numbers=point),)))

    hidden: list[tuple[media.Kind, bytes]] = [
        ("matrix", matrix(1.0, columns=content.Labels("class/scratch/AP"))),
        ("curve", wire_content.to_bytes(content.Curve(point, point, x_name="/line7/lot12"))),
        ("table", table("lot12.jpg")),
    ]
    for at, (kind, data) in enumerate(hidden):
        trainer.send(item(at, kind, parts=(part(data),)))
        assert slug(trainer.upload(data)) == (403, "policy")
    harmless = [table("class/3/AP"), table("<path>.jpg-2"), table("val/AP50")]
    trainer.show(*((item(9 + at, "table", parts=(part(data),)), data) for at, data in enumerate(harmless)))
    trainer.server.call("PUT", POLICY, json={"text": True, "class_names": "text"})
    for _, data in hidden:
        assert trainer.upload(data).json()["complete"]


def test_what_is_whole_is_compared_with_what_another_item_says_of_it(trainer: Trainer, batches) -> None:
    data = picture()
    trainer.show((item(0, "artifact", parts=(part(data, media_type=media.BYTES),)), data))
    other = Trainer(trainer.server, batches, run="r2", writer="1" * 32)
    other.send(item(0, "text", parts=(part(data, media_type=media.TEXT),)))
    assert slug(other.upload(data)) == (422, "invalid-record")
    assert trainer.server.get("/api/v1/runs/r1/media/1/data").content == data


def test_two_that_send_the_same_part_at_once_store_it_once(trainer: Trainer, batches) -> None:
    data = bytes(range(256)) * 4000
    trainers = [trainer, Trainer(trainer.server, batches, run="r2", writer="1" * 32)]
    answers: list[int] = []

    def send(one: Trainer) -> None:
        state = {"offset": 0, "complete": False}
        while not state["complete"]:
            at = state["offset"]
            answer = one.piece(digest_of(data), data[at : at + 100_000], offset=at, length=len(data))
            state = (
                answer.json() if answer.status_code == 200 else {"offset": answer.json()["expected"], "complete": False}
            )
            answers.append(answer.status_code)

    for one in trainers:
        one.send(item(0, "artifact", parts=(part(data, media_type=media.BYTES),)))
    threads = [threading.Thread(target=send, args=[one]) for one in trainers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 409}
    assert trainer.server.services.blob_store.totals().bytes == len(data)
    assert trainer.server.get("/api/v1/runs/r2/media/1/data").content == data


def test_few_parts_are_inflated_at_once_however_many_come(
    trainer: Trainer, batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    most, now, counting, wait = 0, 0, threading.Lock(), threading.Event()
    check = contents.check

    def counted(whole, **more: object) -> None:
        nonlocal most, now
        with counting:
            now += 1
            most = max(most, now)
        wait.wait(0.05)
        check(whole, **more)
        with counting:
            now -= 1

    monkeypatch.setattr(contents, "check", counted)
    held = [matrix(float(at)) for at in range(8)]
    trainer.send(*(item(at, parts=(part(data),)) for at, data in enumerate(held)))
    senders = [threading.Thread(target=Trainer(trainer.server, batches).upload, args=(data,)) for data in held]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert trainer.server.services.blob_store.totals().blobs == len(held)
    assert 1 <= most <= 2


def test_items_and_parts_are_told_to_who_watches(trainer: Trainer) -> None:
    data = matrix(1.0)
    address = trainer.server.url.replace("http", "ws") + "/api/v1/live"
    with websocket.connect(address, additional_headers={"Authorization": f"Bearer {trainer.server.token}"}) as live:
        live.recv(30)
        for send in (lambda: trainer.send(item(0, parts=(part(data),))), lambda: trainer.upload(data)):
            assert send().status_code == 200
            while json.loads(live.recv(30)) != {"type": "media", "run": "r1", "project": "signs"}:
                pass


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yoloscope.store.catalog.items.ITEMS_MOST", 2)


def test_a_run_with_too_many_items_keeps_its_rows_and_counts_the_rest(limited, trainer: Trainer, batches) -> None:
    for at in range(4):
        assert (
            trainer.send(item(at, parts=(part(bytes([at])),)), batches.matrix({"a": [1.0]}, first_step=at)).status_code
            == 200
        )
    run = trainer.server.get("/api/v1/runs/r1").json()
    assert (run["rows"], run["lost"]) == (4, {"too_many_items": 2})
    assert len(trainer.server.get("/api/v1/media?run=r1").json()["items"]) == 2
    assert slug(trainer.upload(bytes([3]))) == (404, "not-found")


def test_a_removed_run_takes_its_items_with_it(trainer: Trainer) -> None:
    data = matrix(1.0)
    trainer.show((item(0, parts=(part(data),)), data))
    trainer.send(row.Ended("finished", 1))
    call: Callable[..., object] = trainer.server.call
    assert call("DELETE", "/api/v1/runs/r1").status_code == 200
    assert trainer.server.get("/api/v1/runs/r1/media/1/data").content == data
    assert call("DELETE", "/api/v1/runs/r1?purge=true").status_code == 200
    assert trainer.server.get("/api/v1/runs/r1/media/1/data").status_code == 404
    assert trainer.server.services.catalog.items.used([digest_of(data)]) == set()
