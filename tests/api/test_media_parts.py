"""Parts of items as bytes: as they were sent, ranges of them, thumbnails; and what must never come of them."""

import io

import pytest
from PIL import Image

from contracts.parts import Trainer, boxes, digest_of, item, matrix, part, picture, slug
from yoloscope.records import media

pytestmark = pytest.mark.slow


@pytest.fixture
def trainer(live_server, batches) -> Trainer:
    """A trainer of a project that takes everything."""
    assert live_server.call("PUT", "/api/v1/projects/signs/policy", json={"media": True}).status_code == 200
    return Trainer(live_server, batches)


def test_a_part_comes_as_it_was_sent_and_runs_nothing(trainer: Trainer) -> None:
    image, marks, text, script = picture(), boxes(), "训练 <script>".encode(), b"<script>alert(1)</script>"
    trainer.show(
        (item(0, "image", "a", parts=(part(image, "image", media.WEBP),)), image),
        (item(1, "image", "b", parts=(part(marks, "boxes"),)), marks),
        (item(2, "text", "c", parts=(part(text, media_type=media.TEXT),)), text),
        (item(3, "artifact", "runs/../报告 x.html", parts=(part(script, media_type=media.BYTES),)), script),
    )
    expected = [(image, "image", media.WEBP), (marks, "boxes", media.CONTENT), (text, "data", media.TEXT)]
    for place, (data, role, media_type) in enumerate(expected, start=1):
        answer = trainer.server.get(f"/api/v1/runs/r1/media/{place}/{role}")
        assert (answer.content, answer.headers["Content-Type"]) == (data, media_type)
        assert "Content-Disposition" not in answer.headers
    artifact = trainer.server.get("/api/v1/runs/r1/media/4/data")
    assert artifact.content == script
    assert artifact.headers["Content-Type"] == media.BYTES
    assert artifact.headers["Content-Disposition"] == ("attachment; filename*=UTF-8''%E6%8A%A5%E5%91%8A-x.html")
    for answer in (artifact, trainer.server.get("/api/v1/runs/r1/media/1/thumbnail")):
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_parts_are_kept_for_ever_where_the_address_names_the_digest(trainer: Trainer) -> None:
    data = picture()
    trainer.show((item(0, "image", "a", parts=(part(data, "image", media.WEBP),)), data))
    for path in ("/api/v1/runs/r1/media/1/image", "/api/v1/runs/r1/media/1/thumbnail"):
        plain = trainer.server.get(path)
        assert plain.headers["Cache-Control"] == "private, no-cache"
        named = trainer.server.get(f"{path}?digest={digest_of(data)}")
        assert "immutable" in named.headers["Cache-Control"]
        assert named.content == plain.content
        again = trainer.server.get(path, headers={"If-None-Match": plain.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert slug(trainer.server.get(f"{path}?digest={'0' * 64}")) == (404, "not-found")


RANGES = [
    ("bytes=0-9", (0, 10)),
    ("bytes=1000-", (1000, None)),
    ("bytes=-7", (-7, None)),
    ("bytes=10-99999999", (10, None)),
    ("bytes=-99999999", (0, None)),
    ("bytes=4999-4999", (4999, 5000)),
]


@pytest.mark.parametrize("size", [5_000, 3_000_000])
def test_a_range_of_a_file_is_answered(trainer: Trainer, size: int) -> None:
    data = (bytes(range(251)) * 12_000)[:size]
    trainer.show((item(0, "artifact", "best.pt", parts=(part(data, media_type=media.BYTES),)), data))
    for asked, expected in RANGES:
        answer = trainer.server.get("/api/v1/runs/r1/media/1/data", headers={"Range": asked})
        wanted = data[slice(*expected)]
        assert (answer.status_code, answer.content == wanted) == (206, True)
        first = expected[0] % size if expected[0] < 0 else expected[0]
        assert answer.headers["Content-Range"] == f"bytes {first}-{first + len(wanted) - 1}/{size}"
        assert answer.headers["Content-Length"] == str(len(wanted))


def test_ranges_that_cannot_be_answered(trainer: Trainer) -> None:
    data = bytes(range(100))
    trainer.show((item(0, "artifact", "a", parts=(part(data, media_type=media.BYTES),)), data))
    for outside in ("bytes=100-", "bytes=-0", "bytes=5000-6000"):
        answer = trainer.server.get("/api/v1/runs/r1/media/1/data", headers={"Range": outside})
        assert (slug(answer), answer.headers["Content-Range"]) == ((416, "outside"), "bytes */100")
    for ignored in ("bytes=9-3", "bytes=0-1,4-5", "lines=1-2", "bytes=", "bytes=-", "x"):
        answer = trainer.server.get("/api/v1/runs/r1/media/1/data", headers={"Range": ignored})
        assert (answer.status_code, answer.content) == (200, data)
    other = trainer.server.get("/api/v1/runs/r1/media/1/data", headers={"Range": "bytes=0-1", "If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, data)


def test_a_picture_has_a_thumbnail(trainer: Trainer) -> None:
    data = picture(1000, 500)
    trainer.show((item(0, "image", "a", parts=(part(data, "image", media.WEBP),)), data))
    answer = trainer.server.get("/api/v1/runs/r1/media/1/thumbnail")
    assert answer.headers["Content-Type"] == media.WEBP
    with Image.open(io.BytesIO(answer.content)) as opened:
        assert (opened.format, opened.size) == ("WEBP", (256, 128))


def test_a_picture_that_cannot_be_decoded_is_said_and_the_server_lives(trainer: Trainer) -> None:
    whole = picture(300, 200, "PNG")
    head = whole[:33]
    good = picture(30, 20)
    bad = [whole[: len(whole) // 2], head + bytes(1000), picture(300, 200)[:80]]
    shown = [
        item(at, "image", "a", parts=(part(data, "image", media.PNG if data[:1] == b"\x89" else media.WEBP),))
        for at, data in enumerate([*bad, good])
    ]
    trainer.show(*zip(shown, [*bad, good], strict=True))
    for place in (1, 2, 3):
        assert slug(trainer.server.get(f"/api/v1/runs/r1/media/{place}/thumbnail")) == (422, "invalid-record")
    assert trainer.server.get("/api/v1/runs/r1/media/4/thumbnail").status_code == 200


def test_a_summary_has_no_thumbnail(trainer: Trainer) -> None:
    data = matrix(1.0)
    trainer.show((item(0, parts=(part(data),)), data))
    assert slug(trainer.server.get("/api/v1/runs/r1/media/1/thumbnail")) == (404, "not-found")
