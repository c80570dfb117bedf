"""What the fault tests share: trainings that acknowledge each row, namespaces to kill and to cut off, and a network to cut."""

import contextlib
import os
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from yoloscope.spool import cursor, layout

ACKED = (Path(__file__).parent / "acked_training.py").read_text(encoding="utf-8")
_HANDLERS_AT = 8
_WORDS = 512
_STOP_AT = _WORDS - 1


class Training:
    """A training that runs `acked_training.py`: what it was promised is known whenever it is killed."""

    def __init__(self, start: Callable[..., subprocess.Popen[str]], folder: Path) -> None:
        self._start = start
        self._acks = folder / f"acks-{os.urandom(4).hex()}"
        self._acks.write_bytes(bytes(8 * _WORDS))
        self.process: subprocess.Popen[str]
        self.run = ""
        self.directory = Path()

    def begin(
        self,
        server: str,
        *,
        threads: int = 1,
        signals_hz: int = 0,
        pause_s: float = 0.0,
        before: tuple[str, ...] = (),
        patch: str = "",
    ) -> "Training":
        """Start it, `patch` being code that runs first, and wait until it has a run."""
        arguments = (server, str(self._acks), str(threads), str(signals_hz), str(pause_s))
        self.process = self._start(patch + ACKED, *arguments, before=before)
        assert self.process.stdout is not None
        self.run, directory = self.process.stdout.readline().split()
        self.directory = Path(directory)
        return self

    def accepted(self) -> dict[str, int]:
        """Return how many rows of each thread and handler `log` has returned for."""
        words = struct.unpack(f"<{_WORDS}Q", self._acks.read_bytes())
        sources = [f"t{word}" for word in range(_HANDLERS_AT)]
        sources += [f"h{depth}" for depth in range(_STOP_AT - _HANDLERS_AT)]
        return {source: count for source, count in zip(sources, words[:_STOP_AT], strict=True) if count}

    def stop(self) -> None:
        """Tell it to end as it would anyway."""
        with self._acks.open("r+b") as file:
            file.seek(8 * _STOP_AT)
            file.write(struct.pack("<Q", 1))

    def is_sent(self) -> bool:
        """Tell whether its sidecar, or one that took over, has noted that the server has everything."""
        return is_sent(self.directory)

    def end_with_sidecar(self) -> None:
        """Stop it and its sidecar in the same instant, then kill both: neither sees the other's end."""
        both = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        for process in both:
            os.kill(process.pid, signal.SIGSTOP)
        for process in both:
            os.kill(process.pid, signal.SIGKILL)
        self.process.wait()

    def end_with_namespace(self) -> None:
        """Kill process 1 of its namespace, and thereby everything there at once."""
        (first,) = psutil.Process(self.process.pid).children()
        first.kill()
        self.process.wait()

    def processes(self) -> list[int]:
        """Return process 1 of its namespace and its sidecar there."""
        return sorted(process.pid for process in psutil.Process(self.process.pid).children(recursive=True))

    def check(self, server, *, hint: str = "") -> None:
        """Assert that the server has what was accepted, with its values, and at most one row more of each source."""
        accepted = self.accepted()
        detail = server.get(f"/api/v1/runs/{self.run}")
        stored = {info["name"] for info in detail["series"]}
        assert accepted.keys() <= stored, hint
        for source in sorted(name for name in stored if not name.endswith("/less")):
            known = accepted.get(source, 0)
            rows, less = server.rows(self.run, source), server.rows(self.run, f"{source}/less")
            word = int(source[1:]) + (_HANDLERS_AT if source.startswith("h") else 0)
            assert len(rows) in (known, known + 1), (source, hint)  # one more: stored, killed before it was told
            assert rows == {i: i * 0.25 + word for i in range(len(rows))}, (source, hint)
            assert less == {i: float(-i - word) for i in range(len(rows))}, (source, hint)
        assert detail["lost"] == {}, hint


def is_sent(directory: Path) -> bool:
    """Tell whether a courier has noted that the server has everything of a writer that has ended."""
    return cursor.load(directory).complete


def state_of(server, run: str) -> str:
    """Return the state of a run as the server has it, nothing while it has not heard of it."""
    return next((item["state"] for item in server.get("/api/v1/runs?limit=500")["items"] if item["id"] == run), "")


def rows_of(server, run: str) -> int:
    """Return how many rows of a run the server has."""
    return next((item["rows"] for item in server.get("/api/v1/runs?limit=500")["items"] if item["id"] == run), 0)


