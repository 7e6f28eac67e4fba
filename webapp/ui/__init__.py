"""How anything is written on a page: text that people type, numbers, times, sizes, commands.

Not here: what a page shows. This room knows no model.
"""
