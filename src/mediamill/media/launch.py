"""What a program is started with, and why it may not start."""

import errno
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mediamill.core.errors import PermanentError, RetryableError
from mediamill.media import seccomp
from mediamill.media.limits import Limits

#: What programs see of our environment; keys and passwords are in the rest.
_PASSED: Final = (
    *("LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH"),
    *("FONTCONFIG_FILE", "FONTCONFIG_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"),
)


def surroundings(cwd: Path, env: Mapping[str, str] | None) -> dict[str, str]:
    """Return a program's environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
    return {"LANG": "C.UTF-8"} | passed | {"PATH": path, "HOME": str(cwd), "TMPDIR": str(cwd)} | dict(env or {})


def order(told: int, heard: int | None, rules: int | None, limits: Limits, *, walled: bool) -> list[str]:
    """Return what the supervisor is to be called with, before the program's path and arguments; see `supervisor.py`."""
    lasting = (limits.wall_s, limits.grace_s, limits.memory_bytes, limits.cpu_s, limits.file_bytes)
    numbers = (told, heard, os.getpid(), *lasting, rules)
    return [*(str(each or 0) for each in numbers), (seccomp.program().hex() if walled else "") or "-"]


def find(word: str, cwd: Path, path: str) -> str:
    """Return the absolute path of a program. A relative one with a slash is relative to `cwd`."""
    found = shutil.which(str(cwd / word) if "/" in word else word, path=path)
    if found is None:
        raise _missing(Path(word).name)
    return os.path.abspath(found)  # noqa: PTH100 - Path.absolute() keeps `..`; resolve() follows links, as busybox must not


def not_launched(name: str, cwd: Path, error: OSError | ValueError) -> PermanentError | RetryableError:
    """Say why the supervisor could not be started."""
    if isinstance(error, ValueError) or error.errno == errno.E2BIG:
        return PermanentError(f"the arguments of {name} are too long or have a zero byte", code="PROGRAM_ARGUMENT")
    if not cwd.is_dir():
        return PermanentError(f"the working folder of {name} is not there", code="PROGRAM_FOLDER")
    return RetryableError(f"{name} could not be started: {error.strerror}", code="PROGRAM_START")


def not_started(name: str, number: int) -> PermanentError | RetryableError:
    """Say why the supervisor could not start the program."""
    if number in {errno.ENOENT, errno.EACCES, errno.ENOEXEC, errno.ENOTDIR, errno.ELIBBAD}:
        return _missing(name)
    if number == errno.E2BIG:
        return PermanentError(f"the arguments of {name} are too long", code="PROGRAM_ARGUMENT")
    return RetryableError(f"{name} could not be started: {os.strerror(number)}", code="PROGRAM_START")


def _missing(name: str) -> PermanentError:
    return PermanentError(f"the program {name} is not installed here", code="PROGRAM_MISSING")
