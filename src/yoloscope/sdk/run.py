"""`init` and `Run`: what a training calls.

A run writes to its own spool directory and starts one sidecar process that carries it to the server. Nothing here opens a socket.
Every public method of `Run` is safe to call at any time, from any thread, also after `finish`.
"""

import atexit
import contextlib
import math
import os
import shutil
import sys
import time
import weakref
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import get_args

import msgspec

from yoloscope import errors
from yoloscope.boot import hook
from yoloscope.records import ids, row
from yoloscope.sdk import delivery, guard, launch, launch_sidecar, outcome, plain, settings, values
from yoloscope.spool import layout, platform, state, writer

FINISH_WAIT_S = delivery.WAIT_S
FINISH_DEAD_S = delivery.DEAD_S
_open_runs: "weakref.WeakSet[Run]" = weakref.WeakSet()
_encoder = msgspec.msgpack.Encoder()


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
    spool goes beside it unless ``YOLOSCOPE_DIR`` says otherwise. The spool holds `config` as it is; what of it may leave this machine
    is for the policy to say (docs/privacy.md). Where something is wrong (a bad name, a read-only disk) one line
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
            tags=plain.tags(tags),
            group=None if group is None else plain.word(group),
            host=plain.word(platform.host_name()),
            framework=None if framework is None else plain.word(framework),
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
        self._lock_pid = os.getpid()

    def start(self, ref: row.RunRef, *, chosen: settings.Settings, config: dict[str, object]) -> None:
        """Open the spool and start the sidecar; called by `init` alone."""
        identity = ids.new_writer_id()
        directory = chosen.directory / identity
        directory.mkdir(parents=True, mode=0o700)
        try:
            self._open(directory, ref=ref, identity=identity, chosen=chosen)
        except BaseException:
            self._close()
            shutil.rmtree(directory, ignore_errors=True)
            raise
        self.id, self.name, self.project = ref.id, ref.name, ref.project
        self.mode, self.directory, self.server = chosen.mode, directory, chosen.server
        _open_runs.add(self)
        atexit.register(self._at_exit)
        outcome.watch()
        if config:
            self.update("config", config)
        self._leave_word()
        platform.reap()
        with guard.attempt("sidecar"):
            launch_sidecar.start(directory)

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
        """Merge values into a section of the run: config, settings, provenance or progress.

        Keys become text; what is no text, number, list or mapping becomes text as well.
        """
        with guard.attempt("update"):
            if section not in get_args(row.Section):
                raise errors.ConfigError(f"section {section!r} is not known; use one of {get_args(row.Section)}")
            stored = self._event(row.Updated(section, plain.section(values)))
            if not stored and self._writer is not None:
                guard.note(
                    "update", f"the {section} is larger than 2 MiB or the disk is full; it is left out and counted"
                )

    def new_attempt(self, start_epoch: float | None = None, start_step: int | None = None) -> None:
        """Start a new attempt: points of older ones at or after the start are superseded, and stay selectable."""
        with guard.attempt("new_attempt"):
            if self._writer is None or self._manifest is None or self.directory is None:
                return
            attempt = _attempt(len(self._manifest.attempts), start_epoch=start_epoch, start_step=start_step)
            manifest = msgspec.structs.replace(self._manifest, attempts=(*self._manifest.attempts, attempt))
            layout.save_manifest(self.directory, manifest)  # before the first row that belongs to it
            self._manifest = manifest
            self._writer.new_attempt(attempt.index)

    def name_classes(self, titles: Mapping[int, str]) -> None:
        """Tell the names of the classes by their numbers, which may have to be sent in their place.

        A series ``class/<name>/<metric>`` leaves as ``class/<number>/<metric>`` unless the policy allows class names.
        """
        with guard.attempt("name_classes"):
            if self._manifest is None or self.directory is None:
                return
            classes = {plain.text(title): int(index) for index, title in titles.items()}
            manifest = msgspec.structs.replace(self._manifest, classes=classes)
            layout.save_manifest(self.directory, manifest)  # before the first row that names one
            self._manifest = manifest

    def finish(self, state: row.EndState = "finished", reason: str | None = None) -> None:
        """End the run: wait up to 10 s while the server takes rows, 2 s if it does not answer; the rest is sent later."""
        if self._writer is not None:
            self._finish(outcome.ended(state, reason=reason))

    def __enter__(self) -> "Run":  # noqa: PYI034  # Self needs 3.11
        """Return the run."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Finish; an exception makes the run failed, Ctrl-C makes it stopped."""
        if self._writer is not None:
            self._finish(outcome.of_block(error))

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
            argv=tuple(plain.text(word) for word in sys.orig_argv),
            cwd=plain.text(Path.cwd()),
            attempts=(attempt,),
            launched=launch.is_launched(),
            policy=chosen.policy,
            quota_bytes=chosen.limits.unsent_bytes(free_bytes=shutil.disk_usage(directory).free),
            keep_days=chosen.limits.keep_days,
        )
        layout.save_manifest(directory, self._manifest)
        self._writer = opened

    def _event(self, event: row.Event) -> bool:
        return self._writer is not None and self._writer.event(_encoder.encode(event))

    def _finish(self, ended: row.Ended | None) -> None:
        """End the run; with None the parent tells how it ended, and waits until it is sent."""
        if self._lock_pid != os.getpid():
            return
        with guard.attempt("finish"):
            assert self._page is not None
            if ended is None:
                self._page.put("regular_end", 1)
            elif self._event(ended):
                self._page.put("end_told", 1)
            opened, self._writer = self._writer, None
            if opened is not None:
                opened.close()
            if ended is not None and self.mode == "online":
                self._wait()
        with guard.attempt("close"):
            self._close()
        atexit.unregister(self._at_exit)

    def _wait(self) -> None:
        assert self._page is not None
        if not delivery.wait(self._page, most_s=FINISH_WAIT_S, dead_s=FINISH_DEAD_S):
            guard.note("finish", f"not everything is sent yet; it is safe in {self.directory} and goes on being sent")

    def _close(self) -> None:
        if self._page is not None:
            self._page.close()
        if self._alive is not None:
            self._alive.release()
        platform.reap()

    def forget(self) -> None:
        """In a forked child (a DataLoader worker): the parent goes on writing, this copy writes nothing."""
        if self._alive is not None:
            self._alive.release()
        if self._writer is not None:
            self._writer.forget()
            self._writer = None

    def _leave_word(self) -> None:
        """Tell `yoloscope run`, if this runs under it, where the spool of this run lies."""
        word = {
            "run": self.id,
            "project": self.project,
            "name": self.name,
            "directory": launch.path_text(self.directory),
            "pid": os.getpid(),
        }
        hook.leave_word(f"run-{self.id}", text=msgspec.json.encode(word).decode())

    def _at_exit(self) -> None:
        if self._writer is None or self._manifest is None:
            return
        kind = outcome.exception_at_exit()
        left_to_parent = kind is None and self._manifest.launched
        state = outcome.state_of(kind)
        with contextlib.suppress(errors.YoloscopeError, OSError):
            self._finish(None if left_to_parent else outcome.ended(state, reason=kind.__name__ if kind else None))


