"""How a sidecar begins when somebody else holds its directory."""

import fake_server
import pytest
from clocks import Clock

import yoloscope
from yoloscope.records import row
from yoloscope.sidecar import loop, notes, provenance
from yoloscope.spool import cursor, platform


@pytest.mark.usefixtures("no_sidecar")
def test_what_a_sync_holds_is_not_noted_in_until_it_is_free(
    server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that note at once take the same lane; and a training that ended at once still has its provenance sent."""
    monkeypatch.setattr(provenance, "collect", lambda *_, **__: {"python": "3.11.7"})
    run = yoloscope.init(project="p", server=server.url)
    run.log({"a": 1.0}, step=4)
    assert run.directory is not None
    assert run._alive is not None
    run._alive.release()  # as a killed trainer does
    holder = platform.FileLock(run.directory / "sidecar.lock")
    assert holder.acquire()
    waits: list[bool] = []

    def on_wait() -> None:
        assert run.directory is not None
        waits.append(notes.has_provenance(run.directory))
        if len(waits) == 3:
            holder.release()

    clock = Clock()
    clock.on_wait = on_wait
    loop.Sidecar(run.directory, now_s=clock, wait=clock.wait).run()
    assert waits[:3] == [False, False, False]
    told = [entry for _, _, entry in server.taken if isinstance(entry, row.Updated)]
    assert [entry.section for entry in told] == ["provenance"]
    assert server.steps() == [4]
    assert cursor.load(run.directory).complete
    run.finish()
