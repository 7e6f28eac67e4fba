"""The datasets that Trainyard brings: what is known of them, where they are read or downloaded from, in which format.

Not here: prepared datasets, which all data becomes before anything else reads it.
"""
