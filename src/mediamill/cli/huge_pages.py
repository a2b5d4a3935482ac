"""Memory in large pages for processes that compute, as glibc's `malloc` can ask the kernel for it.

A voice's model writes and reads tens of megabytes for each sentence. In pages of 4 KiB the processor looks up where
they are all the time: in pages of 2 MiB one of piper's models took a tenth to a fifth less CPU, a job of hibari's 1 to
7 %, at the same size in memory. Linux has them where /sys/kernel/mm/transparent_hugepage/enabled says `madvise` or
`always`; glibc asks for them from 2.35 on, and only when it is told to before it starts.

Source: glibc's manual, "Memory Allocation Tunables".
"""

from collections.abc import Mapping
from typing import Final

_TUNABLES: Final = "GLIBC_TUNABLES"
_WANTED: Final = "glibc.malloc.hugetlb"


def with_huge_pages(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process that asks for large pages; an operator's own word on it stays."""
    tunables = environ.get(_TUNABLES, "")
    if _WANTED in tunables:
        return dict(environ)
    return {**environ, _TUNABLES: ":".join(filter(None, [tunables, f"{_WANTED}=1"]))}
