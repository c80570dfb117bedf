"""What the sidecar removes, what it makes smaller, and what it never touches."""

import os
import struct
from pathlib import Path

import fake_server
import keeping_runs
import pytest

from yoloscope import errors
from yoloscope.records import row
from yoloscope.sdk import guard, settings
from yoloscope.sidecar import keeping, loop, provenance, source
from yoloscope.spool import cursor, layout, packed, platform, quota, reader, state

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_sidecar", "small_segments")]


def test_a_directory_that_was_sent_to_its_end_goes_a_week_later_with_every_file_of_ours(
    server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provenance, "collect", lambda argv, **_: {"git": "x"})
    begun = keeping_runs.begun(server.url, 3000)
    begun.new_attempt(start_step=3000)
    begun.finish()
    own = keeping_runs.directory(begun)
    loop.Sidecar(own, wait=lambda seconds: None).run()  # leaves all that a sidecar leaves
    platform.FileLock(own / "keeper.lock").acquire()
    (own / "sidecar.log").touch()
    for suffix in (".packed", ".packed.tmp", ".split"):
        (own / f"0{'' if suffix == '.split' else '-000007'}{suffix}").touch()
    old = (own / "cursor.json").stat().st_mtime - 8 * keeping_runs.DAY_S
    os.utime(own / "cursor.json", (old, old))
    young = keeping_runs.ended(server, days_ago=6)
    other = keeping_runs.directory(keeping_runs.begun(server.url, 1))
    keeping.Keeper(other).tend({}, now_s=0.0)
    assert sorted(other.parent.iterdir()) == sorted([young, other])


