"""`make run`: all processes of the product on one machine, and the checks of its setup.

Not here: what the processes do. Nothing imports this room.
"""
