"""What happened in runs, as points: curves, charts, losses of steps, what a browser gets live.

Not here: how events come into the database, which workers do.
"""
