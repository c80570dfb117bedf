"""Bad input: each answered with a problem that names field and fix, and nothing stored half."""

import base64
import socket
import zlib
from typing import NoReturn

import msgspec
import pytest
from backports import zstd

from yoloscope.records import row
from yoloscope.wire import frame, protocol

pytestmark = pytest.mark.slow

BIG = bytes(protocol.BODY_MAX_BYTES + 1)
HUGE_CURSOR = base64.urlsafe_b64encode(b'[99999999999999999999999, "a"]').decode().rstrip("=")


@pytest.fixture
def good(batches) -> bytes:
    return batches.body(batches(batches.matrix({"a": [1.0, 2.0]})))


def refused(server, answer, *, slug, status) -> dict[str, object]:
    """Check that the answer is a problem with field and fix, and that the server holds nothing."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert (said["type"], said["status"], answer.status_code) == (f"urn:yoloscope:problem:{slug}", status, status)
    assert said["field"]
    assert said["fix"]
    assert server.get("/api/v1/projects").json()["items"] == []
    return said


@pytest.mark.parametrize(
    ("spoil", "slug", "status"),
    [
        (lambda body: b"", "frame-truncated", 400),
        (lambda body: b"hello, is this the right door?", "frame-corrupt", 400),
        (lambda body: body[:-1], "frame-truncated", 400),
        (lambda body: body[:10], "frame-truncated", 400),
        (lambda body: body[:-3] + b"\0\0\0", "frame-corrupt", 400),
        (lambda body: b"YSCW" + b"\x63\x00" + body[6:], "frame-version", 400),
        (lambda body: frame.body_from_payloads([b"\xc1"]), "frame-corrupt", 400),
        (lambda body: frame.body_from_payloads([b"\x80"]), "frame-corrupt", 400),
        (lambda body: frame.body_from_payloads([b"\x91" * 100_000]), "frame-corrupt", 400),
        (lambda body: frame.body_from_payloads([b"\x80"] * 300), "body-too-large", 413),
        (lambda body: BIG, "body-too-large", 413),
    ],
)
def test_frames_that_break_the_protocol(live_server, good, spoil, slug, status) -> None:
    refused(live_server, live_server.ingest(spoil(good)), slug=slug, status=status)


@pytest.mark.parametrize(
    ("encoding", "body", "slug", "status"),
    [
        ("deflate", zlib.compress(BIG), "body-too-large", 413),
        ("zstd", zstd.compress(BIG), "body-too-large", 413),
        ("zstd", zstd.compress(bytes(500_000_000)), "body-too-large", 413),
        ("deflate", b"not packed", "frame-corrupt", 400),
        ("zstd", b"not packed", "frame-corrupt", 400),
        ("deflate", zlib.compress(b"YSCW")[:-2], "frame-truncated", 400),
        ("br", b"x", "frame-corrupt", 400),
    ],
)
def test_bodies_that_do_not_unpack(live_server, encoding, body, slug, status) -> None:
    refused(live_server, live_server.ingest(body, encoding=encoding), slug=slug, status=status)


@pytest.mark.parametrize("pack", [("deflate", zlib.compress), ("zstd", zstd.compress), ("identity", bytes)])
def test_packed_bodies_are_stored(live_server, good, pack) -> None:
    encoding, packed = pack
    assert live_server.ingest(packed(good), encoding=encoding).status_code == 200


def test_frames_of_another_content_type(live_server, good) -> None:
    answer = live_server.call("POST", protocol.INGEST_PATH, data=good, headers={"Content-Type": "application/json"})
    refused(live_server, answer, slug="content-type", status=415)


@pytest.mark.parametrize(
    "changes",
    [{"run": ""}, {"run": "a/b"}, {"project": "../x"}, {"project": ""}, {"writer": "me"}],
)
def test_ids_that_are_not_usable(live_server, batches, changes) -> None:
    body = batches.body(batches(batches.matrix({"a": [1]}), **changes))
    refused(live_server, live_server.ingest(body), slug="invalid-record", status=422)


def nested(levels) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", [nested(64), nested(400), {"a": nested(100)}, msgspec.msgpack.Ext(5, b"x")])
def test_sections_that_no_answer_could_hold_leave_no_run_behind(live_server, batches, value) -> None:
    body = batches.body(batches(batches.matrix({"a": [1]}), row.Updated("config", {"key": value})))
    said = refused(live_server, live_server.ingest(body), slug="invalid-record", status=422)
    assert said["field"] == "entries[1].values"


def test_a_section_as_deep_as_allowed_is_answered(live_server, batches) -> None:
    live_server.ingest(batches.body(batches(row.Updated("config", {"key": nested(63)}))))
    assert live_server.get("/api/v1/runs/r1").json()["config"] == {"key": nested(63)}


def test_texts_that_are_no_utf8(live_server, batches) -> None:
    (payload,) = frame.payloads_from_body(batches.body(batches(batches.matrix({"abc": [1]}))))
    body = frame.body_from_payloads([payload.replace(b"\xa3abc", b"\xa3\xed\xa0\x80")])
    refused(live_server, live_server.ingest(body), slug="frame-corrupt", status=400)


@pytest.mark.parametrize("first_seq", [0, 1])
def test_a_run_cannot_be_continued_in_another_project(live_server, batches, first_seq) -> None:
    live_server.ingest(batches.body(batches(batches.matrix({"a": [1]}))))
    answer = live_server.ingest(batches.body(batches(batches.matrix({"a": [2]}), first_seq=first_seq, project="cars")))
    assert answer.status_code in (409, 422)
    assert [item["name"] for item in live_server.get("/api/v1/projects").json()["items"]] == ["signs"]


@pytest.mark.parametrize("name", ["", "n" * 10_000, "a\0b", "a\nb", "\x7f"])
def test_names_that_are_not_usable(live_server, batches, name) -> None:
    body = batches.body(batches(batches.matrix({"fine": [1]})), batches(batches.matrix({name: [1]}), lane=1))
    refused(live_server, live_server.ingest(body), slug="invalid-record", status=422)


@pytest.mark.parametrize(
    "changes", [{"lane": -1}, {"lane": 2**40}, {"first_seq": -1}, {"first_seq": 2**63}, {"lost": {"q": -1}}]
)
def test_numbers_out_of_range(live_server, batches, changes) -> None:
    body = batches.body(batches(batches.matrix({"a": [1]}), **changes))
    refused(live_server, live_server.ingest(body), slug="frame-corrupt", status=400)


def test_a_gap_names_lane_and_expected_number(live_server, batches) -> None:
    answer = live_server.ingest(batches.body(batches(batches.matrix({"a": [1]}), first_seq=3)))
    said = answer.json()
    assert (answer.status_code, said["type"]) == (409, "urn:yoloscope:problem:sequence-gap")
    assert (said["expected"], said["lane"]) == (0, f"{batches.writer}/0")
    assert live_server.get("/api/v1/projects").json()["items"] == []


def test_values_that_are_no_numbers_are_kept(live_server, batches) -> None:
    values = [float("nan"), float("inf"), float("-inf"), 1.7e308, 5e-324, -0.0]
    live_server.ingest(batches.body(batches(batches.matrix({"a": values}))))
    kept = live_server.get("/api/v1/series?run=r1&name=a&buckets=0").json()["series"][0]["y"]
    assert kept == ["NaN", "Infinity", "-Infinity", 1.7e308, 5e-324, -0.0]


def test_steps_that_go_back_are_kept(live_server, batches) -> None:
    later = batches.matrix({"a": [1, 2]}, first_step=100)
    logged_later_ns = batches.matrix({"a": [0, 0]}, first_step=200).mono_ns
    earlier = msgspec.structs.replace(batches.matrix({"a": [3, 4]}), mono_ns=logged_later_ns)
    live_server.ingest(batches.body(batches(later, row.Skip(5), earlier)))
    series = live_server.get("/api/v1/series?run=r1&name=a&buckets=0").json()["series"][0]
    assert (series["x"], series["y"]) == ([100, 101, 0, 1], [1, 2, 3, 4])


@pytest.mark.parametrize(
    "path",
    ["/api/v1/runs/nobody", "/api/v1/runs/nobody/series", "/api/v1/series?run=nobody&name=a", "/api/v1/runs/%00"],
)
def test_an_unknown_run(live_server, path) -> None:
    answer = live_server.get(path)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:yoloscope:problem:not-found")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/v1/runs?limit=0", "limit"),
        ("/api/v1/runs?limit=many", "limit"),
        ("/api/v1/runs?cursor=nonsense", "cursor"),
        ("/api/v1/runs?cursor=WzFlMzAsICJhIl0", "cursor"),
        (f"/api/v1/runs?cursor={HUGE_CURSOR}", "cursor"),
        ("/api/v1/runs?cursor=%C3%BC", "cursor"),
        ("/api/v1/runs?project=a&project=b", "project"),
        ("/api/v1/series?run=r1&name=a&buckets=5&buckets=6", "buckets"),
        ("/api/v1/series?run=r1&name=a&from=5&to=1", "from"),
        ("/api/v1/series?run=r1&name=a&to=1e400", "to"),
        ("/api/v1/runs?project=a/b", "project"),
        ("/api/v1/runs?porject=x", "porject"),
        ("/api/v1/projects?x=1", "x"),
        ("/api/v1/runs/r1?x=1", "x"),
        ("/api/v1/series?name=a", "run"),
        ("/api/v1/series?run=r1", "name"),
        ("/api/v1/series?run=r1&name=a&buckets=10001", "buckets"),
        ("/api/v1/series?run=r1&name=a&buckets=-1", "buckets"),
        ("/api/v1/series?run=r1&name=a&x=weeks", "x"),
        ("/api/v1/series?run=r1&name=a&from=nan", "from"),
        ("/api/v1/series?run=r1&name=a&bucket=5", "bucket"),
        ("/api/v1/series?" + "&".join([f"run=r{n}" for n in range(101)] + [f"name=a{n}" for n in range(100)]), "run"),
    ],
)
def test_queries_that_cannot_be_answered_name_the_parameter(live_server, path, field) -> None:
    answer = live_server.get(path)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/api/v1/nothing", 404, "not-found"),
        ("GET", "/nothing.js", 404, "not-found"),
        ("GET", "/assets/nothing.js", 404, "not-found"),
        ("GET", "/docs/nothing", 404, "not-found"),
        ("GET", "/%2e%2e/%2e%2e/pyproject.toml", 404, "not-found"),
        ("POST", "/api/v1/runs", 405, "method-not-allowed"),
        ("GET", "/api/v1/ingest", 405, "method-not-allowed"),
        ("GET", "/log", 405, "method-not-allowed"),
        ("POST", "/", 405, "method-not-allowed"),
    ],
)
def test_paths_and_methods_that_are_not_there(live_server, method, path, status, slug) -> None:
    answer = live_server.call(method, path)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:yoloscope:problem:{slug}")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "body"),
        (b'{"x": "1"}', "x"),
        (b'{"x": 1e400}', "x"),
        (b'[{"x": 1}, {"x": null}]', "[1].x"),
        (b'{"\\u0000": 1}', r"'\x00'"),
    ],
)
def test_plain_rows_that_cannot_be_used(live_server, body, field) -> None:
    answer = live_server.call("POST", "/log", data=body, headers={"Content-Type": "application/json"})
    assert refused(live_server, answer, slug="invalid-record", status=422)["field"] == field


def test_a_plain_body_that_is_too_large(live_server) -> None:
    answer = live_server.call("POST", "/log", data=BIG, headers={"Content-Type": "application/json"})
    refused(live_server, answer, slug="body-too-large", status=413)


def test_a_fault_inside_tells_nothing_of_the_inside(live_server, monkeypatch) -> None:
    def fail() -> NoReturn:
        raise RuntimeError("a secret path")

    monkeypatch.setattr(live_server.services.catalog, "projects", fail)
    answer = live_server.get("/api/v1/projects")
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:yoloscope:problem:internal")
    assert "secret" not in answer.text


def test_a_client_that_goes_away_while_it_sends_is_no_fault(live_server, good, caplog) -> None:
    address = (live_server.settings.host, live_server.settings.port)
    head = f"POST {protocol.INGEST_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(good)}\r\n"
    head += f"Content-Type: {protocol.CONTENT_TYPE}\r\nAuthorization: Bearer {live_server.token}\r\n\r\n"
    with socket.create_connection(address) as client:
        client.sendall(head.encode() + good[:-5])
    assert live_server.ingest(good).status_code == 200
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_proxy_cannot_name_a_source_that_is_no_address(live_server) -> None:
    said = live_server.log({"x": 1}, headers={"X-Forwarded-For": "no address " * 100})
    assert live_server.get(f"/api/v1/runs/{said.json()['run']}").json()["host"] == "unknown"
