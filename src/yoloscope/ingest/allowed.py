"""What projects let in: asked of every batch before anything of its request is stored.

Policies are remembered, because nobody but this process changes them.
"""

from collections import OrderedDict
from collections.abc import Iterable

import anyio.to_thread

from yoloscope import errors
from yoloscope.records import ids, policy, reduction, row
from yoloscope.store import ports

_KNOWN_MAX = 10_000  # projects remembered; a forgotten one is read again


class Policies:
    """The policies of all projects. One event loop."""

    def __init__(self, catalog: ports.Catalog) -> None:
        self._catalog = catalog
        self._known: OrderedDict[ids.ProjectName, policy.Policy] = OrderedDict()

    async def of(self, project: ids.ProjectName) -> policy.Policy:
        """Return the policy of a project; one that has none leaves it to the trainer."""
        known = self._known.get(project)
        if known is not None:
            return known
        stored = await anyio.to_thread.run_sync(self._catalog.policy, project)
        while len(self._known) >= _KNOWN_MAX:
            self._known.popitem(last=False)
        return self._known.setdefault(project, stored or policy.LEFT_TO_THE_TRAINER)  # one set meanwhile is newer

    async def set(self, project: ids.ProjectName, wanted: policy.Policy) -> None:
        """Store a policy, which holds from the next request on; what is stored already stays."""
        await anyio.to_thread.run_sync(self._catalog.set_policy, project, wanted)
        self._known[project] = wanted

    async def check(self, project: ids.ProjectName, batches: Iterable[row.Batch]) -> None:
        """Return if the project lets all batches in.

        Raises:
            PolicyForbids: naming the first field that it does not.
        """
        holds = await self.of(project)
        for batch in batches:
            found = reduction.forbidden(batch, policy=holds)
            if found is not None:
                raise errors.PolicyForbids(
                    f"the policy of project {project!r} does not let this in: {found.field} {found.what}; nothing was stored",
                    field=found.field,
                    fix=found.fix,
                )
