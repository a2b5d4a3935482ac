import json
from dataclasses import replace
from pathlib import Path

from mediamill.media.voices.files.captions import Clause, Cue, write_json, write_srt, write_vtt

CUES = [
    Cue("Xin chào.", "vi", "espeak-vi", 0, 0, 24_012),
    Cue("1 < 2 & a --> b\n\nnext", "en", "heart", 1, 24_000 * 3_661, 24_000 * 3_662 + 12_345),
]


def test_srt_has_numbers_commas_and_no_empty_line_in_a_cue(tmp_path: Path) -> None:
    write_srt(CUES, tmp_path / "a.srt")
    assert (tmp_path / "a.srt").read_text() == (
        "1\n00:00:00,000 --> 00:00:01,000\nXin chào.\n\n2\n01:01:01,000 --> 01:01:02,514\n1 < 2 & a → b next\n\n"
    )


def test_vtt_is_escaped(tmp_path: Path) -> None:
    write_vtt(CUES, tmp_path / "a.vtt")
    assert (tmp_path / "a.vtt").read_text() == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nXin chào.\n\n"
        "01:01:01.000 --> 01:01:02.514\n1 &lt; 2 &amp; a → b next\n\n"
    )


def test_json_has_the_text_as_it_is(tmp_path: Path) -> None:
    write_json(CUES, tmp_path / "a.json")
    rows = json.loads((tmp_path / "a.json").read_text())
    assert rows[0] == {
        "start_s": 0.0,
        "end_s": 1.0,
        "text": "Xin chào.",
        "language": "vi",
        "voice": "espeak-vi",
        "paragraph": 0,
    } | {"end_s": round(24_012 / 24_000, 3)}
    assert rows[1]["text"] == CUES[1].text


LONG = (
    "Khi cơn bão đi qua, và những chiếc thuyền cuối cùng đã về bến, ông cụ ngồi xuống bên bức tường, "
    "châm tẩu thuốc, rồi kể cho chúng tôi nghe câu chuyện về con sóng lớn."
)


def shown(cue: Cue, tmp_path: Path) -> list[tuple[str, list[str]]]:
    """Return the cues of a WebVTT file: their times and their lines."""
    write_vtt([cue], tmp_path / "a.vtt")
    parts = (tmp_path / "a.vtt").read_text().removeprefix("WEBVTT\n\n").strip().split("\n\n")
    return [(times, lines) for times, *lines in (part.split("\n") for part in parts)]


def test_a_sentence_is_wrapped_into_even_lines_that_are_read_at_a_glance(tmp_path: Path) -> None:
    text = "The committee met in the morning and then discussed the budget."
    [(_, lines)] = shown(Cue(text, "en", "heart", 0, 0, 96_000), tmp_path)
    assert lines == ["The committee met in the morning", "and then discussed the budget."]


def test_a_long_sentence_is_shown_in_parts_that_begin_where_its_clauses_do(tmp_path: Path) -> None:
    places = [LONG.index(start) for start in ("và những", "ông cụ", "châm tẩu", "rồi kể")]
    clauses = tuple(Clause(at, 24_000 * second) for at, second in zip(places, (2, 4, 6, 7), strict=True))
    parts = shown(Cue(LONG, "vi", "espeak-vi", 0, 12_000, 240_000, clauses), tmp_path)
    assert [" ".join(lines) for _, lines in parts] == [
        LONG[: places[1]].strip(),
        LONG[places[1] : places[3]].strip(),
        LONG[places[3] :],
    ]
    assert [times for times, _ in parts] == [
        "00:00:00.500 --> 00:00:04.000",
        "00:00:04.000 --> 00:00:07.000",
        "00:00:07.000 --> 00:00:10.000",
    ]
    assert all(len(lines) <= 2 and len(line) <= 42 for _, lines in parts for line in lines)


def test_a_long_sentence_without_a_pause_stays_one_cue_and_json_has_one_row(tmp_path: Path) -> None:
    cue = Cue(LONG, "vi", "espeak-vi", 0, 0, 240_000)
    [(_, lines)] = shown(cue, tmp_path)
    assert max(map(len, lines)) <= 42
    write_json([replace(cue, clauses=(Clause(20, 48_000),))], tmp_path / "a.json")
    assert [row["text"] for row in json.loads((tmp_path / "a.json").read_text())] == [LONG]


def test_a_word_without_end_is_cut_and_an_empty_text_is_no_empty_line(tmp_path: Path) -> None:
    [(_, lines)] = shown(Cue("x" * 100, "en", "heart", 0, 0, 24_000), tmp_path)
    assert max(map(len, lines)) <= 42
    assert shown(Cue("", "en", "heart", 0, 0, 24_000), tmp_path) == [("00:00:00.000 --> 00:00:01.000", [])]
