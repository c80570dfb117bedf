"""The HTTP client of one InfluxDB database: ``/write`` and ``/query``, with patience that ends.

Used by everything in this room, from any thread. What a server that is busy, restarting or slow did not take is sent again after a
pause, within a bound; after that the caller gets a `StoreError`, and the trainer's spool keeps what was not stored. Sending a
line again overwrites it with itself.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from urllib import parse

import msgspec
import urllib3

from yoloscope import errors
from yoloscope.store.influxdb import address

CHUNK_ROWS = 10_000
WRITE_MAX_BYTES = 4 * 1024 * 1024  # InfluxDB refuses bodies of more than 25 MB; 1-5 MB are what it asks for
_FIRST_PAUSE_S = 0.05
# Of a server, or of what stands before it, that may take the same request later:
BUSY = frozenset((408, 429, 500, 502, 503, 504))
_TOLD_CHARS = 300
_WRITTEN = 204  # every version says so; a login page in between says 200


class Patience(msgspec.Struct, frozen=True):
    """How long one request may take, and for how long a failed one is tried again."""

    connect_s: float = 3.0
    read_s: float = 15.0
    again_s: float = 5.0  # an ingest request waits at most about this long before the trainer is told to come back


class Series(msgspec.Struct, frozen=True):
    """A table of an answer: the tags it was grouped by, its columns, and its rows still as JSON."""

    columns: list[str] = []
    tags: dict[str, str] = {}
    values: msgspec.Raw = msgspec.Raw(b"[]")


class _Result(msgspec.Struct, frozen=True):
    series: list[Series] = []
    error: str | None = None


class _Answer(msgspec.Struct, frozen=True):
    results: list[_Result] = []
    error: str | None = None
    message: str | None = None


class Refused(errors.StoreError):
    """InfluxDB answered that it will not do what was asked; ``status`` is 200 where only a statement failed."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


_answers = msgspec.json.Decoder(_Answer)


