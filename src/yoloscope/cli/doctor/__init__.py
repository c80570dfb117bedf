"""``yoloscope doctor``: what is wrong with a training or its data, from files alone, and what to change."""

import sys
from pathlib import Path
from typing import cast

import click

from yoloscope.cli import output, texts
from yoloscope.diagnose import telling

EXIT_CODES = {"healthy": 0, "warning": 1, "critical": 2, "unknown": 3}


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH|RUN|data.yaml...")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
@click.option(
    "--html", "page", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write a page too."
)
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the report; default: that of the locale.")
@click.option("--server", metavar="URL", help="The server that a RUN is on.")
def doctor(
    paths: tuple[str, ...], *, json_wanted: bool, page: Path | None, lang: str | None, server: str | None
) -> None:
    """Judge trainings and data sets: results.csv, run folders, best.pt, event files, scalars.json, spools, recordings, data.yaml.

    No server is needed. Exits with 0 if all is healthy, 1 for warnings, 2 if something is critical, 3 if nothing could be judged.
    """
    from yoloscope.cli.doctor import as_json, html, judged, targets, terminal

    language = cast("telling.Language", lang or ("zh" if texts.is_chinese() else "en"))
    found = [one for path in paths for one in targets.judged_at(path, server=server)]
    if page is not None:
        html.write(page, found, language=language)
    if json_wanted:
        output.as_json([as_json.of(one, language=language) for one in found])
    else:
        terminal.show(found, language=language)
    sys.exit(EXIT_CODES[judged.worst(found)])
