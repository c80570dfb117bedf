"""What a checkpoint tells of its training: arguments, results by epoch, version. Its weights are never read, its program never run.

A file of PyTorch 1.6 and later is a ZIP archive whose member ``data.pkl`` holds all but the numbers of tensors. Ultralytics 8.1 and later put the whole of
``results.csv`` in it; YOLOv5 its options.
"""

import math
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

import msgspec

from yoloscope import errors
from yoloscope.importers import contract, epochs, inert_pickle, results_csv, table, vocabulary
from yoloscope.importers.notices import Notices

KIND = "checkpoint"
SUFFIXES = (".pt", ".pth")
PICKLE_BYTES_MAX = 64 * 2**20
"""Unpacked; that of YOLO11x has 0.4 MB."""
MEMBERS_MAX = 100_000
_VALUES_MAX = 10_000
_DEPTH_MAX = 12
_TEXT_MAX_CHARS = 4_096


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What is of use in a checkpoint. ``written_ns`` is its date, Unix nanoseconds, 0 if it tells none.

    ``is_over`` tells that the training has ended: the optimizer was taken out. ``results`` are columns as in ``results.csv``.
    """

    framework: str = ""
    version: str = ""
    written_ns: int = 0
    is_over: bool = False
    arguments: Mapping[str, object] = {}
    results: Mapping[str, Sequence[object]] = {}


class Checkpoint:
    """One checkpoint as a training: that which its results tell."""

    kind = KIND

    def __init__(self, path: Path) -> None:
        self.path = path
        self._notices = Notices(path)
        self._contents: Contents | None = None

    def entries(self) -> Iterator[contract.Entry]:
        """Yield a row an epoch.

        Raises:
            ImportFault: if the file is no checkpoint, or one that holds no results.
        """
        self._notices = Notices(self.path)
        contents = self._read()
        if not contents.results:
            raise errors.ImportFault(
                f"{self.path} holds weights, but not how they were trained; results.csv beside it would tell",
                zh=f"{self.path} 只有权重，没有训练过程的记录；同目录的 results.csv 里会有",
            )
        yield from rows(contents, path=self.path, notices=self._notices)

    def told(self) -> contract.Told:
        """Return the arguments that were in effect when it was written."""
        contents = self._read()
        return contract.Told(
            name=name_of(contents.arguments) or self.path.stem,
            framework=contents.framework,
            version=contents.version,
            given=contents.arguments,
            settings=contents.arguments,
            faults=self._notices.faults(),
        )

    def _read(self) -> Contents:
        self._contents = self._contents or read(self.path)
        return self._contents


def rows(contents: Contents, *, path: Path, notices: Notices) -> Iterator[contract.Entry]:
    """Yield what the results in a checkpoint amount to.

    Raises:
        ImportFault: if they are of something else.
    """
    columns = tuple(contents.results)
    results_csv.demand_training(path, columns)
    setting = epochs.completed(setting_of(contents), framework=vocabulary.framework(columns), path=path)
    yield from epochs.entries(_rows(contents.results), columns=columns, setting=setting, notices=notices)


def setting_of(contents: Contents) -> epochs.Setting:
    """Return what a checkpoint tells about rows."""
    planned = contents.arguments.get("epochs")
    return epochs.Setting(
        framework=contents.framework,
        version=contents.version,
        is_over=contents.is_over,
        ended_ns=contents.written_ns,
        epochs=planned if isinstance(planned, int) and planned > 0 else None,
        validates=contents.arguments.get("val") is not False and contents.arguments.get("noval") is not True,
    )


def name_of(arguments: Mapping[str, object]) -> str:
    """Return what arguments call a run; nothing if they do not."""
    name = arguments.get("name")
    return name if isinstance(name, str) else ""


def read(path: Path) -> Contents:
    """Return what is of use in a checkpoint.

    Raises:
        ImportFault: if it cannot be read, is no archive of PyTorch, or holds no mapping.
    """
    try:
        found = inert_pickle.loads(_pickled(path))
    except inert_pickle.NotReadable as fault:
        raise errors.ImportFault(
            f"{path} is damaged, or no checkpoint: {fault}", zh=f"{path} 已损坏，或不是 checkpoint：{fault}"
        ) from fault
    if not isinstance(found, dict):
        raise errors.ImportFault(
            f"{path} holds a model or tensors, but nothing of a training", zh=f"{path} 中是模型或张量，没有训练信息"
        )
    return _contents(cast("Mapping[object, object]", found))


def _pickled(path: Path) -> bytes:
    """Return ``data.pkl`` of an archive, wherever in it it lies; nothing is unpacked to a file."""
    try:
        if not zipfile.is_zipfile(path):
            raise errors.ImportFault(
                f"{path} is no checkpoint of PyTorch 1.6 or later; older ones cannot be read without running them: load it once in PyTorch and save it again",
                zh=f"{path} 不是 PyTorch 1.6 及以后的 checkpoint；更早的格式只有执行其中的代码才能读取：请用 PyTorch 加载一次再重新保存",
            )
        with zipfile.ZipFile(path) as archive:
            return _member(archive, path=path)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError) as fault:
        why = getattr(fault, "strerror", None) or str(fault)[:200]
        raise errors.ImportFault(f"{path} cannot be read: {why}", zh=f"{path} 无法读取：{why}") from fault


def _member(archive: zipfile.ZipFile, *, path: Path) -> bytes:
    members = archive.infolist()
    chosen = next((one for one in members[:MEMBERS_MAX] if one.filename.rpartition("/")[2] == "data.pkl"), None)
    if chosen is None:
        raise errors.ImportFault(f"{path} is an archive, but no checkpoint", zh=f"{path} 是压缩包，但不是 checkpoint")
    with archive.open(chosen) as member:
        data = member.read(PICKLE_BYTES_MAX + 1)
    if len(data) > PICKLE_BYTES_MAX:
        raise errors.ImportFault(
            f"{path} unpacks to more than {PICKLE_BYTES_MAX // 2**20} MiB; it was not read",
            zh=f"{path} 解压后超过 {PICKLE_BYTES_MAX // 2**20} MiB，未读取",
        )
    return data


def _contents(found: Mapping[object, object]) -> Contents:
    given = _mapping(found.get("train_args")) or _mapping(found.get("opt"))
    version = found.get("version")
    return Contents(
        framework="ultralytics" if "train_args" in found else "yolov5" if "opt" in found else "",
        version=version[:40] if isinstance(version, str) else "",
        written_ns=_written_ns(found.get("date")),
        is_over=found.get("epoch") == -1,
        arguments=given,
        results=_columns(found.get("train_results")),
    )


def _written_ns(date: object) -> int:
    """Return a date as Ultralytics and YOLOv5 write it, with or without a time zone."""
    try:
        return int(datetime.fromisoformat(date).timestamp()) * 10**9 if isinstance(date, str) else 0
    except (ValueError, OverflowError, OSError):
        return 0


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, float) or (isinstance(value, int) and value.bit_length() < 60) else None


def _columns(value: object) -> dict[str, Sequence[object]]:
    if not isinstance(value, dict):
        return {}
    columns = cast("Mapping[object, object]", value)
    return {
        name.strip(): cast("Sequence[object]", column)
        for name, column in columns.items()
        if isinstance(name, str) and isinstance(column, list)
    }


def _rows(columns: Mapping[str, Sequence[object]]) -> list[table.Row]:
    count = min(max(map(len, columns.values())), table.ROWS_MAX)
    found: list[table.Row] = []
    for at in range(count):
        cells = {name: _float(column[at]) for name, column in columns.items() if at < len(column)}
        found.append(table.Row(at + 1, {name: value for name, value in cells.items() if value is not None}))
    return found


def _mapping(value: object) -> dict[str, object]:
    """Return the plain part of a mapping; what was an object of some class is left out."""
    copied = _Copy().of(value, depth=0)
    return cast("dict[str, object]", copied) if isinstance(copied, dict) else {}


class _Copy:
    """Copies plain values, so many at most: what was read may contain itself."""

    def __init__(self) -> None:
        self._left = _VALUES_MAX

    def of(self, value: object, *, depth: int) -> object:
        """Return a plain copy; ``None`` for what is not plain."""
        self._left -= 1
        if self._left < 0 or depth > _DEPTH_MAX:
            return None
        if isinstance(value, dict):
            pairs = list(cast("Mapping[object, object]", value).items())[: self._left + 1]
            return {
                str(key)[:200]: self.of(one, depth=depth + 1)
                for key, one in pairs
                if not isinstance(key, inert_pickle.Named)
            }
        if isinstance(value, list | tuple):
            items = cast("Sequence[object]", value)[: self._left + 1]
            return [self.of(one, depth=depth + 1) for one in items]
        return _scalar(value)


def _scalar(value: object) -> object:
    if isinstance(value, str):
        return value[:_TEXT_MAX_CHARS]
    if isinstance(value, bool) or (isinstance(value, int) and value.bit_length() <= 64):
        return value
    return value if isinstance(value, float) and not math.isnan(value) else None
