"""What ``yoloscope up`` tells once it serves; as a process it is tested in ``tests/api``."""

import subprocess
import sys
from pathlib import Path

import pytest

from yoloscope.cli import up
from yoloscope.server import settings

READY = up.Ready("http://127.0.0.1:8080", "http://127.0.0.1:8080/open/code", "/data", 1)


def told(capsys: pytest.CaptureFixture[str], **changes: object) -> str:
    served = settings.Settings(data=Path("/data"), token="t" * 40, **changes)
    up._tell(READY, up.Options(data=Path("/data")), served)
    return capsys.readouterr().out


def test_a_server_for_the_network_tells_its_address_there_and_that_it_needs_the_token(capsys) -> None:
    said = told(capsys, host="0.0.0.0", port=8080)
    address = next(line for line in said.splitlines() if line.startswith("From other machines: http://"))
    assert "127.0.0.1" not in address
    assert address.endswith(":8080")
    assert "need the token in this file: /data/token" in said
    assert "t" * 40 not in said


def test_a_server_for_this_machine_speaks_of_no_other(capsys) -> None:
    said = told(capsys)
    assert READY.link in said
    assert "token" not in said


def test_without_auth_there_is_no_link(capsys) -> None:
    assert "/open/" not in told(capsys, auth=False)


@pytest.mark.slow
def test_as_many_files_as_the_system_allows_may_be_open() -> None:
    code = (
        "import resource; from yoloscope.cli import up; files = resource.RLIMIT_NOFILE\n"
        "resource.setrlimit(files, (128, min(4096, resource.getrlimit(files)[1]))); up._allow_open_files()\n"
        "print(resource.getrlimit(files)[0] == resource.getrlimit(files)[1])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "True\n"
