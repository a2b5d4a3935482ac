"""A bookmark of a PDF."""

from typing import NamedTuple


class Outline(NamedTuple):
    """level: from 0. page: from 1."""

    level: int
    title: str
    page: int
