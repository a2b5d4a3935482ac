"""Files put together from encoded pieces are heard as one encoder's would be."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
from tests.media.voices.ears import Heard, heard, level_db

from mediamill.core.errors import InvalidInput, PermanentError
from mediamill.media.voices.files import formats, wav
from mediamill.media.voices.files.encode import sound_file
from mediamill.media.voices.files.formats import Format
from mediamill.media.voices.files.joining import joined_file, piece_format, seam_of
from mediamill.media.voices.sounds.sound import RATE_HZ, Pcm, silence

PAUSE_S = 0.8
WORD_S = 0.25
LOUD = 0.1


def word(seed: int) -> Pcm:
    """Return a quarter of a second of noise with edges that are silent, which a decoder shows where it is."""
    noise = np.random.default_rng(seed).standard_normal(round(WORD_S * RATE_HZ))
    smooth = np.convolve(noise, np.ones(8) / 8, "same")
    edge = round(0.01 * RATE_HZ)
    ramp = np.linspace(0, 1, edge)
    smooth[:edge] *= ramp
    smooth[-edge:] *= ramp[::-1]
    return np.rint(np.clip(smooth * 0.6, -1, 1) * 30_000).astype(np.int16)


@dataclass(frozen=True)
class Piece:
    """An encoded piece, and where its words begin in it, in frames of RATE_HZ."""

    path: Path
    words: tuple[int, ...]


def piece(folder: Path, number: int, form: Format, rate_hz: int, lengths_s: tuple[float, ...]) -> Piece:
    """Write a piece: silence of each length before a word, and a paragraph's pause in the end."""
    path, seam = folder / f"{number}.{form}", seam_of(form, rate_hz)
    words, position = [], round(seam.lead_s * RATE_HZ)
    with sound_file(path, piece_format(form), rate_hz=rate_hz) as file:
        file.write(silence(seam.lead_s))
        for place, length_s in enumerate(lengths_s):
            for wave in (silence(length_s), word(100 * number + place)):
                file.write(wave)
                position += wave.size
            words.append(position - round(WORD_S * RATE_HZ))
        file.write(silence(seam.tail_s(PAUSE_S)))
    return Piece(path, tuple(words))


def pieces(folder: Path, form: Format, rate_hz: int = RATE_HZ) -> list[Piece]:
    lengths = [(0.0, 0.3), (0.05, 0.31, 0.222), (0.0123,), (0.0, 0.5)]
    return [piece(folder, number, form, rate_hz, lengths_s) for number, lengths_s in enumerate(lengths)]


def joined(path: Path, form: Format, parts: list[Piece], rate_hz: int = RATE_HZ) -> list[float]:
    """Join the pieces; return where each word should be heard, seconds."""
    words = []
    with joined_file(path, form, rate_hz=rate_hz) as file:
        for part in parts:
            words += [(file.delay_frames + file.position + begin) / RATE_HZ for begin in part.words]
            file.append(part.path)
    return words


def onsets(sound: Heard) -> list[float]:
    """Return where it becomes loud after at least 0.1 s of silence, seconds."""
    loud = np.flatnonzero(np.abs(sound.wave) > LOUD)
    begins = [loud[0], *loud[1:][np.diff(loud) > 0.1 * sound.rate_hz]]
    return [float(begin) / sound.rate_hz for begin in begins]


RATES = [(form, rate_hz) for form in Format for rate_hz in (8_000, 24_000, 48_000)] + [(Format.MP3, 22_050)]


@pytest.mark.parametrize(("form", "rate_hz"), RATES)
def test_every_word_is_heard_where_it_was_told(tmp_path: Path, form: Format, rate_hz: int) -> None:
    parts = pieces(tmp_path, form, rate_hz)
    expected = joined(tmp_path / "whole", form, parts, rate_hz)
    found = onsets(heard(tmp_path / "whole", form, rate_hz))
    assert len(found) == len(expected)
    late = [f - e for f, e in zip(found, expected, strict=True)]
    assert max(map(abs, late)) < 0.015, late  # a lossy codec smears an onset by some milliseconds
    assert max(late) - min(late) < 0.012, late


