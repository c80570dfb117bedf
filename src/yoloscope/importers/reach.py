"""Whether something is there, where a folder may refuse to say."""

from pathlib import Path


def is_file(path: Path) -> bool:
    """Tell whether a file is there that can be seen; links are followed."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Tell whether a folder is there that can be seen; links are followed."""
    try:
        return path.is_dir()
    except OSError:
        return False
