"""A run that is on a server, judged here from all of its rows: a server that is older, or busy, need not judge it."""

import tempfile
from pathlib import Path

from yoloscope import errors
from yoloscope.api import client
from yoloscope.cli.doctor import judged
from yoloscope.cli.runs import finding
from yoloscope.importers import own


def judge(asked: str, *, server: str | None) -> judged.Judged:
    """Judge the run of that id or name.

    Raises:
        ImportFault: if there is no such path, and no such run on a server that answers.
    """
    try:
        api = client.Client(server)
        run = finding.find(api, asked)
        with tempfile.NamedTemporaryFile(suffix=".yoloscope") as file:
            file.writelines(api.download(f"/api/v1/runs/{run['id']}/recording"))
            file.flush()
            (source,) = own.sources(Path(file.name), shown=Path(asked))
    except (errors.NotFound, errors.ConfigError, errors.TransportError) as error:
        raise errors.ImportFault(
            f"there is no file or folder {asked!r} here, and no run of that name could be had: {error}",
            zh=f"这里没有文件或目录 {asked!r}，服务器上也取不到这个训练：{error}",
        ) from error
    return judged.of_source(source)
