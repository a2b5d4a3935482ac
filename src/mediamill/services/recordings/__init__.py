"""Records what is live: on demand (`recordings`), and every time it goes live (`watchers`)."""

from mediamill.services.recordings.recording import service
from mediamill.services.recordings.watching.watcher import service as watchers

__all__ = ["service", "services", "watchers"]

services = (service, watchers)
