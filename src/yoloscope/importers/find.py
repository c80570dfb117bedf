"""Which trainings a path holds: a file that somebody names, or a folder with folders of trainings in it.

In one folder the source that tells most is taken, not each that tells the same: a recording before a table, a table before TensorBoard. Links are followed, each folder
is looked at once, nothing outside of what the file system shows under the path is opened.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.importers import (
    checkpoint,
    contract,
    json_lines,
    mmengine_json,
    own,
    reach,
    recording,
    results_csv,
    run_folder,
    table,
    tfevents,
    vocabulary,
)
from yoloscope.importers.notices import Notices

DEPTH_MAX = 12
FOLDERS_MAX = 20_000
_TABLES_MAX = 1_000
"""Of one folder: each is opened to see what it is."""
_OWN_SUFFIX = ".yoloscope"
_CHECKPOINTS = ("last.pt", "best.pt")
"""The two that frameworks leave of one training, the one that tells most first; others may be anybody's weights."""


class Found(msgspec.Struct, frozen=True):
    """Trainings in order of their paths, and what could not be looked at."""

    sources: list[contract.Source]
    faults: tuple[contract.Fault, ...] = ()


def sources(path: Path) -> list[contract.Source]:
    """Return the trainings that a path holds; none for a folder that holds none.

    Raises:
        ImportFault: as `find`.
    """
    return find(path).sources


def find(path: Path) -> Found:
    """Return the trainings that a path holds, and which folders could not be looked at.

    Raises:
        ImportFault: if it cannot be read, or is a file of something else.
    """
    if reach.is_folder(path):
        return _in_folders(path)
    if not reach.is_file(path):
        raise errors.ImportFault(
            f"{path} is no file or folder that can be seen", zh=f"{path} 不存在，或者不是可以访问的文件或目录"
        )
    return Found(own.sources(path) if path.suffix == _OWN_SUFFIX else [_of_file(path)])


def _of_file(path: Path) -> contract.Source:
    """Return the training in a file that somebody named; its folder's, where it is the table or the arguments of one."""
    if path.name in {results_csv.NAME, *run_folder.ARGUMENTS} and _is_run_folder(path.parent):
        return run_folder.RunFolder(path.parent)
    if path.name in {recording.BATCHES, recording.EPOCHS}:
        return recording.Recording(path.parent)
    if path.name.startswith(tfevents.PREFIX):
        return tfevents.TfEvents(path, files=[path])
    of_suffix = _BY_SUFFIX.get(path.suffix.lower())
    if of_suffix is not None:
        return of_suffix(path)
    return _of_contents(path)


_BY_SUFFIX: dict[str, Callable[[Path], contract.Source]] = {
    **dict.fromkeys(checkpoint.SUFFIXES, checkpoint.Checkpoint),
    ".json": mmengine_json.MmengineJson,
}


def _of_contents(path: Path) -> contract.Source:
    """Take any other file for a table; what it is not says what it would need."""
    results_csv.demand_training(path, table.columns_of(path))
    return results_csv.ResultsCsv(path)


def _in_folders(path: Path) -> Found:
    notices = Notices(path)
    found: list[contract.Source] = []
    for folder, files in _folders(path, notices):
        found += _of_folder(folder, files, notices)
    return Found(found, notices.faults())


def _folders(path: Path, notices: Notices) -> Iterator[tuple[Path, list[str]]]:
    """Yield folders with the names of their files, in order; into one that is a training's own it does not go."""
    seen: set[tuple[int, int]] = set()
    waiting = [(path, 0)]
    while waiting:
        folder, depth = waiting.pop()
        if len(seen) >= FOLDERS_MAX:
            notices.add(
                f"only the first {FOLDERS_MAX:,} folders were looked at", zh=f"只查看了前 {FOLDERS_MAX:,} 个目录"
            )
            return
        try:
            state = folder.stat()
            if (state.st_dev, state.st_ino) in seen:
                continue
            seen.add((state.st_dev, state.st_ino))
            with os.scandir(folder) as listing:
                inside = sorted(listing, key=lambda one: one.name)
        except OSError as fault:
            if folder == path:
                raise errors.ImportFault(
                    f"{path} cannot be looked at: {fault.strerror}", zh=f"{path} 无法查看：{fault.strerror}"
                ) from fault
            notices.add(f"{folder} cannot be looked at: {fault.strerror}", zh=f"{folder} 无法查看：{fault.strerror}")
            continue
        files = [one.name for one in inside if reach.is_file(Path(one.path))]
        yield folder, files
        if depth < DEPTH_MAX and not _is_whole(files):
            deeper = [
                Path(one.path) for one in inside if not one.name.startswith(".") and reach.is_folder(Path(one.path))
            ]
            waiting += [(one, depth + 1) for one in reversed(deeper)]


def _is_whole(files: list[str]) -> bool:
    return bool({results_csv.NAME, recording.BATCHES, *run_folder.ARGUMENTS} & set(files))


def _of_folder(folder: Path, files: list[str], notices: Notices) -> list[contract.Source]:
    """Return what lies right in a folder."""
    if recording.BATCHES in files or (recording.EPOCHS in files and "start.0.json" in files):
        return [recording.Recording(folder)]
    if set(files) & {results_csv.NAME, *run_folder.ARGUMENTS} and _is_run_folder(folder):
        return [run_folder.RunFolder(folder)]
    scalars = _scalars(folder, files)
    if scalars is not None:
        return [mmengine_json.MmengineJson(scalars)]
    events = [folder / name for name in files if name.startswith(tfevents.PREFIX)]
    if events:
        return [tfevents.TfEvents(folder, files=events)]
    tables = [folder / name for name in files if name.lower().endswith(".csv")][:_TABLES_MAX]
    found: list[contract.Source] = [results_csv.ResultsCsv(one) for one in tables if _is_table_of_training(one)]
    found += _recordings([folder / name for name in files if name.endswith(_OWN_SUFFIX)], notices)
    newest = next((folder / name for name in _CHECKPOINTS if name in files), None)
    return found if found or newest is None else [checkpoint.Checkpoint(newest)]


def _recordings(files: list[Path], notices: Notices) -> list[contract.Source]:
    found: list[contract.Source] = []
    for file in files:
        try:
            found += own.sources(file)
        except errors.ImportFault as fault:
            notices.add(str(fault), zh=fault.zh)
    return found


def _is_run_folder(folder: Path) -> bool:
    """Tell whether a folder is a training's own: it has arguments, or weights beside its table."""
    named = any(reach.is_file(folder / name) for name in run_folder.ARGUMENTS)
    return named or run_folder.newest_checkpoint(folder) is not None


def _scalars(folder: Path, files: list[str]) -> Path | None:
    """Return MMEngine's file of scalars; each process leaves the same under its time beside it."""
    if mmengine_json.NAME in files:
        return folder / mmengine_json.NAME
    if folder.name != "vis_data":
        return None
    return next((folder / name for name in files if name.endswith(".json") and _is_of_objects(folder / name)), None)


def _is_of_objects(path: Path) -> bool:
    try:
        return any("step" in found for _, found in json_lines.read(path, notices=Notices(path), lines_max=1))
    except errors.ImportFault:
        return False


def _is_table_of_training(path: Path) -> bool:
    try:
        return vocabulary.is_of_training(table.columns_of(path))
    except errors.ImportFault:
        return False
