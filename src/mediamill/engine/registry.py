"""The services of this installation, found in `mediamill.services` and among plug-ins."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points

import structlog

from mediamill import services as built_in
from mediamill.core.errors import NotFound
from mediamill.core.polls import POLLS
from mediamill.core.service import AnyService, Service

ENTRY_POINTS = "mediamill.services"

_log = structlog.get_logger("mediamill.services")


@dataclass(frozen=True)
class Found:
    """A service and where it came from. missing: modules that it needs and that cannot be imported."""

    service: AnyService
    package: str
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Broken:
    """A service that could not be taken in, and why, in words for whoever runs this machine."""

    package: str
    reason: str


class Registry:
    """Services by name. One that lacks a module is known but off.

    broken: what is no service at all; the others run without it, and `doctor` shows it.
    """

    def __init__(self, found: Mapping[str, Found], broken: Sequence[Broken] = ()) -> None:
        self._found = dict(found)
        self.broken = tuple(broken)

    def __iter__(self) -> Iterator[AnyService]:
        """Yield the services that can run here."""
        return (entry.service for entry in self._found.values() if not entry.missing)

    def get(self, name: str) -> AnyService:
        """Return a service. Raises NotFound when there is none of that name, or it is off."""
        entry = self._found.get(name)
        if entry is None or entry.missing:
            raise NotFound(f"there is no service {name!r} here", code="SERVICE_OFF")
        return entry.service

    def public(self, name: str) -> AnyService:
        """Return a service that anybody may ask for by its name. Raises NotFound, as `get`, where it is none."""
        service = self.get(name)
        if not service.public:
            raise NotFound(f"there is no service {name!r} here", code="SERVICE_OFF")
        return service

    @property
    def found(self) -> list[Found]:
        """Every service, those that are off too."""
        return list(self._found.values())

    @property
    def packages(self) -> list[Found]:
        """Of each package the first service that can run here: it stands for what is the package's own."""
        able: dict[str, Found] = {}
        for entry in self._found.values():
            if not entry.missing:
                able.setdefault(entry.package, entry)
        return list(able.values())


def discover() -> Registry:
    """Import every service package, which is cheap, and say which of them can run."""
    packages = sorted(f"{built_in.__name__}.{module.name}" for module in pkgutil.iter_modules(built_in.__path__))
    sources: list[tuple[str, Callable[[], object]]] = [
        (package, partial(declared, package)) for package in packages if not package.rpartition(".")[2].startswith("_")
    ]
    points = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: (point.value, point.name))
    sources += [(point.module, point.load) for point in points]
    return gather(sources)


def gather(sources: Iterable[tuple[str, Callable[[], object]]]) -> Registry:
    """Load services from (package, load) pairs. One that is broken is left out and takes nobody else down."""
    found: dict[str, Found] = {}
    broken: list[Broken] = []
    for package, load in sources:
        try:
            declared = load()
            # All of a package, or none: they may ask each other for jobs.
            entries = dict(found)
            for service in declared if isinstance(declared, tuple) else (declared,):
                entry = _taken_in(package, service, entries)
                entries[entry.service.name] = entry
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plug-in's import may raise anything
            _log.exception("service.broken", package=package)
            broken.append(Broken(package, f"{type(error).__name__}: {error}"))
        else:
            found = entries
    return Registry(found, broken)


def declared(package: str) -> object:
    """Return the `services` of a package, a tuple, or its one `service`."""
    module = importlib.import_module(package)
    return module.services if hasattr(module, "services") else module.service


def _taken_in(package: str, service: object, found: Mapping[str, Found]) -> Found:
    if not isinstance(service, Service):
        raise TypeError(f"its `service` is a {type(service).__name__}, not a mediamill.Service")
    if service.name == POLLS:
        raise ValueError(f"a service cannot be named {POLLS!r}: that one is ours")
    for other in found.values():
        if service.name == other.service.name or service.path == other.service.path:
            raise ValueError(f"{other.package} has a service of the same name or path: {other.service.name!r}")
    return Found(service, package, _missing(service))


def _missing(service: AnyService) -> tuple[str, ...]:
    return tuple(module for module in service.needs if not _importable(module))


def _importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # its parent package is missing, or a stand-in without a spec
        return False
