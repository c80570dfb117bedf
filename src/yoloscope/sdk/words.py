"""The texts of one item: titles of classes become their numbers, free texts become what the trainer's own policy lets leave."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, cast

import msgspec

from yoloscope import errors
from yoloscope.records import content, media, policy
from yoloscope.sdk import arrays, guard, plain
from yoloscope.spool import handed

TEXTS_MAX = 20_000
"""Of one call: to look at each for what may leave takes some 4 µs, and nobody reads more."""
_PERHAPS_A_PATH = re.compile(r"[/\\.~<]")
NumbersOf = Callable[[Iterable[str]], list[int]]


class Made(NamedTuple):
    """What the arguments of one call became: what is handed over, but for name and moment."""

    about: msgspec.Struct | None = None
    parts: tuple[tuple[str, arrays.Grid], ...] = ()
    file: handed.Copied | None = None


class Words:
    """Collects what the texts of one item need; `numbers_of` gives the numbers of classes by their names."""

    def __init__(self, own: policy.Policy, *, numbers_of: NumbersOf) -> None:
        self._own = own
        self._numbers_of = numbers_of
        self._has_text = False
        self._has_class_names = False
        self.size_bytes = 0

    @property
    def needs(self) -> tuple[media.Need, ...]:
        """What the policy at the other end must allow besides the kind."""
        needs: tuple[tuple[media.Need, bool], ...] = (("text", self._has_text), ("class_names", self._has_class_names))
        return tuple(need for need, is_there in needs if is_there)

    def name(self, value: object) -> str:
        """Return the name of an axis or a column as it may leave: with a class as its number, of a path its ending."""
        said = plain.word(value)
        if not _PERHAPS_A_PATH.search(said):
            return said
        from yoloscope.records import reduction  # noqa: PLC0415  # as below

        shown = reduction.label(said, policy=self._own, index_of=lambda title: self._numbers_of([title])[0])
        bare = reduction.label(shown, policy=msgspec.structs.replace(self._own, text=False))
        title = reduction.class_of(shown)
        self._has_text = self._has_text or bare != shown
        self._has_class_names = self._has_class_names or not (title is None or reduction.is_index(title))
        return shown

    def text(self, value: object) -> str:
        """Return a text as it may leave."""
        from yoloscope.records import reduction  # noqa: PLC0415  # 10 ms at a start, and most items hold no text

        said = guard.text_of(value).encode("utf-8", "replace").decode()
        shown = reduction.shown(said) if self._own.text else reduction.word(said)
        self._has_text = self._has_text or reduction.word(shown) != shown
        self.size_bytes += len(shown.encode()) + 5  # msgpack's own most
        return shown

    def texts(self, values: object, *, field: str) -> tuple[str, ...]:
        """Return texts as they may leave.

        Raises:
            InvalidRecord: if `values` is a single text or nothing to go through, or too many.
        """
        given = sequence(values, field=field)
        if len(given) > TEXTS_MAX:
            said = f"{field} has {len(given):,} texts, more than {TEXTS_MAX:,}"
            raise errors.InvalidRecord(said, field=field, fix="log those that matter, or a file by log_artifact")
        return tuple(self.text(value) for value in given)

    def classes(self, values: object, *, field: str, length: int) -> arrays.Grid:
        """Return ``(length,)`` int32 of class numbers, of numbers and titles.

        Raises:
            InvalidRecord: if there are others than `length`, or a number is that of no class.
        """
        self.size_bytes += 5 * length
        if not has_text(values):
            return arrays.classes(values, field=field, length=length)
        given = sequence(values, field=field)
        numbers = iter(self._numbers_of(value for value in given if isinstance(value, str)))
        found = [next(numbers) if isinstance(value, str) else value for value in given]
        return arrays.classes(found, field=field, length=length)

    def labels(
        self, classes: object, texts: object, *, places: int, fields: tuple[str, str], name: object
    ) -> content.Labels:
        """Return what the places along an axis are; `fields` are the arguments' names.

        Raises:
            InvalidRecord: if both are given, or not one for each place.
        """
        if classes is not None and texts is not None:
            raise errors.InvalidRecord(
                f"{fields[0]} and {fields[1]} are both given", field=fields[0], fix="give one of them"
            )
        told = self.name(name)
        if classes is not None:
            found = self.classes(classes, field=fields[0], length=places)
            return content.Labels(told, classes=tuple(int(number) for number in arrays.values(found)))
        if texts is None:
            return content.Labels(told)
        found_texts = self.texts(texts, field=fields[1])
        if len(found_texts) != places:
            said = f"{fields[1]} has {len(found_texts)} labels for {places} places"
            raise errors.InvalidRecord(said, field=fields[1], fix="give one for each place, or none")
        return content.Labels(told, texts=found_texts)


def sequence(values: object, *, field: str) -> Sequence[object]:
    """Return what can be gone through as a sequence; arrays as their plain values.

    Raises:
        InvalidRecord: if it is a single text or a number.
    """
    to_list = getattr(values, "tolist", None)
    given = to_list() if callable(to_list) else values
    if isinstance(given, list | tuple):
        return cast("Sequence[object]", given)
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise errors.InvalidRecord(f"{field} is a {type(values).__name__}", field=field, fix="give a list")
    return tuple(cast("Iterable[object]", given))


def has_text(values: object) -> bool:
    """Tell whether a sequence or an array holds a text; arrays of numbers are told by their type."""
    kind = getattr(getattr(values, "dtype", None), "kind", None)
    if kind is not None and kind not in "OUST":
        return False
    if kind is None and not isinstance(values, list | tuple):
        return False
    return any(isinstance(value, str) for value in sequence(cast("object", values), field=""))
