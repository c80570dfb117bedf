"""Which run's looks are meant, found on this machine alone: no server is asked."""

import os
from pathlib import Path
from typing import NamedTuple

from yoloscope import errors
from yoloscope.integrations.ultralytics import resume
from yoloscope.spool import inventory, layout, suspects

_NAMED_MOST = 5


class Found(NamedTuple):
    """The directory of a run's writer that holds looks, or its newest one if none does."""

    directory: Path
    manifest: layout.Manifest
    is_kept: bool


def find(asked: str | None, *, place: Path | None) -> Found:
    """Return the run that is meant: a folder of a training or of a spool, else a run's name, its id or the start of either in and below `place`.

    Nothing asked is the run of `place`, or of the working folder.

    Raises:
        NotFound: if there is none.
        ConfigError: if several runs are meant.
    """
    root = place or Path(os.environ.get("YOLOSCOPE_DIR") or Path.cwd())
    folder = (place or Path()) if asked is None else Path(asked)
    found = _in_folder(folder) if folder.is_dir() else _named(_writers(root), str(asked))
    if not found:
        raise errors.NotFound(
            f"no run {str(folder)!r} was recorded here. `yoloscope spool ls` lists what trainings wrote in and below this folder; "
            "name another one with --dir, and run this on the machine that trained"
        )
    return _one(found, str(folder))


def _in_folder(folder: Path) -> list[Found]:
    """Return the writers in a spool or below a folder; of a training's folder those of its run, which lie beside it."""
    note = resume.find(folder)
    if note is None:
        return _writers(folder)
    root = os.environ.get("YOLOSCOPE_DIR")
    beside = [Path(root)] if root else [parent / ".yoloscope" for parent in folder.absolute().parents]
    for place in beside:
        found = [one for one in _writers(place) if one.manifest.run.id == note.run] if place.is_dir() else []
        if found:
            return found
    return []


def _writers(root: Path) -> list[Found]:
    """Return the directories of main processes that can be read, oldest first."""
    found: list[Found] = []
    for directory in inventory.find(root) if root.is_dir() else []:
        try:
            manifest = layout.load_manifest(directory)
        except errors.SpoolError:
            continue
        if manifest.rank == 0:
            found.append(Found(directory, manifest, (directory / suspects.FILE_NAME).is_file()))
    return found


def _named(known: list[Found], asked: str) -> list[Found]:
    runs = [(one, one.manifest.run) for one in known]
    exact = [one for one, run in runs if asked in (run.id, f"{run.project}/{run.name}") or one.directory.name == asked]
    named = [one for one, run in runs if run.name == asked]
    return (
        exact
        or named
        or [one for one, run in runs if asked and (run.id.startswith(asked) or run.name.startswith(asked))]
    )


def _one(found: list[Found], asked: str) -> Found:
    runs = {one.manifest.run.id: one.manifest.run for one in found}
    if len(runs) > 1:
        names = ", ".join(f"{run.id} ({run.name})" for run in list(runs.values())[-_NAMED_MOST:])
        raise errors.ConfigError(f"{asked!r} fits {len(runs)} runs; use one of these ids: {names}")
    return next((one for one in reversed(found) if one.is_kept), found[-1])
