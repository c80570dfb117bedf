"""Ultralytics 8.x: every number of a training, read from its own events.

`observe` receives the events and keeps one `session.Session` a training; `values` reads the numbers of a batch and an epoch,
`effective` what the training really runs with, `fingerprint` what it trains on, `naming` derives names, `resume` leaves and
finds the run id in the training's folder. None of them imports Ultralytics: `shapes` says what is expected of its objects.
"""
