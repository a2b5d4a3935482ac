"""A module to keep warm: its `main` runs the Python code it is given, as `python -c` does."""

import os

#: Where it was imported.
IMPORTED_BY = os.getpid()

#: By whom it was prepared.
PREPARED_BY = list[int]()


def prepare() -> None:
    PREPARED_BY.append(os.getpid())


def main(argv: list[str]) -> int | None:
    names: dict[str, object] = {
        "__name__": "__main__",
        "IMPORTED_BY": IMPORTED_BY,
        "PREPARED_BY": PREPARED_BY,
        "argv": argv,
    }
    exec(argv[0], names)  # noqa: S102 - that is what it is for
    returned = names.get("returned")
    assert returned is None or isinstance(returned, int)
    return returned
