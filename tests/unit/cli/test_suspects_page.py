"""The page's server: who is let in, what it answers, and that no path comes from outside."""

import http.client
import io
import json
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

import suspected
import suspicions

from yoloscope.cli.suspects import finding, serving
from yoloscope.sdk import launch_sidecar
from yoloscope.spool import layout
from yoloscope.spool import suspects as files


class Page:
    """A client of a server that runs in a thread."""

    def __init__(self, server: serving.Server, root: Path, directory: Path) -> None:
        self.server = server
        self.root = root
        self.directory = directory
        self.cookie = ""

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body; the cookie is sent once there is one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=30)
        try:
            connection.putrequest("GET", path, skip_host="Host" in headers, skip_accept_encoding=True)
            for name, value in {**({"Cookie": self.cookie} if self.cookie else {}), **headers}.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def enter(self) -> None:
        """Follow the link."""
        link = urlsplit(self.server.link)
        status, headers, _ = self.get(f"{link.path}?{link.query}")
        assert (status, headers["Location"]) == (303, "/")
        assert headers["Set-Cookie"].endswith("; Path=/; HttpOnly; SameSite=Lax")
        self.cookie = headers["Set-Cookie"].partition(";")[0]


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """The page of a run with four suspects, before anybody was let in."""
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    directory = suspected.leave(tmp_path, kept=suspicions.record())
    found = finding.Found(directory, layout.load_manifest(directory), is_kept=True)
    with serving.Server(found, top=200, port=0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield Page(server, tmp_path, directory)
        server.shutdown()
        thread.join()


@pytest.fixture
def page(outside: Page) -> Page:
    outside.enter()
    return outside


def test_it_listens_on_this_machine_alone(outside: Page) -> None:
    assert outside.server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("path", ["/", "/data.json", "/picture/7", "/?code=", "/?code=wrong", "/elsewhere"])
def test_nothing_is_told_without_the_link(outside: Page, path: str) -> None:
    status, headers, body = outside.get(path)
    assert status == 403
    assert "Set-Cookie" not in headers
    assert b"This link was used" in body
    assert "链接已使用过".encode() in body


def test_the_link_opens_the_page_once(page: Page) -> None:
    link = urlsplit(page.server.link)
    assert page.get(f"/?{link.query}")[0] == 303  # who is in may use it again
    page.cookie = ""
    assert page.get(f"/?{link.query}")[0] == 403


@pytest.mark.parametrize("cookie", ["yoloscope_suspects_{port}=wrong", "other=1", "=;=", 'a="\\777'])
def test_a_wrong_cookie_opens_nothing(page: Page, cookie: str) -> None:
    page.cookie = cookie.format(port=page.server.server_port)
    assert page.get("/data.json")[0] == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::2]:80", "localhost.evil:80"])
def test_a_foreign_host_is_refused(page: Page, host: str) -> None:
    status, _, body = page.get("/data.json", Host=host)
    assert (status, body) == (421, b"This page answers to this machine only.")


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1:1", "[::1]:8080", "LOCALHOST"])
def test_a_tunnel_with_another_port_is_let_through(page: Page, host: str) -> None:
    assert page.get("/data.json", Host=host)[0] == 200


def test_the_page_may_load_nothing_from_elsewhere(page: Page) -> None:
    status, headers, body = page.get("/")
    policy = headers["Content-Security-Policy"]
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert status == 200
    assert policy.startswith("default-src 'none'; ")
    assert body.count(f'nonce="{nonce}"'.encode()) == 2
    assert b"{{" not in body
    assert b"http" not in body.replace(b"http://www.w3.org/2000/svg", b"")
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"], headers["Cache-Control"]) == (
        "nosniff",
        "no-referrer",
        "no-store",
    )


