"""Files as such: opening what others may have put there, archives, temporary folders.

Not here: what is in a file, which is for the room that writes it.
"""
