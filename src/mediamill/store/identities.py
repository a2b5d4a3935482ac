"""Jobs by what they are about, of services that tell: see `Service.identity`."""

from dataclasses import dataclass

from mediamill.core.service import identity_hash
from mediamill.store.scripts import Scripts


@dataclass(frozen=True)
class Identified:
    """A part of a list of job ids; `next` continues it, None at its end."""

    ids: list[str]
    next: str | None


class Identities:
    """Finds jobs by what they are about: of each thing the unfinished one, else the latest, until that is forgotten."""

    def __init__(self, scripts: Scripts) -> None:
        self._client = scripts.client
        self._keys = scripts.keys

    def latest(self, owner: str, service: str, identity: str) -> str | None:
        """Return the id of the owner's job about that which is unfinished, else of the latest, or None."""
        found: str | None = self._client.run("GET", self._keys("identified", identity_hash(service, identity), owner))
        return found

    def page(self, owner: str, service: str, cursor: str | None = None, limit: int = 50) -> Identified:
        """Return one job about each thing, as `latest`, from the newest to the oldest. cursor: a page's `next`."""
        start = f"({cursor}" if cursor else "+"
        key = self._keys("identities", service, owner)
        places: list[str] = self._client.run("ZRANGE", key, start, "-", "BYLEX", "REV", "LIMIT", 0, limit)
        return Identified(
            ids=[place.split(":", 1)[1] for place in places], next=places[-1] if len(places) == limit else None
        )

    def count(self, owner: str, service: str) -> int:
        """Return how many things the owner's jobs of a service are about."""
        return int(self._client.run("ZCARD", self._keys("identities", service, owner)))
