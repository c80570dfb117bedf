"""`init` and `Run`: what a training calls.

A run writes to its own spool directory and starts one sidecar process that carries it to the server. Nothing here opens a socket.
Every public method of `Run` is safe to call at any time, from any thread, also after `finish`.
"""

import atexit
import contextlib
import os
import shutil
import sys
import time
import weakref
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.sdk import guard, launch_sidecar, outcome, settings, values
from yoloscope.spool import layout, platform, state, writer

FINISH_WAIT_S = 10.0
FINISH_DEAD_S = 2.0
_POLL_S = 0.02
_open_runs: "weakref.WeakSet[Run]" = weakref.WeakSet()
_encoder = msgspec.msgpack.Encoder(enc_hook=str)


def init(  # noqa: PLR0913, PLR0917  # the public contract: all optional, all by name in practice
    project: str | None = None,
    name: str | None = None,
    config: Mapping[str, object] | None = None,
    tags: Iterable[str] = (),
    group: str | None = None,
    server: str | None = None,
    mode: str | None = None,
    resume: str | None = None,
    *,
    directory: str | os.PathLike[str] | None = None,
    framework: str | None = None,
) -> "Run":
    """Return a run that takes numbers at once; it never waits for the network and never raises into a training.

    `resume` is the id of an earlier run to continue as a new attempt. `directory` is where the training writes its output; the
    spool goes beside it unless ``YOLOSCOPE_DIR`` says otherwise. Where something is wrong (a bad name, a read-only disk) one line
    says so and the run returned takes calls and keeps nothing; under ``YOLOSCOPE_STRICT=1`` it is raised.

    Raises:
        ConfigError, InvalidRecord, SpoolError, OSError: only under ``YOLOSCOPE_STRICT=1``.
    """
    run = Run()
    with guard.part("init"):
        chosen = settings.resolve(server=server, project=project, mode=mode, directory=directory)
        if chosen.mode == "disabled" or _is_secondary_rank():
            return run
        created_ns = time.time_ns()
        ref = row.RunRef(
            id=ids.run_id_from_text(resume) if resume else ids.new_run_id(),
            project=chosen.project,
            name=ids.run_name_from_text(name) if name else _default_name(created_ns),
            created_ns=created_ns,
            tags=tuple(tags),
            group=group,
            host=platform.host_name(),
            framework=framework,
        )
        run.start(ref, chosen=chosen, config=dict(config or {}))
    guard.switch_on("init")
    return run


