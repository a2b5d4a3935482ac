"""Which version of a parser reads here: what was read by another one is read anew."""

import functools


@functools.cache
def version_of(package: str) -> str:
    """Return the version of an installed package."""
    from importlib.metadata import version  # noqa: PLC0415 - 20 ms of each process that reads, which never asks

    return version(package)
