"""How a training meets yoloscope with no code change: stdlib only, for any Python, with nothing of ours installed there.

``path/`` is the one folder that `yoloscope run` puts on ``PYTHONPATH``; its ``sitecustomize`` installs `hook`, which waits
for Ultralytics to be imported. Nothing else of yoloscope loads before a training sends its first event.
"""
