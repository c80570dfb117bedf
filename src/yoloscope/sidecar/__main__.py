"""``python -m yoloscope.sidecar DIRECTORY``: started by `init`, detached from the training."""

import logging
import os
import signal
import sys
from pathlib import Path

from yoloscope.sidecar import loop


def main() -> None:
    """Carry one directory until it is sent; keep out of the training's way."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.raiseExceptions = False  # a full disk must not end the courier through its own log
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the training; its last rows still want to be sent
    if hasattr(os, "nice"):
        os.nice(5)
    loop.Sidecar(Path(sys.argv[1])).run()


if __name__ == "__main__":
    main()
