"""The host: each value or its absence, rates over counters, and limits of containers."""

import logging
import os
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from yoloscope.records import system
from yoloscope.sidecar.hardware import cgroup, host

MACHINE_BYTES = 64 * 1024**3


def test_every_value_of_the_host_has_a_meaning() -> None:
    read = host.Host()
    read.look(0.0)
    told = read.look(2.0)
    assert {"cpu_percent", "memory_bytes", "memory_total_bytes", "network/received_bytes_per_s"} <= set(told)
    assert set(told) <= set(system.MEASURES)


def test_memory_used_is_what_no_new_process_could_have() -> None:
    told = host.Host().look(0.0)
    memory = psutil.virtual_memory()
    assert told["memory_total_bytes"] == memory.total
    assert told["memory_bytes"] == pytest.approx(memory.total - memory.available, rel=0.2)


def test_cpu_use_is_not_told_before_there_was_time_to_measure() -> None:
    read = host.Host()
    assert "cpu_percent" not in read.look(0.0)
    assert "cpu_percent" in read.look(2.0)


def test_counters_become_bytes_a_second_and_a_reset_tells_nothing(monkeypatch) -> None:
    counted = SimpleNamespace(read_bytes=1000, write_bytes=5000)
    monkeypatch.setattr(psutil, "disk_io_counters", lambda nowrap: counted)
    read = host.Host()
    assert "disk/read_bytes_per_s" not in read.look(10.0)
    counted.read_bytes, counted.write_bytes = 3000, 5500
    told = read.look(12.0)
    assert (told["disk/read_bytes_per_s"], told["disk/written_bytes_per_s"]) == (1000.0, 250.0)
    counted.read_bytes, counted.write_bytes = 10, 20
    assert "disk/read_bytes_per_s" not in read.look(14.0)


def test_what_the_machine_says_to_itself_is_no_network(monkeypatch) -> None:
    cards = {name: SimpleNamespace(bytes_recv=0, bytes_sent=0) for name in ("lo", "eth0", "eth1")}
    monkeypatch.setattr(psutil, "net_io_counters", lambda pernic, nowrap: cards)
    read = host.Host()
    read.look(0.0)
    for card in cards.values():
        card.bytes_recv, card.bytes_sent = 100, 60
    told = read.look(2.0)
    assert (told["network/received_bytes_per_s"], told["network/sent_bytes_per_s"]) == (100.0, 60.0)


@pytest.mark.parametrize("error", [psutil.AccessDenied(), OSError(5, "io"), RuntimeError("odd"), NotImplementedError()])
def test_one_call_that_fails_costs_its_own_values_and_one_line(monkeypatch, caplog, error) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(psutil, "swap_memory", fail)
    caplog.set_level(logging.INFO)
    read = host.Host()
    told = [read.look(at) for at in (0.0, 2.0, 4.0)]
    assert all("swap_bytes" not in look and "memory_bytes" in look for look in told)
    assert len(caplog.messages) == 1


def test_surroundings_tell_the_disk_and_shared_memory(tmp_path) -> None:
    told = host.Surroundings(tmp_path, pid=os.getpid()).look()
    assert told["disk/free_bytes"] > 0
    assert set(told) <= set(system.MEASURES)


def test_surroundings_do_without_a_folder_that_went(tmp_path, caplog) -> None:
    caplog.set_level(logging.INFO)
    around = host.Surroundings(tmp_path / "gone", pid=os.getpid())
    assert "disk/free_bytes" not in around.look() | around.look()
    assert len(caplog.messages) == 1


def _files(folder: Path, **texts: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name.replace("__", ".")).write_text(text)


def _limit(tmp_path: Path, *, of_process: str) -> cgroup.Limit:
    _files(tmp_path / "proc" / "7", cgroup=of_process)
    return cgroup.Limit(7, root=tmp_path / "fs", proc=tmp_path / "proc")


def test_the_tightest_limit_above_a_process_counts(tmp_path) -> None:
    _files(
        tmp_path / "fs" / "a",
        memory__max="8000\n",
        memory__current="5000\n",
        memory__stat="anon 1\ninactive_file 1200\n",
    )
    _files(tmp_path / "fs" / "a" / "b", memory__max="max\n", memory__current="5000\n", memory__stat="")
    found = _limit(tmp_path, of_process="0::/a/b\n").look(machine_bytes=MACHINE_BYTES)
    assert found == {"container/memory_limit_bytes": 8000.0, "container/memory_bytes": 3800.0}


def test_version_1_is_read_where_it_is_in_use(tmp_path) -> None:
    _files(
        tmp_path / "fs" / "memory" / "job",
        memory__limit_in_bytes="9000\n",
        memory__usage_in_bytes="4000\n",
        memory__stat="total_inactive_file 1000\n",
    )
    found = _limit(tmp_path, of_process="4:cpu,memory:/job\n0::/\n").look(machine_bytes=MACHINE_BYTES)
    assert found == {"container/memory_limit_bytes": 9000.0, "container/memory_bytes": 3000.0}


def test_in_a_container_its_own_group_is_the_root(tmp_path) -> None:
    _files(tmp_path / "fs", memory__max="7000\n", memory__current="100\n", memory__stat="inactive_file 0\n")
    found = _limit(tmp_path, of_process="0::/../../escaped\n").look(machine_bytes=MACHINE_BYTES)
    assert found == {"container/memory_limit_bytes": 7000.0, "container/memory_bytes": 100.0}


def test_a_limit_beyond_the_machine_is_none(tmp_path) -> None:
    _files(tmp_path / "fs" / "memory", memory__limit_in_bytes=str(2**63 - 4096))
    assert _limit(tmp_path, of_process="4:memory:/\n").look(machine_bytes=MACHINE_BYTES) == {}


def test_a_limit_whose_use_cannot_be_read_is_told_alone(tmp_path) -> None:
    _files(tmp_path / "fs", memory__max="7000\n")
    found = _limit(tmp_path, of_process="0::/\n").look(machine_bytes=MACHINE_BYTES)
    assert found == {"container/memory_limit_bytes": 7000.0}


def test_without_groups_there_is_no_limit(tmp_path) -> None:
    assert cgroup.Limit(7, root=tmp_path, proc=tmp_path).look(machine_bytes=MACHINE_BYTES) == {}
