import os
import socket

import pytest

from yoloscope import errors
from yoloscope.server import listening


def test_port_zero_takes_a_free_one() -> None:
    with listening.bound("127.0.0.1", port=0) as listener:
        assert listener.getsockname()[1] > 0


def test_a_taken_port_names_its_holder_and_the_next_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(errors.ConfigError) as caught:
        listening.bound("127.0.0.1", port=other.getsockname()[1])
    assert f"process {os.getpid()} (" in str(caught.value)
    assert "yoloscope up --port " in str(caught.value)


def test_an_address_that_is_not_ours_is_one_readable_error() -> None:
    with pytest.raises(errors.ConfigError, match=r"203\.0\.113\.1"):
        listening.bound("203.0.113.1", port=0)
    with pytest.raises(errors.ConfigError, match="--host"):
        listening.bound("no such host", port=0)
