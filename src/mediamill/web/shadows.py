"""Two routes for the same request: only the first would ever be asked, so a server does not start with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

from fastapi import APIRouter
from fastapi.routing import iter_route_contexts

from mediamill.settings import SettingsError

_WHOLE_REST: Final = ":path}"


@dataclass(frozen=True)
class Place:
    """What a route answers. whose: who brought it, for people."""

    whose: str
    methods: frozenset[str]
    path: str

    @classmethod
    def all_of(cls, whose: str, router: APIRouter) -> Iterator[Self]:
        """Yield the places of a router and of those in it."""
        for route in iter_route_contexts(router.routes):
            methods = frozenset(route.methods or ())
            if route.path is not None:  # without methods: an application of its own, with all that is below
                yield cls(whose, methods, route.path if methods else f"{route.path.rstrip('/')}/{{rest:path}}")

    def meets(self, other: "Place") -> bool:
        """Whether there is a request that both would answer."""
        both = self.methods & other.methods or not self.methods or not other.methods
        return bool(both) and _overlap(self.path.split("/"), other.path.split("/"))


def check_apart(core: Iterable[Place], brought: Iterable[Place]) -> None:
    """Raise SettingsError when a route that a service brings meets a core one, or one of another service."""
    kept = list(core)
    for place in brought:
        for other in kept:
            if other.whose != place.whose and place.meets(other):
                methods = ", ".join(sorted(place.methods)) or "everything"
                raise SettingsError(
                    f"{place.whose} cannot be served: its route {methods} {place.path} meets {other.path} "
                    f"of {other.whose}; take it out, or give it another path"
                )
        kept.append(place)


def _overlap(one: list[str], other: list[str]) -> bool:
    """Whether a path fits both patterns, segment by segment."""
    if not one or not other:
        return not one and not other
    if one[0].endswith(_WHOLE_REST) or other[0].endswith(_WHOLE_REST):
        rest, whole = (other, one) if one[0].endswith(_WHOLE_REST) else (one, other)
        return any(_overlap(whole[1:], rest[taken:]) for taken in range(1, len(rest) + 1))
    same = one[0] == other[0] or "{" in one[0] or "{" in other[0]
    return same and _overlap(one[1:], other[1:])
