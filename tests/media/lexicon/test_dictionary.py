from pathlib import Path

import pytest

from mediamill import PermanentError
from mediamill.media.lexicon import dictionary
from mediamill.media.lexicon.dictionary import looked_up
from mediamill.settings import LexiconSettings


def test_words_are_found_in_any_case_and_all_that_is_said_of_them(tmp_path: Path) -> None:
    path = tmp_path / "vi.csv"
    path.write_text(
        '\ufeffword,meaning\nHive,"tổ ong, đõ ong"\nWAGGLE  dance,điệu nhảy lắc\nhive,đám đông\nhive,đám đông\n'
        "lonely\n,nothing\nhive, \nbee,con ong,n.\n",
        encoding="utf-8",
    )
    assert looked_up(path, ["hive", "waggle dance", "bee", "word", "lonely", "wasp"]) == {
        "hive": "tổ ong, đõ ong; đám đông",
        "waggle dance": "điệu nhảy lắc",
        "bee": "con ong",
    }


def test_a_word_is_given_three_meanings_at_most(tmp_path: Path) -> None:
    (tmp_path / "vi.csv").write_text("".join(f"set,nghĩa {number}\n" for number in range(9)), encoding="utf-8")
    assert looked_up(tmp_path / "vi.csv", ["set"]) == {"set": "nghĩa 0; nghĩa 1; nghĩa 2"}


@pytest.mark.parametrize(
    ("raw", "why"),
    [(None, "FileNotFoundError"), ("tổ ong".encode("utf-16"), "it is not UTF-8"), (b"hive," + b"x" * 200_000, "Error")],
)
def test_a_dictionary_that_cannot_be_read_is_the_operators_to_mend(tmp_path: Path, raw: bytes | None, why: str) -> None:
    if raw is not None:
        (tmp_path / "vi.csv").write_bytes(raw)
    with pytest.raises(PermanentError, match=why) as failed:
        looked_up(tmp_path / "vi.csv", ["hive"])
    assert failed.value.code == "DICTIONARY_UNREADABLE"
    assert str(tmp_path) not in failed.value.message


def test_a_process_has_the_dictionaries_that_were_set(tmp_path: Path) -> None:
    dictionary.use(LexiconSettings((("vi", tmp_path / "vi.csv"),)))
    try:
        assert dictionary.dictionary("vi") == tmp_path / "vi.csv"
        assert dictionary.dictionary("fr") is None
    finally:
        dictionary.use(None)
    assert dictionary.dictionary("vi") is None
