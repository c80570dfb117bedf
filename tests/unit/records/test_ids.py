"""Ids that stand in addresses."""

import pytest

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.server import app as server_app


def test_no_run_is_called_as_another_route_beside_it() -> None:
    under = "/api/v1/runs/"
    paths = [route.path for router in server_app.ROUTERS for route in router.routes]
    words = {path.removeprefix(under).partition("/")[0] for path in paths if path.startswith(under)} - {
        "{run_id}",
        "{run}",
    }
    assert words == {"completions", "delete", "edit", "restore"}
    for word in words:
        with pytest.raises(errors.InvalidRecord, match="server's own addresses") as refused:
            ids.run_id_from_text(word)
        assert (refused.value.field, refused.value.fix) == ("run.id", "use another id")


@pytest.mark.parametrize("text", ["deleted", "Delete", "a", "0.9_x-y", "a" * 64])
def test_other_words_are_ids(text) -> None:
    assert ids.run_id_from_text(text) == text


@pytest.mark.parametrize("text", ["", "..", "-a", "a/b", "a b", "ü", "a\n", "a" * 65])
def test_what_would_not_stand_in_an_address_is_none(text) -> None:
    with pytest.raises(errors.InvalidRecord):
        ids.run_id_from_text(text)
