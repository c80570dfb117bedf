"""Whatever is done to the embedded store, it holds what a list in memory would (see `contracts.series_model`)."""

from pathlib import Path

import hypothesis

from contracts import series_model
from yoloscope.store import ports
from yoloscope.store.series import blocks


class BlocksAgainstModel(series_model.SeriesAgainstModel):
    """The embedded store beside a list of rows."""

    def open(self, directory: Path) -> ports.SeriesStore:
        return blocks.BlockStore(directory)


TestBlocksAgainstModel = BlocksAgainstModel.TestCase
TestBlocksAgainstModel.settings = hypothesis.settings(max_examples=25, stateful_step_count=20, deadline=None)
