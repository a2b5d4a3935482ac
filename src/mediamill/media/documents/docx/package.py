"""The ZIP file that a Word document is: what is in it, within limits, or why it is none."""

import posixpath
import zipfile
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from lxml import etree  # type: ignore[import-untyped]

from mediamill.core.errors import PermanentError

#: Word writes some 20; a picture is one each.
_MOST_ENTRIES: Final = 10_000
#: Of one part's XML. A book of 1,000 pages has 15 MiB.
_LARGEST_BYTES: Final = 256 * 1024 * 1024
#: XML packs to a tenth, a table of empty cells to a fortieth.
_MOST_RATIO: Final = 150
_UNSUSPICIOUS_BYTES: Final = 64 * 1024 * 1024
_MIB: Final = 1024 * 1024
_ENCRYPTED: Final = 0x1
_OFFICE: Final = "/officeDocument"
#: What else is a ZIP, by an entry that it has.
_OTHERS: Final = (
    ("xl/workbook.xml", "an Excel workbook"),
    ("ppt/presentation.xml", "a PowerPoint presentation"),
    ("META-INF/container.xml", "an EPUB"),
    ("content.xml", "an OpenDocument file"),
    ("META-INF/MANIFEST.MF", "a Java archive"),
    ("AndroidManifest.xml", "an Android app"),
)
#: More of a relationship file is nobody's.
_MOST_RELATIONS: Final = 10_000

broken = PermanentError(
    "the Word document, or other ZIP file, is broken or cut off: it cannot be opened", code="MALFORMED"
)


class Package:
    """An open Word document. main: the name of the part with the text.

    Raises PermanentError: MALFORMED, ENCRYPTED, UNSUPPORTED_TYPE, PARSER_LIMIT.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as wrong:
            raise broken from wrong
        names = self._zip.namelist()
        if len(names) > _MOST_ENTRIES:
            raise PermanentError(
                f"the ZIP file has {len(names)} files in it; a Word document of more than {_MOST_ENTRIES} is not read",
                code="PARSER_LIMIT",
            )
        self.main = self._main(frozenset(names))

    def _main(self, names: frozenset[str]) -> str:
        related = self.related("", _OFFICE)
        main = related or "word/document.xml"
        if main in names and not main.startswith(("xl/", "ppt/")):
            return main
        what = next((kind for entry, kind in _OTHERS if entry in names), "a ZIP file")
        raise PermanentError(
            f"the file is {what}; a document is a PDF, a Word document (.docx), Markdown or plain text",
            code="UNSUPPORTED_TYPE",
        )

    def part(self, name: str) -> IO[bytes] | None:
        """Return a part to read from, or None where there is none of that name."""
        try:
            entry = self._zip.getinfo(name)
        except KeyError:
            return None
        if entry.flag_bits & _ENCRYPTED:
            raise PermanentError("the Word document is encrypted; save it without a password", code="ENCRYPTED")
        ratio = entry.file_size / max(entry.compress_size, 1)
        if entry.file_size > _LARGEST_BYTES or (entry.file_size > _UNSUSPICIOUS_BYTES and ratio > _MOST_RATIO):
            raise PermanentError(
                f"the Word document unpacks to {entry.file_size / _MIB:,.0f} MiB of XML, {ratio:.0f} times its size: "
                "more than is read; save it anew, or split it",
                code="PARSER_LIMIT",
            )
        try:
            return self._zip.open(entry)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as wrong:
            raise broken from wrong

    def size_bytes(self, name: str) -> int:
        """Return how many bytes a part unpacks to."""
        return self._zip.getinfo(name).file_size

    def related(self, source: str, kind: str) -> str:
        """Return the name of the part that a part names as its styles, its footnotes, ...; "" where it names none.

        source: "" is the whole. kind: how the type of the relation ends.
        """
        folder, name = posixpath.split(source)
        file = self.part(posixpath.join(folder, "_rels", f"{name}.rels"))
        if file is None:
            return ""
        with file:
            for count, (_, relation) in enumerate(elements(file, "{*}Relationship")):
                if relation.get("Type", "").endswith(kind) and relation.get("TargetMode") != "External":
                    target = relation.get("Target", "")
                    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                if count > _MOST_RELATIONS:
                    break
        return ""

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._zip.close()


def elements(file: IO[bytes], *tags: str, starts: bool = False) -> "etree.iterparse[tuple[str, etree._Element]]":
    """Return the ends of elements as they stream by; starts: and their beginnings. No entity is looked up."""
    return etree.iterparse(
        file,
        events=("start", "end") if starts else ("end",),
        tag=tags or None,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )


def forget(element: "etree._Element") -> None:
    """Take an element that was read, and those before it, out of the tree."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
