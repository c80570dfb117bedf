"""Runs judged while they are trained, by a process beside the server: no answer waits for it, and whatever it does is done to it alone.

`feed` follows the runs that go on, `past` those that ended; both read rows from the store in the order in which they arrived, `talk` to a process (`main`) that
keeps the `judged` runs, and write down what it says. Nothing is handed over when rows come: a process that is slow, or gone, reads on where it stood.
"""
