"""What an integration leaves with a run that the user's own loop logs to: it hears where the loop stands, and when the run ends."""

from typing import Protocol


class Attached(Protocol):
    """Called by `sdk.run.Run`; neither call raises."""

    def logged(self, step: object, epoch: object) -> None:
        """Take the step and epoch of a row, as they were given."""
        ...

    def leave(self) -> None:
        """Log what is not logged yet, and come out of the training; calling again changes nothing."""
        ...
