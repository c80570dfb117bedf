"""What is left in a writer's directory of a training's life: stacks, and how often its control group killed for lack of memory.

`sdk.faults` has the stacks written, `sidecar.life` reads them and keeps ``life.json``, which `sidecar.shipment` asks for the end's reason.
"""

from pathlib import Path

import msgspec

FAULT_FILE = "fault.log"
STACK_FILE = "stack.log"
LIFE_FILE = "life.json"
VERSION = 1


class Life(msgspec.Struct, frozen=True):
    """What a sidecar knows of its trainer. ``oom_file`` counts kills in its control group: ``oom_begun`` when first looked at.

    ``oom_kills`` is how many there were since, when it had ended, ``oom_survived`` how many of these it had long outlived. ``fault_told``
    tells that the stacks of a crash are noted.
    """

    boot_id: str = ""
    oom_file: str = ""
    oom_begun: int = 0
    oom_kills: int = 0
    oom_survived: int = 0
    fault_told: bool = False
    version: int = VERSION


def save(directory: Path, life: Life) -> None:
    """Write the file whole or not at all."""
    temporary = directory / f"{LIFE_FILE}.tmp"
    temporary.write_bytes(msgspec.json.encode(life))
    temporary.replace(directory / LIFE_FILE)


def load(directory: Path) -> Life | None:
    """Return what was written, None if nothing that can be read."""
    try:
        life = msgspec.json.decode((directory / LIFE_FILE).read_bytes(), type=Life)
    except (OSError, msgspec.DecodeError):
        return None
    return life if life.version == VERSION else None


def was_starved(directory: Path) -> bool:
    """Tell whether the kernel killed in the trainer's control group for lack of memory just before its end, and no crash left its stacks."""
    life = load(directory)
    return life is not None and life.oom_kills > life.oom_survived and not has_fault(directory)


def has_fault(directory: Path) -> bool:
    """Tell whether a crash left its stacks."""
    try:
        return (directory / FAULT_FILE).stat().st_size > 0
    except OSError:
        return False