@pytest.mark.parametrize(
    ("asked", "language"), [("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("en-GB", "en"), ("fr", "en"), ("", "en")]
)
def test_the_browsers_language_is_the_pages(page: Page, asked: str, language: str) -> None:
    assert f'<html lang="{language}">'.encode() in page.get("/", Accept_Language=asked)[2]


def test_every_text_of_the_page_is_in_both_languages() -> None:
    text = serving._PAGE.read_text(encoding="utf-8")
    lines = text.partition("const TEXTS = {\n")[2].partition("\n};")[0].splitlines()
    assert len(lines) > 30
    for line in lines:
        english, chinese = json.loads(line.partition(": ")[2].removesuffix(","))
        assert sorted(_places(english)) == sorted(_places(chinese))
        assert "您" not in chinese


def _places(text: str) -> list[str]:
    return [part.partition("}")[0] for part in text.split("{")[1:]]


def test_the_data_is_that_of_the_list_and_grows_with_the_file(page: Page) -> None:
    status, headers, body = page.get("/data.json")
    data = json.loads(body)
    assert (status, headers["Content-Type"], data["state"], len(data["items"])) == (200, "application/json", "ready", 4)
    files.append(page.directory, suspicions.record(1, seed=5))
    assert json.loads(page.get("/data.json")[2])["looks"] == data["looks"] + suspicions.PICTURES


def test_a_picture_is_its_file(page: Page) -> None:
    status, headers, body = page.get("/picture/7")
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert body == (page.root / "images" / "007.png").read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        *("/picture/60", "/picture/-1", "/picture/", "/picture/7/../8", "/picture/..%2f..%2fetc%2fpasswd"),
        *("/picture/%D9%A3", "/picture/" + "9" * 400, "/picture//etc/passwd", "/../../etc/passwd", "/data.json/7"),
    ],
)
def test_only_numbers_of_the_record_are_pictures(page: Page, path: str) -> None:
    assert page.get(path)[0] == 404


def test_a_picture_that_is_gone_is_said_to_be(page: Page) -> None:
    (page.root / "images" / "007.png").unlink()
    assert page.get("/picture/7")[0] == 410


def test_what_is_no_address_is_refused(page: Page) -> None:
    with socket.create_connection(("127.0.0.1", page.server.server_port), timeout=30) as plain:
        plain.sendall(b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert plain.recv(100).startswith(b"HTTP/1.1 400 ")


def test_what_browsers_do_not_show_is_converted_or_refused(page: Page) -> None:
    known = files.load(page.directory)
    assert known is not None
    paths = [page.root / "a.tiff", page.root / "b.svg"]
    Image.new("RGB", (5, 4), "red").save(paths[0])
    paths[1].write_text("<svg><script>alert(1)</script></svg>")
    paths.append(page.root / "c.tif")
    Image.new("RGB", (5, 4), "red").save(
        paths[2], "PCX"
    )  # as Ghostscript's formats: decoded by what it holds, if at all
    pictures = [files.Labels(str(path), *known.pictures[0][1:]) for path in paths]
    files.create(page.directory, files.followed("r", imgsz=64, titles={}, pictures=pictures, pictures_of=3))
    status, headers, body = page.get("/picture/0")
    assert (status, headers["Content-Type"], body[:4]) == (200, "image/png", b"\x89PNG")
    assert [page.get(f"/picture/{number}")[0] for number in (1, 2)] == [415, 415]


def test_a_picture_of_16_bits_keeps_its_greys(page: Page) -> None:
    known = files.load(page.directory)
    assert known is not None
    path = page.root / "a.tiff"
    Image.fromarray(np.array([[0, 0x4000, 0x8000, 0xFFFF]], np.uint16)).save(path)
    pictures = [files.Labels(str(path), *known.pictures[0][1:])]
    files.create(page.directory, files.followed("r", imgsz=64, titles={}, pictures=pictures, pictures_of=1))
    shown = Image.open(io.BytesIO(page.get("/picture/0")[2]))
    assert np.asarray(shown)[0, :, 0].tolist() == [0, 0x40, 0x80, 0xFF]


def test_a_file_that_cannot_be_read_any_more_is_said_to_be(page: Page) -> None:
    (page.directory / files.FILE_NAME).write_bytes(b"YSSUSP\x00\x09")
    status, _, body = page.get("/data.json")
    assert (status, b"another release" in body) == (500, True)
