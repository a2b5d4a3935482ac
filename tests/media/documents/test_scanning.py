"""Pages are read by their looks: real ones of typst's, scanned; and such as no scanner makes."""

import re
import shutil
import sysconfig
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import psutil
import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pytest
from PIL import Image
from tests.media.documents import papers, scans
from tests.media.documents.papers import pdf, stream, tree

from mediamill.core.errors import Cancelled, PermanentError
from mediamill.media import programs
from mediamill.media.coprocess import Coprocess, begin
from mediamill.media.documents import Passage, cutting, passages, scan, survey
from mediamill.media.documents.lettering import Word, size_of
from mediamill.media.documents.rows import Sheet, sheets_in
from mediamill.media.documents.scanning import Models
from mediamill.testing import FakeContext, eventually

MODELS: Final = Path(sysconfig.get_path("data")) / "share/tessdata"
A4: Final = '#set page(paper: "a4", margin: 2cm)\n#set par(justify: true)\n'
DANCE: Final = (
    "The waggle dance is a figure-of-eight movement by which a bee tells the others where food is. The dancer runs "
    "straight ahead for a short distance while she shakes her abdomen from side to side, then circles back to where "
    "she began, and repeats the run. Other workers follow the dancer closely and touch her with their antennae."
)
SWARM: Final = (
    "In late spring a strong colony divides. The old queen leaves with half of the workers, and the swarm settles on a "
    "branch. Several hundred scout bees then search for a new home: a hollow tree with a small entrance, high above "
    "the ground, and with room for the winter stores."
)


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) <= before


def read(path: Path, ctx: FakeContext) -> list[Passage]:
    """Return what is in a PDF, scanned pages and others."""
    found = survey(path, ctx, lambda _: None)
    with cutting(path, found.digest, ctx) as cut:
        some = cut(found.scans)
    return list(passages(found, [scan(some, found.scans, ctx, lambda _: None)]))


def scanned_lines(path: Path, ctx: FakeContext, pages: Sequence[int] = (1,)) -> list[Sheet]:
    return list(sheets_in(scan(path, pages, ctx, lambda _: None)))


def crash() -> bytes:
    """Return a page of a picture that shows itself."""
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 999 999]/Resources<</XObject<</X 5 0 R>>>>"
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"
    return pdf(tree(leaf, others=[stream(b"/X Do"), stream(b"/X Do /X Do", form)]))


def test_one_process_takes_out_many_pages_after_one_another(tmp_path: Path) -> None:
    source = "#set page(width: 300pt, height: 200pt)\n" + "\n#pagebreak()\n".join("abcde")
    path = papers.typeset(source, tmp_path / "a.pdf")
    ctx = FakeContext(tmp_path)
    began = set(psutil.Process().children(recursive=True))
    with cutting(path, "0" * 64, ctx) as cut:
        parts = [cut([1, 3])]
        process = set(psutil.Process().children(recursive=True)) - began
        parts += [cut([2]), cut([4, 5]), cut([2])]
        assert set(psutil.Process().children(recursive=True)) - began == process
    texts = ["".join(page.get_textpage().get_text_range() for page in pdfium.PdfDocument(part)) for part in parts]
    assert texts == ["ac", "b", "de", "b"]


def test_a_page_that_there_is_not_cannot_be_taken_out(tmp_path: Path) -> None:
    path = papers.typeset("#set page(width: 300pt, height: 200pt)\na", tmp_path / "a.pdf")
    with cutting(path, "0" * 64, FakeContext(tmp_path)) as cut:
        with pytest.raises(PermanentError) as refused:
            cut([2])
        assert refused.value.code == "MALFORMED"
        assert cut([1]).stat().st_size > 0


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.casefold()))


def recall(truth: str, found: list[Passage]) -> float:
    """Return how much of the words was found."""
    wanted = words(truth)
    return (words(" ".join(passage.text for passage in found)) & wanted).total() / wanted.total()


