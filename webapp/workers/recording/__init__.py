"""From a trainer's files into the database and the store: events, checkpoints, what a killed worker left behind.

Not here: charts and pages, which read the database.
"""
