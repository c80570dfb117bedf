"""HTTP to the server: one body out, one acknowledgement back, every failure told apart by what to do about it."""

import contextlib
import email.utils
import ipaddress
import os
import random
import time
import urllib.parse
import zlib
from collections.abc import Mapping
from http import HTTPStatus

import msgspec
import urllib3
import urllib3.exceptions
import urllib3.util

from yoloscope import errors
from yoloscope.records import machine
from yoloscope.records import policy as policies
from yoloscope.wire import discovery, protocol

TIMEOUT = urllib3.util.Timeout(connect=5.0, read=30.0)
REPORT_TIMEOUT = urllib3.util.Timeout(connect=2.0, read=5.0)
"""Of what may be lost."""
_REFUSED_STATUS = {400, 409, 413, 415, 422}
"""What is about the rows themselves. With any other answer (a token, a proxy, a wrong address) they wait for somebody to mend it."""
_NO_HEADERS: Mapping[str, str] = {}
_NO_SUCH_ROUTE = {404, 405, 501}
"""How a server answers that is older than policies; then the trainer's own holds alone."""
_BODY_MOST_BYTES = protocol.BODY_MAX_BYTES - 64 * 1024
"""What does not compress grows a little; the limit holds for a body as it is sent, too."""
_ANSWER_MOST_BYTES = 1024 * 1024
"""An acknowledgement has some hundred bytes; what answers in place of the server may have no end."""
_ANSWER_MOST_S = 30.0
_READ_BYTES = 64 * 1024
_FLUSH_MOST_MS = 60_000
BACKOFF_FIRST_S = 0.5
BACKOFF_MOST_S = 30.0
RECONNECT_MOST_S = 5.0
"""Where nothing listens or the network is cut a try costs nobody anything, and a watcher wants to see the end of it soon."""
SLOWEST_BYTES_PER_S = 8 * 1024
"""A link of 64 kbit/s; a body has the time that it needs there."""


class Ack(msgspec.Struct, frozen=True):
    """What the server answered: the next sequence number per ``"<writer>/<lane>"``, how soon it wants more, and what it asks for."""

    acked: dict[str, int]
    instance: str = ""
    instance_epoch: int = 0
    flush_ms: int = protocol.FLUSH_UNWATCHED_MS
    asks: tuple[str, ...] = ()


class Received(msgspec.Struct, frozen=True):
    """How far a part has come at the server, and whether it is whole and was compared with its digest."""

    offset: int
    complete: bool


class Terms(msgspec.Struct, frozen=True):
    """What the server lets in. ``bare`` tells that it knows other harmless words than we do: then no text at all is sent."""

    policy: policies.Policy
    bare: bool = False


class _Problem(msgspec.Struct, frozen=True):
    type: str = ""
    title: str = ""
    detail: str = ""
    expected: int | None = None
    field: str | None = None


