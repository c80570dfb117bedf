"""A run that shows pictures and files, carried by hand from one server to another, looked after and removed: real commands, real servers."""

import asyncio
import hashlib
import json
import struct
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from yoloscope import errors
from yoloscope.cli import main
from yoloscope.records import content, ids, media, row
from yoloscope.records.policy import Policy
from yoloscope.server import jobs
from yoloscope.store.blobs import collecting
from yoloscope.wire import content as wire_content
from yoloscope.wire import protocol

pytestmark = pytest.mark.slow

SIGNS = ids.ProjectName("signs")
HISTOGRAM = wire_content.to_bytes(content.Histogram(struct.pack("<3d", 0, 1, 2), struct.pack("<2d", 5, 7), 12))
WEIGHTS = hashlib.shake_256(b"weights").digest(protocol.BLOB_CHUNK_MAX_BYTES + 1000)
NEVER = b"never came"


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def item(number: int, kind: media.Kind, data: bytes, media_type: str) -> media.Item:
    part = media.Part("data", digest_of(data), len(data), media_type)
    return media.Item(number, kind, f"val/{kind}", 10**18, step=number, parts=(part,))


def cli(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main.cli, list(map(str, arguments)))


def send(server, data: bytes) -> None:
    """Send a part as a sidecar does."""
    path = protocol.BLOBS_PATH.format(run="r1", digest=digest_of(data))
    offset = 0
    while True:
        some = data[offset : offset + protocol.BLOB_CHUNK_MAX_BYTES]
        headers = {"Upload-Offset": str(offset), "Upload-Length": str(len(data))}
        headers["Content-Type"] = "application/octet-stream"
        answer = server.call("PATCH", path, data=some, headers=headers)
        assert answer.status_code == 200, answer.text
        if answer.json()["complete"]:
            return
        offset = answer.json()["offset"]


def allow(server) -> None:
    """Let pictures and files in."""
    server.services.catalog.set_policy(SIGNS, Policy(media=True, text=True, class_names="text"))


def test_what_a_run_showed_is_carried_looked_after_and_removed(
    serve, batches, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = serve(), serve()
    for server in (one, other):
        allow(server)
    shown = [
        item(0, "histogram", HISTOGRAM, media.CONTENT),
        item(1, "artifact", WEIGHTS, media.BYTES),
        item(2, "artifact", NEVER, media.BYTES),
    ]
    batch = batches(batches.matrix({"a": [1.0, 2.0]}), *shown, row.Ended("finished", 10**18))
    assert one.ingest(batches.body(batch)).status_code == 200
    for data in (HISTOGRAM, WEIGHTS):
        send(one, data)

    monkeypatch.setenv("YOLOSCOPE_TOKEN", one.token)
    file = tmp_path / "r1.yoloscope"
    done = cli("export", "r1", "--server", one.url, "--output", file)
    assert done.exit_code == 0, done.output
    monkeypatch.setenv("YOLOSCOPE_TOKEN", other.token)
    for state in ("imported", "known"):
        done = cli("import", file, "--server", other.url, "--json")
        assert done.exit_code == 0, done.output
        assert [run["state"] for run in json.loads(done.output)["items"][0]["runs"]] == [state]
    listed = other.get("/api/v1/media?run=r1").json()["items"]
    assert [(found["kind"], found["step"]) for found in listed] == [("histogram", 0), ("artifact", 1), ("artifact", 2)]
    assert other.get(f"/api/v1/runs/r1/media/{listed[1]['id']}/data").content == WEIGHTS

    data_dir = other.settings.data
    verified = json.loads(cli("store", "verify", "--data", data_dir, "--json").output)["blobs"]
    assert {key: verified[key] for key in ("state", "blobs", "missing", "damage")} == {
        "state": "whole",
        "blobs": 2,
        "missing": 1,
        "damage": [],
    }
    counted = json.loads(cli("store", "stats", "--data", data_dir, "--json").output)["blobs"]
    assert (counted["blobs"], counted["small_blobs"], counted["bytes"]) == (2, 1, len(HISTOGRAM) + len(WEIGHTS))
    assert cli("store", "stats", "--data", data_dir).output.count("Pictures and files: 2 (1 of them small)") == 1
    damage(data_dir)
    found = cli("store", "verify", "--data", data_dir)
    assert found.exit_code == 2
    assert f"pictures and files: 1 damaged, in {data_dir}/blobs" in found.output
    assert f"{digest_of(WEIGHTS)}: its bytes are not those that were stored" in found.output
    assert "data of artifact 'val/artifact' of run 'r1', step 1" in found.output

    removed(other, monkeypatch)
    assert [path.name for path in (data_dir / "blobs").rglob(digest_of(WEIGHTS))] == []
    assert other.services.blob_store.totals().blobs == 0


def damage(data_dir: Path) -> None:
    """Alter one bit of a file."""
    path = data_dir / "blobs" / digest_of(WEIGHTS)[:2] / digest_of(WEIGHTS)
    altered = bytearray(path.read_bytes())
    altered[1234] ^= 1
    path.write_bytes(altered)


def removed(server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the run for good, and let the server do what it does by the clock."""
    assert server.call("DELETE", "/api/v1/runs/r1").status_code == 200
    assert server.call("DELETE", "/api/v1/runs/r1?purge=true").status_code == 200
    monkeypatch.setattr(collecting.steps, "__kwdefaults__", {"older_s": -1.0})
    asyncio.run(jobs.Keeper(server.services).round())


@pytest.mark.parametrize("url", ["s3://bucket/blobs", "blobs"])
def test_another_kind_of_place_is_refused_with_the_form_that_is_taken(tmp_path: Path, url: str) -> None:
    refused = cli("up", "--blobs", url, "--data", tmp_path / "data", "--port", "0", "--no-open")
    assert isinstance(refused.exception, errors.ConfigError)
    assert "use file:///DIR" in str(refused.exception)
