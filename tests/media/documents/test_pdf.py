"""One trait of PDFs at a time, each of a small document that has it."""

import time
import unicodedata
from pathlib import Path
from typing import Final

import pytest
from tests.media.documents import papers
from tests.media.documents.papers import HELVETICA, page, pdf, stream, tree

from mediamill.core.errors import PermanentError
from mediamill.media.documents.pdf.legacy import Legacy
from mediamill.media.documents.pdf.reading import markdown_of

SERIF: Final = '#set text(font: "Libertinus Serif", size: 11pt, lang: "en")\n'
VIETNAMESE: Final = '#set text(font: "Be Vietnam Pro", size: 11pt, lang: "vi")\n'
SENTENCE: Final = (
    "Bees dance where the flowers are, and the others fly there, for the dance says how far it is and whither."
)


def typeset(source: str, folder: Path) -> str:
    return markdown_of(papers.typeset(source, folder / "a.pdf"), lambda _: None).markdown


def written(content: bytes, folder: Path, font: bytes = HELVETICA) -> str:
    """Return what is read of a page whose content is given."""
    (folder / "a.pdf").write_bytes(page(content, font=font))
    return markdown_of(folder / "a.pdf", lambda _: None).markdown


def shown(*lines: tuple[int, int, str], size: int = 12) -> bytes:
    """Return the content of a page with lines at places."""
    parts = (f"BT /F {size} Tf {x} {y} Td ({text}) Tj ET" for x, y, text in lines)
    return "\n".join(parts).encode("cp1252")


# ---- words


def test_words_that_a_line_cut_are_whole_again(tmp_path: Path) -> None:
    lines = ("The extra-", "ordinary bees of a well-", "known valley have self-", "made hives, and the extraordinary")
    text = written(shown(*((72, 700 - 14 * n, line) for n, line in enumerate(lines))), tmp_path)
    assert text == "The extraordinary bees of a well-known valley have self-made hives, and the extraordinary\n"


def test_the_document_says_whether_a_hyphen_is_the_writers(tmp_path: Path) -> None:
    lines = ("The bee-keeper came. Another bee-", "keeper did not. They high-", "light it, and the highlight stays.")
    text = written(shown(*((72, 700 - 14 * n, line) for n, line in enumerate(lines))), tmp_path)
    assert text == "The bee-keeper came. Another bee-keeper did not. They highlight it, and the highlight stays.\n"


def test_vietnamese_words_are_never_joined(tmp_path: Path) -> None:
    source = "#set page(width: 60mm)\n" + VIETNAMESE + "Tuyến đường sắt liên vận Việt-\\\ntrung qua cửa khẩu đã mở lại."
    assert "Việt-trung" in typeset(source, tmp_path)


def test_an_accent_that_stands_over_its_letter_is_in_it(tmp_path: Path) -> None:
    """As old LaTeX draws them: the accent, then back, then the letter."""
    content = b"BT /F 12 Tf 72 700 Td [(caf) 0 (\xb4) 333 (e and r) 0 (\xb4) 333 (esum) 0 (\xb4) 333 (e)] TJ ET"
    assert written(content, tmp_path) == "café and résumé\n"


def test_decomposed_vietnamese_is_composed(tmp_path: Path) -> None:
    source = VIETNAMESE + "Tie\u0302\u0301ng Vie\u0323\u0302t co\u0301 da\u0302\u0301u."
    assert typeset(source, tmp_path) == "Tiếng Việt có dấu.\n"


def test_words_without_blanks_between_them_are_told_by_their_gaps(tmp_path: Path) -> None:
    content = b"BT /F 12 Tf 72 700 Td [(Bees)-300(d)10(ance)-280(where)-333(flo)20(wers)-300(are.)] TJ ET"
    assert written(content, tmp_path) == "Bees dance where flowers are.\n"


def test_ligatures_are_letters(tmp_path: Path) -> None:
    assert "efficient offices find flowers" in typeset(SERIF + "The efficient offices find flowers, left.", tmp_path)


def test_letters_of_formulas_are_plain(tmp_path: Path) -> None:
    assert "E = mc²" in typeset(SERIF + "It is $E = m c^2$ that he wrote, and $a_1 + b$.", tmp_path)
    assert "a₁ + b" in typeset(SERIF + "It is $E = m c^2$ that he wrote, and $a_1 + b$.", tmp_path)


