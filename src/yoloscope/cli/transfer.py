"""Files on their way: a progress bar on stderr, and how large they are in words."""

import contextlib
from collections.abc import Callable, Generator

_KIB = 1024
_MIB = 1024 * 1024
Advance = Callable[[int], None]


@contextlib.contextmanager
def bar(name: str, *, size_bytes: int | None) -> Generator[Advance]:
    """Show how much of a file has passed; call what is lent with each part's bytes."""
    from rich import console, progress

    columns = (progress.TextColumn("{task.description}"), progress.BarColumn(), progress.DownloadColumn())
    with progress.Progress(*columns, console=console.Console(stderr=True), transient=True) as shown:
        task = shown.add_task(name, total=size_bytes)

        def advance(part_bytes: int) -> None:
            shown.advance(task, part_bytes)

        yield advance


def size(size_bytes: int) -> str:
    """Return a size as people read it."""
    return f"{size_bytes / _KIB:.0f} KiB" if size_bytes < _MIB else f"{size_bytes / _MIB:.1f} MiB"
