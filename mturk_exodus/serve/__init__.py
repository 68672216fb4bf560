"""An archive as the MTurk requester endpoint that old programs know, read-only and on loopback."""

from mturk_exodus.serve.endpoint import create_app
from mturk_exodus.serve.server import DEFAULT_HOST, DEFAULT_PORT, background, serve

__all__ = ["DEFAULT_HOST", "DEFAULT_PORT", "background", "create_app", "serve"]
