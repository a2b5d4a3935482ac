"""Where everything lies: the names of all objects, in one place.

jobs/{job}/job.json                 the record of a finished job
jobs/{job}/{token}/{sha256}         what one attempt made
uploads/{job}/{field}-{sha256}      what came with the request
cache/{first two digits}/{entry}    steps; an entry is the SHA-256 of its key, that of a folder with `.d` behind it
cache/{first two digits}/{entry}/{name}   what is in such a folder (see `folders`)
recordings/{name}                   in a bucket: copies of kept files, under names for people
"""

import hashlib
import re
from typing import Final

from mediamill.core.errors import NotFound

JOBS: Final = "jobs"
UPLOADS: Final = "uploads"
CACHE: Final = "cache"
SENT: Final = "recordings"
#: What the names of cached folders end with.
FOLDER: Final = ".d"

#: Every part of a key is such a word, so no key leaves its folder, on a disk or in a bucket.
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")


def word(text: str) -> str:
    """Return `text` if it can be a part of a key; else raise NotFound: nothing has such a name."""
    if not _WORD.fullmatch(text):
        raise NotFound("no file can have this name")
    return text


def checked(key: str) -> str:
    """Return `key` if every part of it is a word; else raise NotFound."""
    for part in key.split("/"):
        word(part)
    return key


def job(job_id: str) -> str:
    """Return the prefix of everything that a job made."""
    return f"{JOBS}/{word(job_id)}"


def record(job_id: str) -> str:
    """Return the key of a finished job's record."""
    return f"{job(job_id)}/job.json"


def artifact(job_id: str, token: str, sha256: str) -> str:
    """Return the key of a file that one attempt made."""
    return f"{job(job_id)}/{word(token)}/{word(sha256)}"


def uploads(job_id: str) -> str:
    """Return the prefix of everything that came with a request."""
    return f"{UPLOADS}/{word(job_id)}"


def upload(job_id: str, field: str, sha256: str) -> str:
    """Return the key of a file that came with a request."""
    return f"{uploads(job_id)}/{word(field)}-{word(sha256)}"


def step(key: str) -> str:
    """Return the key of a cached step. `key` may be any text."""
    return entry(step_entry(key))


def step_entry(key: str) -> str:
    """Return what the entry of a cached step is called."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def folder_entry(key: str) -> str:
    """Return what the entry of a cached folder is called: never as that of a step with the same key."""
    return step_entry(key) + FOLDER


def entry(name: str) -> str:
    """Return the key of an entry of the cache, or the prefix of what is in it where it is a folder."""
    return f"{CACHE}/{word(name)[:2]}/{name}"
