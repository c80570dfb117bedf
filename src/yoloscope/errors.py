"""Every exception of yoloscope, so that a caller can catch one branch of the tree.

    YoloscopeError
    ├── ConfigError          an argument, option or setting cannot be used
    │   └── MissingExtra     an optional part is not installed
    ├── InvalidRecord        a name or value is not of the vocabulary's form
    │   ├── PolicyForbids    the project's policy does not let it in
    │   ├── InvalidFilter    a filter of the run table cannot be read or answered
    │   └── TooMuch          an answer would be larger than one request may have
    ├── CommandRefused       a command cannot be carried out, or not now
    ├── ImportFault          a file that others wrote cannot be taken for a training
    ├── SpoolError           the crash-safe files of a trainer
    │   ├── SpoolFull        no space could be allocated
    │   └── SpoolVersion     written by another version
    ├── WireError            bytes received do not follow the protocol
    │   ├── FrameTooLarge
    │   ├── FrameTruncated
    │   ├── FrameCorrupt
    │   ├── FrameVersion
    │   ├── DigestMismatch   the bytes of a blob are not those that were announced
    │   └── RecordingError   a file that holds runs cannot be taken
    │       ├── RecordingTruncated
    │       ├── RecordingCorrupt
    │       └── RecordingVersion
    ├── NameTaken            another run of the project is called so
    ├── RunExists            an imported run is here already, from its own trainers
    ├── RunRemoved           an imported run was removed here for good
    ├── AttemptImported      an attempt's rows are here already, from a recording
    ├── SequenceGap          a lane skipped sequence numbers
    ├── StoreError           the server's own files
    │   ├── StoreVersion     written by a newer version
    │   └── StoreFull        the disk is full
    ├── NotFound             an unknown project, run or series
    └── TransportError       the server could not be reached or refused
        ├── ServerRefused    it answered with a problem that sending again cannot mend
        │   └── FilterRefused  it shows where a filter is wrong
        └── ServerUnavailable  it may answer later
            └── PolicyRefused  its policy forbids something; reduced, the same is taken

A message says what happened, what is still safe, and what to do next.
"""


class YoloscopeError(Exception):
    """The root: every error that yoloscope raises on purpose."""


class ConfigError(YoloscopeError):
    """An argument, option or setting cannot be used; the message names it and the fix."""


class MissingExtra(ConfigError):
    """An optional part is not installed."""

    def __init__(self, part: str, *, extra: str) -> None:
        super().__init__(
            f"{part} needs packages that are not installed. Install them with: pip install 'yoloscope[{extra}]'"
        )