def sync(place: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `yoloscope sync` to its end."""
    return command("sync", str(place), *options)


def command(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of yoloscope to its end."""
    return subprocess.run([sys.executable, "-m", "yoloscope", *words], capture_output=True, text=True, check=False)


def namespace(*kinds: str, prepare: str = "") -> tuple[str, ...]:
    """Return what to put before a command so that it runs in new namespaces, after the shell's `prepare` there.

    Where this machine allows that to nobody, the test is skipped.
    """
    before = ("unshare", "--user", "--map-root-user", *kinds)
    if prepare:
        before = (*before, "sh", "-c", f'{prepare} && exec "$@"', "sh")
    try:
        tried = subprocess.run([*before, "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if tried.returncode:
        pytest.skip(f"this machine lets nobody have namespaces of their own: {tried.stderr.strip()}")
    return before


def at_start(code: str, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Let every Python that starts from now on run some code first."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(code)
    patch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)


def container() -> tuple[str, ...]:
    """Return what makes a command process 1 of a namespace that dies with it."""
    return namespace("--pid", "--fork", "--kill-child", "--mount-proc")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def couriers_of(directory: Path) -> list[int]:
    """Return the processes that carry a writer's directory of their own."""
    found = psutil.process_iter(["cmdline"])
    return [process.pid for process in found if str(directory) in (process.info["cmdline"] or [])]


def end_couriers(spool: Path) -> None:
    """Kill whatever still carries a directory of a spool."""
    for process in psutil.process_iter(["cmdline"]):
        if any(word.startswith(f"{spool}{os.sep}") for word in process.info["cmdline"] or []):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def holders_of(directory: Path) -> list[int]:
    """Return the processes that have files of a writer's directory mapped: its trainer and whoever carries it."""
    found: list[int] = []
    for process in psutil.process_iter():
        with contextlib.suppress(OSError):
            if str(directory) in Path(f"/proc/{process.pid}/maps").read_text(errors="replace"):
                found.append(process.pid)
    return sorted(found)


def pid_in_manifest(directory: Path) -> int:
    """Return as what process a trainer knew itself."""
    return layout.load_manifest(directory).pid


def grown_older(directory: Path, *, by_s: float) -> None:
    """Let a writer's directory have been made that much earlier, so that nobody waits for its own sidecar to begin."""
    manifest = layout.load_manifest(directory)
    layout.save_manifest(directory, msgspec.structs.replace(manifest, wall_ns=manifest.wall_ns - int(by_s * 1e9)))


def sent_to(directory: Path, server: str) -> None:
    """Let a writer's directory be for another server."""
    layout.save_manifest(directory, msgspec.structs.replace(layout.load_manifest(directory), server=server))


class Link:
    """The network between trainings and a server: a port that passes everything on until it is cut.

    While it is cut nothing is refused and nothing is answered, and connections from before never come back, as behind a firewall that
    has forgotten them. With `answers_only` requests still arrive, and their answers do not.
    """

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._selector = selectors.DefaultSelector()
        self._cut = self._answers_only = self._over = False
        self._clients: set[socket.socket] = set()
        self._dead: set[socket.socket] = set()
        self._peers: dict[socket.socket, socket.socket] = {}
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def cut(self, *, answers_only: bool = False) -> None:
        """Let nothing through from now on."""
        self._answers_only, self._cut = answers_only, True

    def heal(self) -> None:
        """Let new connections through again."""
        self._cut = False

    def close(self) -> None:
        """Close all connections."""
        self._over = True
        self._thread.join()
        for one in (self._listener, *self._peers):
            one.close()
        self._selector.close()

    def _carry(self) -> None:
        while not self._over:
            for key, _ in self._selector.select(timeout=0.02):
                with contextlib.suppress(OSError):
                    if key.fileobj is self._listener:
                        self._accept()
                    else:
                        self._pass_on(key.fileobj)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        server = socket.create_connection(("127.0.0.1", self._target))
        self._clients.add(client)
        for one, other in ((client, server), (server, client)):
            self._peers[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _pass_on(self, source: socket.socket) -> None:
        data, peer = source.recv(1 << 20), self._peers[source]
        passes = self._answers_only and source in self._clients
        if self._cut and not passes:
            self._dead |= {source, peer}
        if not data:
            self._selector.unregister(source)
            if source not in self._dead:
                peer.shutdown(socket.SHUT_WR)
        elif passes or source not in self._dead:
            peer.sendall(data)


@contextlib.contextmanager
def link(server_url: str) -> Iterator[Link]:
    """A network in front of a server."""
    made = Link(int(server_url.rpartition(":")[2]))
    try:
        yield made
    finally:
        made.close()
