import os

import pytest

from yoloscope import errors
from yoloscope.server import claim


def test_a_directory_belongs_to_one_server_at_a_time(tmp_path) -> None:
    with claim.of(tmp_path / "data") as mine:
        mine.announce(claim.Holder("http://127.0.0.1:8080", os.getpid()))
        with claim.of(tmp_path / "data") as second:
            assert second is None
        assert claim.holder(tmp_path / "data") == claim.Holder("http://127.0.0.1:8080", os.getpid())
    with claim.of(tmp_path / "data") as later:
        assert later is not None
        assert claim.holder(tmp_path / "data") is None


def test_a_directory_that_cannot_be_made_is_one_readable_error(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.ConfigError, match="--data"), claim.of(tmp_path / "file" / "data"):
        pass
