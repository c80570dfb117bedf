"""A folder that Ultralytics or YOLOv5 trained into: its table of results, its arguments, what its checkpoint tells of both.

The best that is there is taken: rows from ``results.csv``, else from a checkpoint, else from TensorBoard; arguments from ``args.yaml`` or ``opt.yaml`` with ``hyp.yaml``, else from a checkpoint.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import msgspec

from yoloscope import errors
from yoloscope.importers import checkpoint, contract, plain_yaml, reach, results_csv, tfevents

KIND = "run_folder"
ARGUMENTS = ("args.yaml", "opt.yaml")
_HYPERPARAMETERS = "hyp.yaml"
_CHECKPOINTS = ("weights/last.pt", "weights/best.pt", "last.pt", "best.pt")


def newest_checkpoint(folder: Path) -> Path | None:
    """Return the checkpoint that tells most: the last before the best."""
    return next((path for name in _CHECKPOINTS if reach.is_file(path := folder / name)), None)


class RunFolder:
    """One training's folder."""

    kind = KIND

    def __init__(self, path: Path) -> None:
        self.path = path
        self._faults: list[contract.Fault] = []
        self._checkpoint = self._read_checkpoint()
        self._given = self._arguments()
        self._rows = self._source_of_rows()

    def entries(self) -> Iterator[contract.Entry]:
        """Yield a row an epoch.

        Raises:
            ImportFault: if no epoch was written down yet, or the table is of something else.
        """
        if self._rows is None:
            raise errors.ImportFault(
                f"{self.path} is the folder of a training that has not finished an epoch yet",
                zh=f"{self.path} 是训练目录，但还没有完成任何 epoch",
            )
        return self._rows.entries()

    def told(self) -> contract.Told:
        """Return arguments, and what was in effect where a checkpoint tells it."""
        of_rows = self._rows.told() if self._rows is not None else contract.Told(name="")
        known = self._checkpoint or checkpoint.Contents()
        given = self._given or dict(known.arguments)
        return contract.Told(
            name=checkpoint.name_of(given) or self.path.absolute().name,
            framework=self._framework() or of_rows.framework,
            version=known.version,
            given=given,
            settings=_settings(given, known),
            faults=(*self._faults, *of_rows.faults),
        )

    def _framework(self) -> str:
        if reach.is_file(self.path / ARGUMENTS[1]):
            return "yolov5"
        if self._checkpoint is not None and self._checkpoint.framework:
            return self._checkpoint.framework
        return "ultralytics" if reach.is_file(self.path / ARGUMENTS[0]) else ""

    def _arguments(self) -> dict[str, object]:
        """Return what the user gave; hyperparameters of YOLOv5 stand beside its options."""
        found: dict[str, object] = {}
        for name in (_HYPERPARAMETERS, *ARGUMENTS):
            if reach.is_file(self.path / name):
                try:
                    found |= plain_yaml.read(self.path / name)
                except errors.ImportFault as fault:
                    self._faults.append(contract.Fault(str(self.path / name), str(fault), fault.zh))
        return found

    def _read_checkpoint(self) -> checkpoint.Contents | None:
        path = newest_checkpoint(self.path)
        try:
            return None if path is None else checkpoint.read(path)
        except errors.ImportFault as fault:
            self._faults.append(contract.Fault(str(path), str(fault), fault.zh))
            return None

    def _source_of_rows(self) -> contract.Source | None:
        known = self._checkpoint or checkpoint.Contents()
        table = self.path / results_csv.NAME
        if reach.is_file(table):
            arguments = self._given or known.arguments
            setting = checkpoint.setting_of(msgspec.structs.replace(known, arguments=arguments))
            setting = msgspec.structs.replace(setting, framework=self._framework(), ended_ns=0)
            return results_csv.ResultsCsv(table, setting=setting)
        path = newest_checkpoint(self.path)
        if known.results and path is not None:
            return checkpoint.Checkpoint(path)
        events = sorted(self.path.glob(f"{tfevents.PREFIX}*"))
        return tfevents.TfEvents(self.path, files=events) if events else None


def _settings(given: Mapping[str, object], known: checkpoint.Contents) -> dict[str, object]:
    """Return what was in effect; YOLOv5's hyperparameters lie one level deeper, and its batch has another name."""
    found = dict(known.arguments)
    hyperparameters = given.get("hyp")
    if isinstance(hyperparameters, dict):
        found |= cast("Mapping[str, object]", hyperparameters)
    if "batch_size" in given and "batch" not in given:
        found["batch"] = given["batch_size"]
    return found
