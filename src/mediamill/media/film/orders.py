"""How an order reaches the crew: as a JSON file in scratch, for a film's cut is longer than a request may be."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


def write(order: object, folder: Path) -> Path:
    """Write an order, a frozen dataclass, into a folder; return the file. The next one of its kind replaces it."""
    kind = type(order)
    path = folder / f"order-{kind.__module__.rpartition('.')[2]}.json"
    path.write_bytes(_adapter(kind).dump_json(order))
    return path


def read(kind: type[T], path: Path) -> T:
    """Return the order in a file. Raises ValueError when it is none of that kind."""
    order: T = _adapter(kind).validate_json(path.read_bytes())
    return order


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
