"""What a batch becomes before it leaves: reduced to what the trainer's own policy and the server's for the project both allow.

The one way out of a spool leads through here (`shipment`). The spool itself holds everything, so that a policy that is loosened later
changes nothing of what was sent, and one that is tightened never costs a number. Sequence numbers stay as they are.
"""

import logging
from collections.abc import Callable
from pathlib import Path

import msgspec

from yoloscope.records import policy, reduction, row
from yoloscope.sidecar import client
from yoloscope.spool import layout, state

FILE_NAME = "outgoing.json"
VERSION = 1
log = logging.getLogger("yoloscope.sidecar")
AskTerms = Callable[[str], client.Terms]
"""Returns what the server lets in for a project, by its name."""


class _Memory(msgspec.Struct):
    """What has to outlive this process: numbers given to classes, and which events had something left out."""

    version: int = VERSION
    classes: dict[str, int] = {}
    left_out: list[str] = []


class Outgoing:
    """Reduces the batches of one directory. With no `terms` to ask the trainer's own policy holds alone."""

    def __init__(self, directory: Path, *, page: state.StatePage, terms: AskTerms | None = None) -> None:
        self._path = directory / FILE_NAME
        self._page = page
        self._terms = terms
        self._memory = _loaded(self._path)

    def terms(self, manifest: layout.Manifest) -> client.Terms:
        """Return what may leave now.

        Raises:
            ServerUnavailable: if the server has to be asked and does not answer.
        """
        if self._terms is None:
            return client.Terms(manifest.policy)
        theirs = self._terms(manifest.run.project)
        return msgspec.structs.replace(theirs, policy=policy.stricter(manifest.policy, theirs.policy))

    def batch(self, batch: row.Batch, *, manifest: layout.Manifest) -> row.Batch:
        """Return a batch as it may leave; `manifest` tells the trainer's policy and the numbers of the classes.

        Raises:
            ServerUnavailable: as `terms`.
        """
        terms = self.terms(manifest)

        def index_of(title: str) -> int:
            return self._index_of(title, known=manifest.classes)

        sent = reduction.reduced(batch, policy=terms.policy, index_of=index_of, bare=terms.bare)
        if terms.policy.summaries:
            return sent
        self._count_left_out(batch)
        return msgspec.structs.replace(sent, lost=self._page.lost())

    def _index_of(self, title: str, *, known: dict[str, int]) -> int:
        """Return the number of a class: the data set's, else its name if that is a free number, else the next free one.

        A number once given to a class that the data set does not name is kept, also for later processes.
        """
        given = self._memory.classes
        if title in given:
            return given[title]
        index = known.get(title)
        if index is not None and index >= 0 and index not in given.values():
            return index
        taken = {*given.values(), *known.values()}
        own = int(title) if reduction.is_index(title) else -1
        given[title] = own if own >= 0 and own not in taken else max(taken, default=-1) + 1
        self._save()
        return given[title]

    def _count_left_out(self, batch: row.Batch) -> None:
        """Count each summary that is left out once, however often its batch is read."""
        seq = batch.first_seq
        for entry in batch.entries:
            place = f"{batch.lane}/{seq}"
            is_summary = isinstance(entry, row.Updated) and entry.section == "provenance" and "data" in entry.values
            if is_summary and place not in self._memory.left_out:
                self._memory.left_out.append(place)
                self._page.count_lost("policy")
                self._save()
            seq += row.sequences_of(entry)

    def _save(self) -> None:
        temporary = self._path.with_suffix(".json.tmp")
        try:
            temporary.write_bytes(msgspec.json.encode(self._memory))
            temporary.replace(self._path)
        except OSError as error:  # a full disk: the numbers hold as long as this process
            log.warning("the numbers given to classes are not saved: %s", error)


def _loaded(path: Path) -> _Memory:
    try:
        memory = msgspec.json.decode(path.read_bytes(), type=_Memory)
    except (OSError, msgspec.DecodeError):
        return _Memory()
    return memory if memory.version == VERSION else _Memory()
