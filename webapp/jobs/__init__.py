"""The life of any job: rows, states, turns, notification of workers, why a job waits.

Not here: what each kind of job does, and the processes that carry it out.
"""
