"""`init` and `Run`: what a training calls.

A run writes to its own spool directory and starts one sidecar process that carries it to the server. Nothing here opens a socket.
Every public method of `Run` is safe to call at any time, from any thread, also after `finish`.
"""

import atexit
import contextlib
import os
import shutil
import time
import weakref
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import get_args

import msgspec

from yoloscope import errors
from yoloscope.boot import hook
from yoloscope.records import ids, row
from yoloscope.records import policy as policies
from yoloscope.sdk import (
    attached,
    computing,
    console,
    controlled,
    delivery,
    faults,
    guard,
    guarding,
    items,
    job,
    launch,
    launch_record,
    launch_sidecar,
    outcome,
    peer,
    plain,
    process,
    settings,
    standing,
    values,
)
from yoloscope.spool import inbox, platform, state, writer

FINISH_WAIT_S = delivery.WAIT_S
FINISH_DEAD_S = delivery.DEAD_S
_open_runs: "weakref.WeakSet[Run]" = weakref.WeakSet()
_newest: "list[Run]" = []
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
    is for the policy to say (docs/privacy.md). In a distributed training rank 0 writes the run, and the other ranks add their times to
    it (docs/distributed.md). Where something is wrong (a bad name, a read-only disk) one line
    says so and the run returned takes calls and keeps nothing; under ``YOLOSCOPE_STRICT=1`` it is raised.

    Raises:
        ConfigError, InvalidRecord, SpoolError, OSError: only under ``YOLOSCOPE_STRICT=1``.
    """
    run = Run()
    _newest[:] = [run]
    with guard.part("init"):
        number = job.next_number()
        chosen = settings.resolve(server=server, project=project, mode=mode, directory=directory)
        if chosen.mode == "disabled":
            return run
        place = process.place()
        meeting = job.meeting(chosen.directory, place=place, number=number)
        run.meets(meeting, place)
        if meeting is not None and meeting.rank:
            if place.is_guessed:
                guard.note("scheduler", f"{_whereof(place)}. A training of its own needs MASTER_ADDR unset.")
            run.follow(meeting, chosen=chosen)
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
        if resume is None and framework is None:
            ref = launch_record.continued(ref)
        run.start(ref, chosen=chosen, config=dict(config or {}))
        if meeting is not None and run.directory is not None:
            with guard.attempt("rank"):
                meeting.leave(run.directory)
    guard.switch_on("init")
    return run


def current() -> "Run | None":
    """Return the run that `init` made last in this process, also one that keeps nothing; `None` before the first."""
    return _newest[0] if _newest else None


class Run(controlled.Controlled):
    """One run, as the training sees it. Made by `init`."""

    def __init__(self) -> None:
        super().__init__()
        self.id: str = ""
        self.name: str = ""
        self.project: str = ""
        self.mode: settings.Mode = "disabled"
        self.directory: Path | None = None
        self.server: str = ""
        self.rank: int = 0
        self.attached: attached.Attached | None = None
        self._begun_ns = time.time_ns(), time.monotonic_ns()
        self._writer: writer.Writer | peer.Peer | None = None
        self._page: state.StatePage | None = None
        self._alive: platform.FileLock | None = None
        self._standing: standing.Standing | None = None
        self._console = console.Console()
        self._lock_pid = os.getpid()

    def start(self, ref: row.RunRef, *, chosen: settings.Settings, config: dict[str, object]) -> writer.Writer:
        """Open the spool and start the sidecar; called by `init` and `follow` alone."""
        identity = ids.new_writer_id()
        directory = chosen.directory / identity
        directory.mkdir(parents=True, mode=0o700)
        try:
            opened = self._open(directory, ref=ref, identity=identity, chosen=chosen)
        except BaseException:
            self._close()
            shutil.rmtree(directory, ignore_errors=True)
            raise
        self.id, self.name, self.project = ref.id, ref.name, ref.project
        self.mode, self.directory, self.server = chosen.mode, directory, chosen.server
        self._writer = self._writer or opened
        _open_runs.add(self)
        atexit.register(self._at_exit)
        outcome.watch()
        if config:
            self.update("config", config)
        if ref.framework is None:  # an integration tells it at its own time
            self._tell_computing()
        self._leave_word()
        with guard.attempt("launch record"):
            if not self.rank:
                launch_record.keep(directory, ref)
        platform.reap()
        with guard.attempt("sidecar"):
            launch_sidecar.start(directory)
        return opened

    def follow(self, meeting: job.Meeting, *, chosen: settings.Settings) -> None:
        """Add this rank's times to the run of rank 0, from when on that is known; called by `init` alone."""
        self.rank = meeting.rank

        def find() -> peer.Joined | None:
            found = meeting.find()
            if found is None:
                return None
            policy = policies.stricter(chosen.policy, found.policy)
            shared = msgspec.structs.replace(chosen, server=found.server, mode=found.mode, policy=policy)
            opened = self.start(found.run, chosen=shared, config={})
            assert self._page is not None
            return peer.Joined(opened, self._page)

        self._writer = waiting = peer.Peer(self.rank, find=find)
        _open_runs.add(self)
        waiting.join()

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
            if self.attached is not None:
                self.attached.logged(step, epoch)

    def update(self, section: row.Section, values: Mapping[str, object]) -> None:
        """Merge values into a section of the run: config, settings, provenance or progress.

        Keys become text; what is no text, number, list or mapping becomes text as well.
        """
        with guard.attempt("update"):
            if self.rank:
                return
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
            if not isinstance(self._writer, writer.Writer) or self._standing is None:
                return
            attempt = self._standing.new_attempt(start_epoch=start_epoch, start_step=start_step)  # before its first row
            self._writer.new_attempt(attempt.index)

    def name_classes(self, titles: Mapping[int, str]) -> None:
        """Tell the names of the classes by their numbers, which may have to be sent in their place.

        A series ``class/<name>/<metric>`` leaves as ``class/<number>/<metric>`` unless the policy allows class names; items hold numbers alone.
        """
        with guard.attempt("name_classes"):
            if not self.rank and self._standing is not None:
                self._standing.name_classes(titles)  # before the first row that names one

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

    def _open(
        self, directory: Path, *, ref: row.RunRef, identity: ids.WriterId, chosen: settings.Settings
    ) -> writer.Writer:
        self._alive = platform.FileLock(directory / "alive.lock")
        self._alive.acquire()
        self._page = state.StatePage(directory / "state")
        opened = writer.Writer(directory, page=self._page, clean=values.Cleaner(self._page).row)
        opened.open()
        free_bytes = shutil.disk_usage(directory).free
        manifest = standing.beginning(
            ref, identity, chosen=chosen, begun_ns=self._begun_ns, rank=self.rank, free_bytes=free_bytes
        )
        self._standing = standing.Standing(directory, manifest, tell=self._tell_classes)
        inbox.save(directory, inbox.Inbox(ref.id, identity))
        if not self.rank:
            self._items = items.Items(
                directory,
                page=self._page,
                stands=self._standing,
                own=chosen.policy,
                rate=guarding.Rate(chosen.media),
                disk=guarding.Disk(directory, quota_bytes=chosen.media.waiting_bytes(free_bytes=free_bytes)),
            )
        self._bear_witness(directory, self._page, prints=chosen.console)
        return opened

    def _bear_witness(self, directory: Path, page: state.StatePage, *, prints: bool) -> None:
        """Have a crash leave its stacks, and what is printed copied."""
        with guard.attempt("faults"):
            faults.watch(directory, page)
        with guard.attempt("console"):
            if prints and not self.rank:  # lines of many processes between each other help nobody
                self._console.open(directory)

    def _event(self, event: row.Event) -> bool:
        return self._writer is not None and self._writer.event(_encoder.encode(event))

    def _finish(self, ended: row.Ended | None) -> None:
        """End the run; with None the parent tells how it ended, and waits until it is sent."""
        if self._lock_pid != os.getpid():
            return
        self._detach()
        if isinstance(self._writer, peer.Peer) and not self._writer.join():
            if self._writer.is_waiting:
                guard.note("join", f"rank {self.rank} found no run of rank 0 in its folder; its times are not recorded")
            self._writer = None
            return
        self._items = None
        with guard.attempt("console"):
            self._console.close()  # before the end is written down, which comes behind all that was printed
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

    def _detach(self) -> None:
        with guard.attempt("attached"):
            leaving, self.attached = self.attached, None
            if leaving is not None:
                leaving.leave()

    def _wait(self) -> None:
        assert self._page is not None
        if not delivery.wait(self._page, most_s=FINISH_WAIT_S, dead_s=FINISH_DEAD_S):
            guard.note("finish", f"not everything is sent yet; it is safe in {self.directory} and goes on being sent")

    def _close(self) -> None:
        self._items = None
        self._polled = controlled.NOBODY
        if self._page is not None:
            self._page.close()
        if self._alive is not None:
            self._alive.release()
        self._console.close()
        platform.reap()

    def forget(self) -> None:
        """In a forked child (a DataLoader worker): the parent goes on writing, this copy writes nothing."""
        self._items = self._standing = self.attached = None
        self._polled = controlled.NOBODY
        self._console.forget()
        if self._alive is not None:
            self._alive.release()
        if self._writer is not None:
            self._writer.forget()
            self._writer = None

    def _tell_classes(self, classes: Mapping[str, int]) -> None:
        """Tell the server which number is which class; reduced by the policy it tells numbers alone."""
        self.update("settings", {"class_index": {"per_class": dict(classes)}})

    def _tell_computing(self) -> None:
        with guard.attempt("provenance"):
            found = computing.facts()
            if found:
                self.update("provenance", found)

    def _leave_word(self) -> None:
        """Tell `yoloscope run`, if this is the main process of a training under it, where the spool of this run lies."""
        if self.rank:
            return
        word = {
            "run": self.id,
            "project": self.project,
            "name": self.name,
            "directory": launch.path_text(self.directory),
            "pid": os.getpid(),
        }
        hook.leave_word(f"run-{self.id}", text=msgspec.json.encode(word).decode())

    def _at_exit(self) -> None:
        if self._writer is None or self._standing is None:
            return
        kind = outcome.exception_at_exit()
        left_to_parent = kind is None and self._standing.manifest.launched
        state = outcome.state_of(kind)
        with contextlib.suppress(errors.YoloscopeError, OSError):
            self._finish(None if left_to_parent else outcome.ended(state, reason=kind.__name__ if kind else None))


def _default_name(created_ns: int) -> str:
    """Return for example ``20261121-run-1432``; the script's name would be a file name, which must not leave."""
    return time.strftime("%Y%m%d-run-%H%M", time.localtime(created_ns / 1e9))


def _whereof(place: process.Place) -> str:
    said = f"{place.told_by} says that this is rank {place.rank} of {place.world_size}"
    return f"{said}, so it adds its times to the run of rank 0 and nothing else"


def _forget_in_child() -> None:
    for run in list(_open_runs):
        run.forget()


platform.after_fork_in_child(_forget_in_child)
