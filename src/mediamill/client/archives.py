"""An archive that arrives: it goes on where it broke off, as long as it is the same one."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

from mediamill.client.marked import MarkedDraft, Told


class ArchiveDraft(MarkedDraft):
    """The archive of some jobs on its way in; each file of it is checked against its sum."""

    def __init__(self, target: Path, task_ids: Sequence[str], told: Told | None = None) -> None:
        """Make the folders. Raises DownloadError when the target is a folder."""
        super().__init__(target, " ".join(task_ids), "archive", told)

    def _fault(self, path: Path, size_bytes: int) -> str | None:
        del size_bytes
        try:
            with zipfile.ZipFile(path) as archive:
                spoilt = archive.testzip()
        except (zipfile.BadZipFile, NotImplementedError) as error:
            return f"what came is no archive ({error})"
        return None if spoilt is None else f"{spoilt!a} is not what was announced (CRC-32 differs)"
