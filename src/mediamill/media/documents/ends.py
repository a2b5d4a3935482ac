"""How the process that reads a document can end, and what that says of the document."""

from typing import Final, NamedTuple

from mediamill.core.errors import PermanentError

_MIB: Final = 1024 * 1024


class Bounds(NamedTuple):
    """What the process may use. cpu_s: as in Limits, of all that it reads; file_bytes: of each file that it writes."""

    memory_bytes: int
    cpu_s: int
    file_bytes: int


def of_file(ended: PermanentError, bounds: Bounds, name: str) -> PermanentError:
    """Return the error that its sender is told: MALFORMED or PARSER_LIMIT; `ended` itself where it is the module's own.

    name: of the kind of file, such as PDF.
    """
    match ended.code:
        case "PROGRAM_CRASHED":
            return PermanentError(f"the {name} is broken: what reads it crashed", code="MALFORMED")
        case "PROGRAM_MEMORY":
            wanted = f"takes more than {bounds.memory_bytes // _MIB} MiB of memory to read"
        case "PROGRAM_CPU":
            wanted = f"takes more than {bounds.cpu_s} s of the processor's time to read"
        case "PROGRAM_FILE_SIZE":
            wanted = f"has more than {bounds.file_bytes // _MIB} MiB of text"
        case _:
            return ended
    return PermanentError(f"the {name} {wanted}; split it, or save it anew", code="PARSER_LIMIT")
