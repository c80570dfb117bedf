import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from yoloscope import errors
from yoloscope.server.access import links, secret


def test_the_first_call_makes_a_secret_that_only_its_user_reads(tmp_path) -> None:
    path = tmp_path / "data" / "token"
    path.parent.mkdir()
    token = secret.from_file(path)
    assert re.fullmatch("[a-z0-9]{40}", token)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["token"]
    assert secret.from_file(path) == token


def test_first_calls_at_once_agree(tmp_path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(secret.from_file, [tmp_path / "token"] * 8))) == 1


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path) -> None:
    path = tmp_path / "token"
    token = secret.from_file(path)
    path.chmod(0o644)
    assert secret.from_file(path) == token
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "short", "X" * 40, "a" * 41])
def test_a_damaged_file_is_not_used(tmp_path, content) -> None:
    (tmp_path / "token").write_text(content)
    with pytest.raises(errors.ConfigError, match="Remove it"):
        secret.from_file(tmp_path / "token")


def test_a_link_opens_once_and_not_after_ten_minutes() -> None:
    now = [0.0]
    made = links.Links(clock_s=lambda: now[0])
    first, second = made.new(), made.new()
    assert (made.use(first), made.use(first), made.use("other")) == (True, False, False)
    now[0] = links.LIFETIME_S
    assert not made.use(second)


def test_unused_links_do_not_pile_up() -> None:
    made = links.Links(clock_s=lambda: 0.0)
    codes = [made.new() for _ in range(101)]
    assert (made.use(codes[0]), made.use(codes[-1])) == (False, True)


def test_a_token_file_that_cannot_be_used_is_one_readable_error(tmp_path) -> None:
    (tmp_path / "token").mkdir()
    with pytest.raises(errors.ConfigError, match="--data"):
        secret.from_file(tmp_path / "token")


def test_the_secret_is_private_in_a_directory_that_is_not(tmp_path) -> None:
    tmp_path.chmod(0o777)
    before = os.umask(0)
    try:
        secret.from_file(tmp_path / "token")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