@pytest.mark.parametrize("what", ["held", "alive", "not sent", "offline", "newer release", "renamed"])
def test_what_somebody_may_still_need_is_never_removed(
    server: fake_server.FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    directory = keeping_runs.ended(server, days_ago=30)
    held = platform.FileLock(directory / ("alive.lock" if what == "alive" else "sidecar.lock"))
    if what in ("held", "alive"):
        monkeypatch.setattr(platform.FileLock, "acquire", lambda lock: lock._path != held._path)
    elif what == "not sent":
        cursor.save(directory, cursor.Cursor())
    elif what == "offline":
        manifest = (directory / "run.json").read_text()
        (directory / "run.json").write_text(manifest.replace('"mode":"online"', '"mode":"offline"'))
    elif what == "newer release":
        (directory / "run.json").write_text('{"version": 99}')
    else:
        directory = directory.rename(directory.with_name("a copy of mine"))
    before = sorted(directory.iterdir())
    keeping.Keeper(keeping_runs.directory(keeping_runs.begun(server.url, 1))).tend({}, now_s=0.0)
    assert sorted(directory.iterdir()) == before


def test_a_file_that_is_not_ours_stays(server: fake_server.FakeServer) -> None:
    directory = keeping_runs.ended(server, days_ago=30)
    (directory / "my notes.txt").write_text("mine")
    keeping.Keeper(keeping_runs.directory(keeping_runs.begun(server.url, 1))).tend({}, now_s=0.0)
    assert [path.name for path in directory.iterdir() if not path.name.endswith(".lock")] == ["my notes.txt"]


@pytest.mark.parametrize("files", range(1, 6))
def test_half_of_a_removed_directory_is_no_run_and_is_removed_next_time(
    server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    directory = keeping_runs.ended(server, days_ago=30)
    own = keeping_runs.directory(keeping_runs.begun(server.url, 1))
    unlink, removed = Path.unlink, []

    def dies(path: Path, *, missing_ok: bool = False) -> None:
        if path.parent == directory and len(removed) == files:
            raise OSError(5, "killed here")
        removed.append(path)
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", dies)
        keeping.Keeper(own).tend({}, now_s=0.0)
    assert directory.exists()
    assert not loop.is_left(directory)
    keeping.Keeper(own).tend({}, now_s=0.0)
    assert not directory.exists()


def test_days_to_keep_are_the_users(
    server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    directory = keeping_runs.ended(server, days_ago=2)
    keeping_runs.limits(monkeypatch, tmp_path, "[spool]\nkeep_days = 1\n")
    keeping.Keeper(keeping_runs.directory(keeping_runs.begun(server.url, 1))).tend({}, now_s=0.0)
    assert not directory.exists()


def test_a_long_training_keeps_acknowledged_segments_within_bounds_and_unsent_ones_all(
    server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch, carry: keeping_runs.Carry
) -> None:
    monkeypatch.setattr(quota.surplus, "__kwdefaults__", {"keep_bytes": 130 * 1024})
    run = keeping_runs.begun(server.url, 10_000)
    directory = keeping_runs.directory(run)
    server.script = lambda batches: fake_server.problem(503, title="later") if len(server.steps()) > 5000 else None
    assert keeping_runs.sync(directory).state == "waiting"
    parcel = carry(directory)
    before = reader.lanes(directory)[0]
    needed = [number for number in before if number >= parcel.done_before(0)]
    assert 2 < len(needed) < len(before) - 2
    keeping.Keeper(directory).tend({directory: parcel}, now_s=0.0)
    assert reader.lanes(directory)[0] == [needed[0] - 2, needed[0] - 1, *needed]
    server.script = lambda batches: None
    run.finish()
    assert keeping_runs.sync(directory).state == "complete"
    assert server.steps() == list(range(10_000))


def test_unsent_rows_beyond_the_quota_are_packed_then_thinned_and_the_ledger_arrives(
    server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, carry: keeping_runs.Carry
) -> None:
    keeping_runs.limits(monkeypatch, tmp_path, "[spool]\nquota_mb = 0.25\n")
    run = keeping_runs.begun(server.url, 10_000)
    directory = keeping_runs.directory(run)
    keeper, parcel = keeping.Keeper(directory), carry(directory)
    assert keeper.tend({directory: parcel}, now_s=0.0)  # a few at a time
    assert keeping_runs.levels(directory)[:4] == [0, 1, 1, 0]  # of the first one the server may have something
    while keeper.tend({directory: parcel}, now_s=0.0):
        pass
    assert sum(reader.used_bytes(path) for path in directory.glob("*.sp")) <= 250_000
    assert keeping_runs.levels(directory)[-1] == 0
    run.finish()
    assert keeping_runs.sync(directory).state == "complete"
    rows = server.steps()
    assert rows == sorted(set(rows))
    lost = server.batches[-1].lost
    assert len(rows) + lost["quota"] == 10_000
    assert parcel.manifest.quota_bytes == 250_000


def test_packing_alone_loses_no_row(
    server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, carry: keeping_runs.Carry
) -> None:
    keeping_runs.limits(monkeypatch, tmp_path, "[spool]\nquota_mb = 0.4\n")
    run = keeping_runs.begun(server.url, 10_000)
    directory = keeping_runs.directory(run)
    keeper, parcel = keeping.Keeper(directory), carry(directory)
    while keeper.tend({directory: parcel}, now_s=0.0):
        pass
    assert set(keeping_runs.levels(directory)) == {0, 1}
    run.finish()
    assert keeping_runs.sync(directory).state == "complete"
    assert server.steps() == list(range(10_000))
    assert server.batches[-1].lost == {}


def test_an_offline_directory_shrinks_only_while_nobody_syncs_it(
    server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, carry: keeping_runs.Carry
) -> None:
    keeping_runs.limits(monkeypatch, tmp_path, "[spool]\nquota_mb = 0.01\n")
    directory = keeping_runs.directory(keeping_runs.begun(server.url, 10_000, mode="offline"))
    keeper, parcel = keeping.Keeper(directory), carry(directory)
    with monkeypatch.context() as patch:
        patch.setattr(platform.FileLock, "acquire", lambda lock: lock._path.name != "sidecar.lock")
        keeper.tend({directory: parcel}, now_s=0.0)
    assert set(keeping_runs.levels(directory)) == {0}
    keeper.tend({directory: parcel}, now_s=100.0)
    assert 1 in keeping_runs.levels(directory)


def test_what_the_server_may_have_of_an_unanswered_body_is_not_thinned(
    server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, carry: keeping_runs.Carry
) -> None:
    keeping_runs.limits(monkeypatch, tmp_path, "[spool]\nquota_mb = 0.001\n")
    run = keeping_runs.begun(server.url, 10_000)
    directory = keeping_runs.directory(run)
    parcel = carry(directory)
    taken: list[int] = []

    def loses_the_answer(batches: list[row.Batch]) -> fake_server.Answer | None:
        if sum(taken) < 2500:
            taken.append(sum(batch.sequences for batch in batches))
            return None
        server._take(batches)
        return fake_server.problem(503, title="the answer is lost")

    server.script = loses_the_answer
    assert keeping_runs.sync(directory).state == "waiting"
    parcel = carry(directory)
    keeper = keeping.Keeper(directory)
    while keeper.tend({directory: parcel}, now_s=0.0):
        pass
    server.script = lambda batches: None
    run.finish()
    assert keeping_runs.sync(directory).state == "complete"
    assert len(set(server.steps())) + server.batches[-1].lost["quota"] == 10_000


def test_a_segment_that_cannot_be_read_is_left_and_the_others_shrink(
    server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, carry: keeping_runs.Carry
) -> None:
    keeping_runs.limits(monkeypatch, tmp_path, "[spool]\nquota_mb = 0.001\n")
    directory = keeping_runs.directory(keeping_runs.begun(server.url, 10_000))
    broken = layout.segment_path(directory, lane=0, number=2)
    whole = packed.stage

    def fails(directory: Path, described: packed.Head, entries: list[row.Entry]) -> None:
        if described.number == 2:
            raise OSError(5, "input/output error")
        whole(directory, described, entries)

    monkeypatch.setattr(packed, "stage", fails)
    keeper, parcel = keeping.Keeper(directory), carry(directory)
    while keeper.tend({directory: parcel}, now_s=0.0):
        pass
    levels = keeping_runs.levels(directory)
    assert (levels[0], levels[2], levels[-1]) == (0, 0, 0)
    assert min(levels[1], *levels[3:-1]) > 1
    assert not packed.is_packed(broken)


def test_a_sidecar_that_finds_a_staged_segment_counts_it_once_and_puts_it_in_its_place(
    server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, carry: keeping_runs.Carry
) -> None:
    keeping_runs.limits(monkeypatch, tmp_path, "[spool]\nquota_mb = 0.001\n")
    run = keeping_runs.begun(server.url, 10_000)
    directory = keeping_runs.directory(run)
    keeper, parcel = keeping.Keeper(directory), carry(directory)
    with monkeypatch.context() as patch:
        patch.setattr(packed, "recover", lambda directory, page: None)  # it dies before
        keeper.tend({directory: parcel}, now_s=0.0)
    assert list(directory.glob("*.packed"))
    carry(directory)
    assert not list(directory.glob("*.packed"))
    page = state.StatePage(directory / "state")
    assert page.lost() == {}
    page.close()
    run.finish()
    assert keeping_runs.sync(directory).state == "complete"
    assert server.steps() == list(range(10_000))


@pytest.mark.parametrize("most_bytes", [3000, 40_000, 2**20])
def test_what_was_packed_is_split_for_a_slow_link_and_each_row_kept_arrives_in_one_of_two_ways(
    server: fake_server.FakeServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    carry: keeping_runs.Carry,
    most_bytes: int,
) -> None:
    keeping_runs.limits(monkeypatch, tmp_path, "[spool]\nquota_mb = 0.2\n")
    directory = keeping_runs.directory(keeping_runs.begun(server.url, 10_000))
    keeper, parcel = keeping.Keeper(directory), carry(directory)
    while keeper.tend({directory: parcel}, now_s=0.0):
        pass
    assert set(keeping_runs.levels(directory)) >= {0, 2}
    kept = [step for chunk in reader.chunks(directory, lane=0) for step in _steps(chunk.entries)]
    places: dict[str, reader.Place] = {}
    live: list[int] = []
    while True:  # each time as a new process that knows nothing but the places and what lies on the disk
        opened = source.Source(directory, places=places)
        opened.confirm(0, seq=opened.place(0).seq)
        pieces = opened.live(most_bytes=most_bytes, thins=True)
        for piece in pieces:
            live += _steps(piece.entries)
            opened.put(piece.lane, piece.after)
        places = opened.places
        opened.close()
        if not pieces:
            break
    opened = source.Source(directory, places=places)
    held: list[int] = []
    while (piece := opened.bulk(gives_up=False, most_bytes=most_bytes)) is not None:
        assert piece.first_seq == opened.place(piece.lane).seq
        held += _steps(piece.entries)
        opened.put(piece.lane, piece.after)
    opened.close()
    assert held
    assert sorted(live + held) == kept


def _steps(entries: tuple[row.Entry, ...]) -> list[int]:
    matrices = [entry for entry in entries if isinstance(entry, row.Matrix)]
    return [step for matrix in matrices for step in struct.unpack(f"<{matrix.rows}q", matrix.step)]


def test_a_segment_whose_roll_over_was_interrupted_is_left_alone(
    server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, carry: keeping_runs.Carry
) -> None:
    keeping_runs.limits(monkeypatch, tmp_path, "[spool]\nquota_mb = 0.001\n")
    directory = keeping_runs.directory(keeping_runs.begun(server.url, 10_000))
    with layout.segment_path(directory, lane=0, number=3).open("r+b") as file:
        file.seek(8 * layout.SEALED_WORD)
        file.write(bytes(8))
    keeper, parcel = keeping.Keeper(directory), carry(directory)
    while keeper.tend({directory: parcel}, now_s=0.0):
        pass
    levels = keeping_runs.levels(directory)
    assert levels[3] == 0
    assert min(levels[1], levels[2], *levels[4:-1]) > 1


@pytest.mark.parametrize("text", ["[spool]\nquota_mb = -1\n", '[spool]\nkeep_days = "7"\n', "[spool]\nquota = 5\n"])
def test_limits_that_cannot_be_read_are_named_and_cost_no_row(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    keeping_runs.limits(monkeypatch, tmp_path, text)
    with pytest.raises(errors.ConfigError, match="quota_mb = 10240, keep_days = 7"):
        settings.resolve()
    monkeypatch.delenv("YOLOSCOPE_STRICT")
    said: list[str] = []
    monkeypatch.setattr(guard, "note", lambda part, text: said.append(text))
    assert settings.resolve().limits == quota.Limits()
    assert [text.endswith("The defaults are in effect.") for text in said] == [True]
