"""YAML as plain mappings, lists and scalars: `args.yaml`, `opt.yaml`, `hyp.yaml`, `data.yaml`, whoever wrote them.

Nothing in a document can make an object of a class. A first pass over its events, which keeps no tree, measures size, depth and what aliases
would amount to, so that the second, which builds the tree, has only documents of bounded cost before it.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import yaml

from yoloscope import errors

BYTES_MAX = 2 * 2**20
"""A data.yaml of 20,000 class names has some 0.5 MB."""
DEPTH_MAX = 64
NODES_MAX = 200_000
"""Counted as if every alias were written out: ten lines of aliases can stand for a billion nodes."""

if TYPE_CHECKING:
    _Loader = yaml.SafeLoader
else:
    _Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Plain(_Loader):
    """Reads ``1e-3`` as a number, as YAML 1.2 and everyone who writes it do, and leaves dates as text."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # the form that PyYAML asks for
        first: [one for one in resolvers if one[0] != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in _Loader.yaml_implicit_resolvers.items()
    }


_Plain.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType]  # its stub says little
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+\Z"), list("-+0123456789.")
)


def read(path: Path) -> dict[str, object]:
    """Return the mapping that a file holds, its top-level keys as text; empty for an empty file.

    Raises:
        ImportFault: if it cannot be read, is too large, or is no mapping in safe YAML.
    """
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_MAX + 1)
    except OSError as fault:
        raise errors.ImportFault(
            f"{path} cannot be read: {fault.strerror}", zh=f"{path} 无法读取：{fault.strerror}"
        ) from fault
    return parse(data, name=str(path))


def parse(data: bytes, *, name: str) -> dict[str, object]:
    """Return the mapping in a document, its top-level keys as text; `name` is what an error calls it.

    Raises:
        ImportFault: as `read`.
    """
    if len(data) > BYTES_MAX:
        raise errors.ImportFault(
            f"{name} is larger than {BYTES_MAX // 2**20} MiB; it was not read",
            zh=f"{name} 超过 {BYTES_MAX // 2**20} MiB，未读取",
        )
    text = data.decode("utf-8-sig", errors="replace")
    try:
        _measure(text, name=name)
        found: object = yaml.load(text, Loader=_Plain)  # noqa: S506  # derived from the safe loader
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as fault:
        place = getattr(fault, "problem_mark", None)
        line = "" if place is None else f":{place.line + 1}"
        what = str(getattr(fault, "problem", None) or fault)[:200]
        raise errors.ImportFault(
            f"{name}{line} is not YAML that can be read safely: {what}",
            zh=f"{name}{line} 不是可以安全读取的 YAML：{what}",
        ) from fault
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise errors.ImportFault(f"{name} holds no keys and values", zh=f"{name} 中没有键值对")
    return {str(key): value for key, value in cast("Mapping[object, object]", found).items()}


def _measure(text: str, *, name: str) -> None:
    """Refuse what would cost too much, without building any of it."""
    cost = _Cost()
    for event in cast("Iterator[yaml.Event]", yaml.parse(text, Loader=_Plain)):  # pyright: ignore[reportUnknownMemberType]  # its stub says little
        cost.count(event)
        if len(cost.open_nodes) > DEPTH_MAX or cost.nodes > NODES_MAX:
            raise errors.ImportFault(
                f"{name} is nested too deeply, or its aliases stand for too much; it was not read",
                zh=f"{name} 嵌套过深，或别名展开后过大，未读取",
            )


class _Cost:
    """Counts the nodes of a document, those under an alias each time anew."""

    def __init__(self) -> None:
        self.nodes = 0
        self.open_nodes: list[tuple[str | None, int]] = []
        self._by_anchor: dict[str, int] = {}

    def count(self, event: yaml.Event) -> None:
        """Take one more event into account."""
        if isinstance(event, yaml.AliasEvent):  # an anchor that is still open would contain itself
            self.nodes += self._by_anchor.get(event.anchor or "", NODES_MAX + 1)
        elif isinstance(event, yaml.CollectionStartEvent):
            self.open_nodes.append((event.anchor, self.nodes))
            self.nodes += 1
        elif isinstance(event, yaml.ScalarEvent):
            self._keep(event.anchor, before=self.nodes)
            self.nodes += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = self.open_nodes.pop()
            self._keep(anchor, before=before)

    def _keep(self, anchor: str | None, *, before: int) -> None:
        if anchor is not None:
            self._by_anchor[anchor] = max(1, self.nodes - before)
