from pathlib import Path

import pytest

from yoloscope import errors
from yoloscope.server import settings


def made(**changes: object) -> settings.Settings:
    return settings.Settings(data=Path("/data"), token="t" * 40, **changes)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.0.0.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("board", False),
    ],
)
def test_only_loopback_is_local(host, local) -> None:
    assert made(host=host).local is local


def test_a_foreign_name_that_is_expected_makes_the_server_not_local() -> None:
    assert not made(allowed_hosts=("board",)).local


@pytest.mark.parametrize("changes", [{"host": "0.0.0.0"}, {"host": "192.168.1.2"}, {"allowed_hosts": ("board",)}])
def test_no_auth_is_for_loopback_alone(changes) -> None:
    with pytest.raises(errors.ConfigError, match="--no-auth"):
        settings.check(made(auth=False, **changes))
    assert settings.check(made(**changes)) == made(**changes)


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:8080"), ("0.0.0.0", "http://127.0.0.1:8080"), ("::1", "http://[::1]:8080")],
)
def test_the_url_is_one_that_this_machine_reaches(host, url) -> None:
    assert made(host=host).url == url
