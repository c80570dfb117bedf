"""How long what is kept, decided from values alone: which settings make sense, which runs are due, and how time passes.

Called by the retention route and by the server's jobs. Nothing here removes anything.

Runs grow old by a clock of their own (`passed`), because the machine's may be wrong: it follows the machine's, but a jump ahead counts
for three days at most, and the rest is made up one day for each day that the server runs. So a clock that is set ten years ahead
cannot empty a store over night, and one that was far behind does no harm at all.
"""

from collections.abc import Iterable, Mapping
from typing import cast

import msgspec

from yoloscope import errors
from yoloscope.records import state
from yoloscope.store.ports_keeping import Clock, Kept, Retention

DAY_NS = 86_400 * 10**9
BELIEVED_NS = 3 * DAY_NS
"""A gap that is believed at once: a server that is off over a weekend."""
DAYS_LEAST = 1.0
DAYS_MOST = 36_500.0
KEEP_TAG = "keep"
"""A run with this tag is neither thinned nor moved to the trash by itself."""
_FIELDS = ("thin_after_days", "delete_after_days", "trash_days")


class Due(msgspec.Struct, frozen=True):
    """The runs that it is time to thin, to move to the trash, and to remove from there."""

    thin: tuple[Kept, ...]
    delete: tuple[Kept, ...]
    remove: tuple[Kept, ...]


def from_mapping(given: object, *, base: Retention) -> Retention:
    """Return `base` with the fields given in place of its own; ``None`` stands for ever.

    Raises:
        InvalidRecord: naming the field and the fix.
    """
    if not isinstance(given, dict):
        raise _refusal("body", "is no object", fix='send {"delete_after_days": 90}')
    fields = cast("Mapping[object, object]", given)
    for field, value in fields.items():
        if field not in _FIELDS:
            raise _refusal(str(field)[:80], "is not known", fix=f"use {', '.join(_FIELDS)}")
        _check_days(field, value)
    wanted = msgspec.structs.replace(base, **{str(field): value for field, value in fields.items()})
    if wanted.thin_after_days is not None and wanted.delete_after_days is not None:
        _check_order(wanted.thin_after_days, wanted.delete_after_days)
    return wanted


def due(runs: Iterable[Kept], retention: Retention, *, now_ns: int) -> Due:
    """Return what is due at a time of the clock of `passed`.

    Only runs that have ended are thinned or moved to the trash, and none that is tagged `KEEP_TAG` or was brought back by somebody. What is
    in the trash is removed if nothing was heard of it for as long as it lies there at least.
    """
    thin: list[Kept] = []
    delete: list[Kept] = []
    remove: list[Kept] = []
    for run in runs:
        if run.deleted_ns is not None:
            if _is_old(max(run.deleted_ns, run.word_ns), retention.trash_days, now_ns=now_ns):
                remove.append(run)
        elif run.state not in state.ENDED or run.restored or KEEP_TAG in run.tags:
            continue
        elif _is_old(run.word_ns, retention.delete_after_days, now_ns=now_ns):
            delete.append(run)
        elif _is_old(run.word_ns, retention.thin_after_days, now_ns=now_ns):
            thin.append(run)
    return Due(tuple(thin), tuple(delete), tuple(remove))


def passed(clock: Clock, *, wall_ns: int, ran_ns: int) -> Clock:
    """Return the clock by which runs grow old after a look at the machine's.

    ``ran_ns`` is how long this server has run since the look before by a clock that nobody sets, 0 at its first. It never goes back, and
    is ahead of the machine's only after that was set back.
    """
    gone_ns = min(max(0, wall_ns - clock.wall_ns), ran_ns + BELIEVED_NS)
    kept_ns = max(clock.kept_ns, min(wall_ns, clock.kept_ns + gone_ns + ran_ns))
    return Clock(kept_ns, wall_ns)


def begun(runs: Iterable[Kept], *, wall_ns: int) -> Clock:
    """Return the clock of a catalogue that has none yet: its last word of any run says roughly when it is."""
    last_ns = max((run.word_ns for run in runs), default=wall_ns)
    return Clock(min(wall_ns, last_ns + BELIEVED_NS), wall_ns)


def _is_old(since_ns: int, days: float | None, *, now_ns: int) -> bool:
    return days is not None and now_ns - since_ns >= days * DAY_NS


def _check_days(field: str, value: object) -> None:
    if value is None and field != "trash_days":
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not DAYS_LEAST <= value <= DAYS_MOST:
        forever = "" if field == "trash_days" else ", or null for ever"
        raise _refusal(
            field, f"{value!r} is no number of days", fix=f"use {DAYS_LEAST:g} to {DAYS_MOST:g} days{forever}"
        )


def _check_order(thin_days: float, delete_days: float) -> None:
    if delete_days <= thin_days:
        raise _refusal(
            "delete_after_days",
            f"runs would be deleted after {delete_days:g} days, before they are thinned after {thin_days:g}",
            fix="let thin_after_days be less, or null",
        )


def _refusal(field: str, what: str, *, fix: str) -> errors.InvalidRecord:
    return errors.InvalidRecord(f"{field}: {what[:200]}; nothing was changed", field=field, fix=fix)
