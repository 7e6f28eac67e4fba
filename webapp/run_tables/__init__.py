"""Tables of runs: filters, columns, rows, CSV. Lists and experiments share them.

Not here: pages.
"""
