"""The web servers that people deploy with, as commands in the place of the Procfile's ``web``."""

from __future__ import annotations

import os

WSGI, ASGI = "deploy.wsgi:application", "deploy.asgi:application"
_GRANIAN = "exec granian --http 1 --host $HOST --port $PORT --workers 1"

SERVERS = {
    "granian-asgi": f"{_GRANIAN} --interface asginl {ASGI}",
    "granian-wsgi": f"{_GRANIAN} --interface wsgi --blocking-threads 8 {WSGI}",
    "gunicorn": f"exec python -m gunicorn --bind $HOST:$PORT --workers 1 --threads 8 {WSGI}",
    "uvicorn": f"exec python -m uvicorn --host $HOST --port $PORT --log-level warning --lifespan off {ASGI}",
}
"""All of them with ``FAULTS=all`` (`make faults`); the suite has one of each interface."""

CHOSEN = list(SERVERS) if os.environ.get("FAULTS") == "all" else ["granian-asgi", "granian-wsgi"]