@pytest.mark.parametrize(
    ("font", "signs", "text"),
    [
        (
            ".VnTime",
            "Céng hoµ x· héi chñ nghÜa, nh\xad thÕ: ng\xadêi - \xadu tiªn, ViÖt-Nam",
            "Cộng hoà xã hội chủ nghĩa, như thế: người - ưu tiên, Việt-Nam",
        ),
        (".VnTimeH", "§éc lËp Tù do", "ĐỘC LẬP TỰ DO"),
        (
            "VNI-Times",
            "Coäng hoøa xaõ hoäi chuû nghóa, ñöôïc baèng naêm kyõ, COÄNG HOØA",
            "Cộng hòa xã hội chủ nghĩa, được bằng năm kỹ, CỘNG HÒA",
        ),
    ],
)
def test_vietnamese_from_before_unicode_is_vietnamese(font: str, signs: str, text: str, tmp_path: Path) -> None:
    name, widths = font.encode(), b"500 " * 224
    look = b"<</Type/FontDescriptor/FontName/%b/Flags 32/FontBBox[0 0 9 9]/Ascent 800/Descent -200/StemV 80>>" % name
    described = (
        b"<</Type/Font/Subtype/TrueType/BaseFont/%b/Encoding/WinAnsiEncoding/FirstChar 32/LastChar 255/Widths[%b]"
        b"/FontDescriptor 6 0 R>>" % (name, widths)
    )
    (tmp_path / "a.pdf").write_bytes(page(shown((20, 700, signs), size=9), font=described, more=[look]))
    assert markdown_of(tmp_path / "a.pdf", lambda _: None).markdown.lstrip("# ") == f"{text}\n"


