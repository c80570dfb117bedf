"""``python -m yoloscope``: the same as the command ``yoloscope``."""

from yoloscope.cli.main import main

main()
