"""Receives Ultralytics' events from `boot.hook` and passes them to the session of their trainer; the one entry of this integration.

Every event is a guarded part of its own: a fault in one is said once and leaves the others recording. Of a distributed training
rank 0 records; every other rank adds the times of its batches (`peer`).
"""

import contextlib
import os
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar, cast

import msgspec

from yoloscope.boot import hook
from yoloscope.integrations.ultralytics import (
    effective,
    fingerprint,
    looking,
    naming,
    peer,
    resume,
    session,
    shapes,
    validation,
    values,
)
from yoloscope.integrations.ultralytics.control import points
from yoloscope.sdk import guard, launch, launch_record, process, settings
from yoloscope.sdk import run as runs

_sessions: "weakref.WeakKeyDictionary[object, session.Session]" = weakref.WeakKeyDictionary()
_peers: "weakref.WeakKeyDictionary[object, peer.Peer]" = weakref.WeakKeyDictionary()
_points: "weakref.WeakKeyDictionary[object, points.Points]" = weakref.WeakKeyDictionary()
_given: "weakref.WeakKeyDictionary[object, dict[str, object]]" = weakref.WeakKeyDictionary()
_Known = TypeVar("_Known", session.Session, peer.Peer)


def trainer_event(trainer: object, event: str) -> None:
    """Record what an event of a trainer says."""
    if event == "on_pretrain_routine_start":
        with guard.part("ultralytics.arguments"):
            _given[trainer] = effective.arguments(trainer)
    elif event == "on_train_start":
        begin = _begin_peer if process.place().rank else _start
        begin(cast("shapes.Trainer", trainer))
    elif trainer in _sessions:
        known = _sessions[trainer]
        if event in _ENDS:
            looking.end(known, cast("shapes.Trainer", trainer))  # while the run still takes what is logged
        _pass_on(_sessions, _HANDLERS, trainer, event)
        looking.trainer_event(known, cast("shapes.Trainer", trainer), event)
    elif trainer in _peers:
        _pass_on(_peers, peer.HANDLERS, trainer, event)
    _let_act(trainer, event)


def validator_event(validator: object, event: str) -> None:
    """Pass on where a validation of a recorded training stands, and take note when it comes to its end."""
    if event == "on_val_batch_end":
        return
    for trainer, known in list(_sessions.items()):
        if getattr(trainer, "validator", None) is not validator:
            continue
        looking.validation_event(known, cast("shapes.Trainer", trainer), validator, event)
        if event == "on_val_end":
            with guard.part("ultralytics.validation"):
                known.end_validation()


def _pass_on(
    known: "weakref.WeakKeyDictionary[object, _Known]",
    handlers: Mapping[str, tuple[str, Callable[[_Known, shapes.Trainer], None]]],
    trainer: object,
    event: str,
) -> None:
    part, handle = handlers.get(event, ("", None))
    if handle is None or guard.is_off(part):
        return
    with guard.part(part):
        handle(known[trainer], cast("shapes.Trainer", trainer))
    if event == "teardown":
        known.pop(trainer, None)


def _let_act(trainer: object, event: str) -> None:
    """Let commands act on a training where it stands, behind everything that is recorded there."""
    known = _points.get(trainer)
    if known is not None:
        points.pass_on(known, cast("shapes.Trainer", trainer), event)
    if event == "teardown":
        _points.pop(trainer, None)


def _begin_peer(trainer: shapes.Trainer) -> None:
    """Begin to time a training whose main process is another one."""
    with guard.part("ultralytics.start"):
        run = runs.init(directory=trainer.save_dir.parent, framework="ultralytics")
        known = peer.Peer(run, trainer=trainer)
        _peers[trainer] = known
        with guard.part(points.PART):
            _points[trainer] = points.of_peer(run, trainer, at=known.at, free=known.free)


def _start(trainer: shapes.Trainer) -> None:
    """Begin the run of a training that is about to train its first batch."""
    with guard.part("ultralytics.start"):
        roles = values.group_roles(trainer.optimizer.param_groups, model=trainer.model)
        note = resume.find(trainer.save_dir) if trainer.start_epoch > 0 else None
        run = _new_run(trainer, note=note)
        if not run.id:
            return
        with guard.part("ultralytics.classes"):
            run.name_classes(validation.class_titles(trainer.data.get("names")))
        known = session.Session(run, trainer=trainer, roles=roles)
        if trainer.start_epoch > 0:
            first_step = trainer.start_epoch * len(trainer.train_loader)
            run.new_attempt(start_epoch=float(trainer.start_epoch), start_step=first_step)
        _sessions[trainer] = known
        _leave_word(trainer, run)
        _describe(trainer, run, roles=roles)
        with guard.part("ultralytics.gradients"):
            known.norm.watch(trainer)
        looking.start(known, trainer)
        with guard.part(points.PART):
            _points[trainer] = points.of_main(known, trainer)


def _new_run(trainer: shapes.Trainer, *, note: resume.Note | None) -> runs.Run:
    tells_names = settings.resolve().policy.text
    guessed = None if settings.has_project() else naming.project_name(trainer, tells_names=tells_names)
    return runs.init(
        project=note.project if note else guessed,
        name=note.name if note else naming.run_name(trainer, now_s=time.time()),
        config=_given.pop(trainer, None) or effective.arguments(trainer),
        resume=note.run if note else None,
        directory=trainer.save_dir.parent,
        framework="ultralytics",
    )


def _leave_word(trainer: shapes.Trainer, run: runs.Run) -> None:
    word = {
        "run": run.id,
        "project": run.project,
        "name": run.name,
        "directory": launch.path_text(run.directory),
        "pid": os.getpid(),
    }
    hook.leave_word(f"run-{run.id}", text=msgspec.json.encode(word).decode())
    with guard.part("ultralytics.resume"), contextlib.suppress(OSError):  # a read-only folder costs the resume alone
        note = resume.Note(version=resume.VERSION, run=run.id, project=run.project, name=run.name)
        resume.leave(trainer.save_dir, note)
    with guard.part("ultralytics.checkpoint"):
        launch_record.tell_checkpoint(run.directory, shapes.attribute(trainer, "last", Path()))


def _describe(trainer: shapes.Trainer, run: runs.Run, *, roles: tuple[str, ...]) -> None:
    with guard.part("ultralytics.settings"):
        run.update("settings", effective.settings(trainer, roles=roles))
        run.update("progress", effective.plan(trainer))
    with guard.part("ultralytics.versions"):
        run.update("provenance", effective.versions(trainer))
    with guard.part("ultralytics.data"):
        titles = validation.class_titles(trainer.data.get("names"))
        run.update("provenance", {"data": fingerprint.data_fingerprint(trainer, titles=titles)})


_ENDS = ("on_train_end", "teardown")
_HANDLERS: dict[str, tuple[str, Callable[[session.Session, shapes.Trainer], None]]] = {
    "on_train_epoch_start": ("ultralytics.epoch_start", session.Session.begin_epoch),
    "on_train_batch_start": ("ultralytics.batch", session.Session.begin_batch),
    "on_train_batch_end": ("ultralytics.batch", session.Session.end_batch),
    "on_train_epoch_end": ("ultralytics.epoch_losses", session.Session.end_training_epoch),
    "on_fit_epoch_end": ("ultralytics.epoch", session.Session.end_epoch),
    "on_train_end": ("ultralytics.end", session.Session.end),
    "teardown": ("ultralytics.end", session.Session.tear_down),
}
