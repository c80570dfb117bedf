"""``python -m yoloscope.sidecar DIRECTORY``: started by `init`, detached from the training."""

import logging
import os
import signal
import sys
from pathlib import Path

from yoloscope.sidecar import loop

_DESCRIPTORS_MOST = 65_536


def main(directory: str) -> None:
    """Carry one directory until it is sent; keep out of the training's way."""
    os.closerange(3, _DESCRIPTORS_MOST)  # sockets and pipes that the training left inheritable must end with it
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.raiseExceptions = False  # a full disk must not end the courier through its own log
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the training; its last rows still want to be sent
    if hasattr(os, "nice"):
        os.nice(5)
    loop.Sidecar(Path(directory)).run()


if __name__ == "__main__":
    main(sys.argv[1])
