"""Files and bodies of older releases: frozen in `tests/data`, read for ever. Those of newer ones are refused and left as they are.

Version 1 was frozen at commit 3aaf46a: a spool of two attempts and four lanes, part of which was acknowledged; a body with every kind of
entry; a data directory in which that body and a run with sealed blocks are stored. What they must yield stands beside them.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from yoloscope import errors
from yoloscope.cli import spool as spool_command
from yoloscope.cli import sync as sync_command
from yoloscope.records import ids, row
from yoloscope.sidecar import client, loop, shipment
from yoloscope.sidecar import sync as syncing
from yoloscope.spool import inventory, layout, reader, state
from yoloscope.store import open as opening
from yoloscope.store import ports

pytestmark = pytest.mark.slow  # a server each

DATA = Path(__file__).parents[1] / "data"
PROJECT = ids.ProjectName("frozen")
_COLUMNS = ("step", "epoch", "wall_ns", "mono_ns")
NEWER = (99).to_bytes(2, "little")
_TYPES = {"epoch": "<f8"}


def _told(kind: str) -> dict:
    return json.loads((DATA / kind / "v1.json").read_text(encoding="utf-8"))


@pytest.fixture
def old_spool(tmp_path: Path) -> Path:
    with zipfile.ZipFile(DATA / "spool" / "v1.zip") as packed:
        packed.extractall(tmp_path / "spool")
    (directory,) = (tmp_path / "spool").iterdir()
    return directory


@pytest.fixture
def old_store(tmp_path: Path) -> Path:
    with zipfile.ZipFile(DATA / "store" / "v1.zip") as packed:
        packed.extractall(tmp_path / "store")
    return tmp_path / "store"


def _from_told(chunk: dict) -> Iterator[tuple[object, ...]]:
    """Yield attempt and content of every row and event that a chunk was to yield; floats as text, so that NaN is NaN."""
    for entry in chunk["entries"]:
        if entry["type"] != "rows":
            yield chunk["attempt"], repr(entry)
            continue
        width = len(entry["names"])
        for at in range(len(entry["step"])):
            values = entry["values"][at * width : (at + 1) * width]
            yield chunk["attempt"], *entry["names"], repr([*(entry[name][at] for name in _COLUMNS), *values])


def _from_read(chunk: reader.Chunk) -> Iterator[tuple[object, ...]]:
    for entry in chunk.entries:
        if not isinstance(entry, row.Matrix):
            yield chunk.attempt, repr({"type": "", **msgspec.to_builtins(entry)})
            continue
        columns = [np.frombuffer(getattr(entry, name), dtype=_TYPES.get(name, "<i8")).tolist() for name in _COLUMNS]
        values = np.frombuffer(entry.values, dtype="<f8").reshape(entry.rows, len(entry.names)).tolist()
        for place, found in zip(zip(*columns, strict=True), values, strict=True):
            yield chunk.attempt, *entry.names, repr([*place, *found])


def _plain(value: msgspec.Struct) -> dict:
    return json.loads(msgspec.json.encode(value))


def _digests(directory: Path) -> dict[str, str]:
    found = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def test_every_row_and_event_of_an_old_spool_is_read(old_spool: Path) -> None:
    told = _told("spool")
    assert list(reader.lanes(old_spool)) == [int(lane) for lane in told["lanes"]]
    for lane, chunks in told["lanes"].items():
        read = [item for chunk in reader.chunks(old_spool, lane=int(lane)) for item in _from_read(chunk)]
        assert read == [item for chunk in chunks for item in _from_told(chunk)]
    manifest = _plain(layout.load_manifest(old_spool))
    assert {key: manifest[key] for key in told["manifest"]} == told["manifest"]
    found = inventory.of(old_spool)
    assert (found.lost, found.torn, found.state, found.attempts) == (told["lost"], 0, "waiting", 2)
    assert {str(lane.lane): lane.acknowledged for lane in found.lanes if lane.acknowledged} == told["acknowledged"]


def _points(series: ports.SeriesStore, run: str, name: str) -> dict[str, str]:
    points = series.points(PROJECT, ids.RunId(run), name)
    return {column: repr(getattr(points, column).tolist()) for column in points.__struct_fields__}


def _wanted(told: dict, name: str) -> list[str]:
    """Return step, epoch, time and value of every point that a spool holds of a series."""
    found: list[str] = []
    for chunk in (chunk for chunks in told["lanes"].values() for chunk in chunks):
        for entry in chunk["entries"]:
            if name in entry.get("names", ()):
                values = entry["values"][entry["names"].index(name) :: len(entry["names"])]
                found += map(repr, zip(*(entry[column] for column in _COLUMNS), values, strict=True))
    return sorted(found)


@pytest.mark.parametrize("place", ["the server it knew", "another server"])
def test_an_old_spool_is_synced(live_server, old_spool: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """The server it knew has lost its data since, which its cursor does not know."""
    monkeypatch.setenv("YOLOSCOPE_TOKEN", live_server.token)
    if place == "the server it knew":
        manifest = layout.load_manifest(old_spool)
        layout.save_manifest(old_spool, msgspec.structs.replace(manifest, server=live_server.url))
    for _ in range(2):
        sent = syncing.send(old_spool, server=live_server.url, progress=lambda count: None, sleep=lambda seconds: None)
        assert (sent.state, sent.detail) == ("complete", "")
    told = _told("spool")
    for name in ("train/box_loss", "lr/pg0", "odd/nan", "odd/inf", "odd/ninf", "odd/zero", "odd/tiny", "中文/指标"):
        points = live_server.services.series.points(PROJECT, ids.RunId("frozen-spool-v1"), name)
        columns = [getattr(points, column).tolist() for column in (*_COLUMNS, "value")]
        assert sorted(map(repr, zip(*columns, strict=True))) == _wanted(told, name)
    detail = live_server.get("/api/v1/runs/frozen-spool-v1").json()
    assert (detail["state"], detail["lost"], detail["host"]) == ("failed", told["lost"], "gpu-1")
    assert (detail["config"]["lr0"], detail["config"]["nested"]) == (0.01, {"a": [1, None, True]})
    assert detail["attempt"] == 2


def test_a_spool_of_a_newer_release_is_refused_and_left(live_server, old_spool: Path) -> None:
    path = old_spool / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "version": 2, "server": 7}))
    untouched = _digests(old_spool)
    with pytest.raises(errors.SpoolVersion, match=r"version 2, this release knows 1; nothing was changed"):
        layout.load_manifest(old_spool)
    done = CliRunner().invoke(sync_command.sync, [str(old_spool), "--server", live_server.url])
    assert done.exit_code == 2
    assert "Sync it with the release that wrote it" in done.output
    assert CliRunner().invoke(spool_command.spool, ["verify", str(old_spool)]).exit_code == 1
    assert not loop.is_left(old_spool)
    assert _digests(old_spool) == untouched


def test_a_segment_of_a_newer_release_is_refused_and_left(live_server, old_spool: Path) -> None:
    segment = layout.segment_path(old_spool, lane=1, number=0)
    with segment.open("r+b") as file:
        file.write(b"YSSPOOL\x02")
    untouched = {name: digest for name, digest in _digests(old_spool).items() if name.endswith(".sp")}
    done = CliRunner().invoke(sync_command.sync, [str(old_spool), "--server", live_server.url])
    assert done.exit_code == 2
    assert "was written by another release" in done.output
    assert "nothing was changed" in done.output
    assert {name: digest for name, digest in _digests(old_spool).items() if name.endswith(".sp")} == untouched


def test_a_shorter_state_page_with_fewer_losses_is_read(old_spool: Path) -> None:
    """The page of a release that knew two reasons, and gave the page no more room than they need."""
    path = old_spool / "state"
    words = layout.LOST_FIRST_WORD + 2
    page = bytearray(path.read_bytes()[: 8 * words])
    page[8 * words - 8 :] = (7).to_bytes(8, "little")
    path.write_bytes(page)
    assert inventory.of(old_spool).lost == {"disk_full": 3, "wrong_type": 7}
    assert path.stat().st_size == 8 * words, "looking changed it"
    opened = state.StatePage(path)
    opened.count_lost(layout.LOST_REASONS[-1])
    assert opened.lost() == {"disk_full": 3, "wrong_type": 7, layout.LOST_REASONS[-1]: 1}
    opened.close()


def _is_as_told(series: ports.SeriesStore, catalog: ports.Catalog, run: str) -> None:
    told = _told("store")["runs"][run]
    found = _plain(catalog.run(ids.RunId(run)))
    wanted = {key: value for key, value in told["info"].items() if key not in ("updated_ns", "created_ns", "attempts")}
    assert {key: found[key] for key in wanted} == wanted
    for attempt, said in zip(found["attempts"], told["info"]["attempts"], strict=True):
        assert {key: attempt[key] for key in said} == said
    assert [stat.name for stat in series.series(PROJECT, ids.RunId(run))] == list(told["series"])
    for name, columns in told["series"].items():
        points = _points(series, run, name)
        assert {column: points[column] for column in columns} == {
            column: repr(told) for column, told in columns.items()
        }


def test_a_body_of_the_first_protocol_is_taken(live_server) -> None:
    body = (DATA / "wire" / "v1.bin").read_bytes()
    for _ in range(2):
        answer = live_server.ingest(body)
        writer = "ffeeddccbbaa99887766554433221100"
        assert (answer.status_code, answer.json()["acked"]) == (200, {f"{writer}/0": 14, f"{writer}/1": 4})
    _is_as_told(live_server.services.series, live_server.services.catalog, "frozen-wire-v1")


def test_a_data_directory_of_the_first_release_opens_with_equal_values(old_store: Path) -> None:
    told = _told("store")
    for _ in range(2):
        with opening.open_stores(old_store) as stores:
            assert stores.catalog.instance() == (told["instance"], told["instance_epoch"])
            for run in told["runs"]:
                _is_as_told(stores.series, stores.catalog, run)


def test_a_data_directory_of_the_first_release_goes_on_where_it_stood(serve, old_store: Path) -> None:
    """What was acknowledged then is known: the same body again is left out, and the next rows are wanted."""
    server = serve(data=old_store)
    assert server.ingest((DATA / "wire" / "v1.bin").read_bytes()).status_code == 200
    for run in ("frozen-wire-v1", "frozen-sealed"):
        _is_as_told(server.services.series, server.services.catalog, run)
    assert server.services.series.seal(PROJECT, ids.RunId("frozen-wire-v1")) > 0
    _is_as_told(server.services.series, server.services.catalog, "frozen-wire-v1")


def test_a_body_of_a_newer_protocol_is_refused_and_the_rows_wait(live_server) -> None:
    body = bytearray((DATA / "wire" / "v1.bin").read_bytes())
    body[4:6] = NEWER
    answer = live_server.ingest(bytes(body))
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:yoloscope:problem:frame-version")
    assert live_server.get("/api/v1/runs").json()["items"] == []


def test_the_rows_of_a_trainer_wait_when_the_server_knows_no_such_protocol(
    live_server, old_spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older server says the same to every body: no row is taken for one that is refused, and none is given up."""
    monkeypatch.setenv("YOLOSCOPE_TOKEN", live_server.token)
    sender = client.Client(live_server.url)
    carried = shipment.Shipment(old_spool, afresh=True)

    def newer(body: bytes) -> client.Ack:
        return sender.send(body[:4] + NEWER + body[6:])

    lost = carried._page.lost()
    for _ in range(3):
        with pytest.raises(errors.ServerUnavailable):
            carried.ship(newer, alive=None)
    assert carried._page.lost() == lost
    while carried.ship(sender.send, alive=None):
        pass
    assert carried._page.lost() == lost
    carried.close()
    sender.close()
    assert live_server.get("/api/v1/runs/frozen-spool-v1").json()["rows"] == 28
