"""Archives by zipstream-ng and by zipfile, written to standard output. Run by the peers' interpreter.

`peer_zip.py zipstream|zipfile FOLDER`; the last line of standard error is what it took, as JSON.
"""

import json
import resource
import sys
import zipfile
from importlib import import_module
from pathlib import Path


def _zipstream(folder: Path) -> None:
    """As its page shows it, with the length known beforehand."""
    archive = import_module("zipstream").ZipStream.from_path(folder, sized=True)
    assert len(archive) > 0
    for chunk in archive:
        sys.stdout.buffer.write(chunk)


def _zipfile(folder: Path) -> None:
    with zipfile.ZipFile(sys.stdout.buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)


def _used() -> tuple[float, int]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def main() -> None:
    """Write the archive."""
    kind, folder = sys.argv[1:]
    if kind == "zipstream":
        import_module("zipstream")  # its import is no part of what is measured
    before = _used()
    {"zipstream": _zipstream, "zipfile": _zipfile}[kind](Path(folder))
    sys.stdout.buffer.flush()
    after = _used()
    print(json.dumps({"cpu_s": after[0] - before[0], "above_mb": (after[1] - before[1]) / 1000}), file=sys.stderr)


if __name__ == "__main__":
    main()