@pytest.mark.parametrize("size", [8, 11])
def test_words_paragraphs_and_headings_of_a_scan_are_found(size: int, tmp_path: Path) -> None:
    source = f"#set text(size: {size}pt)\n{A4}= How bees dance\n{DANCE}\n\n{DANCE}\n== How a swarm decides\n{SWARM}"
    found = read(scans.scanned(source, tmp_path / "a.pdf"), FakeContext(tmp_path))
    assert [passage.heading for passage in found] == ["How bees dance", "How bees dance", "How a swarm decides"]
    assert recall(f"{DANCE} {DANCE} {SWARM}", found) > 0.98
    assert {passage.page for passage in found} == {1}


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    numbered = "\n\n".join(f"Paragraph {number} begins. {SWARM}" for number in ("one", "two", "three", "four"))
    source = "#set page(width: 21cm, height: 11cm, margin: 2cm, columns: 2)\n" + numbered
    found = read(scans.scanned(source, tmp_path / "a.pdf"), FakeContext(tmp_path))
    said = " ".join(passage.text for passage in found)
    assert re.findall(r"Paragraph (\w+)", said) == ["one", "two", "three", "four"]
    assert recall(numbered, found) > 0.98


def test_words_in_wide_letters_are_no_headings() -> None:
    """As programs are printed, each letter six tenths as wide as it is large: a third wider than the text."""
    seen = [Word(text, width=6.0 * len(text), height=6.8) for text in ("number", "of", "bees")]
    assert size_of(seen) == pytest.approx(10.0)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_picture_that_lies_on_its_side_is_turned(degrees: int, tmp_path: Path) -> None:
    source = f"#set text(size: 11pt)\n{A4}= How bees dance\n{DANCE}\n\n{SWARM}"
    turned = [picture.rotate(degrees, expand=True) for picture in scans.pictures(source, tmp_path)]
    found = read(scans.bound(turned, tmp_path / "a.pdf"), FakeContext(tmp_path))
    assert recall(f"{DANCE} {SWARM}", found) > 0.98
    assert [passage.heading for passage in found] == ["How bees dance"] * 2


def test_a_page_that_the_file_turns_is_read_as_it_is_seen(tmp_path: Path) -> None:
    (picture,) = scans.pictures(f"{A4}{DANCE}\n\n{SWARM}", tmp_path)
    lying = picture.rotate(90, expand=True)  # the file turns it back
    content = scans.leaf(lying.width, lying.height, zlib.compress(lying.tobytes()), turned=90)
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    assert recall(f"{DANCE} {SWARM}", read(path, FakeContext(tmp_path))) > 0.9


def test_text_and_scans_stay_in_order(tmp_path: Path) -> None:
    typed = papers.typeset(f"{A4}{DANCE}\n#pagebreak()\nThe second page is typed: {SWARM}", tmp_path / "typed.pdf")
    parts = [typed, scans.scanned(f"{A4}The third page is scanned: {SWARM}", tmp_path / "scanned.pdf"), typed]
    path = scans.together(parts, tmp_path / "a.pdf")
    ctx = FakeContext(tmp_path)
    assert survey(path, ctx, lambda _: None).scans == (3,)
    found = read(path, ctx)
    assert [passage.page for passage in found] == [1, 2, 3, 4, 5]
    assert found[2].text.startswith("The third page is scanned: In late spring")


def test_a_scan_with_text_behind_it_is_not_scanned_again(tmp_path: Path) -> None:
    """As scanners with OCR of their own save it."""
    has = b"<</XObject<</I 5 0 R>>/Font<</F 6 0 R>>>>"
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources%b>>" % has
    shown = b"q 612 0 0 792 0 0 cm /I Do Q BT 3 Tr /F 12 Tf 72 700 Td (" + DANCE[:92].encode() + b") Tj ET"
    gray = b"/Type/XObject/Subtype/Image/Width 4/Height 4/ColorSpace/DeviceGray/BitsPerComponent 8"
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(tree(leaf, others=[stream(shown), stream(bytes(16), gray), papers.HELVETICA])))
    found = survey(path, FakeContext(tmp_path), lambda _: None)
    assert found.scans == ()
    assert [passage.text for passage in passages(found)] == [DANCE[:92]]


@pytest.mark.parametrize("picture", [scans.noise, scans.photo, lambda: Image.new("L", (1654, 2339), 255)])
def test_a_page_without_letters_has_no_lines(picture: Callable[[], Image.Image], tmp_path: Path) -> None:
    (sheet,) = scanned_lines(scans.bound([picture()], tmp_path / "a.pdf"), FakeContext(tmp_path))
    assert (list(sheet.rows), sheet.scan) == ([], False)