class Client:
    """One database. Connections are kept and shared."""

    def __init__(self, to: address.Address, *, patience: Patience | None = None) -> None:
        self.address = to
        self._patience = patience or Patience()
        kind = urllib3.HTTPSConnectionPool if to.tls else urllib3.HTTPConnectionPool
        timeout = urllib3.Timeout(connect=self._patience.connect_s, read=self._patience.read_s)
        self._pool = kind(to.host, to.port, maxsize=8, timeout=timeout, retries=False)
        self._headers = {} if to.authorization is None else {"Authorization": to.authorization}
        self._closed = False

    def write(self, lines: bytes) -> None:
        """Store lines of the line protocol, with times in nanoseconds.

        Raises:
            StoreError: if InfluxDB refuses them, or is not there for too long; some of them may be stored.
        """
        response = self._request("/write", {"precision": "ns"}, body=lines, content_type="text/plain; charset=utf-8")
        response.close()
        if response.status != _WRITTEN:
            raise self._foreign()

    def query(self, statement: str) -> Iterator[Series]:
        """Yield the tables of an answer as they come, a table in pieces of at most `CHUNK_ROWS` rows.

        Raises:
            StoreError: as `write`.
        """
        asked = {"epoch": "ns", "chunked": "true", "chunk_size": str(CHUNK_ROWS)}
        response = self._request("/query", asked, body=_form(statement), content_type=_FORM_TYPE)
        try:
            for line in _lines(response):
                yield from self._tables(line, status=200)
        except urllib3.exceptions.HTTPError as error:
            raise self._unreachable(error) from error
        finally:
            response.close()

    def execute(self, statement: str) -> list[Series]:
        """Return the tables that a statement answers with, at once; raises as `write`."""
        response = self._request("/query", {"epoch": "ns"}, body=_form(statement), content_type=_FORM_TYPE)
        return list(self._tables(response.data, status=200))

    def version(self) -> str:
        """Return what the server calls its version, empty if it does not say; raises as `write`."""
        response = self._request("/ping", {}, body=None, content_type=None)
        response.close()
        return response.headers.get("X-Influxdb-Version", "")

    def close(self) -> None:
        """Close the connections; requests under way are not tried again."""
        self._closed = True
        self._pool.close()

    def _request(
        self, path: str, query: Mapping[str, str], *, body: bytes | None, content_type: str | None
    ) -> urllib3.BaseHTTPResponse:
        """Return the answer to a request that succeeded, its body not yet read."""
        where = {"db": self.address.database, **query}
        if self.address.retention_policy:
            where["rp"] = self.address.retention_policy
        headers = {**self._headers, **({} if content_type is None else {"Content-Type": content_type})}
        url = f"{path}?{parse.urlencode(where)}"

        def once() -> urllib3.BaseHTTPResponse:
            return self._pool.urlopen(
                "GET" if body is None else "POST", url, body=body, headers=headers, preload_content=False
            )

        response = self._patiently(once)
        if response.status >= 300:
            raise self._refused(response)
        return response

    def _patiently(self, once: Callable[[], urllib3.BaseHTTPResponse]) -> urllib3.BaseHTTPResponse:
        until_s = time.monotonic() + self._patience.again_s
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                response = once()
            except urllib3.exceptions.HTTPError as error:
                if self._closed or time.monotonic() + pause_s > until_s:
                    raise self._unreachable(error) from error
            else:
                if self._closed or response.status not in BUSY or time.monotonic() + pause_s > until_s:
                    return response
                response.close()
            time.sleep(pause_s)
            pause_s *= 2

    def _refused(self, response: urllib3.BaseHTTPResponse) -> Refused:
        try:
            told = _answers.decode(response.data)
            said = told.error or told.message or ""
        except (msgspec.DecodeError, urllib3.exceptions.HTTPError):
            said = ""
        finally:
            response.close()
        return self._refusal(said or f"HTTP {response.status}", status=response.status)

    def _tables(self, content: bytes, *, status: int) -> Iterator[Series]:
        try:
            answer = _answers.decode(content)
        except msgspec.DecodeError as error:
            raise self._foreign() from error
        if answer.error:
            raise self._refusal(answer.error, status=status)
        for result in answer.results:
            if result.error:
                raise self._refusal(result.error, status=status)
            yield from result.series

    def _foreign(self) -> errors.StoreError:
        return errors.StoreError(
            f"what answers at {self.address.public} does not speak InfluxDB's language; is it the right port?"
        )

    def _refusal(self, said: str, *, status: int) -> Refused:
        who = " Check user and password (or token) in --store." if status == 401 else ""
        return Refused(f"InfluxDB at {self.address.public} refuses: {said[:_TOLD_CHARS]}.{who}", status=status)

    def _unreachable(self, error: urllib3.exceptions.HTTPError) -> errors.StoreError:
        why = _reason(error)
        return errors.StoreError(
            f"InfluxDB at {self.address.public} cannot be reached ({why}). Nothing of this batch counts as stored and nothing "
            f"stored is lost: start it, or check host and port; trainers keep their points and send them again"
        )


_FORM_TYPE = "application/x-www-form-urlencoded"


def _form(statement: str) -> bytes:
    return parse.urlencode({"q": statement}).encode()


def _lines(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """Yield the lines of a body as they come; each is an answer of its own."""
    rest = b""
    for part in response.stream(256 * 1024, decode_content=True):
        *whole, rest = (rest + part).split(b"\n") if b"\n" in part else (rest + part,)
        yield from (line for line in whole if line)
    if rest.strip():
        yield rest


def _reason(error: urllib3.exceptions.HTTPError) -> str:
    """Return in few words what went wrong; urllib3's own texts name objects."""
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return "the host's name is not known"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "nothing listens there"
    if isinstance(error, urllib3.exceptions.SSLError):
        return "TLS failed; is the server one for influxdb:// without TLS, or its certificate not trusted?"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "no answer in time"
    return "the connection broke"