class Client:
    """Posts bodies to one server, with its token and through a proxy only where one is meant. Not safe between threads."""

    def __init__(self, server: str) -> None:
        self._url = server + protocol.INGEST_PATH
        self._server = server
        self._policies: dict[str, policies.Policy] = {}
        self._instance = ""
        self._refusals = 0
        self._pool: urllib3.PoolManager | None = None
        with contextlib.suppress(ValueError, urllib3.exceptions.HTTPError):  # `send` says it: the rows wait
            proxy = proxy_for(server)
            self._pool = urllib3.ProxyManager(proxy, maxsize=1) if proxy else urllib3.PoolManager(maxsize=1)

    def send(self, body: bytes) -> Ack:
        """Post one uncompressed body and return the acknowledgement.

        Raises:
            ServerRefused: if this body will never be taken as it is (with ``expected`` on a gap).
            PolicyRefused: if it holds what the server's policy forbids; `terms` then asks for it again.
            ServerUnavailable: if it may be taken later.
        """
        try:
            ack = self._post(body)
        except errors.ServerUnavailable as error:
            self._policies.clear()  # it may be another when the server is back
            self._refusals += isinstance(error, errors.PolicyRefused)
            raise
        if self._instance not in ("", ack.instance):
            self._policies.clear()
        self._instance, self._refusals = ack.instance, 0
        return ack

    def terms(self, project: str) -> Terms:
        """Return what the server lets in for a project; it is asked when it is not known, or may have changed.

        Raises:
            ServerUnavailable: if it does not answer, or with something else.
        """
        if project not in self._policies:
            self._policies[project] = self._asked(project)
        return Terms(self._policies[project], bare=self._refusals > 1)

    def upload(self, run: str, digest: str, *, offset: int, size_bytes: int, data: bytes) -> Received:
        """Send a piece of a part of `size_bytes`, or, without data, ask how far it has come.

        Raises:
            ServerRefused: with ``expected`` if the part stands elsewhere, and with ``status`` 404 if no item of the run has it, or 413,
                422, 400 if it will never be taken.
            PolicyRefused: if the server's policy forbids it; `terms` then asks for it again.
            ServerUnavailable: if it may be taken later.
        """
        headers = {
            **self.headers(),
            "Content-Type": "application/octet-stream",
            "Upload-Offset": str(offset),
            "Upload-Length": str(size_bytes),
        }
        path = protocol.BLOBS_PATH.format(run=urllib.parse.quote(run, safe=""), digest=digest)
        response, answer = self._request("PATCH", self._server + path, body=data, headers=headers)
        if response.status == HTTPStatus.OK:
            try:
                return msgspec.json.decode(answer, type=Received)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise errors.ServerUnavailable(f"the answer tells of no upload: {error}") from error
        if response.status == HTTPStatus.NOT_FOUND:
            raise errors.ServerRefused("the server knows no such part", status=response.status)
        error = self._error(response.status, answer, retry_after=response.headers.get("Retry-After"))
        if isinstance(error, errors.PolicyRefused):
            self._policies.clear()
        raise error

    def post_machine(self, report: machine.Report) -> bool:
        """Post one look at this machine; False if the server knows no machines, or does not want this report.

        Raises:
            ServerUnavailable: if it may take one later.
        """
        headers = {**self.headers(), "Content-Type": "application/json"}
        url, body = self._server + protocol.MACHINES_PATH, msgspec.json.encode(report)
        response, _ = self._request("POST", url, body=body, headers=headers, timeout=REPORT_TIMEOUT)
        if response.status < HTTPStatus.BAD_REQUEST:
            return True
        if response.status in _NO_SUCH_ROUTE | _REFUSED_STATUS:
            return False
        raise errors.ServerUnavailable(f"HTTP {response.status} for a report of this machine")

    def commands(
        self, method: str, path: str, *, body: bytes | None = None, more: Mapping[str, str] = _NO_HEADERS
    ) -> bytes | None:
        """Return what a path that tells of commands answers, None if the server knows no such path or run; `more` are headers.

        Raises:
            ServerUnavailable: if it does not answer, or with something else.
        """
        headers = {**self.headers(), "Content-Type": "application/json", **more}
        response, data = self._request(method, self._server + path, body=body, headers=headers)
        if response.status < HTTPStatus.MULTIPLE_CHOICES:
            return data
        if response.status in _NO_SUCH_ROUTE:
            return None
        wish_s = _seconds(response.headers.get("Retry-After"))
        raise errors.ServerUnavailable(f"HTTP {response.status} for {path.partition('?')[0]}", retry_after_s=wish_s)

    def _asked(self, project: str) -> policies.Policy:
        path = protocol.POLICY_PATH.format(project=urllib.parse.quote(project, safe=""))
        response, data = self._request("GET", self._server + path, body=None, headers=self.headers())
        if response.status in _NO_SUCH_ROUTE:
            return policies.LEFT_TO_THE_TRAINER
        if response.status != HTTPStatus.OK:
            raise errors.ServerUnavailable(
                f"HTTP {response.status} for the policy of the project",
                retry_after_s=_seconds(response.headers.get("Retry-After")),
            )
        try:
            if "version" not in msgspec.json.decode(data, type=dict[str, object]):
                raise errors.ServerUnavailable("what answers with a policy is no yoloscope server")
            return msgspec.json.decode(data, type=policies.Policy)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise errors.ServerUnavailable(f"the answer is no policy: {error}") from error

    def _post(self, body: bytes) -> Ack:
        if len(body) > _BODY_MOST_BYTES:
            raise errors.ServerRefused(f"a body of {len(body)} bytes is too large to be sent", status=413)
        headers = {**self.headers(), "Content-Type": protocol.CONTENT_TYPE, "Content-Encoding": "deflate"}
        response, data = self._request("POST", self._url, body=zlib.compress(body, 1), headers=headers)
        if response.status == HTTPStatus.OK:
            return self._ack(data)
        raise self._error(response.status, data, retry_after=response.headers.get("Retry-After"))

    def _request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None,
        headers: dict[str, str],
        timeout: urllib3.util.Timeout | None = None,
    ) -> tuple[urllib3.BaseHTTPResponse, bytes]:
        if self._pool is None:
            raise errors.ServerUnavailable(
                "the address of the server or its proxy (YOLOSCOPE_PROXY, HTTP_PROXY) is no URL; all rows are kept"
            )
        try:
            response = self._pool.request(
                method,
                url,
                body=body,
                headers=headers,
                timeout=timeout or _timeout(len(body or b"")),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            return response, _answer(response)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            unconnected = (urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.NewConnectionError)
            connected = not isinstance(error, unconnected)
            raise errors.ServerUnavailable(f"{type(error).__name__}: {error}", connected=connected) from error

    def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            self._pool.clear()

    def headers(self) -> dict[str, str]:
        """Return what every request says of us, the token among it.

        Raises:
            ServerUnavailable: if the token cannot stand in a header.
        """
        headers = {"User-Agent": "yoloscope-sidecar"}
        token = (os.environ.get("YOLOSCOPE_TOKEN") or discovery.token_for(self._server) or "").strip()
        if not (token.isascii() and token.isprintable()):
            raise errors.ServerUnavailable("YOLOSCOPE_TOKEN holds characters that no header can; all rows are kept")
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return headers

    @staticmethod
    def _ack(data: bytes) -> Ack:
        try:
            ack = msgspec.json.decode(data, type=Ack)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise errors.ServerUnavailable(f"the answer is no acknowledgement: {error}") from error
        return msgspec.structs.replace(ack, flush_ms=min(max(ack.flush_ms, 0), _FLUSH_MOST_MS))

    @staticmethod
    def _error(status: int, data: bytes, *, retry_after: str | None) -> errors.TransportError:
        try:
            problem = msgspec.json.decode(data, type=_Problem)
        except (msgspec.DecodeError, UnicodeDecodeError):
            problem = _Problem(title=f"HTTP {status}")
        said = f"HTTP {status}: {problem.title} {problem.detail}".strip()
        if problem.type == protocol.POLICY_PROBLEM:
            return errors.PolicyRefused(said)
        if status in _REFUSED_STATUS and problem.type != protocol.VERSION_PROBLEM:
            return errors.ServerRefused(
                said, status=status, problem=problem.type, expected=problem.expected, lane=problem.field
            )
        return errors.ServerUnavailable(said, retry_after_s=_seconds(retry_after))


def _timeout(body_bytes: int) -> urllib3.util.Timeout:
    """Return the time a request has: urllib3 counts the sending of its body with the connecting."""
    connect_s, read_s = TIMEOUT.connect_timeout, TIMEOUT.read_timeout
    assert isinstance(connect_s, int | float)
    return urllib3.util.Timeout(connect=connect_s + body_bytes / SLOWEST_BYTES_PER_S, read=read_s)


def backoff_s(failures: int, *, wish_s: float | None, connected: bool = True, draw: float | None = None) -> float:
    """Return how long to wait after so many failures in a row: doubled each time up to 30 s, with jitter of a half.

    Without a connection it is 5 s at most. The server's own wish counts if it is longer. ``draw`` in 0..1 replaces the random draw.
    """
    most_s = BACKOFF_MOST_S if connected else min(RECONNECT_MOST_S, BACKOFF_MOST_S)
    full = min(most_s, BACKOFF_FIRST_S * 2 ** min(failures - 1, 10))
    chance = random.random() if draw is None else draw  # noqa: S311  # jitter, no secret
    return max(full * (0.5 + 0.5 * chance), min(wish_s or 0.0, 600.0))


def _answer(response: urllib3.BaseHTTPResponse) -> bytes:
    """Return the body of an answer, read whole: one that is too long or comes in drops is given up, and its connection with it."""
    ends_at_s = time.monotonic() + _ANSWER_MOST_S
    whole = bytearray()
    try:
        while part := response.read1(_READ_BYTES, decode_content=False):
            whole += part
            _check_has_end(len(whole), ends_at_s=ends_at_s)
    except BaseException:
        response.close()
        raise
    response.release_conn()
    return bytes(whole)


def _check_has_end(size_bytes: int, *, ends_at_s: float) -> None:
    if size_bytes > _ANSWER_MOST_BYTES or time.monotonic() > ends_at_s:
        raise errors.ServerUnavailable("what answers is no yoloscope server: its answer has no end")


def _seconds(text: str | None) -> float | None:
    """Return how long ``Retry-After`` asks to wait: it holds seconds or a date."""
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:
        pass
    try:
        date = email.utils.parsedate_to_datetime(text or "")
        return max(0.0, date.timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def proxy_for(server: str) -> str | None:
    """Return the proxy to use: ours if set, the machine's only for public addresses."""
    own = os.environ.get("YOLOSCOPE_PROXY")
    if own:
        return _with_scheme(own)
    url = urllib.parse.urlsplit(server)
    if _is_private(url.hostname or ""):
        return None
    names = ("HTTPS_PROXY", "https_proxy") if url.scheme == "https" else ("HTTP_PROXY", "http_proxy")
    return next((_with_scheme(os.environ[name]) for name in names if os.environ.get(name)), None)


def _with_scheme(proxy: str) -> str:
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".local", ".lan", ".internal", ".intranet"))
