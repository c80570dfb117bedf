"""Rules that know detectors: series in, findings out. Nothing here reads or writes a file, a clock or a network.

`facts` (what is known before the first epoch) and rows go into `engine.Engine`; `memory` keeps what rules look at; `rules/*` are data and pure
tests on a `view.View`; `advice` turns what they would change into the framework's arguments; `answer` says in one sentence how a run stands.
"""
