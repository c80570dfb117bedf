"""Our own recordings (``.yoloscope``), which `yoloscope export` makes."""

import functools
import itertools
from collections.abc import Iterator
from pathlib import Path

from yoloscope import errors
from yoloscope.importers import batches, contract
from yoloscope.wire import recording

KIND = "yoloscope"


class Own:
    """One run of a recording."""

    kind = KIND

    def __init__(self, path: Path, run: batches.Run) -> None:
        self.path = path
        self._run = run

    def entries(self) -> Iterator[contract.Entry]:
        """Yield rows in the order in which they were logged."""
        return self._run.entries()

    @functools.cached_property
    def _told(self) -> contract.Told:
        return self._run.told()

    def told(self) -> contract.Told:
        """Return what is known beside the curves."""
        return self._told


def sources(path: Path, *, shown: Path | None = None) -> list[contract.Source]:
    """Return the runs of a recording; ``shown`` is the path that people know it by.

    Raises:
        ImportFault: if the file is no whole recording.
    """
    try:
        with path.open("rb") as file:
            found = batches.runs_of(itertools.chain.from_iterable(recording.Reader(file).bodies()))
    except (errors.WireError, errors.InvalidRecord) as error:
        raise errors.ImportFault(f"{path}: {error}", zh=f"{path}：不是完整的 yoloscope 记录文件（{error}）") from error
    return [Own(shown or path, run) for run in found]
