"""Tesseract alone: `python -m bench.documents.bare_tesseract PDF DPI` prints the CPU seconds of a page.

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
        used = [_page_s(api, page, dpi) for page in opened]
    print(json.dumps({"page_s": sum(used[1:]) / len(used[1:])}))


def _page_s(api: tesserocr.PyTessBaseAPI, page: pdfium.PdfPage, dpi: int) -> float:
    began = time.process_time()
    api.SetImage(page.render(scale=dpi / 72, grayscale=True).to_pil())
    api.SetSourceResolution(dpi)
    assert api.GetUTF8Text().strip(), "nothing was read"
    return time.process_time() - began


if __name__ == "__main__":
    main()
