"""Which packages are installed here. Cheap: nothing is imported, and each is looked up once."""

import functools
from importlib import metadata
from importlib.util import find_spec


@functools.cache
def needed(module: str, extra: str) -> str:
    """Return how to install what brings a module, or "" where it is there."""
    try:
        found = find_spec(module) is not None
    except (ImportError, ValueError):  # a stand-in without a spec
        found = False
    return "" if found else f"pip install 'mediamill[{extra}]'"


@functools.cache
def version_of(package: str) -> str:
    """Return the version of a package that is installed. Raises ImportError when it is not."""
    return metadata.version(package)
