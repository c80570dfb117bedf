"""Which cards a training uses: seen, named, or all."""

from collections.abc import Callable

import pytest

from yoloscope.sidecar.hardware import port, processes, uses

OWN = frozenset({100, 101})


def cards(*listed: dict[int, int] | None) -> list[port.Card]:
    return [port.Card("nvidia", index, f"GPU-{index}f", "Card", {}, pids) for index, pids in enumerate(listed)]


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Callable[..., uses.Uses]:
    """Return the uses of a training with this environment, on a host or in a container."""

    def make(*, visible: str | None = None, on_host: bool = True) -> uses.Uses:
        environment = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
        monkeypatch.setattr(processes, "environment", lambda pid: environment)
        monkeypatch.setattr(processes, "numbers_are_the_hosts", lambda: on_host)
        return uses.Uses(100)

    return make


def _indexes(found: list[port.Card]) -> list[int]:
    return [card.index for card in found]


def test_a_card_with_a_process_of_the_training_is_its_own_for_good(known) -> None:
    found = known(visible="0,1,2,3")
    assert _indexes(found.of(cards({}, {101: 5}, {7: 5}, {}), OWN)) == [1]
    assert _indexes(found.of(cards({}, {}, {7: 5}, {100: 1}), OWN)) == [1, 3]


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        ("1", [1]),
        ("2,0", [0, 2]),
        ("", []),
        ("-1", []),
        ("0,-1,2", [0]),
        ("NoDevFiles", [0, 1, 2]),
        ("GPU-1f", [1]),
        ("GPU-2", [2]),
        ("MIG-GPU-1f/3/0", [1]),
        ("MIG-9d8e", [0, 1, 2]),
    ],
)
def test_until_then_the_environment_names_them(known, visible, expected) -> None:
    found = known(visible=visible, on_host=False)
    assert _indexes(found.of(cards({}, {}, {}), OWN)) == expected


@pytest.mark.parametrize(
    ("on_host", "listed", "expected"),
    [(True, ({}, {7: 5}), []), (False, ({}, {7: 5}), [0, 1]), (True, ({}, None), [0, 1])],
    ids=["on the host it would be seen", "in a container it cannot be", "a driver that lists no processes"],
)
def test_where_nothing_is_named_what_could_be_seen_decides(known, on_host, listed, expected) -> None:
    assert _indexes(known(on_host=on_host).of(cards(*listed), OWN)) == expected


@pytest.mark.parametrize(
    ("listed", "expected"), [({100: 5, 101: 6, 7: 9}, 11.0), ({100: -1}, None), ({7: 9}, None), (None, None)]
)
def test_memory_of_the_training_is_that_of_its_processes(listed, expected) -> None:
    assert uses.memory_of(cards(listed)[0], OWN) == expected
