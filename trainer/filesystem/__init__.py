"""Work with files: opening untrusted ones, archives, temporary folders.

Not here: the content of a file, which belongs to the room that writes it.
"""
