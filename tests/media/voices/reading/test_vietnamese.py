# ruff: noqa: RUF001 - typographic marks are what these tests are about
import datetime as dt
import re
import time
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mediamill.media.voices import reading
from mediamill.media.voices.reading import common
from mediamill.media.voices.reading.vietnamese import spoken

_HERE = Path(__file__).parent


def _golden() -> list[tuple[str, str, str]]:
    """Return (kind, written, spoken) of the rows in vietnamese.tsv."""
    rows, kind = [], ""
    for line in (_HERE / "vietnamese.tsv").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            kind = line.removeprefix("## ")
        else:
            written, said = line.split("\t")
            rows.append((kind, written, said))
    return rows


GOLDEN = _golden()


@pytest.mark.parametrize(("kind", "written", "said"), GOLDEN, ids=[f"{kind}: {written}" for kind, written, _ in GOLDEN])
def test_it_is_read_as_on_the_news(kind: str, written: str, said: str) -> None:
    del kind
    assert spoken(written) == said


def test_golden_rows_are_many_and_say_no_figure() -> None:
    assert len(GOLDEN) >= 250
    assert len({written for _, written, _ in GOLDEN}) == len(GOLDEN)
    assert [said for _, _, said in GOLDEN if re.search(r"[0-9]", said)] == []


def test_every_language_but_ours_is_left_to_its_voice() -> None:
    assert reading.spoken("Có 5 km.", "vi") == "Có năm ki lô mét."
    assert reading.spoken("Es sind 5 km.", "de") == "Es sind 5 km."


# Numbers, judged by somebody who knows only how they are heard.

_HEARD = {
    word: value
    for value, words in enumerate(
        ["không", "một mốt", "hai", "ba", "bốn tư", "năm lăm", "sáu", "bảy", "tám", "chín"],
    )
    for word in words.split()
}


def _heard(words: list[str]) -> int:
    """Return the number that a listener would write down."""
    for name, scale in (("tỷ", 10**9), ("triệu", 10**6), ("nghìn", 10**3), ("trăm", 100)):
        if name in words:
            cut = words.index(name)
            return _heard(words[:cut]) * scale + _heard(words[cut + 1 :])
    if "mươi" in words:
        tens, units = words[: words.index("mươi")], words[words.index("mươi") + 1 :]
        return _heard(tens) * 10 + _heard(units)
    if words[:1] == ["mười"]:
        return 10 + _heard(words[1:])
    return _HEARD[words[-1]] if words else 0


@given(st.one_of(st.integers(0, 10**15), st.integers(0, 2_000), st.integers(0, 9).map(lambda power: 10**power)))
def test_a_number_is_heard_as_it_was_written(number: int) -> None:
    said = spoken(f"Có {number} người.").removeprefix("Có ").removesuffix(" người.")
    assert _heard(said.split()) == number


@given(st.integers(0, 10**15))
def test_a_number_in_groups_is_the_same(number: int) -> None:
    plain = spoken(f"Có {number} người.")
    assert spoken(f"Có {number:,} người.".replace(",", ".")) == plain
    assert spoken(f"Có {number:,} người.".replace(",", " ")) == plain


@given(st.integers(0, 999_999_999), st.integers(0, 99))
def test_both_sides_of_the_comma_are_heard(whole: int, part: int) -> None:
    said = spoken(f"Đạt {whole},{part} điểm.").removeprefix("Đạt ").removesuffix(" điểm.")
    before, after = said.split(" phẩy ")
    assert _heard(before.split()) == whole
    assert _heard(after.split()) == part


@given(st.dates(dt.date(1000, 1, 1), dt.date(2999, 12, 31)), st.sampled_from(["/", "-", "."]))
def test_a_date_is_heard_once_whatever_is_written_before_it(date: dt.date, sign: str) -> None:
    written = f"{date.day:02}{sign}{date.month}{sign}{date.year}"
    said = spoken(f"Họp {written} nhé.")
    assert spoken(f"Họp ngày {written} nhé.") == said
    found = re.fullmatch(r"Họp ngày (.+?) tháng (.+) năm (một nghìn|hai nghìn)(.*) nhé\.", said)
    assert found
    year = _heard(f"{found[3]}{found[4]}".split())
    assert (_heard(found[1].split()), _heard(found[2].split()), year) == (date.day, date.month, date.year)


