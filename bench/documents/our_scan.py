"""Our reading of scanned pages: `python -m bench.documents.our_scan PDF` prints the CPU seconds of a page.

All that a job does for them counts: the process that reads, its start, its model, and our end of it.
"""

import json
import resource
import sys
import tempfile
from pathlib import Path

from mediamill.media.documents import cutting, passages, scan, survey
from mediamill.testing import FakeContext


def main() -> None:
    """Read the pages, and make paragraphs of them."""
    path = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="mmb-") as folder:
        ctx = FakeContext(Path(folder))
        found = survey(path, ctx, lambda _: None)
        assert found.pages == len(found.scans), "a page has text"
        before_s = _used_s()
        with cutting(path, found.digest, ctx) as cut:
            some = cut(found.scans)
        lines = scan(some, found.scans, ctx, lambda _: None)
        words = sum(len(passage.text.split()) for passage in passages(found, [lines]))
        print(json.dumps({"page_s": (_used_s() - before_s) / len(found.scans), "words": words}))


def _used_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main()
