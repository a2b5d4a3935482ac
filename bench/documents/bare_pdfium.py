"""PDFium alone: `python -m bench.documents.bare_pdfium PDF TIMES` prints the CPU seconds of each reading."""

import json
import sys
import time

import pypdfium2 as pdfium  # type: ignore[import-untyped]


def main() -> None:
    """Read the text of all pages, again and again, in a warm process."""
    path, times = sys.argv[1], int(sys.argv[2])
    print(json.dumps([_read_s(path) for _ in range(times + 1)][1:]))


def _read_s(path: str) -> float:
    began = time.process_time()
    chars = 0
    with pdfium.PdfDocument(path) as opened:
        for page in opened:
            text = page.get_textpage()
            chars += len(text.get_text_range())
            text.close()
            page.close()
    assert chars, "there is no text"
    return time.process_time() - began


if __name__ == "__main__":
    main()
