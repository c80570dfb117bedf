"""The lines of a stack as they may leave: what everybody's packages do, and of one's own code no names but where free text is allowed.

A frame becomes ``package/module.py:line function`` where its file lies in a package that everybody has, ``<path>.py:line`` elsewhere, and with
free text ``<path>/name.py:line function``. Takes what faulthandler and py-spy write, and its own results, which it leaves as they are.
"""

import re

TEXT = "<text>"
LINE_MAX_CHARS = 1_000
"""Longer ones are not looked at: they are nobody's stack."""
_PACKAGES = frozenset(
    [
        "torch",
        "torchvision",
        "torchaudio",
        "torchrun",
        "ultralytics",
        "numpy",
        "scipy",
        "cv2",
        "PIL",
        "pandas",
        "polars",
        "matplotlib",
        "tqdm",
        "rich",
        "click",
        "albumentations",
        "timm",
        "lightning",
        "pytorch_lightning",
        "accelerate",
        "transformers",
        "datasets",
        "mmengine",
        "mmcv",
        "mmdet",
        "detectron2",
        "yoloscope",
        "triton",
        "apex",
        "nvidia",
        "pycocotools",
        "yaml",
        "psutil",
        "requests",
        "urllib3",
        "safetensors",
        "onnx",
        "onnxruntime",
        "tensorrt",
        "thop",
        "faster_coco_eval",
        "msgspec",
        "IPython",
        "ipykernel",
        "tornado",
        "zmq",
        "jupyter_client",
        "_bootstrap_external",
        "_bootstrap",
        "abc",
        "argparse",
        "asyncio",
        "atexit",
        "base64",
        "bisect",
        "bz2",
        "calendar",
        "code",
        "codecs",
        "codeop",
        "collections",
        "concurrent",
        "contextlib",
        "contextvars",
        "copy",
        "copyreg",
        "csv",
        "ctypes",
        "datetime",
        "decimal",
        "difflib",
        "dis",
        "email",
        "enum",
        "fileinput",
        "fnmatch",
        "fractions",
        "functools",
        "gc",
        "genericpath",
        "getpass",
        "gettext",
        "glob",
        "gzip",
        "hashlib",
        "heapq",
        "hmac",
        "html",
        "http",
        "importlib",
        "inspect",
        "io",
        "ipaddress",
        "json",
        "linecache",
        "locale",
        "logging",
        "lzma",
        "multiprocessing",
        "numbers",
        "operator",
        "os",
        "pathlib",
        "pdb",
        "pickle",
        "pkgutil",
        "platform",
        "posixpath",
        "pprint",
        "profile",
        "queue",
        "random",
        "re",
        "runpy",
        "sched",
        "secrets",
        "select",
        "selectors",
        "shelve",
        "shlex",
        "shutil",
        "signal",
        "site",
        "socket",
        "socketserver",
        "sqlite3",
        "ssl",
        "stat",
        "statistics",
        "string",
        "subprocess",
        "tarfile",
        "tempfile",
        "textwrap",
        "threading",
        "time",
        "timeit",
        "tokenize",
        "traceback",
        "tracemalloc",
        "types",
        "typing",
        "unittest",
        "urllib",
        "uuid",
        "warnings",
        "weakref",
        "xml",
        "zipfile",
        "zipimport",
    ]
)
_LIBRARIES = re.compile(
    r"(?:lib(?:c|m|pthread|stdc\+\+|gcc_s|torch\w*|c10\w*|cuda\w*|cudart|cudnn\w*|cublas\w*|nccl|nvrtc\w*|gomp|iomp5|mkl\w*|openblas\w*|"
    r"python[\d.]+|shm|gloo|opencv\w*|cv2)(?:[-.][\w.+-]*)?\.so[\d.]*|python[\d.]*|ld-linux[\w.-]*)\Z"
)
_INSTALLED = re.compile(r"(?:^|.*[/\\])(?:site|dist)-packages[/\\](.+)\Z")
_STANDARD = re.compile(r"(?:.*/lib/python\d[\d.t]*|[A-Za-z]:/(?:.*/)?Lib)/(.+)\Z")
_FROZEN = re.compile(r"<frozen ([\w.]+)>\Z")
_FAULTHANDLER = re.compile(r'\s*File "(?P<file>.*)", line (?P<line>\d+|\?\?\?) in (?P<function>.*)\Z')
_PY_SPY = re.compile(r"\s+(?P<function>.+) \((?P<file>[^()]+?)(?::(?P<line>\d+))?\)\Z")
_OWN = re.compile(r"(?P<file>(?:<path>/)?[\w.+-]+(?:/[\w.+-]+)*):(?P<line>\d+|\?\?\?) (?P<function>.+)\Z")
_PLACE = re.compile(r"(?!.*\.\.)[\w.+-]+(?:/[\w.+-]+)*\Z")
_WITHHELD = re.compile(r"<path>(?:\.py)?:(?:\d+|\?\?\?)\Z")
_FUNCTION = re.compile(r"[\w.<>:~$@*&, ()\[\]-]{1,300}\Z", re.ASCII)
_HEADERS = (
    re.compile(
        r"Fatal Python error: (?:Segmentation fault|Aborted|Bus error|Illegal instruction|Floating[- ]point exception|Stack overflow)\Z"
    ),
    re.compile(r"((?:Current t|T)hread 0x[0-9a-f]+)(?: \[[^\]]*\])?( \(most recent call first\):)\Z"),
    re.compile(r"(Thread (?:0x[0-9a-f]+|\d+))(?: \((?:idle|active(?:\+gil)?)\))?(?:: \".*\")?\Z"),
    re.compile(r"Stack \(most recent call first\):\Z"),
    re.compile(r"Current thread's C stack trace \(most recent call first\):\Z"),
    re.compile(r"(?:  )?<no Python frame>\Z|  Garbage-collecting\Z|\s*\.\.\.\Z|\Z"),
)


