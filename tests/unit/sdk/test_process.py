"""Which rank a process has, and who launched it."""

import os
import subprocess
import sys
import types

import pytest

from yoloscope.sdk import process


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, (0, 1, 0)),
        ({"RANK": "3", "WORLD_SIZE": "8", "LOCAL_RANK": "1"}, (3, 8, 1)),
        ({"RANK": "-1"}, (0, 1, 0)),
        ({"RANK": "", "WORLD_SIZE": "8"}, (0, 1, 0)),
        ({"RANK": "²"}, (0, 1, 0)),
        ({"RANK": "16"}, (0, 1, 0)),
        ({"RANK": "16", "WORLD_SIZE": "1"}, (0, 1, 0)),
        ({"RANK": "0", "WORLD_SIZE": "1"}, (0, 1, 0)),
        ({"RANK": "1", "WORLD_SIZE": "two"}, (0, 1, 0)),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "1", "MASTER_ADDR": "n"}, (0, 1, 0)),
        ({"SLURM_PROCID": "5", "SLURM_NTASKS": "8", "SLURM_LOCALID": "1", "MASTER_ADDR": "n"}, (5, 8, 1)),
        ({"SLURM_PROCID": "5", "SLURM_NTASKS": "8", "PMI_RANK": "5", "PMI_SIZE": "8"}, (0, 1, 0)),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "8", "RANK": "6", "WORLD_SIZE": "16"}, (6, 16, 0)),
        ({"OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "4"}, (0, 1, 0)),
        (
            {
                "OMPI_COMM_WORLD_RANK": "2",
                "OMPI_COMM_WORLD_SIZE": "4",
                "OMPI_COMM_WORLD_LOCAL_RANK": "2",
                "MASTER_ADDR": "n",
            },
            (2, 4, 2),
        ),
        ({"PMI_RANK": "1", "PMI_SIZE": "2"}, (0, 1, 0)),
        ({"PMI_RANK": "1", "PMI_SIZE": "2", "MPI_LOCALRANKID": "1", "MASTER_ADDR": "n"}, (1, 2, 1)),
    ],
)
def test_the_launcher_says_which_rank_a_process_has(
    environment: dict[str, str], expected: tuple[int, int, int]
) -> None:
    found = process.place(environment)
    assert (found.rank, found.world_size, found.local_rank) == expected


def test_an_initialised_torch_says_it_where_no_variable_does(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = types.SimpleNamespace(is_initialized=lambda: True, get_rank=lambda: 2, get_world_size=lambda: 4)
    monkeypatch.setitem(sys.modules, "torch.distributed", torch)
    assert process.place({}) == process.Place(2, 4)
    assert process.place({"RANK": "1", "WORLD_SIZE": "4"}).rank == 1
    assert process.place({"RANK": "16"}).rank == 2
    monkeypatch.setitem(sys.modules, "torch.distributed", types.SimpleNamespace())
    assert process.place({}) == process.Place()


CHAIN = """
import os, sys
from yoloscope.sdk import job, process
print(job._launcher(process.place(), environment=os.environ)[0])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_launcher_is_found_behind_a_shell() -> None:
    environment = {
        **os.environ,
        "RANK": "1",
        "WORLD_SIZE": "4",
        "LOCAL_RANK": "1",
        "PYTHON": sys.executable,
        "CHAIN": CHAIN,
    }
    direct = subprocess.run([sys.executable, "-c", CHAIN], env=environment, capture_output=True, text=True, check=True)
    shell = ["sh", "-c", '"$PYTHON" -c "$CHAIN"; exit $?']
    behind = subprocess.run(shell, env=environment, capture_output=True, text=True, check=True)
    assert int(direct.stdout) == int(behind.stdout) == os.getpid()
