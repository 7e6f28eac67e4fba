"""The life of any work: rows, states, turns, notification of workers, why a job waits.

Not here: what a kind of work does, and the processes that do it.
"""
