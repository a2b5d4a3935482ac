"""Tesseract alone: `python -m bench.documents.bare_tesseract PDF DPI` prints the CPU seconds of a page, and all words.

Each page is rendered by PDFium at the same resolution and read with the same model, one after another in one process
with one thread, as mediamill's.
"""

import json
import os
import sysconfig
import time
from pathlib import Path
from sys import argv

os.environ["OMP_THREAD_LIMIT"] = "1"

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import tesserocr  # type: ignore[import-untyped]

_MODELS = Path(sysconfig.get_path("data")) / "share/tessdata"


def main() -> None:
    """Read all pages; the first one, which loads the model, does not count."""
    path, dpi = argv[1], int(argv[2])
    api = tesserocr.PyTessBaseAPI(path=str(_MODELS), lang="eng", oem=tesserocr.OEM.LSTM_ONLY, psm=tesserocr.PSM.AUTO)
    with pdfium.PdfDocument(path) as opened:
        used = [_page(api, page, dpi) for page in opened]
    later = [seconds for seconds, _ in used[1:]]
    print(json.dumps({"page_s": sum(later) / len(later), "words": sum(words for _, words in used)}))


def _page(api: tesserocr.PyTessBaseAPI, page: pdfium.PdfPage, dpi: int) -> tuple[float, int]:
    """Read a page; return what it took, CPU seconds, and how many words it has."""
    began = time.process_time()
    api.SetImage(page.render(scale=dpi / 72, grayscale=True).to_pil())
    api.SetSourceResolution(dpi)
    words = len(api.GetUTF8Text().split())
    return time.process_time() - began, words


if __name__ == "__main__":
    main()
