"""How the processes of a distributed training find the run of rank 0, and what they add to it."""

import io
import os
import sys
from pathlib import Path

import msgspec
import pytest

from yoloscope.records import ids, policy, row
from yoloscope.sdk import guard, job, launch, launch_sidecar, peer, process
from yoloscope.sdk import run as runs
from yoloscope.sidecar import client, shipment
from yoloscope.spool import console, layout, platform, reader
from yoloscope.wire import codec

MASTER = {"MASTER_ADDR": "node1", "MASTER_PORT": "29500"}
TORCHRUN = {**MASTER, "RANK": "1", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "TORCHELASTIC_RUN_ID": "none"}


class Job:
    """A launched training whose ranks are told apart by environment and number of the run."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def begin(self, rank: int, **changes: str) -> runs.Run:
        """Begin a run as the process of a rank would."""
        environment = {**TORCHRUN, **changes, "RANK": str(rank), "LOCAL_RANK": str(rank)}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.setattr(job, "next_number", lambda: int(changes.get("NUMBER", "1")))
            return runs.init(name="train", server="http://h:1")

    def find(self) -> layout.Manifest | None:
        """Return what rank 1 finds."""
        meeting = job.meeting(self.root, place=process.place(TORCHRUN), number=1, environment=TORCHRUN)
        assert meeting is not None
        return meeting.find()

    def words(self) -> list[Path]:
        """Return all that was left."""
        return sorted(self.root.glob("*.job"))


@pytest.fixture
def spool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setattr(runs, "FINISH_DEAD_S", 0.0)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    monkeypatch.setenv("YOLOSCOPE_STRICT", "1")
    # here both ranks are this process, whose own lock nobody could see from outside
    monkeypatch.setattr(platform, "is_locked", lambda path: path.exists())
    guard.forget()
    return tmp_path / "spool"


@pytest.fixture
def training(spool: Path) -> Job:
    return Job(spool)


def rows(run: runs.Run) -> list[tuple[int, dict[str, float]]]:
    assert run.directory is not None
    found: list[tuple[int, dict[str, float]]] = []
    for lane in reader.lanes(run.directory):
        for chunk in reader.chunks(run.directory, lane=lane):
            for entry in chunk.entries:
                steps = getattr(entry, "step", b"")
                width = len(getattr(entry, "names", ()))
                values = memoryview(getattr(entry, "values", b"")).cast("d") if steps else []
                found += [
                    (step, dict(zip(entry.names, values[i * width : (i + 1) * width], strict=True)))
                    for i, step in enumerate(memoryview(steps).cast("q"))
                ]
    return found


def test_another_rank_joins_the_run_with_a_writer_of_its_own(training: Job) -> None:
    main, beside = training.begin(0), training.begin(1)
    beside.log({"time/batch_s": 0.5, "time/data_s": 0.1, "train/box_loss": 9.0}, step=3, epoch=0.5)
    assert main.directory is not None
    assert beside.directory is not None
    one, two = layout.load_manifest(main.directory), layout.load_manifest(beside.directory)
    assert (one.run, one.server, one.mode) == (two.run, two.server, two.mode)
    assert (one.rank, two.rank) == (0, 1)
    assert one.writer != two.writer
    assert (beside.id, beside.name, beside.project) == (main.id, "train", "default")
    assert rows(beside) == [(3, {"time/rank.1/batch_s": 0.5, "time/rank.1/data_s": 0.1})]
    main.finish()
    beside.finish()


def test_what_is_the_main_process_s_to_tell_is_left_out_and_not_lost(training: Job) -> None:
    main, beside = training.begin(0), training.begin(1)
    beside.update("config", {"lr": 1})
    beside.new_attempt(start_epoch=1)
    beside.name_classes({0: "cat"})
    beside.log({"train/box_loss": 1.0}, step=0)
    beside.log({"system/gpu.0/memory_bytes": 5.0, "time/rank.1/io_s": 2.0, "time/rank.7/io_s": 3.0}, step=1)
    beside.log("no mapping")  # type: ignore[arg-type]
    assert beside._page is not None
    assert beside._page.lost() == {}
    assert beside.directory is not None
    manifest = layout.load_manifest(beside.directory)
    assert (manifest.classes, len(manifest.attempts)) == ({}, 1)
    chunks = [chunk for lane in reader.lanes(beside.directory) for chunk in reader.chunks(beside.directory, lane=lane)]
    assert {type(entry) for chunk in chunks for entry in chunk.entries} == {row.Matrix}
    assert rows(beside) == [(1, {"system/rank.1/gpu.0/memory_bytes": 5.0, "time/rank.1/io_s": 2.0})]
    main.finish()
    beside.finish()


def test_rows_wait_in_memory_until_rank_0_has_begun(training: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "LOOK_S", 1e9)
    beside = training.begin(1)
    for step in range(5):
        beside.log({"time/batch_s": step * 1.0}, step=step)
    assert not training.root.exists()
    main = training.begin(0)
    beside.log({"time/batch_s": 5.0}, step=5)
    assert beside.directory is None  # it looks once a second at most
    monkeypatch.setattr(beside._writer, "_look_at_s", 0.0)
    beside.log({"time/batch_s": 6.0}, step=6)
    assert rows(beside) == [(step, {"time/rank.1/batch_s": step * 1.0}) for step in range(7)]
    main.finish()
    beside.finish()


def test_held_rows_keep_their_time(training: Job) -> None:
    beside = training.begin(1)
    beside.log({"time/batch_s": 1.0}, step=0)
    [held] = beside._writer._held  # type: ignore[union-attr]
    main = training.begin(0)
    beside.finish()
    assert beside.directory is not None
    [lane] = [lane for lane in reader.lanes(beside.directory) if lane == 0]
    entry = next(reader.chunks(beside.directory, lane=lane)).entries[0]
    assert memoryview(entry.mono_ns).cast("q")[0] == held.mono_ns  # type: ignore[union-attr]
    main.finish()


def test_a_tensor_is_not_kept_but_read(training: Job) -> None:
    class Tensor:
        value = 1.0

        def __float__(self) -> float:
            return self.value

    tensor = Tensor()
    beside = training.begin(1)
    beside.log({"time/batch_s": tensor}, step=0)
    tensor.value = 2.0
    main = training.begin(0)
    beside.finish()
    main.finish()
    assert rows(beside) == [(0, {"time/rank.1/batch_s": 1.0})]


def test_a_thousand_rows_are_held_and_the_rest_is_counted(training: Job) -> None:
    beside = training.begin(1)
    for step in range(peer.HELD_MOST + 7):
        beside.log({"time/batch_s": 1.0}, step=step)
    main = training.begin(0)
    beside.finish()
    main.finish()
    assert [step for step, _ in rows(beside)] == list(range(peer.HELD_MOST))
    assert beside.directory is not None
    assert layout.load_manifest(beside.directory).rank == 1
    page = runs.state.StatePage(beside.directory / "state")
    assert page.lost() == {"quota": 7}
    page.close()


def test_without_a_run_of_rank_0_nothing_is_written_and_it_is_said(
    training: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    beside = training.begin(1)
    beside.log({"time/batch_s": 1.0}, step=0)
    with beside:
        beside.log({"time/batch_s": 1.0}, step=1)
    beside.log({"time/batch_s": 1.0}, step=2)
    beside.finish()
    assert not training.root.exists()
    [line] = capsys.readouterr().err.splitlines()
    assert "rank 1 found no run of rank 0" in line


def test_the_second_run_of_a_process_is_the_second_of_rank_0(training: Job) -> None:
    first, second = training.begin(0), training.begin(0, NUMBER="2")
    beside = training.begin(1, NUMBER="2")
    beside.finish()
    assert beside.id == second.id != first.id
    first.finish()
    second.finish()


@pytest.mark.parametrize(
    "other",
    [
        {"TORCHELASTIC_RESTART_COUNT": "1"},
        {"TORCHELASTIC_RUN_ID": "other"},
        {"MASTER_PORT": "29501"},
        {"MASTER_ADDR": "node2"},
        {"SLURM_JOB_ID": "7"},
    ],
)
def test_word_of_another_job_is_not_ours(training: Job, other: dict[str, str]) -> None:
    main = training.begin(0, **other)
    beside = training.begin(1)
    beside.finish()
    assert beside.directory is None
    main.finish()


def _rewritten(path: Path, **changes: object) -> None:
    word = msgspec.json.decode(path.read_bytes(), type=job.Word)
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(word, **changes)))


def test_word_of_an_older_launcher_is_not_ours(training: Job) -> None:
    main = training.begin(0)
    [path] = training.words()
    pid, born_ns = msgspec.json.decode(path.read_bytes(), type=job.Word).launcher
    for other in ((pid + 1, born_ns), (pid, born_ns - 10**9)):
        _rewritten(path, launcher=other)
        assert training.find() is None
    main.finish()


def test_word_of_a_writer_that_ended_before_we_began_is_not_ours(
    training: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = training.begin(0)
    main.finish()
    monkeypatch.setattr(platform, "is_locked", lambda path: False)
    found = training.find()
    assert found is not None  # it has ended already, but began after this process
    assert found.run.id == main.id
    me = platform.birth(os.getpid())
    assert me is not None
    [path] = training.words()
    _rewritten(path, since_boot_ns=me.since_boot_ns)
    assert training.find() is None


def test_word_from_another_machine_is_ours_if_it_is_as_young_as_we_are(
    training: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = training.begin(0)
    assert main.directory is not None
    monkeypatch.setattr(platform, "pid_space", lambda: "another")
    [path] = training.words()
    _rewritten(path, launcher=(1, 1))
    assert training.find() is not None
    manifest = layout.load_manifest(main.directory)
    old = msgspec.structs.replace(manifest, wall_ns=manifest.wall_ns - 3600 * 10**9)
    layout.save_manifest(main.directory, old)
    assert training.find() is None
    main.finish()


@pytest.mark.parametrize("content", [b"", b"{", b'{"version": 2}', b"\xff"])
def test_word_that_cannot_be_read_is_none(training: Job, content: bytes) -> None:
    main = training.begin(0)
    [path] = training.words()
    path.write_bytes(content)
    assert training.find() is None
    main.finish()


def test_word_of_a_folder_that_is_gone_is_none(training: Job) -> None:
    main = training.begin(0)
    [path] = training.words()
    _rewritten(path, writer=ids.new_writer_id())
    assert training.find() is None
    main.finish()


def test_a_process_that_rank_0_starts_does_not_take_its_place(training: Job) -> None:
    main = training.begin(0)
    helper = training.begin(0)
    beside = training.begin(1)
    beside.finish()
    assert beside.id == main.id != helper.id
    main.finish()
    helper.finish()


def test_a_single_process_leaves_no_word_and_old_word_is_removed(training: Job) -> None:
    training.begin(0, WORLD_SIZE="1").finish()
    assert training.words() == []
    old = training.root / f"{'0' * 32}.job"
    old.touch()
    os.utime(old, (0, 0))
    training.begin(0).finish()
    [left] = training.words()
    assert left != old


def test_a_fault_in_joining_is_said_once_and_tried_no_more(
    training: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("YOLOSCOPE_STRICT")
    tries: list[int] = []

    def fail(self: object) -> None:
        tries.append(1)
        raise OSError("on purpose")

    monkeypatch.setattr(job.Meeting, "find", fail)
    monkeypatch.setattr(peer, "LOOK_S", 0.0)
    beside = training.begin(1)
    for step in range(3):
        beside.log({"time/batch_s": 1.0}, step=step)
    beside.finish()
    assert tries == [1]
    assert capsys.readouterr().err.count("on purpose") == 1


def test_a_forked_child_of_another_rank_writes_nothing(training: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "LOOK_S", 0.0)
    beside = training.begin(1)
    main = training.begin(0)
    if os.fork() == 0:
        beside.log({"time/batch_s": 1.0}, step=0)
        beside.finish()
        os._exit(0 if beside.directory is None else 1)
    assert os.wait()[1] == 0
    main.finish()
    beside.finish()
    assert rows(beside) == []


def test_yoloscope_run_hears_of_the_main_process_alone(
    training: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    handshake = tmp_path / "handshake"
    handshake.mkdir()
    monkeypatch.setenv("YOLOSCOPE_RUN", str(handshake))
    main, beside = training.begin(0), training.begin(1)
    [word] = launch.runs_begun(handshake)
    assert (word.run, word.path) == (main.id, main.directory)
    assert main.directory is not None
    assert beside.directory is not None
    assert layout.load_manifest(main.directory).launched
    assert not layout.load_manifest(beside.directory).launched  # nobody tells how it ended
    main.finish()
    beside.finish()


def test_its_batches_say_which_rank_they_are_of(training: Job) -> None:
    main, beside = training.begin(0), training.begin(1)
    beside.log({"time/batch_s": 1.0}, step=0)
    sent: list[row.Batch] = []

    def send(body: bytes) -> client.Ack:
        batches = codec.batches_from_body(body)
        sent.extend(batches)
        return client.Ack({f"{one.writer}/{one.lane}": one.first_seq + one.sequences for one in batches})

    assert beside.directory is not None
    parcel = shipment.Shipment(beside.directory)
    while parcel.ship(send, alive=True):
        pass
    parcel.close()
    assert {(one.rank, one.run.id) for one in sent} == {(1, main.id)}
    main.finish()
    beside.finish()


def test_a_policy_that_only_one_of_them_has_holds_for_both(
    training: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "yoloscope.toml").write_text("[policy]\ntext = true\nmedia = true\n")
    main = training.begin(0)
    monkeypatch.chdir(tmp_path)
    beside = training.begin(1)
    assert beside.directory is not None
    assert layout.load_manifest(beside.directory).policy == policy.Policy()
    main.finish()
    beside.finish()


def test_what_other_ranks_print_is_not_copied(training: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    main, beside = training.begin(0), training.begin(1)
    assert main.directory is not None
    assert beside.directory is not None
    assert console.path(main.directory, "out").exists()
    assert not console.path(beside.directory, "out").exists()
    main.finish()
    beside.finish()
