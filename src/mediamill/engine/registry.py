"""The services of this installation, found in `mediamill.services` and among plug-ins."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points

from mediamill import services as built_in
from mediamill.core.errors import NotFound
from mediamill.core.service import AnyService, Service

ENTRY_POINTS = "mediamill.services"


@dataclass(frozen=True)
class Found:
    """A service and where it came from. missing: modules that it needs and that cannot be imported."""

    service: AnyService
    package: str
    missing: tuple[str, ...]


class Registry:
    """Services by name. One that lacks a module is known but off."""

    def __init__(self, found: Mapping[str, Found]) -> None:
        self._found = dict(found)

    def __iter__(self) -> Iterator[AnyService]:
        """Yield the services that can run here."""
        return (entry.service for entry in self._found.values() if not entry.missing)

    def get(self, name: str) -> AnyService:
        """Return a service. Raises NotFound when there is none of that name, or it is off."""
        entry = self._found.get(name)
        if entry is None or entry.missing:
            raise NotFound(f"there is no service {name!r} here", code="SERVICE_OFF")
        return entry.service

    @property
    def found(self) -> list[Found]:
        """Every service, those that are off too."""
        return list(self._found.values())


def discover() -> Registry:
    """Import every service package, which is cheap, and say which of them can run."""
    packages = [f"{built_in.__name__}.{module.name}" for module in pkgutil.iter_modules(built_in.__path__)]
    candidates = [(importlib.import_module(package).service, package) for package in packages]
    candidates += [(point.load(), point.module) for point in entry_points(group=ENTRY_POINTS)]
    found: dict[str, Found] = {}
    for service, package in candidates:
        if not isinstance(service, Service):
            raise TypeError(f"{package}: `service` is {type(service).__name__}, not a mediamill.Service")
        if service.name in found:
            raise ValueError(f"two services are named {service.name!r}: {found[service.name].package} and {package}")
        found[service.name] = Found(service, package, _missing(service))
    return Registry(found)


def _missing(service: AnyService) -> tuple[str, ...]:
    return tuple(module for module in service.needs if importlib.util.find_spec(module) is None)