@pytest.mark.parametrize("form", list(Format))
def test_a_joint_is_silent_and_as_long_as_a_pause(tmp_path: Path, form: Format) -> None:
    parts = pieces(tmp_path, form)
    expected = joined(tmp_path / "whole", form, parts)
    sound = heard(tmp_path / "whole", form)
    for last, first in ((1, 2), (4, 5), (5, 6)):
        ends, begins = expected[last] + WORD_S, expected[first]
        lead = begins - ends - PAUSE_S
        assert -0.03 < lead < 0.08, lead  # half a packet more or less, and the silence before the next word
        assert level_db(sound.between(ends + 0.25, begins - 0.06)) < -80


@pytest.mark.parametrize("form", list(Format))
def test_a_joined_file_sounds_like_what_one_encoder_makes(tmp_path: Path, form: Format) -> None:
    parts = pieces(tmp_path, form)
    expected = joined(tmp_path / "whole", form, parts)
    sound = heard(tmp_path / "whole", form)
    alone = [heard(part.path, piece_format(form)) for part in parts]
    delay_s = piece_format(form).delay_s(RATE_HZ)
    at = iter(expected)
    for part, one in zip(parts, alone, strict=True):
        for begin in part.words:
            start, same = next(at), begin / RATE_HZ + delay_s
            here, there = (wave.between(s, s + WORD_S) for wave, s in ((sound, start), (one, same)))
            assert level_db(here[: there.size] - there[: here.size]) < -80


@pytest.mark.parametrize(("form", "rate_hz"), RATES)
def test_its_length_is_what_its_head_says(tmp_path: Path, form: Format, rate_hz: int) -> None:
    if form in {Format.PCM, Format.AAC}:
        pytest.skip("it has no head")
    joined(tmp_path / "whole", form, pieces(tmp_path, form, rate_hz), rate_hz)
    with av.open(str(tmp_path / "whole")) as container:
        told = (container.duration or 0) / av.time_base
    assert told == pytest.approx(heard(tmp_path / "whole", form, rate_hz).seconds, abs=0.03)


def test_an_audiobook_has_chapters_where_pieces_begin(tmp_path: Path) -> None:
    parts = pieces(tmp_path, Format.M4B)
    starts = []
    with joined_file(tmp_path / "book.m4b", Format.M4B, title="A Book") as file:
        for number, part in enumerate(parts):
            if number % 2 == 0:
                starts.append(file.position / RATE_HZ)
                file.begin_chapter(f"Chapter {number}")
            file.append(part.path)
    with av.open(str(tmp_path / "book.m4b")) as container:
        chapters = container.chapters()
        assert container.metadata["title"] == "A Book"
    assert [chapter["metadata"]["title"] for chapter in chapters] == ["Chapter 0", "Chapter 2"]
    found = [chapter["start"] * float(chapter["time_base"] or 0) for chapter in chapters]
    assert found == pytest.approx(starts, abs=0.001)


@pytest.mark.parametrize("form", list(Format))
def test_one_piece_is_a_whole_file(tmp_path: Path, form: Format) -> None:
    parts = pieces(tmp_path, form)[:1]
    expected = joined(tmp_path / "whole", form, parts)
    assert onsets(heard(tmp_path / "whole", form)) == pytest.approx(expected, abs=0.012)


def test_a_wav_that_would_be_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wav, "LONGEST_WAV_BYTES", 100_000)
    assert formats.LONGEST_WAV_BYTES > 100_000
    with pytest.raises(PermanentError) as refused:
        joined(tmp_path / "whole", Format.WAV, pieces(tmp_path, Format.WAV))
    assert refused.value.code == "SOUND_TOO_LONG"


def test_a_rate_that_the_format_has_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput), joined_file(tmp_path / "whole", Format.OPUS, rate_hz=44_100):
        pass
