"""HTTP: request bodies, headers, static files, streaming, logs, error responses.

Not here: pages and operations of the API. This room imports no model.
"""
