"""The page of suspects, which the machine that trained serves to itself: standard library only, on loopback, one browser at a time let in.

A link with a code opens it once and leaves a cookie; without either nothing is told. A request for a foreign host name is refused, so
that no name that is bent to this address (DNS rebinding) reaches it. Pictures are asked for by their number in the record: no path ever comes
from outside. Nothing is fetched from anywhere else.
"""

import io
import secrets
import threading
from collections.abc import Callable
from http import HTTPStatus, cookies
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import click
import msgspec

from yoloscope import errors
from yoloscope.cli import output, texts
from yoloscope.cli.suspects import finding, listing
from yoloscope.spool import platform, suspects

_ADDRESS = "127.0.0.1"
_NAMES = ("127.0.0.1", "localhost", "[::1]")
_PAGE = Path(__file__).with_name("page.html")
_SHOWN_BY_BROWSERS = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
    ".gif": "image/gif",
    ".avif": "image/avif",
}
_CONVERTED = ("TIFF", "JPEG", "JPEG2000", "PNG", "WEBP", "BMP", "PPM")
"""What is decoded here, whatever a file is called; others run programs (EPS starts Ghostscript) or are none that trainings read."""
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def run(found: finding.Found, *, top: int, port: int, json_wanted: bool) -> None:
    """Serve until Ctrl-C.

    Raises:
        ConfigError: if the port is taken.
        SpoolError: if what the run wrote cannot be read.
    """
    listing.answer(found, top=top)
    try:
        server = Server(found, top=top, port=port)
    except OSError as error:
        raise errors.ConfigError(f"port {port} cannot be used: {error.strerror}. Choose another with --port") from error
    with server:
        if json_wanted:
            output.as_json({"url": server.link, "port": server.server_port})
        else:
            click.echo(texts.text("suspects.serving", url=server.link))
            click.echo(texts.text("suspects.tunnel", port=server.server_port, host=platform.host_name()))
            click.echo(texts.text("suspects.stays"))
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


class Server(ThreadingHTTPServer):
    """Serves one run's suspects; a training that goes on is read anew when its file has grown."""

    daemon_threads = True

    def __init__(self, found: finding.Found, *, top: int, port: int) -> None:
        super().__init__((_ADDRESS, port), _Handler)
        self._found = found
        self._top = top
        self._code: str | None = secrets.token_urlsafe(24)
        self._session = secrets.token_urlsafe(24)
        self._lock = threading.Lock()
        self._known: tuple[object, bytes, dict[int, Path]] | None = None
        self.link = f"http://{_ADDRESS}:{self.server_port}/?code={self._code}"

    @property
    def cookie(self) -> str:
        """The cookie's name; ports of one host share cookies."""
        return f"yoloscope_suspects_{self.server_port}"

    def session_for(self, code: str) -> str | None:
        """Return what lets a browser in, for the code of the link; a code works once."""
        with self._lock:
            if self._code is None or not secrets.compare_digest(code.encode(), self._code.encode()):
                return None
            self._code = None
            return self._session

    def knows(self, session: str) -> bool:
        """Tell whether a browser was let in."""
        return secrets.compare_digest(session.encode(), self._session.encode())

    def data(self) -> bytes:
        """Return what the page shows, as JSON."""
        return self._current()[0]

    def picture(self, number: int) -> Path | None:
        """Return the file of a picture in the record, None if the record has no such number."""
        return self._current()[1].get(number)

    def _current(self) -> tuple[bytes, dict[int, Path]]:
        with self._lock:
            try:
                status = (self._found.directory / suspects.FILE_NAME).stat()
                mark: object = (status.st_ino, status.st_size, status.st_mtime_ns)
            except OSError:
                mark = None
            if self._known is None or self._known[0] != mark:
                told = listing.answer(self._found, top=self._top)
                known = suspects.load(self._found.directory)
                files = {at: Path(one.path) for at, one in enumerate(known.pictures)} if known else {}
                self._known = mark, msgspec.json.encode(told), files
            return self._known[1], self._known[2]


