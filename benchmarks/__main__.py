"""Runs every benchmark and says on what."""

import platform

import numpy as np

from benchmarks import ingest, log_call, train_loop


def main() -> None:
    """Print the machine, then each table."""
    print(f"{platform.platform()}, Python {platform.python_version()}, numpy {np.__version__}\n")
    log_call.main()
    print()
    train_loop.main()
    print()
    ingest.main()


if __name__ == "__main__":
    main()
