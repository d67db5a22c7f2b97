"""The deployable site: settings, URLs, ASGI and WSGI entrances, and the servers of a local run."""
