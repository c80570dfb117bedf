"""The way of a person or a program to a server: its address, the token, and answers or one of our errors."""

import io
import ipaddress
import os
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, TypeVar
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import msgspec
import urllib3

from yoloscope import errors
from yoloscope.sdk import settings
from yoloscope.wire import discovery

DEFAULT_URL = "http://127.0.0.1:8080"
_TIMEOUT = urllib3.Timeout(connect=3.0, read=30.0)
_PATIENT = urllib3.Timeout(connect=3.0, read=None)  # a file of millions of rows takes the server minutes
_PART_BYTES = 1024 * 1024

_T = TypeVar("_T")


class _Problem(msgspec.Struct, frozen=True):
    """The part of a problem that a person is told."""

    title: str = ""
    detail: str = ""
    fix: str | None = None
    field: str = ""
    column: int | None = None
    length: int = 1
    command: str | None = None


class Client:
    """A server as one user sees it: the one named, else that of ``YOLOSCOPE_SERVER`` or ``yoloscope.toml``, else one running here."""

    def __init__(self, server: str | None = None, *, token: str | None = None) -> None:
        given = server or settings.named_server() or _running() or DEFAULT_URL
        self.url, self.given_token = _without_token(given)
        self._token = token or self.given_token or os.environ.get("YOLOSCOPE_TOKEN") or discovery.token_for(self.url)
        self._pool = pool_for(self.url)

    def get(
        self, path: str, *, query: dict[str, str | int] | Sequence[tuple[str, str]] | None = None, answer: type[_T]
    ) -> _T:
        """Return the JSON at a path as `answer`; pairs as a query may name a parameter more than once.

        Raises:
            ServerUnavailable: if there is no answer.
            ServerRefused: with what the server says, for any other than success.
        """
        return self._call("GET", f"{path}?{urlencode(query)}" if query else path, answer=answer)

    def post(self, path: str, *, body: Mapping[str, object] | None = None, answer: type[_T]) -> _T:
        """Return what a POST answers, of JSON or without a body; raises as `get`."""
        return (
            self._call("POST", path, answer=answer) if body is None else self._sent("POST", path, body, answer=answer)
        )

    def delete(self, path: str, *, answer: type[_T]) -> _T:
        """Return what a DELETE answers; raises as `get`."""
        return self._call("DELETE", path, answer=answer)

    def put(self, path: str, *, body: Mapping[str, object], answer: type[_T]) -> _T:
        """Return what a PUT of JSON answers; raises as `get`."""
        return self._sent("PUT", path, body, answer=answer)

    def patch(self, path: str, *, body: Mapping[str, object], answer: type[_T]) -> _T:
        """Return what a PATCH of JSON answers; raises as `get`."""
        return self._sent("PATCH", path, body, answer=answer)

    def download(self, path: str) -> Iterator[bytes]:
        """Yield the bytes at a path as they come; raises as `get`, also where the server stops in between."""
        response = self._request("GET", path, timeout=_TIMEOUT, preload_content=False)
        try:
            if response.status != 200:
                self._answer(response.status, response.data, answer=dict[str, object])
            yield from response.stream(_PART_BYTES)
        except urllib3.exceptions.HTTPError as error:
            raise errors.ServerUnavailable(f"the server at {self.url} stopped in between; try again") from error
        finally:
            response.release_conn()

    def upload(self, path: str, file: BinaryIO, *, content_type: str, size_bytes: int, answer: type[_T]) -> _T:
        """Return what a POST of a file answers, however long the server takes; raises as `get`."""
        headers = {"Content-Type": content_type, "Content-Length": str(size_bytes)}
        response = self._request("POST", path, timeout=_PATIENT, body=file, headers=headers)
        return self._answer(response.status, response.data, answer=answer)

    def _sent(self, method: str, path: str, body: Mapping[str, object], *, answer: type[_T]) -> _T:
        sent = io.BytesIO(msgspec.json.encode(body))
        as_json = {"Content-Type": "application/json"}
        response = self._request(method, path, timeout=_TIMEOUT, body=sent, headers=as_json)
        return self._answer(response.status, response.data, answer=answer)

    def _call(self, method: str, path: str, *, answer: type[_T]) -> _T:
        response = self._request(method, path, timeout=_TIMEOUT)
        return self._answer(response.status, response.data, answer=answer)

    def _request(
        self,
        method: str,
        path: str,
        *,
        timeout: urllib3.Timeout,
        body: BinaryIO | None = None,
        headers: dict[str, str] | None = None,
        preload_content: bool = True,
    ) -> urllib3.BaseHTTPResponse:
        authorized = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            return self._pool.request(
                method,
                self.url + path,
                body=body,
                headers={**authorized, **(headers or {})},
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=preload_content,
            )
        except urllib3.exceptions.HTTPError as error:
            raise errors.ServerUnavailable(
                f"no yoloscope server answers at {self.url}. Start one with `yoloscope up`, or name it with --server"
            ) from error

    def _answer(self, status: int, data: bytes, *, answer: type[_T]) -> _T:
        try:
            if 200 <= status < 300:
                return msgspec.json.decode(data, type=answer)
            told = msgspec.json.decode(data, type=_Problem)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise errors.ServerRefused(
                f"what answers at {self.url} is no yoloscope server (status {status})", status=status
            ) from error
        says = f"{told.detail or told.title}. {told.fix or ''}".strip()
        if told.column is not None:
            raise errors.FilterRefused(says, status=status, field=told.field, column=told.column, length=told.length)
        raise errors.ServerRefused(f"the server refused: {says}", status=status, command=told.command)


def project_path(template: str, project: str) -> str:
    """Return a path of the API that names a project."""
    return template.format(project=quote(project, safe=""))


def pool_for(url: str) -> urllib3.PoolManager:
    """Return connections to a server, through the environment's proxy unless the address is private."""
    proxy = os.environ.get("YOLOSCOPE_PROXY") or _proxy_from_environment(url)
    return urllib3.ProxyManager(proxy) if proxy else urllib3.PoolManager()


def _proxy_from_environment(url: str) -> str | None:
    host = urlsplit(url).hostname or ""
    if is_private(host) or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(urlsplit(url).scheme)


def is_private(host: str) -> bool:
    """Tell whether a host lies inside the building: a private or loopback address, or a name without a domain."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".internal"))
    return address.is_private or address.is_loopback or address.is_link_local


def _running() -> str | None:
    return next((server.url for server in discovery.servers()), None)


def _without_token(url: str) -> tuple[str, str | None]:
    """Return the address alone, and the token that stood before it: ``http://<token>@host:8080``."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise errors.ConfigError(f"{url!r} is no server address. Use one such as {DEFAULT_URL}")
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
    return bare, parts.username
