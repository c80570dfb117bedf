"""``results.csv`` of any Ultralytics, of YOLOv5, and tables of epochs that look like one."""

from collections.abc import Iterator
from pathlib import Path

from yoloscope import errors
from yoloscope.importers import contract, epochs, table, vocabulary
from yoloscope.importers.notices import Notices

KIND = "results_csv"
NAME = "results.csv"


class ResultsCsv:
    """One table; ``setting`` tells what is known of the training from elsewhere."""

    kind = KIND

    def __init__(self, path: Path, *, setting: epochs.Setting | None = None) -> None:
        self.path = path
        self._setting = setting or epochs.Setting()
        self._framework = self._setting.framework
        self._notices = Notices(path)

    def entries(self) -> Iterator[contract.Entry]:
        """Yield a row an epoch.

        Raises:
            ImportFault: if the file is no table of a training, or no epoch stands in it.
        """
        self._notices = Notices(self.path)
        found = table.read(self.path, notices=self._notices)
        demand_training(self.path, found.columns)
        if not found.rows:
            raise errors.ImportFault(
                f"{self.path} names its columns, but holds no epoch yet", zh=f"{self.path} 只有表头，还没有任何 epoch"
            )
        self._framework = self._framework or vocabulary.framework(found.columns)
        setting = epochs.completed(self._setting, framework=self._framework, path=self.path)
        yield from epochs.entries(found.rows, columns=found.columns, setting=setting, notices=self._notices)

    def told(self) -> contract.Told:
        """Return what the table tells: hardly more than its framework."""
        framework = self._framework or vocabulary.framework(table.columns_of(self.path))
        name = self.path.absolute().parent.name if self.path.name == NAME else self.path.stem
        return contract.Told(
            name=name, framework=framework, version=self._setting.version, faults=self._notices.faults()
        )


def demand_training(path: Path, columns: tuple[str, ...]) -> None:
    """Refuse a table of something else.

    Raises:
        ImportFault: if it counts no epochs, or has neither a loss nor a metric.
    """
    if vocabulary.is_of_training(columns):
        return
    shown = ", ".join(columns[:8])[:200]
    raise errors.ImportFault(
        f"{path} is no table of a training: it needs a column 'epoch' and a loss or a metric, and has {shown!r}",
        zh=f"{path} 不是训练结果表：需要有 epoch 列以及损失或指标列，实际的列是 {shown!r}",
    )
