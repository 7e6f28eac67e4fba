"""Files and processes as such: opening what others may have put there, archives, temporary folders, parent death.

Not here: what is in a file or what a process does, which is for the room that writes or starts it.
"""
