"""What leaves a trainer: typed events, the file they go to, failures in words.

Not here: what happens to an event afterwards, which is for whoever reads the file.
"""
