# ruff: noqa: RUF001 - phonetic letters look like others
import json
from importlib.metadata import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.media.voices.reading.ipa import SYMBOLS, american, british, charted, strangers

VOCABULARY = set(
    json.loads(
        next(Path(str(file.locate())) for file in files("hibari-tts") or () if file.name == "vocab.json").read_text()
    )
)


@pytest.mark.parametrize(
    ("ipa", "letters"),
    [
        ("ˈsiːkwəl", "sˈikwəl"),
        ("həˈloʊ ˈwɜːrld", "həlˈO wˈɜɹld"),
        ("strɛŋθ ˈstrɛŋθ", "stɹɛŋθ stɹˈɛŋθ"),
        ("ˈdʒeɪ.sən", "ʤˈAsən"),
        ("ˈt͡ʃɝt͡ʃ", "ʧˈɜɹʧ"),
        ("nwɪn", "nwˈɪn"),
        ("ŋwiən˧˥ ta", "ŋwˈiən tˈɑ"),
        ("bʌtn̩", "bˈʌtᵊn"),
        ("fiɑ̃ˈse", "fiɑsˈɛ"),
        ("həlˈO", "həlˈO"),
        ("pst", "pst"),
    ],
)
def test_ipa_is_written_in_the_letters_of_the_model(ipa: str, letters: str) -> None:
    assert american(ipa) == letters


@given(st.text(alphabet=[*sorted(SYMBOLS), " "], max_size=40))
def test_the_model_knows_every_letter_it_is_given(ipa: str) -> None:
    assert set(american(ipa)) | set(british(ipa)) <= VOCABULARY
    assert not strangers(ipa)


@pytest.mark.parametrize(
    ("text", "found"), [("k'a3", "'3"), ("çã", ""), ("cafe\u0301", ""), ("ж g ж", "ж"), ("naïve!", "!")]
)
def test_characters_that_are_no_ipa_are_found(text: str, found: str) -> None:
    assert strangers(text) == found


@pytest.mark.parametrize(
    ("ipa", "letters"),
    [("ˈsiːkwəl", "sˈiːkwəl"), ("həˈləʊ ˈwɜːld", "həlˈQ wˈɜːld"), ("ˈbɒtəl", "bˈɒtəl"), ("kæt", "kˈæt")],
)
def test_british_sounds_keep_their_length(ipa: str, letters: str) -> None:
    assert british(ipa) == letters


def test_capital_letters_of_kokoro_become_ipa() -> None:
    assert charted("kˈOkəɹO, ʤˈAsᵊn") == "kˈoʊkəɹoʊ, ʤˈeɪsᵊn"
    assert american(charted("kˈOkəɹO")) == "kˈOkəɹO"