class Run:
    """One run, as the training sees it. Made by `init`."""

    def __init__(self) -> None:
        self.id: str = ""
        self.name: str = ""
        self.project: str = ""
        self.mode: settings.Mode = "disabled"
        self.directory: Path | None = None
        self.server: str = ""
        self._writer: writer.Writer | None = None
        self._page: state.StatePage | None = None
        self._alive: platform.FileLock | None = None
        self._manifest: layout.Manifest | None = None
        self._sidecar_pid: int | None = None
        self._lock_pid = os.getpid()

    def start(self, ref: row.RunRef, *, chosen: settings.Settings, config: dict[str, object]) -> None:
        """Open the spool and start the sidecar; called by `init` alone."""
        identity = ids.new_writer_id()
        directory = chosen.directory / identity
        directory.mkdir(parents=True, mode=0o700)
        try:
            self._open(directory, ref=ref, identity=identity, chosen=chosen)
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        self.id, self.name, self.project = ref.id, ref.name, ref.project
        self.mode, self.directory, self.server = chosen.mode, directory, chosen.server
        _open_runs.add(self)
        atexit.register(self._at_exit)
        outcome.watch()
        if config:
            self.update("config", config)
        self._sidecar_pid = launch_sidecar.start(directory)

    def log(
        self, values: Mapping[str, object], *, step: int | None = row.NO_STEP, epoch: float | None = writer.NO_EPOCH
    ) -> None:
        """Store one row of numbers; when this returns, SIGKILL cannot lose it.

        `values` maps series names to Python, numpy or torch scalars; NaN and infinities are kept. What is no number is left out,
        counted and named once. `step` is the global iteration, `epoch` may be fractional. Costs microseconds.
        """
        opened = self._writer
        if opened is not None:
            opened.log(values, step, epoch)  # pyright: ignore[reportArgumentType]  # odd arguments are the slow path's work

    def update(self, section: row.Section, values: Mapping[str, object]) -> None:
        """Merge JSON-able values into a section of the run: config, settings, provenance or progress."""
        self._event(row.Updated(section, dict(values)))

    def new_attempt(self, start_epoch: float | None = None, start_step: int | None = None) -> None:
        """Start a new attempt: points of older ones at or after the start are superseded, and stay selectable."""
        with guard.part("new_attempt"):
            if self._writer is None or self._manifest is None or self.directory is None:
                return
            attempt = _attempt(len(self._manifest.attempts), start_epoch=start_epoch, start_step=start_step)
            self._manifest = msgspec.structs.replace(self._manifest, attempts=(*self._manifest.attempts, attempt))
            layout.save_manifest(self.directory, self._manifest)
            self._writer.new_attempt(attempt.index)

    def finish(self, state: row.EndState = "finished", reason: str | None = None) -> None:
        """End the run: wait up to 10 s while the server takes rows, 2 s if it does not answer; the rest is sent later."""
        if self._writer is None or self._lock_pid != os.getpid():
            return
        with guard.part("finish"):
            self._event(row.Ended(state=state, wall_ns=time.time_ns(), reason=reason))
            opened, self._writer = self._writer, None
            opened.close()
            if self.mode == "online":
                self._wait()
        with guard.part("close"):
            self._close()
        atexit.unregister(self._at_exit)

    def __enter__(self) -> "Run":  # noqa: PYI034  # Self needs 3.11
        """Return the run."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Finish; an exception makes the run failed, Ctrl-C makes it stopped."""
        self.finish(outcome.state_of(kind), reason=None if kind is None else kind.__name__)

    def _open(self, directory: Path, *, ref: row.RunRef, identity: ids.WriterId, chosen: settings.Settings) -> None:
        self._alive = platform.FileLock(directory / "alive.lock")
        self._alive.acquire()
        self._page = state.StatePage(directory / "state")
        opened = writer.Writer(directory, page=self._page, clean=values.Cleaner(self._page).row)
        opened.open()
        attempt = _attempt(0, start_epoch=None, start_step=None)
        self._manifest = layout.Manifest(
            version=layout.MANIFEST_VERSION,
            writer=identity,
            run=ref,
            server=chosen.server,
            mode="offline" if chosen.mode == "offline" else "online",
            host=ref.host or "",
            boot_id=platform.boot_id(),
            pid=os.getpid(),
            wall_ns=attempt.wall_ns,
            mono_ns=attempt.mono_ns,
            argv=tuple(sys.orig_argv),
            cwd=str(Path.cwd()),
            attempts=(attempt,),
        )
        layout.save_manifest(directory, self._manifest)
        self._writer = opened

    def _event(self, event: row.Event) -> None:
        with guard.part(f"update({type(event).__name__})"):
            if self._writer is not None:
                self._writer.event(_encoder.encode(event))

    def _wait(self) -> None:
        assert self._page is not None
        begun_s = progress_s = time.monotonic()
        self._page.put("finishing", 1)
        acked = self._page.get("last_ack_ns")
        while not self._page.get("complete"):
            now_s = time.monotonic()
            if now_s - begun_s > FINISH_WAIT_S or now_s - progress_s > FINISH_DEAD_S:
                guard.note(
                    "finish", f"not everything is sent yet; it is safe in {self.directory} and goes on being sent"
                )
                return
            latest = self._page.get("last_ack_ns")
            if latest != acked:
                acked, progress_s = latest, now_s
            time.sleep(_POLL_S)

    def _close(self) -> None:
        if self._page is not None:
            self._page.close()
        if self._alive is not None:
            self._alive.release()
        if self._sidecar_pid is not None:
            platform.reap(self._sidecar_pid)

    def forget(self) -> None:
        """In a forked child (a DataLoader worker): the parent goes on writing, this copy writes nothing."""
        if self._writer is not None:
            self._writer.forget()
            self._writer = None

    def _at_exit(self) -> None:
        with contextlib.suppress(errors.YoloscopeError, OSError):
            self.finish(outcome.state_at_exit(), reason=outcome.reason_at_exit())


def _attempt(index: int, *, start_epoch: float | None, start_step: int | None) -> row.AttemptRef:
    return row.AttemptRef(
        index=index,
        wall_ns=time.time_ns(),
        mono_ns=time.monotonic_ns(),
        start_epoch=start_epoch,
        start_step=start_step,
    )


def _default_name(created_ns: int) -> str:
    stem = Path(sys.argv[0]).stem if sys.argv and sys.argv[0] else ""
    return time.strftime("%Y%m%d", time.localtime(created_ns / 1e9)) + f"-{stem or 'run'}"


def _forget_in_child() -> None:
    for run in list(_open_runs):
        run.forget()


platform.after_fork_in_child(_forget_in_child)


def _is_secondary_rank() -> bool:
    """Tell whether this process is not the main one of a distributed training."""
    rank = os.environ.get("RANK", "")
    return rank.isdigit() and int(rank) > 0
