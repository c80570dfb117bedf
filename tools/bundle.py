"""Builds one tar that installs yoloscope with its server on a machine without a network.

``python tools/bundle.py [FOLDER]``: wheels for every CPython in `PYTHONS` on x86-64 Linux, our own with the dashboard built in and all that
``yoloscope[server]`` needs, pinned and checked by the hashes of ``requirements/run.txt``; an ``install.sh``; instructions in both
languages; checksums. Which packages a version of Python needs is read from the wheels themselves, with its markers and not with those of
the Python that runs this.
"""

import email.parser
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "run.txt"
FILES = Path(__file__).with_name("bundle_files")
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
GLIBC_MOST = 28
"""Wheels may ask for glibc 2.28 (Debian 10, RHEL 8, Ubuntu 20.04) and no newer."""
PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in range(GLIBC_MOST, 4, -1)]
PLATFORMS += ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"]
EXTRAS = ("server",)
Lock = list[tuple[Requirement, str]]


def build(folder: Path) -> Path:
    """Build the bundle in `folder` and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="yoloscope-bundle-") as place:
        wheels = Path(place) / "wheels"
        wheels.mkdir()
        own = own_wheel(wheels)
        version = own.name.split("-")[1]
        for python in PYTHONS:
            download_all(own, wheels, python=python)
        name = f"yoloscope-{version}-bundle-linux-x86_64"
        files = sorted(wheels.glob("*.whl")) + sorted(FILES.iterdir()) + [ROOT / "LICENSE"]
        return _tar(folder / f"{name}.tar", files, top=name)


def own_wheel(wheels: Path) -> Path:
    """Build our wheel, the dashboard in it."""
    _run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(wheels), str(ROOT)])
    return next(wheels.glob("yoloscope-*.whl"))


def download_all(own: Path, wheels: Path, *, python: str) -> None:
    """Download what our wheel needs on one version of Python, and what that needs, until nothing is missing."""
    lock = locked(LOCK.read_text(encoding="utf-8"))
    known: dict[NormalizedName, Path] = {canonicalize_name("yoloscope"): own}
    wanted = needs(own, python=python, extras=EXTRAS)
    while missing := wanted - set(known):
        with tempfile.TemporaryDirectory(prefix="yoloscope-bundle-") as place:
            for path in download(missing, lock, Path(place), python=python):
                known[canonicalize_name(path.name.split("-")[0])] = wheels / path.name
                shutil.move(path, wheels / path.name)
        if missing - set(known):
            raise SystemExit(f"Python {python}: requirements/run.txt pins no {', '.join(sorted(missing - set(known)))}")
        wanted = wanted.union(*(needs(known[name], python=python) for name in missing))


def download(names: Iterable[NormalizedName], lock: Lock, folder: Path, *, python: str) -> list[Path]:
    """Download the wheels of some packages, as the lock file pins them for a version of Python."""
    lines = [
        line
        for requirement, line in lock
        if canonicalize_name(requirement.name) in names and _applies(requirement, python=python)
    ]
    wanted = folder / "wanted.txt"
    wanted.write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--require-hashes", "-r", str(wanted)]
    command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", python, "-d", str(folder)]
    for platform in PLATFORMS:
        command += ["--platform", platform]
    _run(command)
    return sorted(folder.glob("*.whl"))


def locked(text: str) -> Lock:
    """Return the requirements of a lock file, each with its line and hashes; the marker is taken from the line, which pip would test here."""
    logical = re.sub(r"\\\n", " ", text)
    found: Lock = []
    for line in logical.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            said, *hashes = re.split(r"\s+--hash=", line.strip())
            requirement = Requirement(said)
            pinned = f"{requirement.name}{requirement.specifier}"
            found.append((requirement, " ".join([pinned, *(f"--hash={value}" for value in hashes)])))
    return found


def needs(wheel: Path, *, python: str, extras: Iterable[str] = ()) -> set[NormalizedName]:
    """Return the names that a wheel requires on a version of Python, with some of its extras."""
    with zipfile.ZipFile(wheel) as archive:
        inner = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        said = email.parser.BytesParser().parsebytes(archive.read(inner))
    found: set[NormalizedName] = set()
    for text in said.get_all("Requires-Dist") or []:
        requirement = Requirement(text)
        if any(_applies(requirement, python=python, extra=extra) for extra in ("", *extras)):
            found.add(canonicalize_name(requirement.name))
    return found


def _applies(requirement: Requirement, *, python: str, extra: str = "") -> bool:
    environment = {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
        "extra": extra,
    }
    return requirement.marker is None or requirement.marker.evaluate(environment)


def _tar(path: Path, files: list[Path], *, top: str) -> Path:
    """Pack files under one folder, in the same order and with the same dates each time, with their checksums."""
    places = {f"wheels/{file.name}" if file.suffix == ".whl" else file.name: file for file in files}
    sums = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {place}\n" for place, file in places.items())
    temporary = path.with_suffix(".tar.tmp")
    with tarfile.open(temporary, "w", format=tarfile.GNU_FORMAT) as tar, tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "SHA256SUMS").write_text(sums, encoding="ascii")
        for place, file in {**places, "SHA256SUMS": Path(folder) / "SHA256SUMS"}.items():
            info = tar.gettarinfo(str(file), arcname=f"{top}/{place}")
            info.mtime = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
            info.uid = info.gid = 0
            info.uname = info.gname = ""
            info.mode = 0o755 if file.suffix == ".sh" else 0o644
            with file.open("rb") as content:
                tar.addfile(info, content)
    temporary.replace(path)
    return path


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise SystemExit(f"failed: {' '.join(command[:6])} …")


if __name__ == "__main__":
    built = build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist")
    print(f"{built} ({built.stat().st_size / 1e6:.0f} MB)")
