"""A stand-in for the server that stores what it acknowledged and answers as each test scripts it."""

import contextlib
import hashlib
import json
import threading
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from yoloscope.records import media, row
from yoloscope.sidecar import parcel
from yoloscope.wire import codec

Answer = tuple[int, dict[str, str], bytes]
Script = Callable[[list[row.Batch]], Answer | None]
UploadScript = Callable[[str, int, bytes], Answer | None]


class FakeServer:
    """Takes frames as the real server does: contiguous per lane, duplicates left out, gaps answered with 409."""

    def __init__(self) -> None:
        self.next_seq: dict[str, int] = {}
        self.taken: list[tuple[str, int, row.Entry]] = []
        self.batches: list[row.Batch] = []
        self.headers: list[dict[str, str]] = []
        self.script: Script = lambda batches: None  # answer as usual
        self.url = ""
        self.instance = ""
        self.instance_epoch = 0
        self.plain_bytes: list[int] = []
        self.policy: dict[str, object] | None = None  # None answers as a server that is older than policies
        self.asked: list[str] = []
        self.received: list[bytes] = []
        self.blobs: dict[str, bytes] = {}
        self.uploads: list[tuple[str, int, int]] = []  # digest, offset, bytes of each request
        self.upload_script: UploadScript = lambda digest, offset, data: None

    def items(self) -> list[media.Item]:
        """Return the items told of, each once, by their numbers."""
        found = {entry.number: entry for _, _, entry in self.taken if isinstance(entry, media.Item)}
        return [found[number] for number in sorted(found)]

    def lacking(self) -> list[media.Part]:
        """Return the parts that are not there whole with the right digest."""
        parts = [part for item in self.items() for part in item.parts]
        return [part for part in parts if hashlib.sha256(self.blobs.get(part.digest, b"")).hexdigest() != part.digest]

    def upload(self, digest: str, offset: int, size_bytes: int, data: bytes) -> Answer:
        """Return what the server says to a piece of a part."""
        self.uploads.append((digest, offset, len(data)))
        scripted = self.upload_script(digest, offset, data)
        if scripted is not None:
            return scripted
        if digest not in {part.digest for item in self.items() for part in item.parts}:
            return problem(404, title="no such part")
        here = self.blobs.get(digest, b"")
        if len(here) < size_bytes:
            if data and offset != len(here):
                return problem(409, title="gap", expected=len(here))
            self.blobs[digest] = here = here + data
            if len(here) == size_bytes and hashlib.sha256(here).hexdigest() != digest:
                del self.blobs[digest]
                return problem(422, title="another digest")
        answer = {"offset": len(here), "complete": len(here) == size_bytes}
        return 200, {}, json.dumps(answer).encode()

    def steps(self) -> list[int]:
        """Return the steps of all rows of the training taken, in order; what its sidecar sees of the machine is none of them."""
        found: list[int] = []
        for _, _, entry in self.taken:
            if isinstance(entry, row.Matrix) and not entry.names[0].startswith("system/"):
                found += [int.from_bytes(entry.step[at : at + 8], "little") for at in range(0, len(entry.step), 8)]
        return found

    def answer(self, body: bytes, headers: dict[str, str]) -> Answer:
        """Return what the server says to one body."""
        self.headers.append(headers)
        plain = codec.unpacked(body, encoding=headers.get("Content-Encoding", ""))
        self.plain_bytes.append(len(plain))
        batches = codec.batches_from_body(plain)
        scripted = self.script(batches)
        return scripted if scripted is not None else self._take(batches)

    def _take(self, batches: list[row.Batch]) -> Answer:
        for batch in batches:
            expected = self.next_seq.get(f"{batch.writer}/{batch.lane}", 0)
            if batch.first_seq > expected:
                return problem(409, title="gap", expected=expected)
        for batch in batches:
            key = f"{batch.writer}/{batch.lane}"
            at = batch.first_seq
            for entry in batch.entries:
                size = row.sequences_of(entry)
                known = max(0, self.next_seq.get(key, 0) - at)
                if known == 0:
                    self.taken.append((key, at, entry))
                elif known < size:
                    self.taken.append((key, at + known, parcel.part([entry], start=known, stop=size)[0]))
                at += size
            self.next_seq[key] = max(self.next_seq.get(key, 0), at)
            self.batches.append(batch)
        told = {
            "acked": self.next_seq,
            "flush_ms": 100,
            "instance": self.instance,
            "instance_epoch": self.instance_epoch,
        }
        return 200, {}, json.dumps(told).encode()


def problem(status: int, *, title: str, expected: int | None = None, retry_after: str | None = None) -> Answer:
    """Return a problem answer."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    return status, headers, json.dumps({"title": title, "expected": expected}).encode()


@contextlib.contextmanager
def running() -> Iterator[FakeServer]:
    """Serve on a free port of this machine until the block ends."""
    fake = FakeServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the base class's name
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._note(codec.unpacked(body, encoding=self.headers.get("Content-Encoding", "")))
            self._say(*fake.answer(body, dict(self.headers)))

        def do_PATCH(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._note(body)
            digest = self.path.rpartition("/")[2]
            offset, size_bytes = (int(self.headers[name]) for name in ("Upload-Offset", "Upload-Length"))
            self._say(*fake.upload(digest, offset, size_bytes, body))

        def do_GET(self) -> None:
            self._note(b"")
            fake.asked.append(self.path)
            known = fake.policy is not None and self.path.endswith("/policy")
            self._say(200, {}, json.dumps(fake.policy).encode()) if known else self._say(*problem(404, title="nothing"))

        def _note(self, plain: bytes) -> None:
            """Keep all that a request tells, unpacked."""
            fake.received.append(b"\n".join((self.requestline.encode(), bytes(self.headers), plain)))

        def _say(self, status: int, headers: dict[str, str], answer: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def deflated(body: bytes) -> bytes:
    """Return a body as the sidecar sends it."""
    return zlib.compress(body)
