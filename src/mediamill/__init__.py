"""mediamill: a job server for long media work. Here is all that a service's author imports."""

from mediamill.core.context import Child, Completed, Context, Coprocess, Network, Result, Sandbox
from mediamill.core.errors import Cancelled, InvalidInput, Later, MediamillError, PermanentError, RetryableError
from mediamill.core.queues import Queue
from mediamill.core.service import Files, Service
from mediamill.core.stages import Stages, Tell

__all__ = [
    "Cancelled",
    "Child",
    "Completed",
    "Context",
    "Coprocess",
    "Files",
    "InvalidInput",
    "Later",
    "MediamillError",
    "Network",
    "PermanentError",
    "Queue",
    "Result",
    "RetryableError",
    "Sandbox",
    "Service",
    "Stages",
    "Tell",
    "__version__",
]

__version__ = "0.1.0"
