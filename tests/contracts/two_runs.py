"""What suites of a catalogue's rooms share: one with two runs, of which the first has an attempt."""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.catalog import ATTEMPT, RUN, WRITER, ref
from yoloscope.store import ports


class TwoRuns:
    """The base of a suite; `open` returns a catalogue whose data outlive it."""

    @abstractmethod
    def open(self, directory: Path) -> ports.Catalog: ...

    @pytest.fixture
    def catalog(self, tmp_path: Path) -> Iterator[ports.Catalog]:
        catalog = self.open(tmp_path)
        catalog.open_run(RUN)
        catalog.open_attempt(RUN.id, WRITER, ATTEMPT)
        catalog.open_run(ref("r2", name="second"))
        yield catalog
        catalog.close()