class CommandRefused(YoloscopeError):
    """A command cannot be carried out, or not now. ``reason`` is a word of `records.command.Reason`, the message says it in English."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class ImportFault(YoloscopeError):
    """A file that others wrote cannot be taken for a training; ``zh`` is the message in Chinese."""

    def __init__(self, en: str, *, zh: str) -> None:
        super().__init__(en)
        self.zh = zh


class InvalidRecord(YoloscopeError):
    """A record breaks a rule; ``field`` names the part, ``fix`` says what would be accepted."""

    def __init__(self, message: str, *, field: str, fix: str) -> None:
        super().__init__(message)
        self.field = field
        self.fix = fix


class PolicyForbids(InvalidRecord):
    """The policy of the project forbids a part of a request; nothing was stored."""


class InvalidFilter(InvalidRecord):
    """A filter or a list of names cannot be used from ``column`` on (the first is 1), for ``length`` characters.

    ``suggestions`` are names that may be meant, the likeliest first.
    """

    def __init__(
        self,
        message: str,
        *,
        field: str,
        fix: str,
        column: int,
        length: int,
        suggestions: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, field=field, fix=fix)
        self.column = column
        self.length = length
        self.suggestions = suggestions


class TooMuch(InvalidRecord):
    """An answer would be larger than one request may have; the message names the limit."""


class SpoolError(YoloscopeError):
    """The spool cannot be written or read."""


class SpoolFull(SpoolError):
    """No space could be allocated for a segment; rows are counted as lost until there is."""


class SpoolVersion(SpoolError):
    """The spool was written by another version of yoloscope."""


class WireError(YoloscopeError):
    """Received bytes do not follow the protocol; ``field`` and ``fix`` as in `InvalidRecord`."""

    def __init__(
        self, message: str, *, field: str = "body", fix: str = "send frames as docs/wire.md describes"
    ) -> None:
        super().__init__(message)
        self.field = field
        self.fix = fix


class FrameTooLarge(WireError):
    """The body is larger than the limit, as sent or after unpacking."""


class FrameTruncated(WireError):
    """The body ends inside a frame."""


class FrameCorrupt(WireError):
    """A checksum or a structure is wrong."""


class FrameVersion(WireError):
    """The body was written by a protocol version that this side does not know."""


class DigestMismatch(WireError):
    """The bytes of a blob have another digest than the one they were sent under; nothing of them is kept."""


class RecordingError(WireError):
    """A file that holds runs cannot be taken; nothing of it was stored."""

    def __init__(
        self, message: str, *, fix: str = "export the run again, or copy the file again in binary mode"
    ) -> None:
        super().__init__(message, field="file", fix=fix)


class RecordingTruncated(RecordingError):
    """The file ends early."""


class RecordingCorrupt(RecordingError):
    """The file is no recording, or was altered."""


class RecordingVersion(RecordingError):
    """A newer release wrote the file."""


class NameTaken(YoloscopeError):
    """Another run of the project is called so, or was by its training; nothing was changed."""

    def __init__(self, *, name: str, run: str) -> None:
        super().__init__(f"the name {name[:80]!r} belongs to run {run!r} of the same project; nothing was changed")
        self.field = "name"
        self.fix = "choose another name, or remove that run for good first"


class RunExists(YoloscopeError):
    """A run of a file is here already, with rows that cannot be told from those of the file; nothing was stored."""

    def __init__(self, message: str, *, run: str) -> None:
        super().__init__(message)
        self.field = "run.id"
        self.fix = f"open run {run!r} on this server, or import the file into another server"


class RunRemoved(YoloscopeError):
    """A run of a file was removed here for good: what was stored once does not come back; nothing was stored."""

    def __init__(self, *, run: str) -> None:
        super().__init__(
            f"run {run!r} was removed from this server for good, where rows that were stored once do not come back; nothing was stored"
        )
        self.field = "run.id"
        self.fix = "import the file into another server, or restore a backup from before"


class AttemptImported(YoloscopeError):
    """An attempt whose rows came here in another server's recording cannot be sent by its trainer too: nothing tells the rows apart.

    Its sidecar keeps the rows and asks again later.
    """

    def __init__(self, *, run: str) -> None:
        super().__init__(
            f"run {run!r} was imported here from a recording of this very attempt; its rows would be stored twice, nothing was stored"
        )
        self.field = "run.id"
        self.fix = "send the run to the server that it was sent to at first, or delete the imported copy here"


class SequenceGap(YoloscopeError):
    """A lane's batch starts after the sequence number that the store wants next (``expected``)."""

    def __init__(self, lane: str, *, expected: int, got: int) -> None:
        super().__init__(f"lane {lane} continues at {expected}, but the batch starts at {got}; nothing was stored")
        self.lane = lane
        self.expected = expected
        self.got = got


class StoreError(YoloscopeError):
    """The server's files cannot be used."""


class StoreVersion(StoreError):
    """The data directory was written by a newer version of yoloscope."""


class StoreFull(StoreError):
    """The disk that holds the data directory is full; nothing was stored."""


class NotFound(YoloscopeError):
    """No such project, run or series."""


class TransportError(YoloscopeError):
    """A request to the server did not succeed."""


class ServerRefused(TransportError):
    """The server answered with a problem that sending the same again cannot mend; ``problem`` is its type, if it said one.

    ``command`` is the id of a command that it refused, which the run's list of commands has with the reason.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        problem: str = "",
        expected: int | None = None,
        lane: str | None = None,
        command: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.problem = problem
        self.expected = expected
        self.lane = lane
        self.command = command


class FilterRefused(ServerRefused):
    """The server cannot use a text that was asked with, from ``column`` on (the first is 1), for ``length`` characters."""

    def __init__(self, message: str, *, status: int, field: str, column: int, length: int) -> None:
        super().__init__(message, status=status)
        self.field = field
        self.column = column
        self.length = length


class ServerUnavailable(TransportError):
    """The server did not answer or asked to wait; ``retry_after_s`` is its own wish, if it said one.

    ``connected`` tells whether a connection stood, so that what was sent may have been too much for the link.
    """

    def __init__(self, message: str, *, retry_after_s: float | None = None, connected: bool = True) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.connected = connected


class PolicyRefused(ServerUnavailable):
    """The server's policy forbids a part of what was sent: its policy is asked for again, and the same is sent reduced."""
