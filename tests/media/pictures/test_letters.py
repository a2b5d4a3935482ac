"""What no font has is left out, or stands there as a box."""

import io
import json

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mediamill.media.pictures import fonts
from mediamill.media.pictures.letters import BOX, code_points, covered, showable, undrawn

VIETNAMESE = "".join(
    vowel
    for group in ("aàảãáạăằẳẵắặâầẩẫấậ", "eèẻẽéẹêềểễếệ", "iìỉĩíị", "oòỏõóọôồổỗốộơờởỡớợ", "uùủũúụưừửữứự", "yỳỷỹýỵ", "đ")
    for vowel in group + group.upper()
)


def test_our_fonts_have_every_letter_of_vietnamese() -> None:
    for name in ("BeVietnamPro-Regular.ttf", "BeVietnamPro-SemiBold.ttf", "BeVietnamPro-Bold.ttf"):
        assert set(map(ord, VIETNAMESE)) <= set(code_points(fonts.file(name)))
    assert set(map(ord, VIETNAMESE)) <= set(code_points(fonts.file("JetBrainsMono[wght].ttf")))


def test_a_font_that_is_not_there_is_told() -> None:
    with pytest.raises(FileNotFoundError):
        fonts.file("Comic.ttf")


def test_our_families_come_first() -> None:
    assert fonts.sans()[0] == "Be Vietnam Pro"
    assert fonts.mono()[0] == "JetBrains Mono"
    assert [family.name for family in fonts.families()][:3] == ["Be Vietnam Pro", "JetBrains Mono", "Noto Sans"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Xin chào, đây là tiếng Việt: ẤỆỮ", "Xin chào, đây là tiếng Việt: ẤỆỮ"),
        ("e\u0302\u0301", "ế"),
        ("✅ Done and 🚀 launched → next", "Done and launched → next"),
        ("Bravo 👏🏽👏!", "Bravo!"),
        ("👨‍👩‍👧 family 🇻🇳", "family "),
        ("1️⃣ first", "1 first"),
        ("Привет, Ελλάδα, ≤ ± ∑ √ ✓", "Привет, Ελλάδα, ≤ ± ∑ √ ✓"),
        ("Say 你好世界 and こんにちは!", f"Say {BOX} and {BOX}!"),
        ("if x:  # 你\n    y()", f"if x:  # {BOX}\n    y()"),
        ("zero\u200bwidth\ufeff, left\u202eright, \uf0b7 private", "zerowidth, leftright,  private"),
        ("", ""),
    ],
)
def test_text_is_shown_as_well_as_fonts_can(text: str, shown: str) -> None:
    assert showable(text) == shown


@given(st.text())
def test_what_is_shown_is_shown_again_as_it_is(text: str) -> None:
    assert showable(showable(text)) == showable(text)


def test_the_scripts_that_no_font_has_are_named() -> None:
    assert undrawn("Xin chào, Ελλάδα, Ивàн, עברית 5 € 😀 \ue000 ∑") == []
    assert undrawn("こんにちは世界 — 你好, 안녕") == ["Hiragana", "Han", "Hangul"]


def test_every_letter_that_is_kept_leaves_ink() -> None:
    """Draws them all, a cell each: a letter that no font has would leave its cell empty."""
    points = sorted(covered() | set(range(0x2100, 0x2C00)) | set(range(0x0530, 0x0700)) | set(range(0x1D400, 0x1D800)))
    letters = [chr(point) for point in points if showable(chr(point)) == chr(point) and not chr(point).isspace()]
    assert len(letters) > 5_000
    empty = [letter for letter, ink in zip(letters, _inked(letters), strict=True) if not ink]
    # A joiner that is nothing but a place for a mark, and what turns a sign into another form, are never seen.
    assert set(map(ord, empty)) <= {0x034F, 0xFE00, 0x2800, 0x200C, 0x200D}


def _inked(letters: list[str]) -> list[bool]:
    side, across = 30, 80
    down = -(-len(letters) // across)
    source = f"""
    #set page(width: {side * across}pt, height: {side * down}pt, margin: 0pt)
    #set text(font: json(bytes(sys.inputs.fonts)), size: 14pt)
    #for (n, letter) in json(bytes(sys.inputs.letters)).enumerate() {{
      place(dx: calc.rem(n, {across}) * {side}pt + 8pt, dy: calc.quo(n, {across}) * {side}pt + 10pt, text(letter))
    }}"""
    compiler = typst.Compiler(font_paths=[family.folder for family in fonts.families()], ignore_system_fonts=True)
    inputs = {"fonts": json.dumps(fonts.sans()), "letters": json.dumps(letters)}
    png = compiler.compile(source.encode(), format="png", ppi=72, sys_inputs=inputs)
    assert isinstance(png, bytes)
    page = Image.open(io.BytesIO(png)).convert("L")
    cells = ((n % across * side, n // across * side) for n in range(len(letters)))
    return [page.crop((x, y, x + side, y + side)).getextrema()[0] < 200 for x, y in cells]  # type: ignore[operator]
