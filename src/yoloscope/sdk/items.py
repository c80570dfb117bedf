"""What a run does with an item: asks the guards, has its arguments checked, writes it for the sidecar; what it holds back it counts and says once.

Safe to call from any thread: a number is taken from a counter, and each item is a file of its own.
"""

import itertools
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NamedTuple, Protocol, cast, get_args

import msgspec

from yoloscope import errors
from yoloscope.records import media, names, policy
from yoloscope.sdk import files, guard, guarding, plain, standing, values
from yoloscope.sdk.words import Made, Words
from yoloscope.spool import handed

_HEAD_BYTES = 4096  # of a file, beside what `about` takes
Make = Callable[[Words], "Made | AbstractContextManager[Made]"]


class _Page(Protocol):
    def count_lost(self, reason: str, *, rows: int = 1) -> int: ...


class Moment(NamedTuple):
    """Step and epoch as they were given."""

    step: object = None
    epoch: object = None


class Items:
    """Takes the items of one writer's directory, under the trainer's own policy."""

    def __init__(
        self,
        directory: Path,
        *,
        page: _Page,
        stands: standing.Standing,
        own: policy.Policy,
        rate: guarding.Rate,
        disk: guarding.Disk,
    ) -> None:
        self._directory = directory
        self._page = page
        self._standing = stands
        self._policy = own
        self._rate = rate
        self._disk = disk
        self._cleaner = values.Cleaner(page)
        self._numbers = itertools.count()

    def allows(self, kind: str) -> bool:
        """Tell whether the own policy lets a kind be kept.

        Raises:
            InvalidRecord: if there is no such kind.
        """
        kinds = get_args(media.Kind)
        if kind not in kinds:
            fix = f"use one of {', '.join(kinds)}"
            raise errors.InvalidRecord(f"kind {kind!r:.80} is not known", field="kind", fix=fix)
        return self._policy.summaries if kind in media.SUMMARIES else self._policy.media

    def log(self, kind: media.Kind, name: object, make: Make, moment: Moment) -> None:
        """Keep one item, or count it and say why not.

        Raises:
            InvalidRecord: if it cannot be used, under ``YOLOSCOPE_STRICT=1`` alone.
        """
        told = f"log_{kind}({plain.word(name, most=80)})"
        with guard.attempt(told):
            if not self._may_come(kind):
                return
            reason: str | None = "item_invalid"
            try:
                reason = self._keep(kind, name, make, moment)
            except errors.InvalidRecord as error:
                if guard.is_strict():
                    raise
                guard.note(told, f"{error}; {error.fix}. It is left out and counted.")
            except OSError as error:
                reason = "item_disk"
                guard.note("items", f"{told} could not be written: {error}. It is left out and counted.")
            finally:
                if reason is not None:
                    self._page.count_lost(reason)

    def _may_come(self, kind: media.Kind) -> bool:
        if not self.allows(kind):
            field = "summaries" if kind in media.SUMMARIES else "media"
            said = (
                f"the policy of this folder keeps it back. Allow it by {field} = true under [policy] in yoloscope.toml"
            )
            guard.note(f"log_{kind}", f"{said}, and on the server by: yoloscope policy PROJECT --{field}")
            self._page.count_lost("item_policy")
            return False
        if kind not in media.SUMMARIES and not self._rate.take():
            said = "more images and other media than the limit of this folder; those beyond it are left out and counted"
            guard.note("media", f"{said}. Log fewer, or set burst and per_hour under [media] in yoloscope.toml.")
            self._page.count_lost("item_rate")
            return False
        return True

    def _keep(self, kind: media.Kind, name: object, make: Make, moment: Moment) -> str | None:
        """Return why the item is held back, None if it is written."""
        usable = _usable_name(name, kind=kind)
        words = Words(self._policy, numbers_of=self._standing.numbers_of)
        given = make(words)
        with nullcontext(given) if isinstance(given, Made) else given as made:
            return self._write(kind, usable, made, words=words, moment=moment)

    def _write(self, kind: media.Kind, name: str, made: Made, *, words: Words, moment: Moment) -> str | None:
        about = cast("dict[str, object]", msgspec.to_builtins(made.about)) if made.about is not None else {}
        size_bytes = sum(grid.nbytes for _, grid in made.parts) + len(msgspec.msgpack.encode(about)) + _HEAD_BYTES
        if not self._disk.has_room(size_bytes, is_summary=kind in media.SUMMARIES):
            said = "what waits for the server takes all the room it may; it is left out and counted until there is some"
            guard.note("items", f"{said}. Set quota_mb under [media] in yoloscope.toml to keep more.")
            return "item_disk"
        step, epoch = self._cleaner.moment(moment.step, moment.epoch)
        item = handed.Handed(
            number=next(self._numbers),
            kind=kind,
            name=name,
            wall_ns=time.time_ns(),
            attempt=self._standing.attempt,
            step=step,
            epoch=epoch,
            about=about,
            arrays=tuple(handed.Array(role, grid.dtype, grid.shape) for role, grid in made.parts),
            needs=words.needs,
        )
        handed.write(self._directory, item, [made.file or grid.data for _, grid in made.parts])
        self._disk.add(size_bytes)
        return None


def _usable_name(name: object, *, kind: media.Kind) -> str:
    if not isinstance(name, str):
        raise errors.InvalidRecord(f"name is a {type(name).__name__}", field="name", fix="give a str")
    if len(name) > media.NAME_MAX_CHARS:
        fix = f"use 1-{media.NAME_MAX_CHARS} printable characters"
        raise errors.InvalidRecord(f"name {name[:80]!r}… has {len(name)} characters", field="name", fix=fix)
    names.check(name)
    if kind == "artifact":
        files.check_name(name)
    return name
