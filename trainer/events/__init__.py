"""The output of a trainer: typed events, the file they are written to, and failures in words.

Not here: what happens to events afterwards, which is up to the readers of the file.
"""