def test_a_page_that_ends_the_process_is_left_out_and_the_next_one_read(tmp_path: Path) -> None:
    good = scans.scanned(f"{A4}{DANCE}", tmp_path / "good.pdf")
    path = scans.together([crash(), good], tmp_path / "a.pdf")
    ctx = FakeContext(tmp_path)
    left_out, after = scanned_lines(path, ctx, pages=(4, 9))
    assert (left_out.number, list(left_out.rows), left_out.scan) == (4, [], True)
    assert (after.number, "waggle dance" in after.rows[0].text) == (9, True)
    assert [line.event for line in ctx.logged] == ["page.unread"]
    assert len(ctx.made) == 1, "what is left out is not kept: another attempt tries again"


def test_a_picture_of_900_megapixels_is_left_out_and_the_next_page_read(tmp_path: Path) -> None:
    good = scans.scanned(f"{A4}{DANCE}", tmp_path / "good.pdf")
    path = scans.together([scans.huge(), good], tmp_path / "a.pdf")
    left_out, after = scanned_lines(path, FakeContext(tmp_path), pages=(4, 9))
    assert list(left_out.rows) == []
    assert "waggle dance" in after.rows[0].text


def test_a_cancel_ends_the_process_within_a_page(tmp_path: Path) -> None:
    path = scans.scanned(f"#set text(size: 5pt)\n{A4}" + f"{DANCE}\n\n" * 30, tmp_path / "a.pdf")
    before = set(psutil.Process().children(recursive=True))
    running = list[psutil.Process]()

    def cancel_once_it_reads() -> None:
        running[:] = set(psutil.Process().children(recursive=True)) - before
        if sum(process.cpu_times().user for process in running) > 1.0:
            raise Cancelled

    class Impatient(FakeContext):
        def coprocess(
            self,
            module: str,
            *,
            memory_bytes: int | None = None,
            cpu_s: int | None = None,
            file_bytes: int | None = None,
        ) -> Coprocess:
            bounds = programs.Limits(60, memory_bytes, cpu_s, file_bytes)
            return Coprocess(
                module,
                lambda on_line: begin(module, cwd=self.scratch, limits=bounds, on_line=on_line),
                cancel_once_it_reads,
            )

    with pytest.raises(Cancelled):
        scan(path, [1], Impatient(tmp_path), lambda _: None)
    assert running
    eventually(lambda: not any(process.is_running() for process in running))


def test_a_page_is_read_once(tmp_path: Path) -> None:
    path = scans.scanned(f"{A4}{DANCE}", tmp_path / "a.pdf")
    first, again = FakeContext(tmp_path), FakeContext(tmp_path)
    assert scanned_lines(path, first) == scanned_lines(path, again)
    assert (len(first.made), again.made, again.ran) == (1, [], [])


def test_without_a_model_the_message_says_so(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="no model that reads them is installed") as raised:
        Models.here(tmp_path, [tmp_path / "nowhere"])
    assert raised.value.code == "NO_TEXT"


def test_models_of_two_folders_serve_together(tmp_path: Path) -> None:
    """English from a package, Vietnamese from the system: here the same model twice."""
    theirs, ours = tmp_path / "system", tmp_path / "package"
    for folder, name in ((theirs, "vie"), (theirs, "eng"), (ours, "eng")):
        folder.mkdir(exist_ok=True)
        shutil.copy(MODELS / "eng.traineddata", folder / f"{name}.traineddata")
    ctx = FakeContext(tmp_path)
    models = Models.here(ctx.scratch, [ours, theirs])
    assert models.languages == "eng+vie"
    assert (models.folder / "eng.traineddata").resolve() == ours / "eng.traineddata"
    path = scans.scanned(f"{A4}{DANCE}", tmp_path / "a.pdf")
    lines = scan(path, [1], ctx, lambda _: None, models)
    assert recall(DANCE, [Passage(row.text) for sheet in sheets_in(lines) for row in sheet.rows]) > 0.95


def test_vietnamese_is_read_where_its_model_is_installed(tmp_path: Path) -> None:
    models = Models.here(tmp_path)
    if "vie" not in models.languages:
        pytest.skip("tesseract-ocr-vie is not installed")
    said = "Ong mật khiêu vũ để cho nhau biết hoa ở đâu. Chúng bay thẳng, lắc bụng, rồi vòng lại."
    path = scans.scanned(f'#set text(font: "Be Vietnam Pro")\n{A4}{said}', tmp_path / "a.pdf")
    (sheet,) = scanned_lines(path, FakeContext(tmp_path))
    assert recall(said, [Passage(row.text) for row in sheet.rows]) > 0.9
