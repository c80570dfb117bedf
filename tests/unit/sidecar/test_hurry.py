"""Where somebody waits for what comes of an order, rows are sent at each round of the sidecar."""

import fake_server
import pytest
from clocks import Clock

from yoloscope.sdk import run as runs
from yoloscope.sidecar import loop, watch


@pytest.mark.usefixtures("no_sidecar")
def test_rows_behind_which_somebody_waits_for_an_order_are_sent_at_each_round(
    server: fake_server.FakeServer, clock: Clock
) -> None:
    run, signs = runs.init(project="p", server=server.url), watch.Signs()
    assert run.directory is not None
    courier = loop.Courier(run.directory, now_s=clock, watched=watch.Watch((), signs=signs))
    sent: list[int] = []
    for step in range(4):
        signs.hurried = step > 1
        run.log({"a": 1.0}, step=step)
        courier.step()
        clock.wait(0.01)
        sent.append(len(server.steps()))
    courier.close()
    run.finish()
    assert sent == [1, 1, 3, 4]
