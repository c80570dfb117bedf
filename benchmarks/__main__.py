"""Runs every benchmark, or those named, and says on what.

python -m benchmarks                          all that can run here
python -m benchmarks log_call train_loop      some
"""

import importlib
import sys

from benchmarks import machine

TABLES = (
    "log_call",
    "print_call",
    "control_poll",
    "control_idle",
    "control_latency",
    "train_loop",
    "start_end",
    "sidecar_cpu",
    "telemetry",
    "producers",
    "media",
    "slow_link",
    "store",
    "store_reads",
    "influxdb",
    "run_table",
    "viewers",
    "diagnosing",
    "autopilot",
    "effects",
)


def main(names: list[str]) -> None:
    """Print the machine, then each table as soon as it is made."""
    unknown = set(names) - set(TABLES)
    if unknown:
        sys.exit(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(TABLES)}")
    machine.describe()
    for name in names or TABLES:
        print(f"## {name}\n", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()
        print(flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
