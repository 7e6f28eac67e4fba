"""From a trainer's files into the database and the store: events, checkpoints, recovery after a killed worker.

Not here: charts and pages, which read the database.
"""
