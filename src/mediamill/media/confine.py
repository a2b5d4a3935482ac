"""What a program apart may read, write and connect to."""

import os
import sys
import sysconfig
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import mediamill

#: What programs of every kind read. Neither all of /etc, where an operator keeps this server's settings, nor all of
#: /opt, /srv, /var and the homes, where its files may be. In /proc the kernel shows of processes that are not the
#: program's own their names and arguments, and nothing of their environment, memory and files.
_SYSTEM: Final = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store", "/proc", "/sys"),
    *("/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload"),
    *("/etc/ca-certificates", "/etc/crypto-policies", "/etc/pki", "/etc/ssl/certs", "/etc/ssl/cert.pem"),
    *("/etc/ssl/openssl.cnf", "/etc/fonts", "/var/cache/fontconfig", "/etc/group", "/etc/passwd", "/etc/hosts"),
    *("/etc/host.conf", "/etc/gai.conf", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/protocols", "/etc/services"),
    *("/etc/localtime", "/etc/timezone", "/etc/mime.types", "/etc/os-release", "/etc/debian_version"),
)
#: Of our environment: files and folders that programs are told of.
_TOLD: Final = ("FONTCONFIG_FILE", "FONTCONFIG_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH", "PATH")


@dataclass(frozen=True)
class Confine:
    """The walls around a program. Everything it writes lies below `writable`, which it may read and run, too.

    readable: files and folders besides those of the system, of Python and of the program itself.
    ports: of TCP, to which it may connect, at any address: the kernel's rules know no addresses.
    """

    writable: tuple[Path, ...]
    readable: tuple[Path, ...] = ()
    ports: tuple[int, ...] = ()

    def all_readable(self) -> tuple[Path, ...]:
        """Return the system's folders and those of our own; they need not be there."""
        return (*_system(), *self.readable)

    def around(self, program: Path) -> "Confine":
        """Return the walls with the program's file, its folder and its virtual environment readable, too."""
        place = program.resolve()
        return replace(self, readable=(*self.readable, program, place.parent, *_environment(place.parent.parent)))


def _environment(folder: Path) -> tuple[Path, ...]:
    """Return a virtual environment and the Python that it was made of; () where the folder is none."""
    try:
        written = (folder / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    homes = [line.partition("=")[2].strip() for line in written.splitlines() if line.split("=")[0].strip() == "home"]
    return (folder, *(Path(home).parent for home in homes if len(Path(home).parts) > 2))  # noqa: PLR2004 - never /


@cache
def _system() -> tuple[Path, ...]:
    python: list[str] = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix]
    python += [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    told = [part for name in _TOLD for part in os.environ.get(name, "").split(os.pathsep)]
    ours = Path(mediamill.__file__).parent
    named = dict.fromkeys((*map(Path, [*_SYSTEM, *python, *filter(None, told)]), ours))
    return tuple(each for each in named if each.is_absolute() and len(each.parts) > 1 and each.exists())
