"""The server's one secret: 40 characters in a file that only its user can read."""

import os
import re
import secrets
import string
from pathlib import Path

from yoloscope import errors

LENGTH = 40
_ALPHABET = string.ascii_lowercase + string.digits
_FORM = re.compile(r"[a-z0-9]{40}\Z")


def new() -> str:
    """Return 40 random characters of ``[a-z0-9]``: 206 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))


def from_file(path: Path) -> str:
    """Return the secret of a data directory, made on the first call; two first calls at once agree.

    Raises:
        ConfigError: if the file cannot be used or does not hold a token.
    """
    try:
        if not path.exists():
            _create(path)
        path.chmod(0o600)
        token = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise errors.ConfigError(
            f"the token file cannot be used ({error.strerror}). Make it yours, or choose another directory with --data DIR: {path}"
        ) from error
    if not _FORM.match(token):
        raise errors.ConfigError(
            f"the token file does not hold 40 characters of a-z and 0-9. "
            f"Remove it and start again to get a new token (trainers must then be given it): {path}"
        )
    return token


def same(given: str, *, token: str) -> bool:
    """Tell whether `given` is the token, in a time that does not depend on where they differ."""
    return secrets.compare_digest(given.encode(), token.encode())


def _create(path: Path) -> None:
    """Write the file under another name, then link it into place unless another process was faster."""
    part = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(new() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
