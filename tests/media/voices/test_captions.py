import json
from pathlib import Path

from mediamill.media.voices.captions import Cue, write_json, write_srt, write_vtt

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
