"""How requests come in and answers go out: bodies, headers, static files, streams, logs, what is said when it fails.

Not here: pages and operations of the API. This room knows no model.
"""