@pytest.mark.parametrize("way", [Legacy.ABC, Legacy.VNI])
def test_every_vietnamese_letter_can_come_out(way: Legacy) -> None:
    signs = [chr(code) for code in range(0xA1, 0x100)]
    if way is Legacy.VNI:
        signs += [base + mark for base in "aeouyôö" for mark in ("ù", "ø", "û", "õ", "ï")]
        signs += [f"a{mark}" for mark in "êéèúüë"] + [f"{base}{mark}" for base in "aeo" for mark in "âáàåãä"]
    vowels = [base + tone for base in "aăâeêioôơuưy" for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")]
    wanted = {unicodedata.normalize("NFC", vowel) for vowel in vowels} - set("aeiouy") | {"đ"}
    assert wanted <= {way.decoded(sign) for sign in signs}


def test_an_initial_belongs_to_its_word(tmp_path: Path) -> None:
    lines = ((98, 700, "he bees dance where the flowers are, and"), (98, 686, "all the others fly there."))
    initial = b"BT /F 36 Tf 72 686 Td (T) Tj ET\n"
    assert written(initial + shown(*lines), tmp_path) == (
        "The bees dance where the flowers are, and all the others fly there.\n"
    )


# ---- places


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_is_read_as_its_reader_turns_it(turn: int, tmp_path: Path) -> None:
    source = f"#rotate({turn}deg, reflow: true)[#block(width: 90mm)[= Turned\n{SENTENCE}\n\n{SENTENCE}]]"
    assert typeset(SERIF + source, tmp_path) == f"# Turned\n\n{SENTENCE}\n\n{SENTENCE}\n"


def test_a_stamp_on_the_margin_and_a_watermark_are_left_out(tmp_path: Path) -> None:
    source = (
        "#set page(background: rotate(45deg, text(size: 60pt)[DRAFT]))\n#place(left, dx: -20mm, rotate(90deg)[STAMP])\n"
        + SERIF
        + SENTENCE
    )
    assert typeset(source, tmp_path) == f"{SENTENCE}\n"


def test_words_beyond_the_edge_of_the_page_are_left_out(tmp_path: Path) -> None:
    assert written(shown((72, 700, "Seen."), (72, 900, "Unseen."), (-400, 600, "Unseen.")), tmp_path) == "Seen.\n"


def test_a_paragraph_goes_on_over_the_page(tmp_path: Path) -> None:
    source = (
        SERIF + f'#set page(width: 100mm, height: 60mm, numbering: "1")\n{" ".join([SENTENCE[:-1] + ","] * 9)} end.'
    )
    text = typeset(source, tmp_path)
    assert text.count("\n") == 1
    assert text == " ".join([SENTENCE[:-1] + ","] * 9) + " end.\n"


def test_a_title_at_the_same_place_of_some_slides_is_no_running_head(tmp_path: Path) -> None:
    slides = [f"= Example\n{word} is one of them." for word in ("Clover", "Heather", "Thyme")]
    source = "\n#pagebreak()\n".join([*slides, "= End\nThese were all."])
    assert typeset(SERIF + source, tmp_path).count("# Example") == 3


def test_headings_that_count_are_no_numbers_of_pages(tmp_path: Path) -> None:
    plants = [
        f"= Part\n{plant} is one of the plants that bees like." for plant in ("Clover", "Heather", "Thyme", "Lime")
    ]
    source = '#set heading(numbering: "1")\n' + "\n#pagebreak()\n".join(plants)
    text = typeset(SERIF + source, tmp_path)
    assert [line for line in text.split("\n") if line.startswith("#")] == [f"# {n} Part" for n in (1, 2, 3, 4)]


def test_a_stamp_on_every_page_of_a_scan_is_no_text(tmp_path: Path) -> None:
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 7 0 R/Resources<</Font<</F 8 0 R>>>>>>"
    others = [stream(shown((72, 20, "Scanned with a telephone"))), HELVETICA]
    (tmp_path / "a.pdf").write_bytes(pdf(tree(leaf, leaf, leaf, leaf, others=others)))
    with pytest.raises(PermanentError, match="OCR") as refused:
        markdown_of(tmp_path / "a.pdf", lambda _: None)
    assert refused.value.code == "NO_TEXT"


@pytest.mark.parametrize("step", [0, 3])
def test_a_page_of_crumbs_takes_seconds_at_most(step: int, tmp_path: Path) -> None:
    """All on one line, or as the rows of an endless table."""
    crumbs = b"".join(b"1 0 0 1 %d %d Tm (ab) Tj " % (n % 600, 20 + step * (n % 240)) for n in range(0, 30_000, 3))
    begin = time.process_time()
    written(b"BT /F 3 Tf " + crumbs + b"ET", tmp_path)
    assert time.process_time() - begin < 5  # who compares each with each takes four times as long for twice as many


def test_exercises_that_count_are_no_numbers_of_pages(tmp_path: Path) -> None:
    plants = (f"{number}. {plant} is what?" for number, plant in enumerate(("Clover", "Heather", "Thyme", "Lime"), 1))
    text = typeset(SERIF + "\n#pagebreak()\n".join(f"{plant}\n\n{SENTENCE}" for plant in plants), tmp_path)
    assert [line[:2] for line in text.split("\n") if line[:1].isdigit()] == ["1.", "2.", "3.", "4."]


# ---- blocks


def test_names_between_the_title_and_the_text_are_no_headings(tmp_path: Path) -> None:
    names = "\n\n".join(
        f"#text(size: 13pt, weight: 700)[{name}]" for name in ("Ada Lovelace", "London", "Introduction")
    )
    source = f"{SERIF}#text(size: 20pt, weight: 700)[Engines]\n\n{names}\n\n{' '.join([SENTENCE] * 3)}"
    text = typeset(source, tmp_path)
    assert text.startswith("# Engines\n\n**Ada Lovelace**\n\n**London**\n\n## Introduction\n\nBees")


def test_headings_of_one_look_have_levels_by_their_numbers(tmp_path: Path) -> None:
    heads = ("1 Bees", "1.1 Dances", "1.1.1 Round dances", "1.2 Flights", "2 Flowers")
    source = SERIF + "\n\n".join(f"*{head}*\n\n{' '.join([SENTENCE] * 2)}" for head in heads)
    found = [line for line in typeset(source, tmp_path).split("\n") if line.startswith("#")]
    assert found == ["# 1 Bees", "## 1.1 Dances", "### 1.1.1 Round dances", "## 1.2 Flights", "# 2 Flowers"]


def test_a_table_of_contents_is_no_text(tmp_path: Path) -> None:
    chapters = "\n".join(f"= Chapter {word}\n{SENTENCE}" for word in ("one", "two", "three", "four"))
    text = typeset(f"{SERIF}#outline()\n{chapters}", tmp_path)
    assert "Contents" not in text
    assert ".." not in text
    assert text.count("Chapter") == 4


def test_short_names_beside_each_other_are_a_table_and_not_columns(tmp_path: Path) -> None:
    rows = "\n".join(f"[Name {n}], [{n} kg], [{n * 7}]," for n in range(1, 9))
    text = typeset(f"{SERIF}#table(columns: 3, column-gutter: 8mm, [What], [Weight], [Price], {rows})", tmp_path)
    assert text.startswith("| What | Weight | Price |\n| --- | --- | --- |\n| Name 1 | 1 kg | 7 |\n| Name 2 |")
    assert text.count("\n") == 10


def test_a_table_goes_on_over_the_page(tmp_path: Path) -> None:
    rows = "".join(f"[Name {n}], [{n} kg], [{n * 7}]," for n in range(1, 31))
    head = "table.header([What], [Weight], [Price])"
    source = f"{SERIF}#set page(height: 120mm)\n#table(columns: 3, column-gutter: 8mm, {head}, {rows})"
    text = typeset(source, tmp_path)
    assert text.count("\n| --- ") == 1
    assert text.count("What") == 1
    assert text.count("\n") == 32


def test_two_words_beside_each_other_are_no_table(tmp_path: Path) -> None:
    source = f"{SERIF}#grid(columns: (1fr, 1fr), [Hanoi, 5 May], [Dear Sir])\n\n{SENTENCE}"
    assert typeset(source, tmp_path) == f"Hanoi, 5 May Dear Sir\n\n{SENTENCE}\n"


def test_what_looks_like_a_mark_is_escaped(tmp_path: Path) -> None:
    lines = ("# no heading", "1986. A year.", "> no quote", "*no* _emphasis_ `code` <b>", "[no](link) a * b a_b 5 < 6")
    text = written(shown(*((72, 700 - 40 * n, line) for n, line in enumerate(lines))), tmp_path)
    assert text.split("\n\n") == [
        r"\# no heading",
        r"1986\. A year.",
        r"\> no quote",
        r"\*no\* \_emphasis\_ \`code\` \<b>",
        "[no\\](link) a * b a_b 5 < 6\n",
    ]


def test_dots_that_are_drawn_begin_items(tmp_path: Path) -> None:
    """As browsers print lists."""
    dots = b"60 703 4 4 re f 60 673 4 4 re f "
    text = written(
        dots + shown((72, 700, "The first point"), (72, 686, "goes on."), (72, 670, "The second.")), tmp_path
    )
    assert text == "- The first point goes on.\n- The second.\n"


def test_a_letter_of_one_typeface_is_no_code(tmp_path: Path) -> None:
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>"
    lines = ("Dear Sir,", "we have received your letter of the third", "and thank you for it.")
    text = written(shown(*((72, 700 - 14 * n, line) for n, line in enumerate(lines))), tmp_path, font)
    assert "`" not in text
    assert "we have received your letter of the third and thank you for it." in text


def test_bold_words_and_code_keep_their_look(tmp_path: Path) -> None:
    source = SERIF + '#show raw: set text(font: "JetBrains Mono")\nA *hive* is `made()` of `wax * 2`, not of gold.'
    assert typeset(source, tmp_path) == "A **hive** is `made()` of `wax * 2`, not of gold.\n"


def test_a_drawing_of_thousands_of_parts_takes_no_time(tmp_path: Path) -> None:
    drawing = b"".join(b"%d %d 3 3 re f " % (n % 600, n // 600) for n in range(200_000))
    (tmp_path / "a.pdf").write_bytes(page(drawing + shown((72, 700, "A chart."))))
    assert markdown_of(tmp_path / "a.pdf", lambda _: None).markdown == "A chart.\n"


def test_progress_is_told_page_by_page(tmp_path: Path) -> None:
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 7 0 R/Resources<</Font<</F 8 0 R>>>>>>"
    others = [stream(shown((72, 400, "A page."))), HELVETICA]
    (tmp_path / "a.pdf").write_bytes(pdf(tree(leaf, leaf, leaf, leaf, others=others)))
    told: list[float] = []
    found = markdown_of(tmp_path / "a.pdf", told.append)
    assert found.pages == 4
    assert told == pytest.approx([0.225, 0.45, 0.675, 0.9])
