"""On which cards a training goes on: those it names itself, or the one that was asked for where that can be told to it."""

from pathlib import Path

import pytest

from yoloscope import errors
from yoloscope.cli.act import devices
from yoloscope.importers import checkpoint
from yoloscope.records import ids
from yoloscope.sidecar.hardware import port
from yoloscope.sidecar.starting import Place, Refused
from yoloscope.spool import launched

CARDS = [port.Card("nvidia", at, uuid, "RTX") for at, uuid in ((1, "GPU-bbbb"), (0, "GPU-aaaa"), (2, "GPU-cccc"))]
A, B, C = "GPU-aaaa", "GPU-bbbb", "GPU-cccc"


def record(*words: str, visible: str | None = None, framework: str | None = None, last: str = "") -> launched.Launch:
    return launched.Launch(
        run=ids.RunId("r1"),
        project=ids.ProjectName("p"),
        name="n",
        host="h",
        argv=tuple(launched.encoded(word) for word in ("python", "train.py", *words)),
        cwd="/",
        environment={} if visible is None else {"CUDA_VISIBLE_DEVICES": launched.encoded(visible)},
        framework=framework,
        checkpoint=launched.encoded(last),
    )


def own(*cards: str) -> list[Place]:
    return [Place(frozenset(cards))]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (record(), own(A)),
        (record(visible="2"), own(C)),
        (record(visible="2, 1"), own(B, C)),
        (record(visible="GPU-bb"), own(B)),
        (record(visible="7"), Refused("no_card")),
        (record("device=1"), own(B)),
        (record("device=0,1"), own(A, B)),
        (record("--device", "cuda:2"), own(C)),
        (record("--device=[0, 2]"), own(A, C)),
        (record("device=1", visible="2,0"), own(A)),
        (record("device=1", visible="2,0", framework="ultralytics"), own(B)),
        (record("device=9"), Refused("no_card")),
        (record("device=cpu"), own()),
        (record("device=mps"), own()),
        (record("device=-1"), [Place(frozenset((one,))) for one in (A, B, C)]),
        (record("--device"), own(A)),
    ],
)
def test_a_training_waits_for_what_it_had(made, expected) -> None:
    assert devices.places(made, "", CARDS) == expected


@pytest.mark.parametrize(
    ("made", "wanted", "expected"),
    [
        (record(), A, own(A)),
        (record(), B, [Place(frozenset((B,)), B)]),
        (record(visible="1"), B, own(B)),
        (record(visible="1"), A, [Place(frozenset((A,)), A)]),
        (record("device=1"), B, own(B)),
        (record("device=1"), A, Refused("other_card")),
        (record("device=cpu"), A, Refused("other_card")),
        (record("device=-1"), A, [Place(frozenset((A,)), A)]),
        (record(), "GPU-zzzz", Refused("no_card")),
    ],
)
def test_another_card_is_told_only_where_the_training_names_none(made, wanted, expected) -> None:
    assert devices.places(made, wanted, CARDS) == expected


def test_without_cards_nothing_is_waited_for_but_the_machine() -> None:
    assert devices.places(record("device=0"), "", []) == own()
    assert devices.places(record(), A, []) == Refused("no_card")


@pytest.mark.parametrize(
    ("made", "wanted", "expected"),
    [
        (record("device=cpu"), "", own()),
        (record(), "", None),
        (record("device=0"), "", None),
        (record("device=-1"), "", None),
        (record(visible="GPU-bb"), "", None),
        (record(), A, None),
        (record("device=cpu"), A, None),
    ],
)
def test_before_the_cards_answer_only_what_names_none_knows_its_place(made, wanted, expected) -> None:
    assert devices.places(made, wanted, None) == expected


@pytest.mark.parametrize(
    ("device", "expected"),
    [(1, own(B)), ([0, 1], own(A, B)), ("cpu", own()), (None, own(A)), ("", own(A)), ("1", own(B)), (True, own(A))],
)
def test_the_checkpoint_tells_what_a_script_named(tmp_path: Path, monkeypatch, device, expected) -> None:
    last = tmp_path / "last.pt"
    last.touch()
    monkeypatch.setattr(checkpoint, "read", lambda _: checkpoint.Contents(arguments={"device": device}))
    assert devices.places(record(framework="ultralytics", last=str(last)), "", CARDS) == expected


def test_a_damaged_checkpoint_names_nothing(tmp_path: Path, monkeypatch) -> None:
    def damaged(_: Path) -> checkpoint.Contents:
        raise errors.ImportFault("x", zh="x")

    (tmp_path / "last.pt").touch()
    monkeypatch.setattr(checkpoint, "read", damaged)
    assert devices.places(record(framework="ultralytics", last=str(tmp_path / "last.pt")), "", CARDS) == own(A)
