"""`make run`: all processes of the product on one machine, and the checks of its setup.

Not here: what the processes do. No other package imports this one.
"""