def _attempt(index: int, *, start_epoch: float | None, start_step: int | None) -> row.AttemptRef:
    return row.AttemptRef(
        index=index,
        wall_ns=time.time_ns(),
        mono_ns=time.monotonic_ns(),
        start_epoch=_finite(start_epoch),
        start_step=_whole(start_step),
    )


def _finite(number: object) -> float | None:
    with guard.attempt("new_attempt(start_epoch)"):
        found = None if number is None else float(number)  # pyright: ignore[reportArgumentType]  # tried, not trusted
        return found if found is not None and math.isfinite(found) else None
    return None


def _whole(number: object) -> int | None:
    with guard.attempt("new_attempt(start_step)"):
        found = None if number is None else int(number)  # pyright: ignore[reportArgumentType]  # as above
        return found if found is not None and -(2**63) < found < 2**63 else None
    return None


def _default_name(created_ns: int) -> str:
    """Return for example ``20261121-run-1432``; the script's name would be a file name, which must not leave."""
    return time.strftime("%Y%m%d-run-%H%M", time.localtime(created_ns / 1e9))


def _forget_in_child() -> None:
    for run in list(_open_runs):
        run.forget()


platform.after_fork_in_child(_forget_in_child)


def _is_secondary_rank() -> bool:
    """Tell whether this process is not the main one of a distributed training."""
    rank = os.environ.get("RANK", "")
    return rank.isdigit() and int(rank) > 0
