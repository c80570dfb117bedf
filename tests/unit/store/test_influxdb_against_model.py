"""Whatever is done to the InfluxDB store, it holds what a list in memory would (see `contracts.series_model`)."""

import secrets
from pathlib import Path

import hypothesis
import pytest
from hypothesis import stateful

from contracts import influxd as servers
from contracts import rows, series_model
from yoloscope import errors
from yoloscope.records import ids
from yoloscope.store import ports
from yoloscope.store.influxdb import store as influxdb


@pytest.mark.slow
def test_the_store_holds_what_a_list_in_memory_would(influxd: servers.Influxd) -> None:
    class InfluxAgainstModel(series_model.SeriesAgainstModel):
        """The store in a database of its own beside a list of rows; writes fail now and then after they were made."""

        def __init__(self) -> None:
            self.database = f"m{secrets.token_hex(6)}"
            super().__init__()

        def open(self, directory: Path) -> ports.SeriesStore:
            return influxdb.InfluxStore(directory, to=influxd.address(self.database), patience=servers.PATIENCE)

        def teardown(self) -> None:
            super().teardown()
            influxd.execute(f'DROP DATABASE "{self.database}"')

        @stateful.rule(fresh=series_model.ROW, run=stateful.st.sampled_from(series_model.RUNS))
        def fail_after_a_write(self, fresh: series_model.Sent, run: ids.RunId) -> None:
            """Leave a row in InfluxDB that never counted, and that nobody sends again."""
            writing = self.store._project(rows.PROJECT)._writing()
            real = writing._target.client.write

            def lost(body: bytes) -> None:
                real(body)
                raise errors.StoreError("the ledger is gone")

            writing._target.client.write = lost
            sent = rows.matrix([fresh.values[: len(fresh.names)]], names=fresh.names, mono_ns=[fresh.tick])
            lane = ports.LaneRows(run, 1, ids.WriterId("f" * 32), 0, None, (sent,))
            with pytest.raises(errors.StoreError, match="the ledger is gone"):
                self.store.append(rows.PROJECT, [lane]).result()
            writing._target.client.write = real

    stateful.run_state_machine_as_test(
        InfluxAgainstModel, settings=hypothesis.settings(max_examples=12, stateful_step_count=15, deadline=None)
    )
