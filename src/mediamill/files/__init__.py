"""Files of jobs, uploads and cached steps, on a local disk or in a bucket behind one API.

Alone imports obstore, and only when a bucket is used.
"""

from mediamill.files.artifacts import Artifacts
from mediamill.files.names import clean_name, media_type, safe_name
from mediamill.files.scratch import Scratch
from mediamill.files.steps import StepCache
from mediamill.files.store import Entry, FileStore, S3Options
from mediamill.files.uploads import ReceivedUpload, Uploads

__all__ = [
    "Artifacts",
    "Entry",
    "FileStore",
    "ReceivedUpload",
    "S3Options",
    "Scratch",
    "StepCache",
    "Uploads",
    "clean_name",
    "media_type",
    "safe_name",
]