@given(st.from_regex(r"0[35789][0-9]{8}", fullmatch=True), st.sampled_from(["", " ", ".", "-"]))
def test_every_digit_of_a_telephone_number_is_heard(number: str, sign: str) -> None:
    said = spoken(f"Gọi {sign.join((number[:4], number[4:7], number[7:]))} nhé.")
    said = said.removeprefix("Gọi ").removesuffix(" nhé.")
    assert [_HEARD[word] for word in said.replace(",", "").split()] == [int(digit) for digit in number]


# Any text.

_FRAGMENTS = sorted(
    {piece for _, written, _ in GOLDEN for piece in re.findall(r"\S+|\s", written)}
    | {
        *"()[]{}<>=+-−–—/\\|~*^%$€#@&'\"“”.,;:!?…°²³½₂ xXIVTQPĐ",
        "1",
        "12",
        "2024",
        "0912",
        "1.500",
        "3,14",
        "GS",
        "TP.",
    }
)
_TEXTS = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(_FRAGMENTS), max_size=10).map("".join),
    st.lists(st.sampled_from(_FRAGMENTS), max_size=8).map(" ".join),
    st.text(alphabet="0123456789.,/-:+ hgmđkxIVXTQP%$'\"()–~<>=", max_size=25),
    st.text(alphabet="abAĐBxIXVCghMm. -&/,12", max_size=20),
)


@given(_TEXTS)
def test_no_figure_is_left_and_to_read_it_again_changes_nothing(text: str) -> None:
    said = spoken(text)
    # A reading beside a full stop may look like an address of the web: "a.net0" is none, "a.net không" is.
    assume(common.spoken(said, "vi") == said)
    # So it is with a file's name: "a.yml0" is none, "a.yml không" is.
    assume(not re.search(r"\w\.[a-z]", said))
    assert not re.search("[0-9]", said)
    assert spoken(said) == said


_ORDINARY = re.findall(
    r"\S+",
    """
    ông Tư dắt chiếc xe đạp cũ ra khỏi cổng trong túi vải có lá thư hai bưu kiện nhỏ Hà Nội Huế người vừa về hưu
    Machine learning Taylor phở bánh mì Ma-rốc ai ơi nghe Đà Nẵng Łódź Zürich Москва 漢字 café
    """,
)


@given(st.lists(st.sampled_from(_ORDINARY), min_size=1, max_size=20), st.sampled_from([".", "!", "?", "…", ""]))
def test_ordinary_words_come_out_as_they_were(words: list[str], end: str) -> None:
    text = " ".join(words) + end
    assert spoken(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        *("7", "0", "a", "A", "aA", "I", " ", "!?", ".", "/", "-", "(", "+", "$", "%", "_", "½", "🎉", "\x01\x02"),
        *("1.", "1,", "1/", "1-", "1:", "1 ", "1=", "1'", "1x", "+1", "(0", "$1", "A1", "A.", "a-", "GS.", "I-", "#a"),
        *("123 ", "ngày 1,", "thế kỷ I,", "http://", "a@", "H₂", "שלום مرحبا 12 ", "漢字", "ế", "a \n", "αβ "),
    ],
)
def test_odd_text_takes_time_as_its_length(piece: str) -> None:
    def seconds(chars: int) -> float:
        text = (piece * chars)[:chars]
        begun = time.process_time()
        assert not re.search("[0-9]", spoken(text))
        return time.process_time() - begun

    seconds(100)
    # Quadratic time would be a hundred times as long.
    assert min(seconds(10_000), seconds(10_000)) <= 40 * max(seconds(1_000), 0.002)


def test_a_hundred_thousand_digits_are_read() -> None:
    assert spoken("7" * 100_000).split() == ["bảy"] * 100_000
