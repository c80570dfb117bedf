"""What is known of a machine and of a Python on it, before anything is judged: plain values, None for what could not be found out."""

import msgspec


class Card(msgspec.Struct, frozen=True):
    """One graphics card as torch sees it.

    ``difference`` is the greatest deviation of a small computation from the CPU's, relative to the largest result; None where it failed,
    and ``error`` says how.
    """

    name: str
    capability: str
    difference: float | None = None
    error: str | None = None


class Torch(msgspec.Struct, frozen=True):
    """What torch tells of itself once it is imported; ``hip`` is set in builds for AMD's cards."""

    version: str
    cuda: str | None = None
    hip: str | None = None
    cudnn: int | None = None
    available: bool = False
    reason: str | None = None
    architectures: tuple[str, ...] = ()
    cards: tuple[Card, ...] = ()


class Place(msgspec.Struct, frozen=True):
    """A folder that trainings write to: what for, room on its disk, and the kind of its file system."""

    use: str
    path: str
    free_bytes: int
    file_system: str | None = None


class Server(msgspec.Struct, frozen=True):
    """The server as it answered; ``clock_offset_s`` is how far its clock is ahead of ours, to within ``clock_error_s``."""

    url: str
    is_private: bool
    reachable: bool = False
    version: str | None = None
    clock_offset_s: float | None = None
    clock_error_s: float = 0.0


class Facts(msgspec.Struct, frozen=True):
    """Everything that the rules may ask."""

    versions: dict[str, str | None] = {}
    probed: bool = False
    torch: Torch | None = None
    torch_error: str | None = None
    hung: str | None = None
    cards_on_bus: int | None = None
    driver: str | None = None
    driver_cuda: tuple[int, int] | None = None
    container: str | None = None
    places: tuple[Place, ...] = ()
    shared_memory_bytes: int | None = None
    memory_bytes: int | None = None
    memory_free_bytes: int | None = None
    memory_limit_bytes: int | None = None
    open_files: int | None = None
    server: Server | None = None
    own_version: str = ""
    sync: bool | None = None
    settings_written: bool = False
    senders: tuple[str, ...] = ()
    variables: dict[str, str] = {}
