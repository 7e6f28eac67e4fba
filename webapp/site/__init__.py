"""What belongs to the whole site: its navigation and its help.

Not here: pages of a single room.
"""
