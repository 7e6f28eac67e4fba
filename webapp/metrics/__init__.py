"""What happened in runs, as points: curves, charts, step losses, live updates for browsers.

Not here: recording events into the database, which workers do.
"""
