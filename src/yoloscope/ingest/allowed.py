"""What projects let in: asked of every batch before anything of its request is stored.

Policies are remembered, because nobody but this process changes them.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence

import anyio.to_thread

from yoloscope import errors
from yoloscope.records import ids, policy, reduction, row
from yoloscope.store import ports

_KNOWN_MAX = 10_000  # projects remembered; a forgotten one is read again
_INLINE_ENTRIES = 1_000  # rows and names; more are checked in a thread, as is what has texts in it


class Policies:
    """The policies of all projects. One event loop."""

    def __init__(self, catalog: ports.Catalog) -> None:
        self._catalog = catalog
        self._known: OrderedDict[ids.ProjectName, policy.Policy] = OrderedDict()
        self._changing = asyncio.Lock()

    async def of(self, project: ids.ProjectName) -> policy.Policy:
        """Return the policy of a project; one that has none leaves it to the trainer."""
        known = self._known.get(project)
        if known is not None:
            return known
        stored = await anyio.to_thread.run_sync(self._catalog.policy, project)
        while len(self._known) >= _KNOWN_MAX:
            self._known.popitem(last=False)
        return self._known.setdefault(project, stored or policy.LEFT_TO_THE_TRAINER)  # one set meanwhile is newer

    async def change(
        self, project: ids.ProjectName, changed: Callable[[policy.Policy], policy.Policy]
    ) -> policy.Policy:
        """Store what `changed` makes of a policy, and return it; it holds from the next request on, what is stored already stays.

        One change at a time: two that began with the same policy would undo each other.
        """
        async with self._changing:
            wanted = changed(await self.of(project))
            await anyio.to_thread.run_sync(self._catalog.set_policy, project, wanted)
            self._known[project] = wanted
        return wanted

    async def check(self, project: ids.ProjectName, batches: Sequence[row.Batch]) -> None:
        """Return if the project lets all batches in.

        Raises:
            PolicyForbids: naming the first field that it does not.
        """
        holds = await self.of(project)
        if holds == policy.LEFT_TO_THE_TRAINER or _is_small(batches):
            found = _forbidden(batches, holds)
        else:
            found = await anyio.to_thread.run_sync(_forbidden, batches, holds)
        if found is not None:
            raise errors.PolicyForbids(
                f"the policy of project {project!r} does not let this in: {found.field} {found.what}; nothing was stored",
                field=found.field,
                fix=found.fix,
            )


def _forbidden(batches: Sequence[row.Batch], holds: policy.Policy) -> reduction.Forbidden | None:
    each = (reduction.forbidden(batch, policy=holds) for batch in batches)
    return next((found for found in each if found is not None), None)


def _is_small(batches: Sequence[row.Batch]) -> bool:
    """Tell whether checking takes less time than handing it to a thread; a section may hold a million texts."""
    left = _INLINE_ENTRIES
    for batch in batches:
        for entry in batch.entries:
            if isinstance(entry, row.Updated):
                return False
            left -= _parts_of(entry)
            if left < 0:
                return False
    return True


def _parts_of(entry: row.Entry) -> int:
    """Return how many names or lines an entry has to be checked for."""
    if isinstance(entry, row.Matrix):
        return len(entry.names)
    return len(entry.lines) if isinstance(entry, row.Printed) else 1
