"""``yoloscope pause``, ``resume``, ``stop``, ``set``, ``save``, ``do`` and ``commands``: acting on a training while it runs."""

from yoloscope.cli.act.listing import commands
from yoloscope.cli.act.resuming import resume
from yoloscope.cli.act.verbs import do, pause, save, set_, stop

__all__ = ["commands", "do", "pause", "resume", "save", "set_", "stop"]
