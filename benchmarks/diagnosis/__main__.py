"""The commands of the proof; the package's docstring lists them."""

import argparse
from pathlib import Path

from benchmarks import diagnosis


def main() -> int | str | None:
    """Run one of them; what it returns is the exit code, or why there is none."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.diagnosis",
        description=diagnosis.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("t0")
    commands.add_parser("public")
    generating = commands.add_parser("generate")
    generating.add_argument("--out", type=Path, required=True)
    generating.add_argument("--split", choices=("tune", "judge"), required=True)
    judging = commands.add_parser("judge")
    judging.add_argument("--data", type=Path, required=True)
    judging.add_argument("--json", type=Path, help="write the figures there as well")
    judging.add_argument("--markdown", type=Path, help="write the report there, else it is printed")
    judging.add_argument(
        "--accept-older", action="store_true", help="judge though thresholds were altered since, and say so"
    )
    helping = commands.add_parser("efficacy")
    helping.add_argument("--data", type=Path, required=True, help="trainings as `generate` left them")
    helping.add_argument("--out", type=Path, required=True)
    for one in (generating, helping):
        one.add_argument("--jobs", type=int, default=2, help="trainings at once")
        one.add_argument("--only", nargs="*", default=(), help="faults, kinds of control, or names")
        one.add_argument("--limit", type=int)
    return _run(parser.parse_args())


def _run(asked: argparse.Namespace) -> int | str | None:
    if asked.command in ("t0", "public"):
        from benchmarks.diagnosis import public, recorded  # noqa: PLC0415  # each command loads its own

        return recorded.main() if asked.command == "t0" else public.main()
    if asked.command == "judge":
        from benchmarks.diagnosis import judge  # noqa: PLC0415

        return judge.main(
            asked.data, json_file=asked.json, markdown_file=asked.markdown, accepts_older=asked.accept_older
        )
    from benchmarks.diagnosis import efficacy, generate  # noqa: PLC0415

    if asked.command == "generate":
        return generate.main(asked.out, asked.split, at_once=asked.jobs, only=asked.only, limit=asked.limit)
    return efficacy.main(asked.data, asked.out, at_once=asked.jobs, only=asked.only, limit=asked.limit)


if __name__ == "__main__":
    raise SystemExit(main())