def reduced(line: str, *, text: bool) -> str:
    """Return a line of a stack as it may leave; `text` tells whether free text does."""
    if len(line) > LINE_MAX_CHARS:
        return TEXT
    if _WITHHELD.match(line) or line == TEXT:
        return line
    header = _header(line)
    return header if header is not None else _frame(line, text=text)


def _frame(line: str, *, text: bool) -> str:
    told = _OWN.match(line)
    frame = told or _FAULTHANDLER.match(line) or _PY_SPY.match(line)
    if frame is None:
        return line if text and "/" not in line and "\\" not in line else TEXT
    file = frame["file"].replace("\\", "/")
    known = _told(file) if told else _known(file)
    number, function = frame["line"] or "???", frame["function"] if _FUNCTION.match(frame["function"]) else TEXT
    if known is not None:
        return f"{known}:{number} {function}"
    if text:
        return f"<path>/{file.rpartition('/')[2]}:{number} {function}"
    return f"<path>{'.py' if file.endswith('.py') else ''}:{number}"


def _header(line: str) -> str | None:
    for pattern in _HEADERS:
        match = pattern.match(line)
        if match is not None:
            return "".join(part or "" for part in match.groups()) or line
    return None


def _known(file: str) -> str | None:
    """Return where in a package that everybody has a file lies, None if it lies in none."""
    frozen = _FROZEN.match(file)
    if frozen:
        return _told(frozen[1].replace(".", "/") + ".py")
    library = file.rpartition("/")[2]
    if _LIBRARIES.match(library):
        return library
    match = _INSTALLED.match(file) or _STANDARD.match(file)
    return _told(match[1]) if match else None


def _told(inside: str) -> str | None:
    """Return a place in a package if everybody has that package."""
    first = inside.partition("/")[0].partition(".")[0]
    return inside if _LIBRARIES.match(inside) or (first in _PACKAGES and _PLACE.match(inside)) else None