class _Handler(BaseHTTPRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]  # the base class knows no more than a socket server
    server_version, sys_version = "yoloscope", ""
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """Answer the page, its data, or a picture."""
        try:
            asked = urlsplit(self.path)
        except ValueError:
            self._tell(HTTPStatus.BAD_REQUEST, b"This is no address.")
            return
        if not self._is_ours():
            self._tell(HTTPStatus.MISDIRECTED_REQUEST, b"This page answers to this machine only.")
        elif asked.path == "/" and "code" in (query := parse_qs(asked.query)):
            self._let_in(query["code"][0])
        elif not self._is_known():
            self._tell(HTTPStatus.FORBIDDEN, _USED.encode(), kind="text/plain; charset=utf-8")
        elif asked.path == "/":
            self._page()
        elif asked.path == "/data.json":
            self._guarded(lambda: self._tell(HTTPStatus.OK, self.server.data(), kind="application/json"))
        elif asked.path.startswith("/picture/"):
            self._guarded(lambda: self._picture(asked.path.removeprefix("/picture/")))
        else:
            self._tell(HTTPStatus.NOT_FOUND, b"There is no such page.")

    def _is_ours(self) -> bool:
        """Tell whether the host is this machine by name; the port is another behind a tunnel."""
        host = self.headers.get("Host", "")
        name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
        return name.lower() in _NAMES

    def _is_known(self) -> bool:
        try:
            sent = cookies.SimpleCookie(self.headers.get("Cookie", "")).get(self.server.cookie)
        except cookies.CookieError:
            return False
        return sent is not None and self.server.knows(sent.value)

    def _let_in(self, code: str) -> None:
        session = self.server.session_for(code)
        if session is None and not self._is_known():
            self._tell(HTTPStatus.FORBIDDEN, _USED.encode(), kind="text/plain; charset=utf-8")
            return
        more = {"Location": "/"}
        if session is not None:
            # Not Strict: of a link that is clicked in a terminal within a browser, the page it leads to would not get the cookie.
            more["Set-Cookie"] = f"{self.server.cookie}={session}; Path=/; HttpOnly; SameSite=Lax"
        self._tell(HTTPStatus.SEE_OTHER, b"", more=more)

    def _page(self) -> None:
        nonce = secrets.token_urlsafe(16)
        wanted = self.headers.get("Accept-Language", "").strip().lower()
        page = _PAGE.read_text(encoding="utf-8").replace("{{nonce}}", nonce)
        page = page.replace("{{lang}}", "zh" if wanted.startswith("zh") else "en")
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self' data:; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        self._tell(
            HTTPStatus.OK, page.encode(), kind="text/html; charset=utf-8", more={"Content-Security-Policy": policy}
        )

    def _picture(self, number: str) -> None:
        path = self.server.picture(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None
        if path is None:
            self._tell(HTTPStatus.NOT_FOUND, b"There is no such picture.")
            return
        try:
            raw = path.read_bytes()
        except OSError:
            self._tell(HTTPStatus.GONE, b"The file is not there any more.")
            return
        kind = _SHOWN_BY_BROWSERS.get(path.suffix.lower())
        if kind is None:
            raw, kind = _converted(raw), "image/png"
        if not raw:
            self._tell(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, b"The file cannot be shown.")
            return
        self._tell(HTTPStatus.OK, raw, kind=kind, more={"Cache-Control": "private, max-age=3600"})

    def _guarded(self, answer: Callable[[], None]) -> None:
        try:
            answer()
        except errors.SpoolError as error:
            self._tell(HTTPStatus.INTERNAL_SERVER_ERROR, str(error).encode("utf-8", "backslashreplace"))

    def _tell(
        self,
        status: HTTPStatus,
        body: bytes,
        *,
        kind: str = "text/plain; charset=utf-8",
        more: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, **(more or {}), "Content-Type": kind, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class has it so
        """Say nothing: a page needs no log."""


def _converted(raw: bytes) -> bytes:
    """Return a picture as PNG, empty if that needs what is not installed or cannot be read."""
    try:
        from PIL import Image
    except ImportError:
        return b""
    try:
        written = io.BytesIO()
        picture = Image.open(io.BytesIO(raw), formats=_CONVERTED)
        if picture.mode.startswith("I;16"):
            picture = picture.point(lambda value: value / 256).convert("L")  # else all that is not black is white
        picture.convert("RGB").save(written, "PNG")
        return written.getvalue()
    except (OSError, ValueError, Image.DecompressionBombError):
        return b""


_USED = (
    "This link was used, or is not of this page. Stop `yoloscope suspects` and start it again for a new one.\n"
    "链接已使用过，或不属于此页面。请停止 `yoloscope suspects` 后重新运行，获取新链接。\n"
)
