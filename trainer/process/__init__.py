"""The processes of a trainer: the command line, the server of one request, the verification of exact resume.

Not here: the work that a request asks for, which is done in other rooms.
"""
