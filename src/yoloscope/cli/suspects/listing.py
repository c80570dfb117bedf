"""What is listed of a run: its suspects with their pictures, as structs for JSON and the page, and as a table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click
import msgspec

from yoloscope.cli import output, texts
from yoloscope.cli.suspects import finding
from yoloscope.curves.suspicion import ranking
from yoloscope.spool import suspects

TOP = 200
Box = tuple[float, float, float, float]
State = Literal["ready", "too_early", "off"]


class Label(msgspec.Struct, frozen=True):
    """A labelled box; ``box`` is xyxy in parts of the picture."""

    klass: int = msgspec.field(name="class")
    title: str
    box: Box


class Picture(msgspec.Struct, frozen=True):
    """A picture on which something is suspected."""

    number: int
    path: str
    labels: list[Label]


class Item(msgspec.Struct, frozen=True):
    """A suspect. ``label`` is its place among the picture's labels, None for one that is missing; ``trajectory`` holds epoch and deviation of each look."""

    kind: str
    score: float
    looks: int
    picture: int
    path: str
    label: int | None
    said: str | None
    seen: str | None
    sure: float
    box: Box
    seen_box: Box | None
    trajectory: tuple[tuple[float, float], ...]


class Answer(msgspec.Struct, frozen=True):
    """All that is told of a run; ``looks`` counts looks at pictures, ``suspected`` also what `TOP` leaves out."""

    run: str
    name: str
    project: str
    directory: str
    state: State
    all_pictures: int = 0
    pictures_followed: int = 0
    boxes: int = 0
    looks: int = 0
    box_looks: int = 0
    suspected: int = 0
    items: list[Item] = []
    pictures: list[Picture] = []


def answer(found: finding.Found, *, top: int = TOP) -> Answer:
    """Return what is to be told of a run, the `top` most suspected first.

    Raises:
        SpoolError: if its file is of another release or torn at its head.
    """
    run = found.manifest.run
    told = Answer(run.id, run.name, run.project, str(found.directory), state="off")
    known = suspects.load(found.directory)
    if known is None:
        return told
    classes = [one.classes for one in known.pictures]
    ranked = ranking.rank(*known.kept, classes=classes)
    shown = ranked[:top]
    numbers = dict.fromkeys(one.image for one in shown)
    return msgspec.structs.replace(
        told,
        state="ready" if len(known.kept.looks) >= ranking.LOOKS_LEAST else "too_early",
        all_pictures=known.followed.pictures_of,
        pictures_followed=len(known.pictures),
        boxes=sum(map(len, classes)),
        looks=int(known.kept.visits["looks"].sum()),
        box_looks=int(known.kept.looks["looks"].sum()),
        suspected=len(ranked),
        items=[_item(one, known) for one in shown],
        pictures=[_picture(number, known) for number in numbers],
    )


def _item(one: ranking.Suspect, known: suspects.Record) -> Item:
    picture = known.pictures[one.image]
    titles = known.followed.titles
    own = None if one.box < 0 else _box(picture.boxes[one.box].tolist())
    return Item(
        kind=one.kind,
        score=one.score,
        looks=one.looks,
        picture=one.image,
        path=_text(picture.path),
        label=None if one.box < 0 else one.box,
        said=None if one.box < 0 else _title(int(picture.classes[one.box]), titles),
        seen=None if one.seen_class < 0 else _title(one.seen_class, titles),
        sure=one.sure,
        box=own or one.seen or (0.0, 0.0, 1.0, 1.0),
        seen_box=one.seen,
        trajectory=one.trajectory,
    )


def _picture(number: int, known: suspects.Record) -> Picture:
    picture, titles = known.pictures[number], known.followed.titles
    pairs = zip(picture.classes.tolist(), picture.boxes.tolist(), strict=True)
    return Picture(
        number, _text(picture.path), [Label(klass, _title(klass, titles), _box(box)) for klass, box in pairs]
    )


def _title(number: int, titles: dict[int, str]) -> str:
    return titles.get(number, str(number))


def _text(path: str) -> str:
    """Return a path that may be bytes of any kind as text that can be printed."""
    return path.encode("utf-8", "backslashreplace").decode()


def _box(edges: Sequence[float]) -> Box:
    left, top, right, bottom = (round(float(edge), 5) for edge in edges)
    return left, top, right, bottom


def tell(told: Answer) -> None:
    """Print what is to be told: in a line what it is of, then a table."""
    words: dict[str, object] = {"name": f"{told.project}/{told.name}", "run": told.run, "boxes": told.boxes}
    if told.state == "off":
        click.echo(texts.text("suspects.off", **words))
        return
    if told.state == "too_early":
        click.echo(texts.text("suspects.too_early", **{**words, "looks": told.box_looks}))
        return
    words |= {"pictures": told.pictures_followed, "looks": f"{told.looks / max(1, told.pictures_followed):.1f}"}
    click.echo(texts.text("suspects.of" if told.items else "suspects.none", **words, count=told.suspected))
    if told.items:
        headings = ("picture", "kind", "said", "seen", "score", "looks", "box")
        output.as_table([texts.text(f"suspects.{key}") for key in headings], map(_cells, told.items))
    if told.suspected > len(told.items):
        click.echo(texts.text("suspects.more", count=told.suspected - len(told.items), top=told.suspected))
    if told.pictures_followed < told.all_pictures:
        part = {"pictures": told.pictures_followed, "all": told.all_pictures, "boxes": suspects.BOXES_MOST}
        click.echo(texts.text("suspects.part", **part))


def _cells(item: Item) -> list[str]:
    seen = "–" if item.seen is None else f"{item.seen} {item.sure:.2f}"
    kind = texts.text(f"suspects.{item.kind}")
    box = " ".join(f"{100 * edge:.0f}" for edge in item.box)
    return [_short(item.path), kind, item.said or "–", seen, f"{item.score:.1f}", str(item.looks), box]


def _short(path: str) -> str:
    """Return a path below this folder without the folder, any other as it is."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
